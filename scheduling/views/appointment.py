"""One appointment: its facts, and what has happened to it."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from clinics.models import ActivityEvent
from clinics.permissions import Action, MemberView
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.views.asked import Asked, book_url, query_of


def _like(appointment: Appointment) -> Asked:
    return Asked(
        patient=appointment.patient,
        clinic=appointment.clinic,
        practitioner=appointment.practitioner,
        kind=appointment.appointment_type,
    )


class AppointmentView(MemberView):
    needs = Action.SEE_APPOINTMENTS

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        visible = visible_appointments(self.request.membership).with_names().select_related("practitioner__specialty")
        appointment = get_object_or_404(visible, pk=pk)
        events = ActivityEvent.objects.filter(
            organization=self.request.organization,
            target_type=ContentType.objects.get_for_model(Appointment),
            target_id=appointment.pk,
        )
        context = {
            "appointment": appointment,
            "events": events.select_related("actor").order_by("-id"),
            "book_again_url": book_url(query_of(_like(appointment))),
            "today": timezone.now().astimezone(appointment.clinic.zone).date(),
        }
        return render(request, "appointment.html", context)
