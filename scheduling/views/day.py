"""The day's list: who comes to whom, and what is still free."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Clinic, Practitioner, Role
from clinics.permissions import Action, MemberView, actions_of
from clinics.views import last_clinic_key, remember_clinic
from scheduling.domain.slots import TimeSlot
from scheduling.enums import Status
from scheduling.forms import EARLIEST, LATEST, DayForm, Desk
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.views.asked import book_url

ONE_DAY = timedelta(days=1)


@dataclass
class Entry:
    """A line of the list: an appointment, or free times in a row with nobody between them."""

    appointment: Appointment | None = None
    free: list[tuple[TimeSlot, str]] = field(default_factory=list)
    waited: int | None = None


@dataclass
class Column:
    practitioner: Practitioner
    entries: list[Entry]
    free: int


@dataclass
class DayPage:
    """One date at one clinic, as one member sees it."""

    desk: Desk
    clinic: Clinic | None
    practitioner: Practitioner | None
    asked_day: date | None
    service: AppointmentService
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.zone).date() if self.clinic else self.now.date()

    @cached_property
    def day(self) -> date:
        return self.asked_day or self.today

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def books(self) -> bool:
        return Action.BOOK in actions_of(self.desk.membership)

    @cached_property
    def appointments(self) -> list[Appointment]:
        if self.clinic is None:
            return []
        rows = visible_appointments(self.desk.membership).filter(clinic=self.clinic)
        rows = rows.on_local_day(self.day, self.clinic.zone).with_names()
        if self.practitioner:
            rows = rows.filter(practitioner=self.practitioner)
        # A name that was not loaded with the rows would be one more query for each of them.
        return list(rows.fetch_mode(models.FETCH_RAISE).order_by("appointment_date", "id"))

    @cached_property
    def free(self) -> list[TimeSlot]:
        if self.clinic is None or self.day < self.today:
            return []
        offered = self.service.get_clinic_slots_range(clinic_id=self.clinic.pk, start_date=self.day, end_date=self.day)[
            self.day
        ]
        only = self.practitioner
        return [slot for slot in offered if only is None or slot.practitioner_id == only.pk]

    @cached_property
    def columns(self) -> list[Column]:
        """The practitioners who have somebody or some time on that day, by name."""
        people = {practitioner.pk: practitioner for practitioner in self.desk.practitioners}
        people |= {appointment.practitioner_id: appointment.practitioner for appointment in self.appointments}
        columns = []
        for practitioner in sorted(people.values(), key=lambda person: (person.name, person.pk)):
            visits = [visit for visit in self.appointments if visit.practitioner_id == practitioner.pk]
            free = [slot for slot in self.free if slot.practitioner_id == practitioner.pk]
            if visits or free:
                columns.append(Column(practitioner, self._entries(visits, free), len(free)))
        return columns

    def _entries(self, visits: list[Appointment], free: list[TimeSlot]) -> list[Entry]:
        starts: list[tuple[datetime, int, Appointment | TimeSlot]] = [
            *((visit.appointment_date, 0, visit) for visit in visits),
            *((slot.start, 1, slot) for slot in free),
        ]
        entries: list[Entry] = []
        for _start, _kind, what in sorted(starts, key=lambda start: start[:2]):
            if isinstance(what, Appointment):
                entries.append(Entry(appointment=what, waited=self._waited(what)))
                continue
            if not entries or entries[-1].appointment:
                entries.append(Entry())
            entries[-1].free.append((what, self._slot_url(what)))
        return entries

    def _waited(self, visit: Appointment) -> int | None:
        if visit.status != Status.ARRIVED or visit.checked_in_at is None or not self.is_today:
            return None
        return int((self.now - visit.checked_in_at).total_seconds() // 60)

    def _slot_url(self, slot: TimeSlot) -> str:
        at = slot.start.isoformat(timespec="minutes")
        chosen = {"clinic": slot.clinic_id, "practitioner": slot.practitioner_id, "date": slot.start.date(), "at": at}
        return book_url({name: str(value) for name, value in chosen.items()})

    @cached_property
    def counts(self) -> list[tuple[Status, int]]:
        found = Counter(appointment.status for appointment in self.appointments)
        return [(status, found[status]) for status in Status if found[status]]

    def url(self, day: date) -> str:
        chosen = {
            "date": day.isoformat(),
            "clinic": self.clinic and self.clinic.pk,
            "practitioner": self.practitioner and self.practitioner.pk,
        }
        return f"{reverse('day')}?{urlencode({name: value for name, value in chosen.items() if value})}"

    @property
    def before_url(self) -> str:
        return self.url(max(EARLIEST, self.day - ONE_DAY))

    @property
    def after_url(self) -> str:
        return self.url(min(LATEST, self.day + ONE_DAY))

    @property
    def today_url(self) -> str:
        return self.url(self.today)

    @property
    def book_url(self) -> str:
        chosen: dict[str, Any] = {
            "clinic": self.clinic and self.clinic.pk,
            "practitioner": self.practitioner and self.practitioner.pk,
            "date": self.day.isoformat() if self.day > self.today else None,
        }
        return book_url({name: str(value) if value else None for name, value in chosen.items()})


class DayView(MemberView):
    """Home: one date, one clinic, all of its practitioners or one; a practitioner's own list."""

    needs = Action.SEE_DAY

    def get(self, request: HttpRequest) -> HttpResponse:
        membership, organization = self.request.membership, self.request.organization
        desk = Desk(membership, home_key=last_clinic_key(request))
        form = DayForm(request.GET, desk=desk)
        form.full_clean()
        if form.errors.keys() - {"date"}:
            raise Http404(_("That address names something that is not here."))
        asked = form.cleaned_data
        practitioner = asked.get("practitioner")
        if membership.role == Role.PRACTITIONER:
            practitioner = next(iter(desk.practitioners), None)
        page = DayPage(
            desk=desk,
            clinic=asked.get("clinic") or desk.home,
            practitioner=practitioner,
            asked_day=asked.get("date"),
            service=AppointmentService(organization, actor=self.request.user),
        )
        response = render(request, "day.html", {"page": page, "form": form}, status=422 if form.errors else 200)
        if page.clinic:
            remember_clinic(request, response, page.clinic)
        return response
