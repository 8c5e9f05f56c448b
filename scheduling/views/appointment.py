"""One appointment: its facts, what can be done to it, and what has happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from clinics.days import dated
from clinics.models import ActivityEvent, Membership, Organization
from clinics.permissions import Action, MemberView
from scheduling.enums import EncounterStatus, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment, Encounter
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.services.status import UNDO_WITHIN, undoable
from scheduling.views.actions import offers_of
from scheduling.views.answers import see_other, status_of
from scheduling.views.patient import book_again_url, patient_so_far
from scheduling.views.timeline import Entry, changes_since, timeline_of

BEGUN = (Status.ARRIVED, Status.IN_PROGRESS, Status.COMPLETED)
"""The statuses in which the patient is, or was, here."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The latest change of status, while it can be taken back for `minutes` more."""

    event: ActivityEvent
    minutes: int

    @property
    def status(self) -> str:
        return str(Status(self.event.new["status"]).label)


class AppointmentPageView(MemberView):
    """What everything about one appointment shares: whose it is, its page, and how a refusal is told."""

    needs = Action.SEE_APPOINTMENTS

    @cached_property
    def appointment(self) -> Appointment:
        visible = visible_appointments(self.request.membership).with_names().select_related("practitioner__specialty")
        return get_object_or_404(visible, pk=self.kwargs["pk"])

    @cached_property
    def service(self) -> AppointmentService:
        return AppointmentService(self.request.organization, actor=self.request.user)

    @property
    def when(self) -> str:
        return dated(self.appointment.local_start, "l j F, H:i")

    def go_back(self) -> HttpResponseRedirect:
        """Send the browser where the button stood: to the visit on the board, to a list, else to the visit's page."""
        try:
            back = urlsplit(self.request.POST.get("back", ""))
        except ValueError:  # it names no address at all
            back = urlsplit("")
        path = back._replace(query="").geturl()
        # Of Today and the call list, whoever comes next stands on top.
        places = {reverse("day"): f"#appointment-{self.appointment.pk}", reverse("today"): "", reverse("calls"): ""}
        if path in places:
            # Put together anew: what begins with more than one slash leads out of the site.
            query = f"?{back.query}" if back.query else ""
            return see_other(f"{path}{query}{places[path]}")
        return see_other(reverse("appointment", args=[self.appointment.pk]))

    def show(self, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        with timezone.override(self.appointment.clinic.zone):
            context = {**context_of(self.appointment, self.request), **context}
        return render(self.request, "appointment.html", context, status=status)

    def refuse(self, error: AppointmentError, seen: int | None) -> HttpResponse:
        """Show the appointment as it is now, with the reason; of a stale form, what has changed since it was seen."""
        return self.show(status=status_of(error), refused=error, changes=self.read_anew(error, seen))

    def read_anew(self, error: AppointmentError, seen: int | None) -> list[Entry]:
        """Load the appointment again, and give what has happened to it since `seen`."""
        del self.appointment
        if error.code is not Code.STALE_VERSION or seen is None:
            return []
        with timezone.override(self.appointment.clinic.zone):
            return changes_since(self.appointment, seen)


class AppointmentView(AppointmentPageView):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002 read from `kwargs`
        return self.show()


def context_of(appointment: Appointment, request: Any) -> dict[str, Any]:
    """Give what the page shows of the appointment to the member who asks."""
    now, may = timezone.now(), request.may
    encounter = encounter_of(appointment)
    return {
        "appointment": appointment,
        "timeline": timeline_of(appointment),
        "offers": offers_of(appointment, may, now),
        "undo": undo_of(appointment, now) if Action.UNDO in may else None,
        "encounter": encounter,
        "can_open": encounter is None and may_open(appointment, request.organization, may),
        "so_far": patient_so_far(appointment.patient, request.membership),
        "next_visit": next_visit(appointment, request.membership, now),
        "book_again_url": book_again_url(appointment),
        "today": now.astimezone(appointment.clinic.zone).date(),
        "now": now,
    }


def undo_of(appointment: Appointment, now: datetime) -> Undo | None:
    event = undoable(appointment, now)
    if event is None:
        return None
    left = event.created_at + UNDO_WITHIN - now
    return Undo(event, max(1, -(-left // timedelta(minutes=1))))


def encounter_of(appointment: Appointment) -> Encounter | None:
    return Encounter.objects.filter(appointment=appointment).exclude(status=EncounterStatus.VOIDED).first()


def may_open(appointment: Appointment, organization: Organization, may: frozenset[Action]) -> bool:
    """Tell whether the member opens the encounter by hand: where nothing else does, once the patient is here."""
    by_hand = organization.encounter_opens == Organization.EncounterOpens.BY_HAND
    return by_hand and Action.START in may and appointment.status in BEGUN


def next_visit(appointment: Appointment, membership: Membership, now: datetime) -> Appointment | None:
    """Give the patient's next other visit, as far as the member sees it."""
    visits = visible_appointments(membership).under_way().filter(patient=appointment.patient_id)
    coming = visits.filter(appointment_date__gt=now).exclude(pk=appointment.pk)
    return coming.select_related("clinic").order_by("appointment_date").first()
