"""Appointments saved as requests: somebody at the desk confirms or declines each."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.days import dated
from clinics.models import ActivityEvent
from clinics.permissions import Action, MemberView
from scheduling.enums import EventKind, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.forms import AnswerForm
from scheduling.models import Appointment, AppointmentQuerySet
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.views.answers import see_other, status_of

ANSWERED = {
    Status.BOOKED: _("Confirmed: %(when)s."),
    Status.CANCELLED: _("Declined: %(when)s. The time is free again."),
}


class RequestsView(MemberView):
    """The requests still open, by time."""

    needs = Action.CONFIRM_REQUESTS

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        return self.show()

    def show(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        context |= {"requests": self.open_requests(), "now": timezone.now(), "form": AnswerForm()}
        return render(self.request, "requests.html", context, status=status)

    def open_requests(self) -> AppointmentQuerySet:
        created = ActivityEvent.objects.filter(
            target_type=ContentType.objects.get_for_model(Appointment), target_id=OuterRef("pk"), kind=EventKind.CREATED
        )
        pending = visible_appointments(self.request.membership).requests()
        asked_by = Subquery(created.values("actor__name")[:1])
        # A name that was not loaded with the rows would be one more query for each of them.
        return (
            pending.with_names()
            .annotate(asked_by=asked_by)
            .fetch_mode(models.FETCH_RAISE)
            .order_by("appointment_date", "id")
        )


class AnswerRequestView(RequestsView):
    """Confirm a request, or decline it and say why."""

    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        appointment = get_object_or_404(visible_appointments(self.request.membership).with_names(), pk=pk)
        form = AnswerForm(request.POST)
        if not form.is_valid():
            return self.show(status=HTTPStatus.UNPROCESSABLE_ENTITY, asked=appointment, answer=form)
        try:
            self.give(appointment, form.cleaned_data)
        except AppointmentError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
            return self.show(status=status_of(error), asked=appointment, answer=form)
        when = dated(appointment.local_start, "l j F, H:i")
        messages.success(request, str(ANSWERED[form.cleaned_data["status"]]) % {"when": when})
        return see_other(reverse("requests"))

    def give(self, appointment: Appointment, said: dict[str, Any]) -> None:
        if appointment.status != Status.PENDING:
            raise AppointmentError(Code.STALE_VERSION)  # it is no request any more, whatever it may still become
        AppointmentService(self.request.organization, actor=self.request.user).update_appointment_status(
            appointment_id=appointment.pk,
            status=said["status"],
            reason=said["reason"],
            cancellation_reason=said["cancellation_reason"] or None,
            expected_version=said["expected_version"],
        )
