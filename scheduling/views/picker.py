"""The booking page as a value: what is chosen, what can be chosen, and the address of every choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic, ClinicAssignment, Practitioner
from patients.models import Patient
from scheduling.domain.slots import TimeSlot
from scheduling.exceptions import AppointmentError
from scheduling.forms import Desk
from scheduling.models import Appointment, AppointmentType
from scheduling.services import AppointmentService

WEEK = 7  # days on show
LOOK_AHEAD = 4 * WEEK  # days searched for the first free one
SOONEST = 3
NOON, EVENING = 12, 17  # hours


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody has chosen so far; None is for the page to choose. `at` is aware."""

    patient: Patient | None = None
    clinic: Clinic | None = None
    practitioner: Practitioner | None = None
    kind: AppointmentType | None = None
    day: date | None = None
    at: datetime | None = None

    @classmethod
    def of(cls, cleaned: dict[str, Any]) -> Asked:
        """Take from a form's cleaned data what is there; a form with errors has less."""
        return cls(
            patient=cleaned.get("patient"),
            clinic=cleaned.get("clinic"),
            practitioner=cleaned.get("practitioner"),
            kind=cleaned.get("type"),
            day=cleaned.get("date"),
            at=cleaned.get("at") or cleaned.get("start"),
        )


@dataclass(frozen=True, slots=True)
class DayChip:
    day: date
    free: int
    url: str
    current: bool
    past: bool


@dataclass(frozen=True, slots=True)
class TimeChip:
    slot: TimeSlot
    url: str
    current: bool
    minutes_away: int | None = None


@dataclass(frozen=True, slots=True)
class PartOfDay:
    label: str | Promise
    chips: list[TimeChip]
    css: str = ""


@dataclass
class BookingPage:
    """One state of the booking page. Everything that is not chosen is chosen for the caller: the usual, the soonest."""

    desk: Desk
    service: AppointmentService
    asked: Asked
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def clinic(self) -> Clinic | None:
        if self.asked.clinic:
            return self.asked.clinic
        wanted = self.asked.practitioner or self.usual_practitioner
        works_at = self.desk.clinics if wanted is None else [c for c in self.desk.clinics if wanted in self.staff(c)]
        return next(iter(works_at or self.desk.clinics), None)

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.zone).date() if self.clinic else self.now.date()

    @cached_property
    def _working(self) -> set[tuple[int, int]]:
        """Pairs of clinic and active practitioner who works there, now or later."""
        rows = ClinicAssignment.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=self.now.date() - timedelta(days=1)),
            clinic__in=[clinic.pk for clinic in self.desk.clinics],
            practitioner__is_active=True,
        )
        return set(rows.values_list("clinic_id", "practitioner_id"))

    def staff(self, clinic: Clinic | None) -> list[Practitioner]:
        return [p for p in self.desk.practitioners if clinic and (clinic.pk, p.pk) in self._working]

    @cached_property
    def practitioners(self) -> list[Practitioner]:
        return self.staff(self.clinic)

    @cached_property
    def practitioner(self) -> Practitioner | None:
        here = self.practitioners
        wishes = [p for p in (self.asked.practitioner, self.usual_practitioner) if p in here]
        return next(iter(wishes or here), None)

    @cached_property
    def last_visit(self) -> Appointment | None:
        """The chosen patient's latest visit that took place, or was meant to."""
        if self.asked.patient is None:
            return None
        visits = Appointment.objects.occupying().filter(patient=self.asked.patient, appointment_date__lt=self.now)
        return visits.with_names().order_by("-appointment_date").first()

    @property
    def usual_practitioner(self) -> Practitioner | None:
        return self.last_visit.practitioner if self.last_visit else None

    @cached_property
    def kind(self) -> AppointmentType | None:
        usual = self.last_visit.appointment_type if self.last_visit else None
        default = next((kind for kind in self.desk.types if kind.is_default), None)
        return self.asked.kind or usual or default

    @cached_property
    def _asked_day(self) -> date | None:
        if self.asked.at and self.clinic:
            return self.asked.at.astimezone(self.clinic.zone).date()
        return self.asked.day

    def _week_of(self, day: date) -> date:
        """Give the first date on show with `day`: weeks are counted from today, so that chips keep their place."""
        return self.today + WEEK * timedelta(days=(day - self.today).days // WEEK)

    @cached_property
    def slots(self) -> dict[date, list[TimeSlot]]:
        """What is free on the dates on show; without a wish, on those up to the first free one."""
        if self.practitioner is None or self.clinic is None:
            return {}
        first = self.today if self._asked_day is None else self._week_of(self._asked_day)
        days = LOOK_AHEAD if self._asked_day is None else WEEK
        return self.service.get_practitioner_slots_range(
            practitioner_id=self.practitioner.pk,
            clinic_id=self.clinic.pk,
            start_date=first,
            end_date=first + timedelta(days=days - 1),
            appointment_type=self.type_code,
        )

    @property
    def type_code(self) -> str | None:
        return self.kind.code if self.kind else None

    @cached_property
    def day(self) -> date:
        return self._asked_day or next((day for day, free in self.slots.items() if free), self.today)

    @cached_property
    def slot(self) -> TimeSlot | None:
        """The chosen time; without a wish, the first free one of the day."""
        free = self.slots.get(self.day, [])
        if self.asked.at is None:
            return next(iter(free), None)
        return next((slot for slot in free if slot.start == self.asked.at), None)

    @cached_property
    def refusal(self) -> AppointmentError | None:
        """Why the chosen time cannot be booked, for this patient too; None when it can, or none is chosen."""
        if self.wanted is None or self.practitioner is None or self.clinic is None:
            return None
        return self.service.explain_slot(
            practitioner_id=self.practitioner.pk,
            clinic_id=self.clinic.pk,
            appointment_date=self.wanted,
            appointment_type=self.type_code,
            patient_id=self.asked.patient.pk if self.asked.patient else None,
        )

    @property
    def wanted(self) -> datetime | None:
        """The chosen instant, whether it can be had or not."""
        return self.asked.at or (self.slot.start if self.slot else None)

    @property
    def is_bookable(self) -> bool:
        return bool(self.asked.patient and self.slot and self.refusal is None)

    @property
    def minutes(self) -> int:
        return int((self.slot.end - self.slot.start).total_seconds() // 60) if self.slot else 0

    @property
    def state(self) -> dict[str, str]:
        """Every choice on the page as a query: opaque ids, a code, a date and a time, never a name."""
        return query_of(replace(self.asked, clinic=self.clinic, practitioner=self.practitioner, kind=self.kind))

    @property
    def asked_state(self) -> dict[str, str]:
        """Only what was chosen by hand: another patient has other habits."""
        return query_of(self.asked)

    def url(self, **changes: str | None) -> str:
        """Give the address of this page with `changes`; None leaves a choice to the page."""
        return book_url({**self.state, **changes})

    def patient_url(self, patient: Patient) -> str:
        return book_url({**self.asked_state, "patient": str(patient.pk)})

    @property
    def change_patient_url(self) -> str:
        return self.url(patient=None)

    @cached_property
    def days(self) -> list[DayChip]:
        first = self._week_of(self.day)
        dates = [first + timedelta(days=n) for n in range(WEEK)]
        return [
            DayChip(
                day, len(self.slots.get(day, [])), self._day_url(day), current=day == self.day, past=day < self.today
            )
            for day in dates
        ]

    def _day_url(self, day: date) -> str:
        return self.url(date=day.isoformat(), at=None)

    @property
    def earlier_url(self) -> str:
        return self._day_url(max(self.today, self.day - timedelta(days=WEEK))) if self.day > self.today else ""

    @property
    def later_url(self) -> str:
        return self._day_url(self._week_of(self.day) + timedelta(days=WEEK))

    @property
    def all_times_url(self) -> str:
        return self.url(at=None)

    @property
    def without_time(self) -> dict[str, str]:
        return {name: value for name, value in self.state.items() if name not in {"date", "at"}}

    @cached_property
    def next_free_day(self) -> date | None:
        return next((day for day, free in self.slots.items() if free and day > self.day), None)

    @property
    def next_free_url(self) -> str:
        return self._day_url(self.next_free_day) if self.next_free_day else ""

    @cached_property
    def parts(self) -> list[PartOfDay]:
        """The day's free times: the soonest, then by part of the day."""
        chips = [self._chip(slot) for slot in self.slots.get(self.day, [])]
        morning = [chip for chip in chips if chip.slot.start.hour < NOON]
        evening = [chip for chip in chips if chip.slot.start.hour >= EVENING]
        afternoon = [chip for chip in chips if NOON <= chip.slot.start.hour < EVENING]
        parts = [
            PartOfDay(_("Soonest"), chips[:SOONEST], "soon"),
            PartOfDay(_("Morning"), morning),
            PartOfDay(_("Afternoon"), afternoon),
            PartOfDay(_("Evening"), evening),
        ]
        return [part for part in parts if part.chips]

    def _chip(self, slot: TimeSlot) -> TimeChip:
        away = int((slot.start - self.now).total_seconds() // 60)
        return TimeChip(
            slot,
            self.url(date=slot.start.date().isoformat(), at=slot.start.isoformat(timespec="minutes")),
            current=slot == self.slot,
            minutes_away=away if 0 <= away <= 60 else None,  # noqa: PLR2004 an hour
        )


def query_of(asked: Asked) -> dict[str, str]:
    chosen = {
        "patient": asked.patient and asked.patient.pk,
        "clinic": asked.clinic and asked.clinic.pk,
        "practitioner": asked.practitioner and asked.practitioner.pk,
        "type": asked.kind and asked.kind.code,
        "date": asked.day and asked.day.isoformat(),
        "at": asked.at and asked.at.isoformat(timespec="minutes"),
    }
    return {name: str(value) for name, value in chosen.items() if value}


def book_url(chosen: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{reverse('book')}?{query}" if query else reverse("book")
