"""The patient's own page of one appointment, reached by a signed link; nobody signs in, and looking changes nothing."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from scheduling.enums import CancellationReason, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.lifecycle import may_follow
from scheduling.models import Appointment
from scheduling.services import AppointmentService
from scheduling.services.calendars import calendar_of
from scheduling.services.links import appointment_of, token_of

ANSWERS = {"come": Status.CONFIRMED, "cancel": Status.CANCELLED}


@method_decorator(login_not_required, name="dispatch")
class PatientView(View):
    """What the page and the calendar file share: whose link it is, in their language, never kept by a browser."""

    appointment: Appointment

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        appointment = appointment_of(kwargs.pop("token"))
        if appointment is None:
            raise Http404(_("That link is not of any appointment."))
        self.appointment = appointment
        with translation.override(appointment.patient.language), timezone.override(appointment.clinic.zone):
            response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    @property
    def is_over(self) -> bool:
        return self.appointment.ends_at <= timezone.now()


class PatientLinkView(PatientView):
    """GET shows the appointment as it stands; POST says that the patient comes, or does not."""

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 Django's signature
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = ANSWERS.get(request.POST.get("answer", ""))
        if wanted is None:
            return self.show(status=HTTPStatus.UNPROCESSABLE_ENTITY, unclear=True)
        if self.is_over:
            return self.show()
        if self.appointment.status != wanted:  # a second press is no other answer
            try:
                self.give(wanted)
            except AppointmentError as error:
                self.appointment.refresh_from_db()
                busy = error.code is Code.TRY_AGAIN
                status = HTTPStatus.SERVICE_UNAVAILABLE if busy else HTTPStatus.CONFLICT
                return self.show(status=status, refused=error)
        return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)

    def give(self, wanted: Status) -> None:
        cancelled = wanted is Status.CANCELLED
        AppointmentService(self.appointment.organization).update_appointment_status(
            appointment_id=self.appointment.pk,
            status=wanted,
            reason=BY_THE_LINK,
            cancellation_reason=CancellationReason.PATIENT_REQUEST if cancelled else None,
        )

    def show(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        appointment = self.appointment
        context |= {
            "appointment": appointment,
            "token": token_of(appointment),
            "is_over": self.is_over,
            "can_confirm": may_follow(appointment.status, Status.CONFIRMED),
            "can_cancel": may_follow(appointment.status, Status.CANCELLED) and appointment.status != Status.ARRIVED,
        }
        if self.is_over and status == HTTPStatus.OK:
            status = HTTPStatus.GONE
        return render(self.request, "patient_link.html", context, status=status)


class PatientCalendarView(PatientView):
    """The appointment as a file for the patient's own calendar."""

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        if self.is_over:
            raise Http404(_("This appointment is over."))
        method = "CANCEL" if self.appointment.status == Status.CANCELLED else "PUBLISH"
        ics = calendar_of(self.appointment, timezone.now(), method=method)
        headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
        return HttpResponse(ics, content_type="text/calendar; charset=utf-8", headers=headers)


BY_THE_LINK = "By the patient, from the link"
"""The reason that the event gives; kept in the audit trail, so not translated when it is written."""
