"""The call list: the patients of a day who have not confirmed, and what each of them said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.days import dated
from clinics.models import Clinic, User
from clinics.permissions import Action, MemberView
from clinics.views import last_clinic_key, remember_clinic
from scheduling.domain import no_shows
from scheduling.domain.sessions import ONE_DAY
from scheduling.enums import CancellationReason, Status
from scheduling.exceptions import AppointmentError
from scheduling.forms import DayForm, Desk, VersionForm
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.services.calls import Call, CallList, check_callable
from scheduling.services.status import undoable_steps
from scheduling.views.answers import see_other, status_of
from scheduling.views.dated import DatedPage

COMES, CANNOT, NO_ANSWER = "comes", "cannot", "no-answer"
STATUS = {COMES: Status.CONFIRMED, CANNOT: Status.CANCELLED}
SAID = {
    COMES: gettext_lazy("They come: %(when)s."),
    CANNOT: gettext_lazy("Cancelled: %(when)s. The time is free again."),
    NO_ANSWER: gettext_lazy("Noted that nobody answered: %(when)s."),
}


class CallsForm(DayForm):
    """About which day, at which clinic: for everybody who sees patients then."""

    practitioner = None  # type: ignore[assignment]


class CallForm(VersionForm):
    """What came of a call about a visit as it was on the screen."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), choices=list(SAID.items()))


@dataclass
class CallsPage(DatedPage):
    """A day's calls at one clinic: tomorrow's, unless another day is asked for."""

    desk: Desk
    clinic: Clinic | None
    asked_day: date | None
    user: User
    now: datetime = field(default_factory=timezone.now)

    rule = no_shows
    """Its numbers, for the words that print it."""

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.zone).date() if self.clinic else self.now.date()

    @property
    def tomorrow(self) -> date:
        return self.today + ONE_DAY

    @cached_property
    def day(self) -> date:
        return self.asked_day or self.tomorrow

    @cached_property
    def calls(self) -> CallList | None:
        return CallList(self.desk.membership, self.clinic, self.day, self.now) if self.clinic else None

    @cached_property
    def undoable(self) -> set[int]:
        """The keys of those reached whose answer can still be taken back."""
        reached = self.calls.reached if self.calls else []
        keys = [call.appointment.pk for call in reached if not call.moved_from]
        steps = undoable_steps(self.desk.membership.organization_id, self.now).filter(target_id__in=keys)
        return set(steps.values_list("target_id", flat=True))

    @property
    def latest(self) -> Call | None:
        """The answer that this user wrote last, while it can be taken back: a slip is seen at once."""
        reached = self.calls.reached if self.calls else []
        mine = (call for call in reached if call.answer and call.answer.actor_id == self.user.pk)
        latest = next(mine, None)
        return latest if latest and latest.appointment.pk in self.undoable else None

    @property
    def share(self) -> int:
        """How much of the list is done, in percent."""
        return 100 * len(self.calls.reached) // self.calls.total if self.calls and self.calls.total else 0

    def url(self, day: date) -> str:
        chosen = {"date": day.isoformat(), "clinic": self.clinic.pk if self.clinic else ""}
        return f"{reverse('calls')}?{self.query(chosen)}"

    def query(self, chosen: dict[str, Any]) -> str:
        return urlencode({name: value for name, value in chosen.items() if value})

    @property
    def state(self) -> str:
        return self.here.partition("?")[2]

    @property
    def tomorrow_url(self) -> str:
        return self.url(self.tomorrow)


class CallsView(MemberView):
    needs = Action.CALL_PATIENTS

    def get(self, request: HttpRequest) -> HttpResponse:
        response = self.show()
        if self.page.clinic:
            remember_clinic(request, response, self.page.clinic)
        return response

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.request.membership, home_key=last_clinic_key(self.request))

    @cached_property
    def form(self) -> CallsForm:
        form = CallsForm(self.request.GET, desk=self.desk)
        form.full_clean()
        if form.errors.keys() - {"date"}:
            raise Http404(_("That address names something that is not here."))
        return form

    @cached_property
    def page(self) -> CallsPage:
        asked = self.form.cleaned_data
        return CallsPage(self.desk, asked["clinic"] or self.desk.home, asked.get("date"), self.request.user)

    def show(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        context |= {"page": self.page, "form": self.form}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if self.form.errors else status
        return render(self.request, "calls.html", context, status=status)


class CallView(CallsView):
    """Write what came of a call, and go on with the list."""

    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        appointment = get_object_or_404(visible_appointments(self.request.membership).with_names(), pk=pk)
        form = CallForm(request.POST)
        if not form.is_valid():
            return self.show(status=HTTPStatus.UNPROCESSABLE_ENTITY, asked=appointment, answer=form)
        outcome = form.cleaned_data["outcome"]
        if appointment.status != STATUS.get(outcome):  # a second press is no other answer
            try:
                self.write(appointment, outcome, form.cleaned_data["expected_version"])
            except AppointmentError as error:
                form.add_error(None, str(error.message))
                return self.show(status=status_of(error), asked=appointment, answer=form)
        messages.success(request, str(SAID[outcome]) % {"when": dated(appointment.local_start, "l j F, H:i")})
        return see_other(self.page.here)

    def write(self, appointment: Appointment, outcome: str, seen: int) -> None:
        service = AppointmentService(self.request.organization, actor=self.request.user)
        if outcome == NO_ANSWER:
            service.note_no_answer(appointment_id=appointment.pk, expected_version=seen)
            return
        check_callable(appointment, self.page.now)  # the list offers nothing else
        service.update_appointment_status(
            appointment_id=appointment.pk,
            status=STATUS[outcome],
            cancellation_reason=CancellationReason.PATIENT_REQUEST if outcome == CANNOT else None,
            expected_version=seen,
        )
