"""From one status to the next: the buttons of the appointment's page, its form for cancelling, and the way back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import ActivityEvent
from clinics.permissions import Action
from scheduling.enums import EventKind, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.forms import CancelForm, StepForm, VersionForm
from scheduling.lifecycle import may_follow
from scheduling.models import Appointment
from scheduling.services.notifications import Recipient, would_be_told
from scheduling.views.actions import STEPS
from scheduling.views.answers import status_of
from scheduling.views.appointment import AppointmentPageView
from scheduling.views.booking import errors_of


def sent(request: HttpRequest) -> dict[str, Any]:
    """Give what a button sends: on the board one form serves all, and the address says which version was seen."""
    return {**request.GET.dict(), **request.POST.dict()}


class StepView(AppointmentPageView):
    """Give the appointment the status that a button names."""

    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        form = StepForm(sent(request))
        appointment = self.appointment
        if not form.is_valid():
            return self.show(status=HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors_of(form))
        step, seen = STEPS[Status(form.cleaned_data["status"])], form.cleaned_data["expected_version"]
        if step.needs not in self.request.may:
            raise PermissionDenied(_("Your role does not allow this."))
        try:
            if appointment.version == seen and may_follow(appointment.status, step.to):
                self.check_hour(step.guard(appointment, timezone.now()))
            self.service.update_appointment_status(appointment_id=appointment.pk, status=step.to, expected_version=seen)
        except AppointmentError as error:
            return self.refuse(error, seen)
        messages.success(request, str(step.done) % {"when": self.when})
        return self.go_back()

    def check_hour(self, why_not: str) -> None:
        if why_not:
            raise AppointmentError(Code.INVALID_TRANSITION, why_not)


class UndoView(AppointmentPageView):
    """Take the latest change of status back."""

    needs = Action.UNDO
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        form = VersionForm(sent(request))
        appointment = self.appointment
        if not form.is_valid():
            return self.show(status=HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors_of(form))
        seen = form.cleaned_data["expected_version"]
        try:
            undone = self.service.undo_status_change(appointment_id=appointment.pk, expected_version=seen)
        except AppointmentError as error:
            return self.refuse(error, seen)
        given = {"when": self.when, "status": Status(undone.status).label}
        messages.success(request, _("Taken back: the visit of %(when)s is “%(status)s” again.") % given)
        return self.go_back()


class CancelView(AppointmentPageView):
    """Ask why, say who will be told, and cancel."""

    needs = Action.CANCEL

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        if not may_follow(self.appointment.status, Status.CANCELLED):
            return self.refuse(AppointmentError(Code.INVALID_TRANSITION), None)
        return self.ask(CancelForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        form = CancelForm(request.POST)
        appointment = self.appointment
        if not form.is_valid():
            return self.ask(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        seen = form.cleaned_data.pop("expected_version")
        try:
            self.service.update_appointment_status(
                appointment_id=appointment.pk, status=Status.CANCELLED, expected_version=seen, **form.cleaned_data
            )
        except AppointmentError as error:
            return self.answer(error, form, seen)
        messages.success(request, str(STEPS[Status.CANCELLED].done) % {"when": self.when})
        return self.go_back()

    def answer(self, error: AppointmentError, form: CancelForm, seen: int) -> HttpResponse:
        """Keep what was written while the appointment can still be cancelled, else show what became of it."""
        if error.field in form.fields and error.code is not Code.STALE_VERSION:
            form.add_error(error.field, str(error.message))
            return self.ask(form, status=status_of(error))
        changes = self.read_anew(error, seen)
        if not may_follow(self.appointment.status, Status.CANCELLED):
            return self.show(status=status_of(error), refused=error, changes=changes)
        return self.ask(form, status=status_of(error), refused=error, changes=changes)

    def ask(self, form: CancelForm, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        appointment = self.appointment
        context |= {
            "appointment": appointment,
            "form": form,
            "errors": errors_of(form) if form.errors else [],
            "told": self.told(appointment),
            "wait": appointment.organization.patient_wait_minutes,
        }
        return render(self.request, "appointment_cancel.html", context, status=status)

    def told(self, appointment: Appointment) -> list[Recipient]:
        event = ActivityEvent(
            kind=EventKind.STATUS_CHANGED,
            actor=self.request.user,
            old={"status": str(appointment.status)},
            new={"status": str(Status.CANCELLED)},
        )
        return would_be_told(appointment, event)
