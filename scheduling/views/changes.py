"""Moving an appointment, and editing its type and note."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinics.days import dated
from clinics.permissions import Action
from clinics.views import last_clinic_key
from scheduling.enums import Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.forms import BookingQuery, Desk, EditForm, MoveForm
from scheduling.lifecycle import MOVABLE
from scheduling.models import AppointmentType
from scheduling.views.alternatives import nearest
from scheduling.views.answers import status_of
from scheduling.views.appointment import AppointmentPageView
from scheduling.views.asked import Asked
from scheduling.views.booking import FIELDS, LOST, errors_of, taken
from scheduling.views.moving import MovePage


class MoveView(AppointmentPageView):
    """GET shows where the appointment can go and what the address chooses of that; POST moves it there."""

    needs = Action.MOVE

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.request.membership, home_key=last_clinic_key(self.request))

    def page(self, asked: Asked) -> MovePage:
        asked = replace(asked, patient=self.appointment.patient, kind=None, anyone=None)
        return MovePage(self.desk, self.service, asked, appointment=self.appointment)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002 read from `kwargs`
        if self.appointment.imported or self.appointment.status not in MOVABLE:
            return self.refuse(AppointmentError(Code.INVALID_TRANSITION, self.not_movable), None)
        query = BookingQuery(request.GET, desk=self.desk)
        query.full_clean()
        if query.errors.keys() - {"date", "at"}:
            raise Http404(_("That address names something that is not here."))
        page = self.page(Asked.of(query.cleaned_data))
        others = nearest(page, page.asked.at) if page.refusal and page.asked.at else []
        status = HTTPStatus.UNPROCESSABLE_ENTITY if query.errors else HTTPStatus.OK
        return self.ask(page, query=query, others=others, taken=taken(page, page.refusal), status=status)

    @property
    def not_movable(self) -> str:
        status = Status(self.appointment.status).label
        return _("An appointment that is “%(status)s” is not moved any more.") % {"status": status}

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        form = MoveForm(request.POST, desk=self.desk, practitioner=self.appointment.practitioner)
        if not form.is_valid():
            return self.ask_again(form)
        said = form.cleaned_data
        try:
            moved = self.service.update_appointment(
                appointment_id=self.appointment.pk,
                expected_version=said["expected_version"],
                appointment_date=said["start"],
                practitioner_id=said["practitioner"].pk,
                clinic_id=said["clinic"].pk,
            )
        except AppointmentError as error:
            return self.answer(error, form)
        messages.success(request, _("Moved to %(when)s.") % {"when": dated(moved.local_start, "l j F, H:i")})
        return self.go_back()

    def answer(self, error: AppointmentError, form: MoveForm) -> HttpResponse:
        said = form.cleaned_data
        changes = self.read_anew(error, said["expected_version"])
        if self.appointment.imported or self.appointment.status not in MOVABLE:
            return self.show(status=status_of(error), refused=error, changes=changes)
        page = self.page(Asked.of(said))
        if error.code is Code.STALE_VERSION:
            return self.ask(page, refused=error, changes=changes, status=status_of(error))
        if error.code in LOST:
            return self.offer_others(error, page, said["start"])
        field = FIELDS.get(error.field, error.field)
        form.add_error(field if field in form.fields else None, str(error.message))
        return self.ask_again(form, status=status_of(error))

    def offer_others(self, error: AppointmentError, page: MovePage, wanted: datetime) -> HttpResponse:
        """Answer 409: say why the time cannot be had, leave the visit where it is, and show the nearest that can."""
        lost = {"error": error, "taken": taken(page, error), "wanted": wanted, "practitioner": page.practitioner}
        without_time = self.page(replace(page.asked, day=page.day, at=None))
        return self.ask(without_time, lost=lost, others=nearest(page, wanted), status=status_of(error))

    def ask_again(self, form: MoveForm, *, status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> HttpResponse:
        if self.appointment.imported or self.appointment.status not in MOVABLE:
            return self.refuse(AppointmentError(Code.INVALID_TRANSITION, self.not_movable), None)
        return self.ask(self.page(Asked.of(form.cleaned_data)), form=form, errors=errors_of(form), status=status)

    def ask(self, page: MovePage, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        context = {"page": page, "appointment": self.appointment, **context}
        template = "appointment_move.html#picker" if self.is_partial() else "appointment_move.html"
        return render(self.request, template, context, status=status)


class EditView(AppointmentPageView):
    """Change the type, as long as the visit is not completed, and the note, whenever."""

    needs = Action.MOVE

    @cached_property
    def types(self) -> list[AppointmentType]:
        return list(AppointmentType.objects.filter(organization=self.request.organization))

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        appointment = self.appointment
        kind = appointment.appointment_type
        given = {"type": kind.code if kind else "", "notes": appointment.notes}
        return self.ask(EditForm(types=self.types, initial=given))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        form = EditForm(request.POST, types=self.types)
        appointment = self.appointment
        if not form.is_valid():
            return self.ask(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        seen, kind = form.cleaned_data["expected_version"], form.cleaned_data["type"]
        wanted = {"notes": form.cleaned_data["notes"], **({"appointment_type": kind.code} if kind else {})}
        try:
            edited = self.service.update_appointment(appointment_id=appointment.pk, expected_version=seen, **wanted)
        except AppointmentError as error:
            return self.answer(error, form, seen)
        if edited.version != seen:
            messages.success(request, _("Changed for %(when)s.") % {"when": self.when})
        return self.go_back()

    def answer(self, error: AppointmentError, form: EditForm, seen: int) -> HttpResponse:
        """Keep what was written; of a stale form, say what has changed meanwhile: it is sent again knowingly."""
        changes = self.read_anew(error, seen)
        if error.code is Code.STALE_VERSION:
            return self.ask(form, status=status_of(error), refused=error, changes=changes)
        field = FIELDS.get(error.field, error.field)
        form.add_error(field if field in form.fields else None, str(error.message))
        return self.ask(form, status=status_of(error))

    def ask(self, form: EditForm, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        context |= {
            "appointment": self.appointment,
            "form": form,
            "types": [] if self.appointment.status == Status.COMPLETED else self.types,
            "errors": errors_of(form) if form.errors else [],
        }
        return render(self.request, "appointment_edit.html", context, status=status)
