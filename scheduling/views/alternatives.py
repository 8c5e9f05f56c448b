"""What to say and what to offer when a time cannot be had: who took it and when, and the nearest that can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType

from clinics.models import ActivityEvent, Clinic, Practitioner
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.sessions import ONE_DAY, local_day
from scheduling.domain.slots import TimeSlot
from scheduling.enums import EventKind
from scheduling.models import Appointment
from scheduling.services.equivalents import DAYS_ON, NEAREST, own_and_a_colleagues
from scheduling.services.planning import busy_times
from scheduling.views.picker import BookingPage


@dataclass(frozen=True, slots=True)
class Alternative:
    slot: TimeSlot
    practitioner: Practitioner
    clinic: Clinic
    minutes_later: int
    same_practitioner: bool
    same_clinic: bool
    same_day: bool
    url: str
    current: bool


def nearest(page: BookingPage, wanted: datetime) -> list[Alternative]:
    """Give up to three times near `wanted` at which the patient is free.

    Of anyone: the nearest. Of one practitioner: their own, and one with a colleague of the specialty at that very time.
    """
    if page.clinic is None or (page.practitioner is None and not page.asked.anyone):
        return []
    free = _free_around(page, wanted)
    one = None if page.asked.anyone else page.practitioner
    chosen = own_and_a_colleagues(free, one.pk, wanted) if one else free[:NEAREST]
    return [_alternative(page, slot, wanted, current=position == 0) for position, slot in enumerate(chosen)]


def _free_around(page: BookingPage, wanted: datetime) -> list[TimeSlot]:
    """Give what is offered from the wanted day on while the patient is free, nearest first."""
    assert page.clinic is not None  # noqa: S101 its caller asked
    day = max(page.today, wanted.astimezone(page.clinic.zone).date())
    busy = Timeline[Interval]()
    if page.asked.patient:
        around = local_day(day, page.clinic.zone).start
        # A day more on both sides: other clinics' days begin at other hours.
        span = Interval(around - ONE_DAY, around + (DAYS_ON + 3) * ONE_DAY)
        busy = busy_times(page.asked.patient.pk, span)
    free = [
        slot
        for slots in page.offered_by_colleagues(day, day + timedelta(days=DAYS_ON)).values()
        for slot in slots
        if not any(busy.near(Interval(slot.start, slot.end)))
    ]
    return sorted(free, key=lambda slot: (abs(slot.start - wanted), slot.start, slot.practitioner_id))


def _alternative(page: BookingPage, slot: TimeSlot, wanted: datetime, *, current: bool) -> Alternative:
    practitioner, clinic = page.desk.practitioner(slot.practitioner_id), page.desk.clinic(slot.clinic_id)
    return Alternative(
        slot=slot,
        practitioner=practitioner,
        clinic=clinic,
        minutes_later=int((slot.start - wanted).total_seconds() // 60),
        same_practitioner=practitioner == page.practitioner,
        same_clinic=clinic == page.clinic,
        same_day=slot.start.date() == wanted.astimezone(slot.start.tzinfo).date(),
        url=page.slot_url(slot),
        current=current,
    )


def taken_by(page: BookingPage, visit: Interval) -> ActivityEvent | None:
    """Give the event by which the time was taken from the practitioner last; None where nobody has it."""
    holders = Appointment.objects.occupying().overlapping(visit).filter(practitioner=page.practitioner)
    return (
        ActivityEvent.objects.filter(
            organization=page.service.organization,
            target_type=ContentType.objects.get_for_model(Appointment),
            target_id__in=holders.values("pk"),
            kind__in=(EventKind.CREATED, EventKind.RESCHEDULED),
        )
        .select_related("actor")
        .order_by("-id")
        .first()
    )
