"""The booking page as a value: what is chosen, what can be chosen, and the address of every choice.

Everything that is not chosen is chosen for the caller: the usual, the soonest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from clinics.models import Clinic, Practitioner, Specialty
from patients.models import Patient
from scheduling.domain.intervals import Interval
from scheduling.domain.rules import Refusal
from scheduling.domain.slots import TimeSlot
from scheduling.exceptions import AppointmentError
from scheduling.forms import Desk
from scheduling.models import AppointmentType
from scheduling.services import AppointmentService
from scheduling.views.asked import Asked, book_url, query_of
from scheduling.views.patient_visits import PatientVisits

WEEK = 7  # days on show
LOOK_AHEAD = 4 * WEEK  # days searched for the first free one
SOON = 60  # minutes: so near, the distance says more than the time


@dataclass(frozen=True, slots=True)
class DayChip:
    day: date
    free: int
    url: str
    current: bool
    past: bool
    keys: str  # which press it: "[" the day back, "]" the day on, "t" today


@dataclass(frozen=True, slots=True)
class TimeChip:
    """A time to choose; with a `refusal`, one that can only be asked why not."""

    slot: TimeSlot
    practitioner: Practitioner
    clinic: Clinic
    url: str
    current: bool
    refusal: Refusal | None = None
    minutes_away: int | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """Some times under one heading: a part of the day, or who offers them and where."""

    label: str | Promise
    chips: list[TimeChip]
    css: str = ""
    clinic: Clinic | None = None


@dataclass
class BookingPage(ABC):
    """What the page shows whoever is asked for; `PractitionerPage` and `AnyonePage` know whose times those are."""

    desk: Desk
    service: AppointmentService
    asked: Asked
    now: datetime = field(default_factory=timezone.now)

    @property
    @abstractmethod
    def clinic(self) -> Clinic | None:
        """Where the visit is to be."""

    @property
    @abstractmethod
    def practitioner(self) -> Practitioner | None:
        """Who is to see the patient; None while nobody can."""

    @property
    @abstractmethod
    def today(self) -> date: ...

    @property
    @abstractmethod
    def slots(self) -> dict[date, list[TimeSlot]]:
        """What is free on the dates on show; without a wish, on those up to the first free one."""

    @abstractmethod
    def offered_by_colleagues(self, first: date, last: date) -> dict[date, list[TimeSlot]]:
        """Give what could be had instead, on each of the dates."""

    @property
    @abstractmethod
    def choices(self) -> list[Choices]:
        """The times of the day on show."""

    @abstractmethod
    def is_chosen(self, slot: TimeSlot) -> bool:
        """Tell whether it is the slot at the chosen instant."""

    @property
    def practitioners(self) -> list[Practitioner]:
        """Whom one can ask for by name."""
        return self.staff(self.clinic)

    @cached_property
    def _working(self) -> set[tuple[int, int]]:
        """Pairs of clinic and active practitioner who works there, now or later."""
        active = {person.pk for person in self.desk.practitioners if person.is_active}
        return {
            (assignment.clinic_id, assignment.practitioner_id)
            for assignment in self.desk.assignments
            if assignment.practitioner_id in active
        }

    def staff(self, *clinics: Clinic | None) -> list[Practitioner]:
        """Give those who work at one of the clinics."""
        keys = {clinic.pk for clinic in clinics if clinic}
        here = {practitioner_id for clinic_id, practitioner_id in self._working if clinic_id in keys}
        return [practitioner for practitioner in self.desk.practitioners if practitioner.pk in here]

    @cached_property
    def specialties(self) -> list[Specialty]:
        """What anyone can be asked for."""
        found = {person.specialty for person in self.staff(*self.desk.clinics) if person.specialty}
        return sorted(found, key=lambda specialty: specialty.name)

    @cached_property
    def visits(self) -> PatientVisits:
        return PatientVisits(self.asked.patient, self.desk.membership, self.now)

    @cached_property
    def kind(self) -> AppointmentType | None:
        usual = self.visits.last.appointment_type if self.visits.last else None
        return self.asked.kind or usual or self.desk.usual_type

    @property
    def type_code(self) -> str | None:
        return self.kind.code if self.kind else None

    @property
    def asked_day(self) -> date | None:
        if self.asked.at and self.clinic_of_time:
            return self.asked.at.astimezone(self.clinic_of_time.zone).date()
        return self.asked.day

    @property
    def clinic_of_time(self) -> Clinic | None:
        """The clinic whose clock the chosen time is of."""
        return self.clinic

    def _week_of(self, day: date) -> date:
        """Give the first date on show with `day`: weeks are counted from today, so that chips keep their place."""
        return self.today + WEEK * timedelta(days=(day - self.today).days // WEEK)

    @property
    def on_show(self) -> tuple[date, date]:
        """The first and the last date for which times are looked up."""
        if self.asked_day is None:
            return self.today, self.today + timedelta(days=LOOK_AHEAD - 1)
        first = self._week_of(self.asked_day)
        return first, first + timedelta(days=WEEK - 1)

    @cached_property
    def day(self) -> date:
        return self.asked_day or next((day for day, free in self.slots.items() if free), self.today)

    @property
    def slots_of_day(self) -> list[TimeSlot]:
        return self.slots.get(self.day, [])

    @cached_property
    def slot(self) -> TimeSlot | None:
        """The chosen time; without a wish, the first free one of the day."""
        free = self.slots_of_day
        if self.asked.at is None:
            return next(iter(free), None)
        return next((slot for slot in free if slot.start == self.asked.at and self.is_chosen(slot)), None)

    @cached_property
    def refusal(self) -> AppointmentError | None:
        """Why the chosen time cannot be booked, for this patient too; None when it can, or none is chosen."""
        if self.wanted is None or self.practitioner is None or self.clinic is None:
            return None
        if self.slot is not None:
            # It is offered: all that can still stand in its way is what the patient has elsewhere.
            is_free = not any(self.visits.busy().near(Interval(self.slot.start, self.slot.end)))
            return None if is_free else AppointmentError.of(Refusal.PATIENT_CONFLICT)
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
    def wanted_visit(self) -> Interval | None:
        """The visit from the chosen instant on; the least of one where no slot says how long it would be."""
        return Interval(self.wanted, self.wanted + timedelta(minutes=1)) if self.wanted else None

    @property
    def is_nobodys(self) -> bool:
        """Tell whether a time was asked for that none of several can offer."""
        return False

    @property
    def is_bookable(self) -> bool:
        return bool(self.asked.patient and self.slot and self.refusal is None)

    @property
    def minutes(self) -> int:
        return int((self.slot.end - self.slot.start).total_seconds() // 60) if self.slot else 0

    @property
    def state(self) -> dict[str, str]:
        """Every choice on the page as a query."""
        return query_of(replace(self.asked, clinic=self.clinic, practitioner=self.practitioner, kind=self.kind))

    @property
    def asked_state(self) -> dict[str, str]:
        """Only what was chosen by hand: another patient has other habits."""
        return query_of(self.asked)

    def url(self, **changes: str | None) -> str:
        """Give the address of this page with `changes`; None leaves a choice to the page."""
        return book_url({**self.state, **changes})

    def slot_url(self, slot: TimeSlot) -> str:
        return self.url(
            practitioner=str(slot.practitioner_id),
            clinic=str(slot.clinic_id),
            date=slot.start.date().isoformat(),
            at=slot.start.isoformat(timespec="minutes"),
        )

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
                day,
                len(self.slots.get(day, [])),
                self._day_url(day),
                current=day == self.day,
                past=day < self.today,
                keys=self._keys(day),
            )
            for day in dates
        ]

    def _keys(self, day: date) -> str:
        pressed = {"[": self.day - timedelta(days=1), "]": self.day + timedelta(days=1), "t": self.today}
        return " ".join(key for key, wanted in pressed.items() if wanted == day)

    def _day_url(self, day: date) -> str:
        return self.url(date=day.isoformat(), at=None)

    @property
    def leave_url(self) -> str:
        """Give the address of the day on show: where one goes who books nothing."""
        if self.clinic is None:
            return reverse("day")
        return f"{reverse('day')}?{urlencode({'date': self.day.isoformat(), 'clinic': self.clinic.pk})}"

    @property
    def earlier_url(self) -> str:
        return self._day_url(max(self.today, self.day - timedelta(days=WEEK))) if self.day > self.today else ""

    @property
    def later_url(self) -> str:
        return self._day_url(self._week_of(self.day) + timedelta(days=WEEK))

    @property
    def is_last_on_show(self) -> bool:
        return self.days[-1].current

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

    def chip(self, slot: TimeSlot, refusal: Refusal | None = None) -> TimeChip:
        away = int((slot.start - self.now).total_seconds() // 60)
        return TimeChip(
            slot,
            self.desk.practitioner(slot.practitioner_id),
            self.desk.clinic(slot.clinic_id),
            self.slot_url(slot),
            current=slot == self.slot or (slot.start == self.asked.at and self.is_chosen(slot)),
            refusal=refusal,
            minutes_away=away if 0 <= away <= SOON else None,
        )
