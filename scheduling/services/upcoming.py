"""What is to come: from now on, or on the dates asked for, as each clinic counts days; and how much of each kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from clinics.models import Clinic
from scheduling.domain.sessions import local_day
from scheduling.enums import FREEING, Status
from scheduling.models import AppointmentQuerySet, AppointmentType
from scheduling.services.lookups import check_range


@dataclass(frozen=True, slots=True)
class Summary:
    """How many there are of each status and type together.

    `by_status` has every status as its key, `by_type` the code of every type, and None where a visit has none.
    """

    counts: Counter[tuple[str, str | None]]
    codes: tuple[str, ...]

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def by_status(self) -> dict[str, int]:
        found = dict.fromkeys(Status.values, 0)
        for (status, _code), count in self.counts.items():
            found[status] += count
        return found

    @property
    def by_type(self) -> dict[str | None, int]:
        found: dict[str | None, int] = dict.fromkeys(self.codes, 0)
        for (_status, code), count in self.counts.items():
            found[code] = found.get(code, 0) + count
        return found

    def only(self, *, status: str | None = None, code: str | None = None) -> Self:
        """Leave out every other status, and every other type; None leaves out nothing."""
        kept = {
            (of_status, of_code): count
            for (of_status, of_code), count in self.counts.items()
            if status in {None, of_status} and code in {None, of_code}
        }
        return type(self)(Counter(kept), self.codes)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The appointments by time, their names loaded with them; `summary` where it was asked for."""

    appointments: AppointmentQuerySet
    summary: Summary | None = None


def between(
    rows: AppointmentQuerySet, clinics: Iterable[Clinic], now: datetime, first: date | None, last: date | None
) -> AppointmentQuerySet:
    """Give those that start on a date from `first` to `last`; without a first one, from `now` on.

    Raises AppointmentError for a range that is reversed or longer than 366 dates; without a first date it begins today.
    """
    if first is None and last is None:
        return rows.filter(appointment_date__gte=now)
    by_zone: defaultdict[ZoneInfo, list[int]] = defaultdict(list)
    for clinic in clinics:
        by_zone[clinic.zone].append(clinic.pk)
    today = min((now.astimezone(zone).date() for zone in by_zone), default=now.date())
    begins = today if first is None else first
    check_range(begins, begins if last is None else last)
    asked = Q(pk__in=[])
    for zone, clinic_ids in by_zone.items():
        since = now if first is None else local_day(first, zone).start
        there = Q(clinic__in=clinic_ids, appointment_date__gte=since)
        asked |= there if last is None else there & Q(appointment_date__lt=local_day(last, zone).end)
    return rows.filter(asked)


def upcoming(rows: AppointmentQuerySet) -> AppointmentQuerySet:
    """Give those of the rows that are to take place, by time."""
    return rows.exclude(status__in=FREEING).with_names().order_by("appointment_date", "id")


def summary_of(rows: AppointmentQuerySet, organization_id: int) -> Summary:
    """Count the rows in the database, in two queries."""
    found = rows.order_by().values_list("status", "appointment_type__code").annotate(count=Count("pk"))
    types = AppointmentType.objects.filter(organization=organization_id)
    counts = Counter({(status, code): count for status, code, count in found})
    return Summary(counts, tuple(types.values_list("code", flat=True)))
