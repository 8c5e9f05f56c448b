"""The follow-up list: what somebody must still see to, each row with its one next step."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from clinics.models import Practitioner
from clinics.permissions import Action, MemberView
from scheduling.domain.slots import TimeSlot
from scheduling.enums import Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.forms import MissedForm, message_of
from scheduling.models import Appointment, AppointmentQuerySet
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.services.effects import keep_outside
from scheduling.services.equivalents import equivalents_of
from scheduling.services.follow_up import LOOKS_BACK, FollowUp
from scheduling.views.answers import status_of
from scheduling.views.notices import see_other, with_recipients

NEEDED = {Status.NO_SHOW: Action.MARK_NO_SHOW, Status.ARRIVED: Action.CHECK_IN}
"""What somebody must be allowed to do who says what became of a visit to which nobody came."""


SECTIONS = ("to_rebook", "missed", "outside", "requests", "failed")
OFFERED = 20
"""To how many visits outside of hours free times are looked for: enough to go on with, and soon again on the page."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A free time that a visit could be moved to."""

    slot: TimeSlot
    practitioner: Practitioner
    is_same: bool
    url: str


@dataclass(frozen=True, slots=True)
class Outside:
    """A visit outside of its practitioner's hours: why, and where it could be."""

    appointment: Appointment
    why: str
    elsewhere: list[Elsewhere]


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
            "outside": self.outside(),
            "requests": self.by_time(self.follow_up.requests()),
            "failed": list(with_recipients(self.follow_up.failed())),
            "days": LOOKS_BACK.days,
        }
        context["is_empty"] = not any(context[name] for name in SECTIONS)
        return render(self.request, "follow_up.html", context, status=status)

    def outside(self) -> list[Outside]:
        rows = self.by_time(self.follow_up.outside())
        free = equivalents_of(self.request.organization, rows[:OFFERED], self.follow_up.now)
        wanted = {slot.practitioner_id for slots in free.values() for slot in slots}
        people = Practitioner.objects.in_bulk(wanted) if wanted else {}
        return [
            Outside(
                row,
                str(message_of(Code(row.displacement.reason))),
                [elsewhere(row, slot, people[slot.practitioner_id]) for slot in free.get(row.pk, [])],
            )
            for row in rows
        ]

    def by_time(self, rows: AppointmentQuerySet) -> list[Appointment]:
        # A name that was not loaded with the rows would be one more query for each of them.
        return list(rows.with_names().fetch_mode(models.FETCH_RAISE).order_by("appointment_date", "id"))


def elsewhere(visit: Appointment, slot: TimeSlot, practitioner: Practitioner) -> Elsewhere:
    at = slot.start.isoformat(timespec="minutes")
    chosen = {"clinic": slot.clinic_id, "practitioner": slot.practitioner_id, "date": slot.start.date(), "at": at}
    address = f"{reverse('appointment_move', args=[visit.pk])}?{urlencode(chosen)}"
    return Elsewhere(slot, practitioner, practitioner.pk == visit.practitioner_id, address)


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


class KeepView(MemberView):
    """Say that a visit outside of hours takes place all the same, as agreed with whoever sees the patient."""

    needs = Action.MOVE
    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        appointment = get_object_or_404(visible_appointments(self.request.membership), pk=pk)
        keep_outside(appointment, actor=self.request.user)
        messages.success(request, _("It stays as it is booked."))
        return see_other(reverse("follow_up"))
