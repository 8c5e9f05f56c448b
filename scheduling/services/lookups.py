"""Arguments checked, and rows found within one organization: another organization's row is not found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Exists, Model, QuerySet, Subquery
from django.utils.translation import gettext as _

from clinics.models import Organization
from patients.models import Patient
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import AppointmentType

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
LONGEST_RANGE = 366  # dates, both ends included
LARGEST_KEY = 2**63 - 1
LONGEST_VISIT = 24 * 60  # minutes
LONGEST_TEXT = 2000  # characters of a note or a reason


def find[M: Model](rows: QuerySet[M], pk: Any) -> M | None:
    """Give the row of that key; None where there is none, or the key is not one."""
    return keyed(rows, pk).first()


def keyed[M: Model](rows: QuerySet[M], pk: Any) -> QuerySet[M]:
    """Give the row of that key, if there is one."""
    return rows.filter(pk=pk) if is_key(pk) else rows.none()


def is_key(value: Any) -> bool:
    """Tell whether it can be a primary key: 1.5, True and "1" are no other names of row 1."""
    return type(value) is int and 0 < value <= LARGEST_KEY


def find_or_refuse[M: Model](rows: QuerySet[M], pk: Any, code: Code) -> M:
    row = find(rows, pk)
    if row is None:
        raise AppointmentError(code)
    return row


def survivor_of(organization: Organization, patient_id: Any) -> int | None:
    """Give the key of who a merged patient is now; None for whoever was not merged."""
    merged = find(Patient.objects.filter(organization=organization, merged_into__isnull=False), patient_id)
    return merged.merged_into_id if merged else None


def types_named(organization: Organization, code: Any) -> QuerySet[AppointmentType]:
    """Give the type of that code, if there is one; for None the organization's default, where it has one."""
    types = AppointmentType.objects.filter(organization=organization)
    if code is None:
        return types.filter(is_default=True)
    # What PostgreSQL cannot even be asked for is not there.
    return types.filter(code=code) if isinstance(code, str) and is_storable(code) else types.none()


def type_of(organization: Organization, code: str | None) -> AppointmentType | None:
    """Give the type of that code; for None the organization's default, or None where it has none."""
    return found_type(types_named(organization, code).first(), code)


def found_type(found: AppointmentType | None, code: Any) -> AppointmentType | None:
    """Refuse a code that no type has."""
    if found is None and code is not None:
        raise AppointmentError(Code.APPOINTMENT_TYPE_NOT_FOUND)
    return found


def with_type(rows: QuerySet[Any], organization: Organization, code: object) -> QuerySet[Any]:
    """Load with the rows what `usual_length` needs of the type of that code, or of the default one."""
    types = types_named(organization, code)
    told: QuerySet[Any] = rows.annotate(
        type_is_there=Exists(types), type_minutes=Subquery(types.values("duration")[:1])
    )
    return told


def usual_length(row: Any, code: object) -> timedelta | None:
    """Give the usual length of the type loaded with the row; None where it has none, or there is no default."""
    if code is not None and not row.type_is_there:
        raise AppointmentError(Code.APPOINTMENT_TYPE_NOT_FOUND)
    return timedelta(minutes=row.type_minutes) if row.type_minutes else None


def checked_length(duration: int | None) -> timedelta | None:
    """Give the length asked for, None when none is; refuse what is not 1 to 1440 whole minutes."""
    if duration is None:
        return None
    if type(duration) is not int or not 1 <= duration <= LONGEST_VISIT:
        raise AppointmentError(Code.INVALID_DURATION)
    return timedelta(minutes=duration)


def checked_instant(moment: datetime) -> datetime:
    """Give the instant in UTC; refuse a naive datetime and years far from ours."""
    if not isinstance(moment, datetime) or moment.utcoffset() is None or not EARLIEST < moment.date() < LATEST:
        raise AppointmentError(Code.INVALID_DATE)
    return moment.astimezone(UTC)


def check_range(start: date, end: date) -> None:
    """Refuse what is not a range of 1 to 366 dates of our age."""
    for field, day in (("start_date", start), ("end_date", end)):
        if type(day) is not date or not EARLIEST < day < LATEST:
            raise AppointmentError(Code.INVALID_DATE, field=field)
    if not 0 <= (end - start).days < LONGEST_RANGE:
        raise AppointmentError(
            Code.INVALID_DATE, _("A range goes from its first date on, over at most 366 dates."), field="end_date"
        )


def is_text(text: Any) -> bool:
    """Tell whether it is text that PostgreSQL can keep, of at most `LONGEST_TEXT` characters."""
    return isinstance(text, str) and is_storable(text) and len(text) <= LONGEST_TEXT


def is_storable(text: str) -> bool:
    """Tell whether PostgreSQL can keep the text: no NUL, no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
