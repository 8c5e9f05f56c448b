"""What is on offer: who is asked about, in one query, and their grids, remembered or loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, QuerySet
from django.utils import timezone

from clinics.models import Clinic, Organization, Practitioner
from scheduling.domain.slots import GridTime, TimeSlot
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment
from scheduling.services import slot_memory
from scheduling.services.availability import Availability, Length, by_date, load, load_weekly_hours, policy_of
from scheduling.services.lookups import (
    LONGEST_VISIT,
    check_range,
    checked_length,
    find_or_refuse,
    is_key,
    is_text,
    usual_length,
    with_type,
)

LONGEST_CODE = 50  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody looks for, as given: nothing in it has been checked."""

    first: date
    last: date
    duration: Any = None
    appointment_type: Any = None
    practitioner_id: Any = None
    clinic_id: Any = None
    specialty_id: Any = None
    exclude_appointment_id: int | None = None


def slots(organization: Organization, ask: Ask) -> dict[date, list[TimeSlot]]:
    """Give what is offered on each date, by start; every date is present."""
    grids = _remembered(organization, ask)
    if grids is None:
        found = loaded(organization, ask)
        return by_date(found.available.slots(found.length), ask.first, ask.last)
    now = timezone.now()
    return _by_start([slot for grid in grids for slot in grid.slots(now)], ask)


def times(organization: Organization, ask: Ask) -> dict[date, list[GridTime]]:
    """Give every start on the grids of each date, by start: offered, or what stands in the way."""
    grids = _remembered(organization, ask)
    if grids is None:
        found = loaded(organization, ask)
        return by_date(found.available.times(found.length), ask.first, ask.last)
    now = timezone.now()
    return _by_start([each for grid in grids for each in grid.times(now)], ask)


def _by_start[T: (TimeSlot, GridTime)](found: list[T], ask: Ask) -> dict[date, list[T]]:
    if not is_key(ask.practitioner_id):  # one grid is in order already
        found.sort(key=_order)
    return by_date(found, ask.first, ask.last)


def _order(each: TimeSlot | GridTime) -> tuple[Any, ...]:
    slot = each if isinstance(each, TimeSlot) else each.slot
    return slot.start, slot.practitioner_id, slot.clinic_id


# Remembered


def _remembered(organization: Organization, ask: Ask) -> list[slot_memory.Grid] | None:
    """Give the grids of one practitioner, or of all at a clinic, as remembered; None for what is not remembered."""
    if not (slot_memory.is_on() and _can_be_remembered(ask)):
        return None
    check_range(ask.first, ask.last)
    if ask.practitioner_id is not None:
        people: Sequence[int] = [ask.practitioner_id]
    else:
        find_or_refuse(Clinic.objects.filter(organization=organization), ask.clinic_id, Code.CLINIC_NOT_FOUND)
        people = sorted({hours.practitioner_id for hours in _weekly(organization, ask)})
    asked = slot_memory.Asked(
        organization_id=organization.pk,
        practitioner_ids=people,
        clinic_id=ask.clinic_id,
        first=ask.first,
        last=ask.last,
        duration=ask.duration,
        appointment_type=ask.appointment_type,
    )

    def from_database(missing: Sequence[int]) -> tuple[list[GridTime], timedelta]:
        # With the hours asked for once more: those above were read before the words, and may be older than these.
        found = loaded(organization, ask, among=missing, as_if_nothing_had_passed=True)
        return found.available.times(found.length), found.available.policy.late_start

    return slot_memory.grids(asked, from_database)


def _can_be_remembered(ask: Ask) -> bool:
    """Tell whether it is a usual question, rightly put; whatever else is asked, the database answers or refuses."""
    keys = (ask.practitioner_id, ask.clinic_id)
    code, minutes = ask.appointment_type, ask.duration
    return (
        ask.exclude_appointment_id is None
        and any(key is not None for key in keys)
        and all(key is None or is_key(key) for key in keys)
        and (minutes is None or (type(minutes) is int and 1 <= minutes <= LONGEST_VISIT))
        and (code is None or (isinstance(code, str) and is_text(code) and len(code) <= LONGEST_CODE))
        and type(ask.first) is date
        and type(ask.last) is date
        and 0 <= (ask.last - ask.first).days < slot_memory.MOST_DAYS
    )


# From the database


@dataclass(frozen=True, slots=True)
class Loaded:
    """The hours and diaries that are asked about, the length of a visit, and the row that the question names."""

    available: Availability
    length: Length
    about: Any


def loaded(
    organization: Organization,
    ask: Ask,
    *,
    among: Sequence[int] | None = None,
    as_if_nothing_had_passed: bool = False,
) -> Loaded:
    """Load what is asked for.

    In four queries: whom and where with what kind of visit, the hours, the visits there, and who is away. Of a clinic's
    practitioners only those `among` these, where they are given. Raises AppointmentError for what is not there.
    """
    row, own = _about(organization, ask)
    length = Length(checked_length(ask.duration), usual_length(row, ask.appointment_type))
    check_range(ask.first, ask.last)
    if ask.exclude_appointment_id is not None:
        appointments = Appointment.objects.filter(organization=organization)
        find_or_refuse(appointments, ask.exclude_appointment_id, Code.APPOINTMENT_NOT_FOUND)
    weekly = _weekly(organization, ask)
    if among is not None:
        weekly = [hours for hours in weekly if hours.practitioner_id in among]
    policy = policy_of(own, slot_memory.BEFORE_ALL if as_if_nothing_had_passed else timezone.now())
    available = load(policy, ask.first, ask.last, weekly, exclude_appointment_id=ask.exclude_appointment_id)
    return Loaded(available, length, row)


def at_hand(organization: Organization, ask: Ask) -> Availability:
    """Load the hours and diaries of rows that have just been loaded themselves, in three queries."""
    check_range(ask.first, ask.last)
    policy = policy_of(organization, timezone.now())
    return load(policy, ask.first, ask.last, _weekly(organization, ask))


def _weekly(organization: Organization, ask: Ask) -> list[Any]:
    return load_weekly_hours(
        organization.pk,
        ask.first,
        ask.last,
        practitioner_id=ask.practitioner_id,
        clinic_id=ask.clinic_id,
        specialty_id=ask.specialty_id,
    )


def _about(organization: Organization, ask: Ask) -> tuple[Any, Organization]:
    """Load the row that the question is about, with its type of visit, and the organization as it is now."""
    clinics: QuerySet[Clinic] = Clinic.objects.filter(organization=organization)
    if ask.practitioner_id is not None:
        here = clinics.filter(pk=ask.clinic_id) if is_key(ask.clinic_id) else clinics.none()
        people = Practitioner.objects.filter(organization=organization).annotate(is_here=Exists(here))
        people = with_type(people.select_related("organization"), organization, ask.appointment_type)
        practitioner: Any = find_or_refuse(people, ask.practitioner_id, Code.PRACTITIONER_NOT_FOUND)
        if ask.clinic_id is not None and not practitioner.is_here:
            raise AppointmentError(Code.CLINIC_NOT_FOUND)
        return practitioner, practitioner.organization
    if ask.clinic_id is not None:
        rows = with_type(clinics.select_related("organization"), organization, ask.appointment_type)
        clinic = find_or_refuse(rows, ask.clinic_id, Code.CLINIC_NOT_FOUND)
        return clinic, clinic.organization
    own = with_type(Organization.objects.filter(pk=organization.pk), organization, ask.appointment_type).get()
    return own, own
