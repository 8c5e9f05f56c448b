"""Who has time at a clinic: its practitioners by two weeks of days, and the first free times of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Clinic, ClinicAssignment, Practitioner, Specialty
from clinics.permissions import Action, MemberView
from clinics.views import last_clinic_key
from scheduling.domain.rules import Refusal
from scheduling.domain.slots import GridTime, TimeSlot
from scheduling.forms import LATEST, AvailabilityForm, Desk
from scheduling.services import AppointmentService
from scheduling.views.asked import Asked, book_url, query_of
from scheduling.views.times import EVENING, NOON

DAYS = 14
FIRST = 3  # free times on top
PARTS = {"morning": range(NOON), "afternoon": range(NOON, EVENING), "evening": range(EVENING, 24)}
"""The hours of each part of the day."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One practitioner on one day. Without a free time, `why` says what there is instead; "" where one is not in."""

    day: date
    free: int
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    practitioner: Practitioner
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Free:
    """A time that can be booked, and where."""

    start: datetime
    practitioner: Practitioner
    url: str


@dataclass
class AvailabilityPage:
    """Two weeks of one clinic: from the asked date on, or from today."""

    desk: Desk
    clinic: Clinic | None
    specialty: Specialty | None
    part: str
    asked_day: date | None
    service: AppointmentService
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.zone).date() if self.clinic else self.now.date()

    @cached_property
    def first(self) -> date:
        return max(self.asked_day or self.today, self.today)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=DAYS - 1)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(DAYS)]

    @cached_property
    def times(self) -> list[GridTime]:
        """What is on the grids of those at hand, in the part of the day asked for, by start."""
        if self.clinic is None:
            return []
        by_date = self.service.get_clinic_times_range(
            clinic_id=self.clinic.pk,
            start_date=self.first,
            end_date=self.last,
            specialty_id=self.specialty.pk if self.specialty else None,
        )
        hours = PARTS.get(self.part, range(24))
        times = (time for times in by_date.values() for time in times)
        return [time for time in times if time.start.hour in hours and self.desk.knows(time.slot)]

    @cached_property
    def practitioners(self) -> list[Practitioner]:
        """Those who work at the clinic on one of the days at least, by name."""
        assigned = ClinicAssignment.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=self.first),
            clinic=self.clinic,
            starts_on__lte=self.last,
            practitioner__is_active=True,
        )
        here = set(assigned.values_list("practitioner_id", flat=True))
        return [
            person
            for person in self.desk.practitioners
            if person.pk in here and self.specialty in {None, person.specialty}
        ]

    @cached_property
    def rows(self) -> list[Row]:
        by_cell: defaultdict[tuple[int, date], list[GridTime]] = defaultdict(list)
        for time in self.times:
            by_cell[time.slot.practitioner_id, time.start.date()].append(time)
        return [
            Row(person, [self._cell(person, day, by_cell[person.pk, day]) for day in self.days])
            for person in self.practitioners
        ]

    def _cell(self, person: Practitioner, day: date, times: list[GridTime]) -> Cell:
        free = [time for time in times if time.refusal is None]
        if not free:
            return Cell(day, 0, "", why_none(times))
        # Where a part of the day was asked for, the booking begins with its first time, not with the day's.
        at = free[0].start if self.part else None
        return Cell(day, len(free), self._url(Asked(clinic=self.clinic, practitioner=person, day=day, at=at)), "")

    def _url(self, asked: Asked) -> str:
        return book_url(query_of(asked))

    @cached_property
    def closed(self) -> set[date]:
        return {cell.day for row in self.rows for cell in row.cells if cell.why == Refusal.CLINIC_CLOSED}

    @cached_property
    def soonest(self) -> list[Free]:
        """The first free times of all."""
        free = [time.slot for time in self.times if time.refusal is None][:FIRST]
        return [
            Free(
                slot.start,
                person := self.desk.practitioner(slot.practitioner_id),
                self._url(Asked(clinic=self.clinic, practitioner=person, day=slot.start.date(), at=slot.start)),
            )
            for slot in free
        ]

    @cached_property
    def elsewhere(self) -> list[tuple[Clinic, int, str]]:
        """The member's other clinics with free times on the first of the days: how many, and the address of each."""
        if len(self.desk.clinics) <= 1:
            return []
        known = {clinic.pk for clinic in self.desk.clinics} - {self.clinic and self.clinic.pk}
        specialty_id = self.specialty.pk if self.specialty else None
        found = self.service.get_available_clinics(date=self.first, specialty_id=specialty_id)
        free = [(each.clinic, self._fitting(each.free_slots)) for each in found if each.clinic.pk in known]
        return [(clinic, count, self.url(self.first, clinic=clinic.pk)) for clinic, count in free if count]

    def _fitting(self, slots: Iterable[TimeSlot]) -> int:
        """Count those in the part of the day asked for, of practitioners whom the member sees."""
        hours = PARTS.get(self.part, range(24))
        return sum(slot.start.hour in hours and self.desk.knows(slot) for slot in slots)

    @property
    def specialties(self) -> list[Specialty]:
        return sorted(self.desk.specialties, key=lambda specialty: specialty.name)

    def url(self, day: date, **changes: Any) -> str:
        chosen: dict[str, Any] = {
            "date": day.isoformat(),
            "clinic": self.clinic and self.clinic.pk,
            "specialty": self.specialty and self.specialty.pk,
            "part": self.part,
            **changes,
        }
        return f"{reverse('availability')}?{urlencode({name: value for name, value in chosen.items() if value})}"

    @property
    def earlier_url(self) -> str:
        return self.url(max(self.today, self.first - timedelta(days=DAYS))) if self.first > self.today else ""

    @property
    def later_url(self) -> str:
        return self.url(min(LATEST, self.first + timedelta(days=DAYS)))

    @property
    def today_url(self) -> str:
        return self.url(self.today)


def why_none(times: Iterable[GridTime]) -> str:
    """Say why none of the times is free: the one refusal of all that are still to come, else that they are taken."""
    reasons = {time.refusal for time in times}
    if not reasons:
        return ""
    reasons -= {Refusal.IN_THE_PAST}
    if not reasons:
        return Refusal.IN_THE_PAST
    for whole_day in (Refusal.CLINIC_CLOSED, Refusal.PRACTITIONER_UNAVAILABLE):
        if reasons == {whole_day}:
            return whole_day
    return Refusal.SLOT_TAKEN


class AvailabilityView(MemberView):
    needs = Action.BOOK

    def get(self, request: HttpRequest) -> HttpResponse:
        desk = Desk(self.request.membership, home_key=last_clinic_key(request))
        form = AvailabilityForm(request.GET, desk=desk)
        form.full_clean()
        if form.errors.keys() - {"date"}:
            raise Http404(_("That address names something that is not here."))
        asked = form.cleaned_data
        page = AvailabilityPage(
            desk=desk,
            clinic=asked["clinic"] or desk.home,
            specialty=asked["specialty"],
            part=asked["part"],
            asked_day=asked.get("date"),
            service=AppointmentService(self.request.organization, actor=self.request.user),
        )
        return render(request, "availability.html", {"page": page, "form": form}, status=422 if form.errors else 200)
