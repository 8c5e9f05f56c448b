"""Whose times the booking page shows: one practitioner's at one clinic, or anyone's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic, Practitioner
from scheduling.domain.intervals import Interval
from scheduling.domain.rules import Refusal
from scheduling.domain.slots import GridTime, TimeSlot
from scheduling.exceptions import AppointmentError
from scheduling.forms import Anyone, Desk
from scheduling.services import AppointmentService
from scheduling.services.availability import Length
from scheduling.views.asked import Asked, query_of
from scheduling.views.picker import BookingPage, Choices, TimeChip

SOONEST = 3
NOON, EVENING = 12, 17  # hours
WHOLE_DAY = {Refusal.CLINIC_CLOSED, Refusal.PRACTITIONER_UNAVAILABLE}
"""Refusals that, where they stand in the way of all times of a day, are said of the day."""


class PractitionerPage(BookingPage):
    """The times of one practitioner at one clinic."""

    @cached_property
    def clinic(self) -> Clinic | None:
        if self.asked.clinic:
            return self.asked.clinic
        wanted = self.asked.practitioner or self.usual_practitioner
        works_at = self.desk.clinics if wanted is None else [c for c in self.desk.clinics if wanted in self.staff(c)]
        return self.desk.home if self.desk.home in works_at else next(iter(works_at), self.desk.home)

    @cached_property
    def practitioner(self) -> Practitioner | None:
        here = self.practitioners
        # Whoever was asked for by name is never quietly another.
        usual = [practitioner for practitioner in here if practitioner == self.usual_practitioner]
        return self.asked.practitioner or next(iter(usual or here), None)

    @property
    def is_gone(self) -> bool:
        """Tell whether the one who was asked for sees nobody here any more."""
        return self.practitioner is not None and self.practitioner not in self.practitioners

    @property
    def usual_practitioner(self) -> Practitioner | None:
        return self.visits.last.practitioner if self.visits.last else None

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.zone).date() if self.clinic else self.now.date()

    @cached_property
    def times(self) -> dict[date, list[GridTime]]:
        if self.practitioner is None or self.clinic is None:
            return {}
        first, last = self.on_show
        return self.service.get_times_of(
            self.practitioner, self.clinic, start_date=first, end_date=last, length=Length.of(None, self.kind)
        )

    @cached_property
    def slots(self) -> dict[date, list[TimeSlot]]:
        return {day: [time.slot for time in times if time.refusal is None] for day, times in self.times.items()}

    def offered_by_colleagues(self, first: date, last: date) -> dict[date, list[TimeSlot]]:
        assert self.clinic is not None  # noqa: S101 whoever asks for others had one
        specialty = self.practitioner.specialty if self.practitioner else None
        offered = self.service.get_clinic_slots_range(
            clinic_id=self.clinic.pk,
            start_date=first,
            end_date=last,
            specialty_id=specialty.pk if specialty else None,
            appointment_type=self.type_code,
        )
        # Without a specialty nobody is known to do the same.
        return {
            day: [slot for slot in slots if self.desk.knows(slot) and (specialty or self._is_own(slot))]
            for day, slots in offered.items()
        }

    def _is_own(self, slot: TimeSlot) -> bool:
        return self.practitioner is not None and slot.practitioner_id == self.practitioner.pk

    def is_chosen(self, slot: TimeSlot) -> bool:  # noqa: ARG002 there is but one at an instant
        return True

    @property
    def wanted_visit(self) -> Interval | None:
        at_hand = (time.slot for time in self.times.get(self.day, []) if time.start == self.wanted)
        slot = next(at_hand, None)
        return Interval(slot.start, slot.end) if slot else super().wanted_visit

    @cached_property
    def still_to_come(self) -> list[GridTime]:
        return [time for time in self.times.get(self.day, []) if time.refusal is not Refusal.IN_THE_PAST]

    @cached_property
    def closed_because(self) -> AppointmentError | None:
        """What stands in the way of the whole day, if one thing does."""
        reasons = {time.refusal for time in self.still_to_come}
        reason = next(iter(reasons)) if len(reasons) == 1 else None
        return AppointmentError.of(reason) if reason in WHOLE_DAY else None

    @cached_property
    def choices(self) -> list[Choices]:
        """The three soonest, then the parts of the day: the free times, and those that can be asked why not."""
        if self.closed_because:
            return []
        chips = [self.chip(time.slot, time.refusal) for time in self.still_to_come]
        free = [chip for chip in chips if chip.refusal is None]
        parts = [
            Choices(_("Soonest"), free[:SOONEST], "soon"),
            Choices(_("Morning"), [chip for chip in chips if chip.slot.start.hour < NOON]),
            Choices(_("Afternoon"), [chip for chip in chips if NOON <= chip.slot.start.hour < EVENING]),
            Choices(_("Evening"), [chip for chip in chips if chip.slot.start.hour >= EVENING]),
        ]
        return [part for part in parts if part.chips]


class AnyonePage(BookingPage):
    """The times of anyone, or of anyone in a specialty, at every clinic of the desk or within one; soonest first."""

    @property
    def anyone(self) -> Anyone:
        assert self.asked.anyone is not None  # noqa: S101 `page_of` asked
        return self.asked.anyone

    @cached_property
    def clinics(self) -> list[Clinic]:
        return [self.asked.within] if self.asked.within else self.desk.clinics

    @property
    def clinic_of_time(self) -> Clinic | None:
        return self.asked.clinic or self.asked.within or self.desk.home

    @cached_property
    def clinic(self) -> Clinic | None:
        return self.desk.clinic(self.slot.clinic_id) if self.slot else self.clinic_of_time

    @cached_property
    def practitioner(self) -> Practitioner | None:
        return self.desk.practitioner(self.slot.practitioner_id) if self.slot else self.asked.practitioner

    @property
    def practitioners(self) -> list[Practitioner]:
        return self.staff(*self.desk.clinics)

    @cached_property
    def today(self) -> date:
        # The earliest of theirs: no time of a clinic further west is passed over.
        return min((self.now.astimezone(clinic.zone).date() for clinic in self.clinics), default=self.now.date())

    @cached_property
    def slots(self) -> dict[date, list[TimeSlot]]:
        return self.offered_by_colleagues(*self.on_show)

    def offered_by_colleagues(self, first: date, last: date) -> dict[date, list[TimeSlot]]:
        offered = self.service.get_slots_range(
            start_date=first,
            end_date=last,
            specialty_id=self.anyone.specialty.pk if self.anyone.specialty else None,
            appointment_type=self.type_code,
        )
        within = {clinic.pk for clinic in self.clinics}
        return {
            day: [slot for slot in slots if slot.clinic_id in within and self.desk.knows(slot)]
            for day, slots in offered.items()
        }

    def is_chosen(self, slot: TimeSlot) -> bool:
        asked = self.asked
        return (asked.practitioner is None or slot.practitioner_id == asked.practitioner.pk) and (
            asked.clinic is None or slot.clinic_id == asked.clinic.pk
        )

    @property
    def state(self) -> dict[str, str]:
        # Whose time is chosen goes with the time: without one, the soonest of anyone's is taken.
        return query_of(replace(self.asked, kind=self.kind))

    def _day_url(self, day: date) -> str:
        return self.url(date=day.isoformat(), at=None, practitioner=None, clinic=None)

    @property
    def all_times_url(self) -> str:
        return self.url(at=None, practitioner=None, clinic=None)

    @property
    def is_nobodys(self) -> bool:
        return self.asked.at is not None and self.slot is None and self.asked.practitioner is None

    @cached_property
    def soonest(self) -> list[TimeChip]:
        """The first three from the day on show."""
        free = [slot for day, slots in self.slots.items() if day >= self.day for slot in slots]
        return [self.chip(slot) for slot in free[:SOONEST]]

    @cached_property
    def choices(self) -> list[Choices]:
        """The day's times by practitioner and clinic, whoever is free first on top."""
        by_offer: dict[tuple[Practitioner, Clinic], list[TimeChip]] = {}
        for chip in map(self.chip, self.slots_of_day):
            by_offer.setdefault((chip.practitioner, chip.clinic), []).append(chip)
        return [Choices(who.name, chips, clinic=where) for (who, where), chips in by_offer.items()]


def page_of(desk: Desk, service: AppointmentService, asked: Asked) -> BookingPage:
    kind = AnyonePage if asked.anyone else PractitionerPage
    return kind(desk, service, asked)
