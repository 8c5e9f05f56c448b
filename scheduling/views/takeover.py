"""Give a colleague the visits of somebody's day: looked at first, then moved one by one, each told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.models import Clinic, Practitioner
from clinics.permissions import Action, MemberView
from scheduling.exceptions import AppointmentError
from scheduling.forms import Desk, TakeoverForm, aware_moment
from scheduling.lifecycle import MOVABLE
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.services.takeover import Takeover, plan_takeover
from scheduling.views.answers import see_other

REPORT = "takeover"
"""Under this name the session keeps what could not be moved, by the visit's key, until it has been read."""


@dataclass
class TakeoverPage:
    """The visits to come of one practitioner on one date at one clinic, and who might take them over."""

    desk: Desk
    clinic: Clinic
    practitioner: Practitioner
    day: date
    to: Practitioner | None
    now: datetime

    @cached_property
    def visits(self) -> list[Appointment]:
        rows = visible_appointments(self.desk.membership).on_local_day(self.day, self.clinic.zone).with_names()
        rows = rows.filter(clinic=self.clinic, practitioner=self.practitioner, imported=False)
        rows = rows.filter(status__in=MOVABLE, appointment_date__gt=self.now)
        return list(rows.fetch_mode(models.FETCH_RAISE).order_by("appointment_date", "seat"))

    @cached_property
    def planned(self) -> list[Takeover]:
        if self.to is None:
            return [Takeover(visit, None) for visit in self.visits]
        return plan_takeover(self.desk.membership.organization, self.visits, self.to.pk, self.now)

    @property
    def fits(self) -> bool:
        """Tell whether the colleague has a time for any of the visits."""
        return any(each.slot for each in self.planned)

    @property
    def colleagues(self) -> list[Practitioner]:
        """Those of the same specialty first."""
        others = [person for person in self.desk.practitioners if person != self.practitioner and person.is_active]
        return sorted(others, key=lambda person: person.specialty_id != self.practitioner.specialty_id)

    @property
    def url(self) -> str:
        chosen: dict[str, Any] = {"practitioner": self.practitioner.pk, "date": self.day, "clinic": self.clinic.pk}
        if self.to:
            chosen["to"] = self.to.pk
        return f"{reverse('takeover')}?{urlencode(chosen)}"


@dataclass(frozen=True, slots=True)
class Ticked:
    """A visit, at the version that was shown, and where it was shown to go; in a form `key/version/start`."""

    key: int
    version: int
    start: datetime

    @classmethod
    def read(cls, said: str) -> Ticked | None:
        """Give None for what is none."""
        key, _slash, rest = said.partition("/")
        version, _slash, start = rest.partition("/")
        try:
            return cls(int(key), int(version), aware_moment(start))
        except (ValidationError, ValueError):
            return None


class TakeoverView(MemberView):
    """GET shows where each visit would go; POST moves those that are ticked, each in a transaction of its own."""

    needs = Action.MOVE

    def get(self, request: HttpRequest) -> HttpResponse:
        page = self.page(request.GET)
        return render(request, "takeover.html", {"page": page, "refused": request.session.pop(REPORT, {})})

    def post(self, request: HttpRequest) -> HttpResponse:
        page = self.page(request.POST)
        if page.to is None:
            context = {"page": page, "missing": _("Choose who takes the visits over."), "refused": {}}
            return render(request, "takeover.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        moved, refused = self.move(page, [said for said in map(Ticked.read, request.POST.getlist("move")) if said])
        if moved:
            words = ngettext("%(count)s visit is moved.", "%(count)s visits are moved.", moved) % {"count": moved}
            messages.success(request, words)
        request.session[REPORT] = refused
        return see_other(page.url)

    def page(self, said: Any) -> TakeoverPage:
        desk = Desk(self.request.membership)
        form = TakeoverForm(said, desk=desk)
        if not form.is_valid():
            raise Http404(_("That address names something that is not here."))
        chosen = form.cleaned_data
        return TakeoverPage(
            desk, chosen["clinic"], chosen["practitioner"], chosen["date"], chosen["to"], now=timezone.now()
        )

    def move(self, page: TakeoverPage, ticked: list[Ticked]) -> tuple[int, dict[str, str]]:
        """Move what was ticked, as it was shown. Count what went, and give why the rest did not, by key."""
        service = AppointmentService(self.request.organization, actor=self.request.user)
        assert page.to is not None  # noqa: S101 `post` asked
        own = {visit.pk for visit in page.visits}
        refused = {}
        for visit in ticked:
            try:
                service.update_appointment(
                    # Only what the page could show: whatever else was sent is not found.
                    appointment_id=visit.key if visit.key in own else 0,
                    expected_version=visit.version,
                    practitioner_id=page.to.pk,
                    clinic_id=page.clinic.pk,
                    appointment_date=visit.start,
                )
            except AppointmentError as error:
                refused[str(visit.key)] = str(error.message)
        return len(ticked) - len(refused), refused
