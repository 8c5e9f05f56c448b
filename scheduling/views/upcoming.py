"""What is to come, by day: filtered by what the address says, with the counts of each status and type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinics.permissions import Action, MemberView
from scheduling.enums import Status
from scheduling.exceptions import AppointmentError
from scheduling.forms import Desk, UpcomingForm
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService, Upcoming

A_PAGE = 50  # appointments
DATES = ("start_date", "end_date")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are of one status or type, and the address that shows only those; empty where there is none."""

    label: str
    count: int
    url: str
    current: bool
    status: str = ""


@dataclass
class UpcomingPage:
    """What one member sees of what is `found`: `asked` says which status, which type and which of its pages."""

    desk: Desk
    asked: dict[str, Any]
    found: Upcoming
    number: str | None

    @property
    def status(self) -> str | None:
        return self.asked.get("status") or None

    @property
    def code(self) -> str | None:
        return self.asked["type"].code if self.asked.get("type") else None

    @cached_property
    def visits(self) -> Page[Appointment]:
        rows = self.found.appointments
        if self.status:
            rows = rows.filter(status=self.status)
        if self.code:
            rows = rows.filter(appointment_type__code=self.code)
        # A name that was not loaded with the rows would be one more query for each of them.
        return Paginator(rows.fetch_mode(models.FETCH_RAISE), A_PAGE).get_page(self.number)

    @cached_property
    def days(self) -> list[tuple[date, list[Appointment]]]:
        """The visits by date, each as its own clinic counts days."""
        by_date = sorted(self.visits, key=lambda visit: visit.local_start.date())
        return [(day, list(visits)) for day, visits in groupby(by_date, key=lambda visit: visit.local_start.date())]

    @property
    def statuses(self) -> list[Tally]:
        counts = self.found.summary.only(code=self.code).by_status if self.found.summary else {}
        rows = [(status.label, counts[status], status.value) for status in Status]
        return [
            Tally(str(label), count, self.url(status=status), status == self.status, status)
            for label, count, status in rows
            if count or status == self.status
        ]

    @property
    def types(self) -> list[Tally]:
        counts = self.found.summary.only(status=self.status).by_type if self.found.summary else {}
        tallies = [
            Tally(kind.name, counts.get(kind.code, 0), self.url(type=kind.code), kind.code == self.code)
            for kind in self.desk.types
        ]
        tallies.append(Tally(_("Without a type"), counts.get(None, 0), "", current=False))
        return [tally for tally in tallies if tally.count or tally.current]

    @property
    def of_any_status(self) -> Tally:
        summary = self.found.summary
        return Tally(
            _("All"), summary.only(code=self.code).total if summary else 0, self.url(status=None), not self.status
        )

    @property
    def of_any_type(self) -> Tally:
        summary = self.found.summary
        return Tally(
            _("All"), summary.only(status=self.status).total if summary else 0, self.url(type=None), not self.code
        )

    @cached_property
    def state(self) -> dict[str, str]:
        """What is asked, as the address says it: opaque ids, codes and dates."""
        said = {name: self.asked.get(name) for name in UpcomingForm.base_fields}
        return {
            name: str(getattr(value, "code" if name == "type" else "pk", value))
            for name, value in said.items()
            if value
        }

    def url(self, **changes: str | None) -> str:
        query = urlencode({name: value for name, value in {**self.state, **changes}.items() if value})
        return f"{reverse('upcoming')}?{query}" if query else reverse("upcoming")

    @property
    def any_patient_url(self) -> str:
        return self.url(patient=None)

    @property
    def pages_query(self) -> str:
        return urlencode(self.state)


class UpcomingView(MemberView):
    needs = Action.SEE_DAY

    def get(self, request: HttpRequest) -> HttpResponse:
        desk = Desk(self.request.membership)
        form = UpcomingForm(request.GET, desk=desk)
        form.full_clean()
        if form.errors.keys() - set(DATES):
            raise Http404(_("That address names something that is not here."))
        try:
            found = self.find(form.cleaned_data)
        except AppointmentError as error:
            form.add_error(error.field, str(error.message))  # and is asked no longer
            found = self.find(form.cleaned_data)
        page = UpcomingPage(desk, form.cleaned_data, found, request.GET.get("page"))
        return render(request, "upcoming.html", {"page": page, "form": form}, status=422 if form.errors else 200)

    def find(self, asked: dict[str, Any]) -> Upcoming:
        """Find all statuses and types: the counts are of each."""
        practitioner, patient, clinic = (asked.get(name) for name in ("practitioner", "patient", "clinic"))
        visible = visible_appointments(self.request.membership)
        return AppointmentService(self.request.organization, actor=self.request.user).get_upcoming_appointments(
            start_date=asked.get("start_date"),
            end_date=asked.get("end_date"),
            practitioner_id=practitioner.pk if practitioner else None,
            patient_id=patient.pk if patient else None,
            among=visible.filter(clinic=clinic) if clinic else visible,
            include_summary=True,
        )
