"""A colleague takes over the visits of somebody's day: where each would go, and then one move after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinics.models import Organization
from scheduling.domain.intervals import Interval
from scheduling.domain.slots import TimeSlot
from scheduling.models import Appointment
from scheduling.services.availability import Length, load, load_weekly_hours, policy_of
from scheduling.services.equivalents import busy_besides


@dataclass(frozen=True, slots=True)
class Takeover:
    """A visit, and the slot of the colleague that it would go to; None where there is none left that day."""

    visit: Appointment
    slot: TimeSlot | None


def plan_takeover(
    organization: Organization, visits: Sequence[Appointment], practitioner_id: int, now: datetime
) -> list[Takeover]:
    """Give each visit, by time, the colleague's slot at that very time, else the nearest of the day that is left.

    All visits are of one date at one clinic, which is loaded with them. In a constant number of queries; nothing is
    written, so that another may take a slot before the move does.
    """
    if not visits:
        return []
    clinic = visits[0].clinic
    day = visits[0].local_start.date()
    weekly = load_weekly_hours(organization.pk, day, day, practitioner_id=practitioner_id, clinic_id=clinic.pk)
    available = load(policy_of(organization, now), day, day, weekly)
    busy = busy_besides(visits)
    offered: dict[int, list[TimeSlot]] = {}
    given: list[TimeSlot] = []
    planned: list[Takeover] = []
    # Those whose time the colleague has free keep it; only then are the others given what is left.
    in_turn = sorted(visits, key=lambda visit: (visit.appointment_date, visit.seat))
    for same_time in (True, False):
        left = [visit for visit in in_turn if visit.pk not in {each.visit.pk for each in planned}]
        for visit in left:
            length = timedelta(minutes=visit.duration)
            slots = offered.setdefault(visit.duration, available.slots(Length(asked=length)))
            wanted = visit.appointment_date
            fitting = [
                slot
                for slot in slots
                if (slot.start == wanted or not same_time)
                and _is_left(slot, given, available.policy.buffer)
                and not any(busy[visit.patient_id].near(slot.instants))
            ]
            slot = min(fitting, key=lambda each: (abs(each.start - wanted), each.start), default=None)
            if slot is not None:
                given.append(slot)
            if slot is not None or not same_time:
                planned.append(Takeover(visit, slot))
    return sorted(planned, key=lambda each: (each.visit.appointment_date, each.visit.seat))


def _is_left(slot: TimeSlot, given: Sequence[TimeSlot], buffer: timedelta) -> bool:
    """Tell whether the slot still has a place once those `given` are taken, too."""
    shared = sum((each.start, each.end) == (slot.start, slot.end) for each in given)
    if shared:
        return shared < slot.remaining
    wide = Interval(slot.instants.start - buffer, slot.instants.end + buffer)
    return not any(each.instants.overlaps(wide) for each in given)
