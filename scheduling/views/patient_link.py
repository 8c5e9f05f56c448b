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
from django.views.decorators.csrf import csrf_exempt

from scheduling.enums import CancellationReason, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.lifecycle import EXPECTED, may_follow
from scheduling.models import Appointment
from scheduling.services import AppointmentService
from scheduling.services.calendars import calendar_of
from scheduling.services.links import BY_THE_LINK, appointment_of, moves_of, token_of

ANSWERS = {"come": Status.CONFIRMED, "cancel": Status.CANCELLED}

KEPT_APART = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    # The address is the key to the page. Not no-referrer: browsers would then send forms without their origin.
    "Referrer-Policy": "strict-origin",
}


# The secret in the address proves who asks, no cookie does: there is nothing that another site could ride on, and
# the buttons work in a mail reader's browser that keeps no cookies.
@method_decorator([login_not_required, csrf_exempt], name="dispatch")
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
        for name, value in {"Content-Language": appointment.patient.language, **KEPT_APART}.items():
            response[name] = value
        return response

    @property
    def is_over(self) -> bool:
        return self.appointment.ends_at <= timezone.now()

    @property
    def seen(self) -> str:
        """What an answer is to: the time and place that the page shows."""
        visit = self.appointment
        return f"{visit.appointment_date.isoformat()} {visit.practitioner_id} {visit.clinic_id}"

    def may(self, wanted: Status) -> bool:
        """Tell whether the patient can still give that answer; at the clinic, the desk is asked."""
        status = self.appointment.status
        return not self.is_over and status != Status.ARRIVED and may_follow(status, wanted)

    def show(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        appointment = self.appointment
        context |= {
            "appointment": appointment,
            "token": token_of(appointment),
            "seen": self.seen,
            "moves": moves_of(appointment),
            "is_over": self.is_over,
            "can_confirm": self.may(Status.CONFIRMED),
            "can_cancel": self.may(Status.CANCELLED),
            "is_expected": appointment.status in EXPECTED,
        }
        if self.is_over:
            status = HTTPStatus.GONE
        return render(self.request, "patient_link.html", context, status=status)


class PatientLinkView(PatientView):
    """GET shows the appointment as it stands; POST says that the patient comes, or does not."""

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 Django's signature
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = ANSWERS.get(request.POST.get("answer", ""))
        if wanted is None:
            return self.show(status=HTTPStatus.UNPROCESSABLE_ENTITY, refused="unclear")
        if not self.is_over and request.POST.get("seen") != self.seen:
            return self.show(status=HTTPStatus.CONFLICT, refused="changed")
        if self.appointment.status != wanted:  # a second press is no other answer
            refused = self.give(wanted)
            if refused is Code.TRY_AGAIN:
                return self.show(status=HTTPStatus.SERVICE_UNAVAILABLE, refused="busy")
            if refused or self.is_over:
                return self.show(status=HTTPStatus.CONFLICT, refused="changed")
        return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)

    def give(self, wanted: Status) -> Code | None:
        """Give the answer to the appointment as it was shown; say what refused it, unless it was given meanwhile."""
        if not self.may(wanted):
            return Code.INVALID_TRANSITION
        try:
            AppointmentService(self.appointment.organization).update_appointment_status(
                appointment_id=self.appointment.pk,
                status=wanted,
                reason=BY_THE_LINK,
                cancellation_reason=CancellationReason.PATIENT_REQUEST if wanted is Status.CANCELLED else None,
                expected_version=self.appointment.version,
            )
        except AppointmentError as error:
            self.appointment = appointment_of(token_of(self.appointment)) or self.appointment
            return None if self.appointment.status == wanted else error.code
        return None


class PatientCalendarView(PatientView):
    """The appointment as a file for the patient's own calendar, once it is one; until then, and after it, the page."""

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        status = self.appointment.status
        if self.is_over or status not in {*EXPECTED, Status.CANCELLED}:
            return self.show(status=HTTPStatus.CONFLICT)
        method = "CANCEL" if status == Status.CANCELLED else "PUBLISH"
        ics = calendar_of(self.appointment, timezone.now(), method=method)
        headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
        return HttpResponse(ics, content_type="text/calendar; charset=utf-8", headers=headers)
