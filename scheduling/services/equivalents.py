"""Other times for a visit: its own practitioner near that time, a colleague of the specialty at that very time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from clinics.models import Organization, Practitioner
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.slots import TimeSlot
from scheduling.models import Appointment
from scheduling.services.availability import Availability, Length, load, load_weekly_hours, policy_of

NEAREST = 3
DAYS_ON = 6  # after the visit's own day


def own_and_a_colleagues(free: Sequence[TimeSlot], practitioner_id: int, wanted: datetime) -> list[TimeSlot]:
    """Choose three of the slots, given nearest first: the practitioner's own, and one of a colleague at that very time.

    Where the practitioner has none, those of anybody.
    """
    own = [slot for slot in free if slot.practitioner_id == practitioner_id]
    others = [slot for slot in free if slot.practitioner_id != practitioner_id]
    same_time = [slot for slot in others if slot.start == wanted][:1]
    chosen = own[: NEAREST - len(same_time)]
    return chosen[:1] + same_time + chosen[1:] or others[:NEAREST]


def equivalents_of(
    organization: Organization, appointments: Collection[Appointment], now: datetime
) -> dict[int, list[TimeSlot]]:
    """Give up to `NEAREST` slots for each appointment, by its key: of its length, at its clinic, its patient free.

    In a constant number of queries. `clinic` and `practitioner` are loaded with the appointments.
    """
    if not appointments:
        return {}
    days = [max(visit.local_start.date(), now.astimezone(visit.clinic.zone).date()) for visit in appointments]
    first, last = min(days), max(days) + timedelta(days=DAYS_ON)
    specialty_of = dict(Practitioner.objects.filter(organization=organization).values_list("pk", "specialty"))
    asked_for = {specialty_of[visit.practitioner_id] for visit in appointments}
    weekly = [
        hours
        for hours in load_weekly_hours(organization.pk, first, last)
        if specialty_of[hours.practitioner_id] in asked_for
    ]
    everybody = load(policy_of(organization, now), first, last, weekly)
    busy = busy_besides(appointments)
    found = {}
    for visit, day in zip(appointments, days, strict=True):
        specialty = specialty_of[visit.practitioner_id]
        at_hand = {
            practitioner_id: [session for session in sessions if session.hours.clinic_id == visit.clinic_id]
            for practitioner_id, sessions in everybody.sessions.items()
            if specialty_of[practitioner_id] == specialty
        }
        week = Availability(day, day + timedelta(days=DAYS_ON), everybody.policy, at_hand, everybody.diaries)
        wanted = visit.appointment_date
        free = [
            slot
            for slot in week.slots(Length(asked=timedelta(minutes=visit.duration)))
            if not any(busy[visit.patient_id].near(slot.instants))
        ]
        free.sort(key=lambda slot: (abs(slot.start - wanted), slot.start, slot.practitioner_id))
        found[visit.pk] = own_and_a_colleagues(free, visit.practitioner_id, wanted)
    return found


def busy_besides(appointments: Collection[Appointment]) -> dict[int, Timeline[Interval]]:
    """Give when each patient of these visits is elsewhere than at them."""
    others = Appointment.objects.under_way().exclude(pk__in=[visit.pk for visit in appointments])
    times: defaultdict[int, list[Interval]] = defaultdict(list)
    for patient_id, start, end in others.filter(patient__in=[visit.patient_id for visit in appointments]).values_list(
        "patient_id", "appointment_date", "ends_at"
    ):
        times[patient_id].append(Interval(start, end))
    return defaultdict(Timeline[Interval], {key: Timeline(own) for key, own in times.items()})
