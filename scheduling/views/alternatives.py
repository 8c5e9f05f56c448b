"""What to offer when a time cannot be had: the nearest that can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinics.models import Practitioner
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.slots import TimeSlot
from scheduling.models import Appointment
from scheduling.views.picker import BookingPage

NEAREST = 3
DAYS_ON = 6  # after the wanted one


@dataclass(frozen=True, slots=True)
class Alternative:
    slot: TimeSlot
    practitioner: Practitioner
    minutes_later: int
    same_practitioner: bool
    same_day: bool
    url: str
    current: bool


def nearest(page: BookingPage, wanted: datetime) -> list[Alternative]:
    """Give up to three times near `wanted`: the practitioner's own, and one with a colleague at that very time."""
    if page.clinic is None or page.practitioner is None:
        return []
    free = _free_around(page, wanted)
    own = [slot for slot in free if slot.practitioner_id == page.practitioner.pk]
    others = [slot for slot in free if slot.practitioner_id != page.practitioner.pk]
    same_time = [slot for slot in others if slot.start == wanted][:1]
    chosen = own[: NEAREST - len(same_time)]
    chosen = chosen[:1] + same_time + chosen[1:]
    chosen += others[: NEAREST - len(chosen)] if not chosen else []
    people = {practitioner.pk: practitioner for practitioner in page.practitioners}
    return [
        _alternative(page, slot, people[slot.practitioner_id], wanted, current=position == 0)
        for position, slot in enumerate(chosen)
    ]


def _free_around(page: BookingPage, wanted: datetime) -> list[TimeSlot]:
    """Give what the clinic offers from the wanted day on while the patient is free, nearest first."""
    assert page.clinic is not None  # noqa: S101 its caller asked
    day = max(page.today, wanted.astimezone(page.clinic.zone).date())
    offered = page.service.get_clinic_slots_range(
        clinic_id=page.clinic.pk,
        start_date=day,
        end_date=day + timedelta(days=DAYS_ON),
        appointment_type=page.type_code,
    )
    known = {practitioner.pk for practitioner in page.practitioners}
    busy = _visits_of_patient(page)
    free = [
        slot
        for slots in offered.values()
        for slot in slots
        if slot.practitioner_id in known and not any(busy.near(Interval(slot.start, slot.end)))
    ]
    return sorted(free, key=lambda slot: (abs(slot.start - wanted), slot.start, slot.practitioner_id))


def _visits_of_patient(page: BookingPage) -> Timeline[Interval]:
    visits = Appointment.objects.under_way().filter(patient=page.asked.patient, ends_at__gt=page.now)
    return Timeline(Interval(start, end) for start, end in visits.values_list("appointment_date", "ends_at"))


def _alternative(
    page: BookingPage, slot: TimeSlot, practitioner: Practitioner, wanted: datetime, *, current: bool
) -> Alternative:
    return Alternative(
        slot=slot,
        practitioner=practitioner,
        minutes_later=int((slot.start - wanted).total_seconds() // 60),
        same_practitioner=practitioner == page.practitioner,
        same_day=slot.start.date() == wanted.astimezone(slot.start.tzinfo).date(),
        url=page.url(
            practitioner=str(practitioner.pk),
            date=slot.start.date().isoformat(),
            at=slot.start.isoformat(timespec="minutes"),
        ),
        current=current,
    )
