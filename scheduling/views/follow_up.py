"""The follow-up list: what somebody must still see to, each row with its one next step."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from clinics.permissions import Action, MemberView
from scheduling.enums import Status
from scheduling.exceptions import AppointmentError
from scheduling.forms import MissedForm
from scheduling.models import Appointment, AppointmentQuerySet
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.services.follow_up import LOOKS_BACK, FollowUp
from scheduling.views.answers import status_of
from scheduling.views.notices import see_other, with_recipients

NEEDED = {Status.NO_SHOW: Action.MARK_NO_SHOW, Status.ARRIVED: Action.CHECK_IN}
"""What somebody must be allowed to do who says what became of a visit to which nobody came."""


class FollowUpView(MemberView):
    """All sections on one page; who has done a row's step finds it gone."""

    needs = Action.FOLLOW_UP

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 Django's signature
        return self.show()

    @cached_property
    def follow_up(self) -> FollowUp:
        return FollowUp(self.request.membership)

    def show(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        context |= {
            "now": self.follow_up.now,
            "to_rebook": self.by_time(self.follow_up.to_rebook()),
            "missed": self.by_time(self.follow_up.missed()),
            "requests": self.by_time(self.follow_up.requests()),
            "failed": list(with_recipients(self.follow_up.failed())),
            "days": LOOKS_BACK.days,
        }
        context["is_empty"] = not any(context[name] for name in ("to_rebook", "missed", "requests", "failed"))
        return render(self.request, "follow_up.html", context, status=status)

    def by_time(self, rows: AppointmentQuerySet) -> list[Appointment]:
        # A name that was not loaded with the rows would be one more query for each of them.
        return list(rows.with_names().fetch_mode(models.FETCH_RAISE).order_by("appointment_date", "id"))


class MissedView(FollowUpView):
    """Say what became of a visit to which nobody came: a no-show, or somebody was there after all."""

    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        appointment = get_object_or_404(visible_appointments(self.request.membership).with_names(), pk=pk)
        form = MissedForm(request.POST)
        if not form.is_valid():
            return self.show(status=HTTPStatus.UNPROCESSABLE_ENTITY, asked=appointment, answer=form)
        wanted = Status(form.cleaned_data["status"])
        if NEEDED[wanted] not in self.request.may:
            raise PermissionDenied(_("Your role does not allow this."))
        if appointment.status != wanted:  # a second press is no other answer
            try:
                self.give(appointment, form.cleaned_data)
            except AppointmentError as error:
                form.add_error(None, str(error.message))
                status = status_of(error)
                return self.show(status=status, asked=appointment, answer=form)
        messages.success(request, _("Written: %(status)s.") % {"status": wanted.label})
        return see_other(reverse("follow_up"))

    def give(self, appointment: Appointment, said: dict[str, Any]) -> None:
        AppointmentService(self.request.organization, actor=self.request.user).update_appointment_status(
            appointment_id=appointment.pk, status=said["status"], expected_version=said["expected_version"]
        )
