"""An encounter: what it carries over from its appointment, and the button that finalizes it."""

from __future__ import annotations

from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinics.permissions import Action, MemberView
from scheduling.enums import EncounterStatus
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Encounter
from scheduling.permissions import visible_appointments, visible_practitioners
from scheduling.services.encounters import STEPS_TO_THE_END, EncounterService
from scheduling.views.answers import see_other, status_of
from scheduling.views.appointment import AppointmentPageView, may_open


class EncounterView(MemberView):
    """It is seen as its appointment is; one without an appointment, as its practitioner is."""

    needs = Action.SEE_APPOINTMENTS

    @cached_property
    def encounter(self) -> Encounter:
        member = self.request.membership
        its_own = Q(appointment__in=visible_appointments(member))
        walked_in = Q(appointment=None, practitioner__in=visible_practitioners(member))
        visible = Encounter.objects.filter(its_own | walked_in, organization=self.request.organization)
        loaded = visible.select_related("patient", "practitioner__specialty", "appointment__clinic", "organization")
        return get_object_or_404(loaded, pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002 read from `kwargs`
        return self.show()

    def show(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        encounter, appointment = self.encounter, self.encounter.appointment
        can_end = appointment is None or appointment.status in STEPS_TO_THE_END
        context |= {
            "encounter": encounter,
            "appointment": appointment,
            "zone": appointment.clinic.timezone if appointment else encounter.organization.timezone,
            "can_finalize": encounter.status == EncounterStatus.OPEN
            and can_end
            and Action.COMPLETE in self.request.may,
            "has_come": can_end,
        }
        return render(self.request, "encounter.html", context, status=status)


class FinalizeView(EncounterView):
    """Close the encounter, and complete its appointment."""

    needs = Action.COMPLETE
    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        encounter = self.encounter
        try:
            EncounterService(self.request.organization, actor=self.request.user).finalize(encounter_id=encounter.pk)
        except AppointmentError as error:
            del self.encounter
            return self.show(status=status_of(error), refused=error)
        messages.success(request, _("The encounter is finalized."))
        return see_other(reverse("encounter", args=[encounter.pk]))


class OpenEncounterView(AppointmentPageView):
    """Open the appointment's encounter by hand, where the organization wants it so."""

    needs = Action.START
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        appointment = self.appointment
        if not may_open(appointment, self.request.organization, self.request.may):
            why = _("No encounter is opened by hand here, or not yet.")
            return self.refuse(AppointmentError(Code.INVALID_TRANSITION, why), None)
        try:
            encounter = EncounterService(self.request.organization, actor=self.request.user).open(
                patient_id=appointment.patient_id,
                practitioner_id=appointment.practitioner_id,
                appointment_id=appointment.pk,
            )
        except AppointmentError as error:
            return self.refuse(error, None)
        return see_other(reverse("encounter", args=[encounter.pk]))
