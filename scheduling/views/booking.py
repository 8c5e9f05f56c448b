"""Booking: one page that is the same with and without JavaScript, and three ways to send something from it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from clinics.models import ActivityEvent
from clinics.permissions import Action, MemberView
from clinics.views import last_clinic_key
from patients.forms import NewPatientForm, PatientSearchForm
from patients.models import Patient
from patients.search import find_patients, is_meant
from scheduling.enums import Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.forms import BookingForm, BookingQuery, Desk
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.views.alternatives import nearest, taken_by
from scheduling.views.asked import Asked, book_url, query_of
from scheduling.views.picker import BookingPage
from scheduling.views.times import page_of

LOST = {
    Code.IN_THE_PAST,
    Code.CLINIC_CLOSED,
    Code.PRACTITIONER_UNAVAILABLE,
    Code.OUTSIDE_SCHEDULE,
    Code.SLOT_TAKEN,
    Code.BUFFER_CONFLICT,
    Code.PATIENT_CONFLICT,
    Code.STALE_VERSION,
}
"""The refusals that another time may mend; a field is wrong in the others."""

FIELDS = {
    "patient_id": "patient",
    "practitioner_id": "practitioner",
    "clinic_id": "clinic",
    "appointment_type": "type",
    "appointment_date": "start",
}
"""What the form calls the fields that the service speaks of by other names."""


class BookingView(MemberView):
    """What the pages and fragments of a booking share."""

    needs = Action.BOOK

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.request.membership, home_key=last_clinic_key(self.request))

    @cached_property
    def service(self) -> AppointmentService:
        return AppointmentService(self.request.organization, actor=self.request.user)

    def page(self, asked: Asked) -> BookingPage:
        return page_of(self.desk, self.service, asked)

    def show(self, page: BookingPage, *, status: int = 200, part: str = "picker", **context: Any) -> HttpResponse:
        context = {
            "page": page,
            "search": PatientSearchForm(),
            "new_patient": NewPatientForm(organization=self.request.organization),
            "form": BookingForm(desk=self.desk),
            "request_id": uuid.uuid4(),
            # What has an id keeps the focus through the swap; else the page says where it goes.
            "keep_focus": self.is_partial() and bool(self.request.htmx.trigger) and not self.opens_panel,
            "in_panel": self.in_panel,
            **context,
        }
        template = f"booking.html#{part}" if self.is_partial() else "booking.html"
        return render(self.request, template, context, status=status)

    def show_times(self, asked: Asked, **context: Any) -> HttpResponse:
        """Show what can be had; a time that cannot explains itself, and shows what can."""
        page = self.page(asked)
        cannot = page.refusal or page.is_nobodys
        others = nearest(page, page.wanted) if cannot and page.wanted else []
        return self.show(page, others=others, taken=taken(page, page.refusal), **context)

    @property
    def opens_panel(self) -> bool:
        return self.is_partial() and self.request.htmx.target == "panel"

    @property
    def in_panel(self) -> bool:
        """Tell whether the booking stands beside another page, whose address stays; once there, the part says so."""
        return self.opens_panel or (self.is_partial() and "X-Panel" in self.request.headers)

    def go_on_with(self, patient: Patient, asked: Asked) -> HttpResponse:
        chosen = replace(asked, patient=patient)
        if not self.in_panel:
            return self.leave_for(book_url(query_of(chosen)))
        answer = self.show_times(chosen)
        return answer if self.opens_panel else reswap(retarget(answer, "#booking"), "outerHTML")

    def leave_for(self, url: str) -> HttpResponse:
        """Send the browser on with a GET; htmx takes the whole page along."""
        if self.is_partial():
            return HttpResponseClientRedirect(url)
        return HttpResponseRedirect(url, status=303)


class BookView(BookingView):
    """GET shows what the address says, completed with the usual and the soonest; POST books it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        query = BookingQuery(request.GET, desk=self.desk)
        query.full_clean()
        if query.errors.keys() - {"date", "at"}:
            raise Http404(_("That address names something that is not here."))
        return self.show_times(Asked.of(query.cleaned_data), query=query, status=422 if query.errors else 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = BookingForm(request.POST, desk=self.desk)
        if not form.is_valid():
            return self.refuse(form)
        try:
            appointment = self.book(form.cleaned_data)
        except AppointmentError as error:
            return self.answer(error, form)
        return self.leave_for(day_url(appointment))

    def book(self, said: dict[str, Any]) -> Appointment:
        kind = said["type"]
        return self.service.create_appointment(
            patient_id=said["patient"].pk,
            practitioner_id=said["practitioner"].pk,
            clinic_id=said["clinic"].pk,
            appointment_date=said["start"],
            duration=said["duration"],
            appointment_type=kind.code if kind else None,
            notes=said["notes"],
            status=said["status"] or Status.BOOKED,
            request_id=said["request_id"],
        )

    def answer(self, error: AppointmentError, form: BookingForm) -> HttpResponse:
        if error.code in LOST:
            return self.offer_others(error, form)
        field = FIELDS.get(error.field, error.field)
        form.add_error(field if field in form.fields else None, str(error.message))
        if error.code is Code.TRY_AGAIN:
            return self.refuse(form, status=503, request_id=form.data["request_id"])
        return self.refuse(form)

    def refuse(self, form: BookingForm, *, status: int = 422, **context: Any) -> HttpResponse:
        # What was refused may be the time itself: the page explains it no second time.
        page = self.page(Asked.of(form.cleaned_data))
        return self.show(page, form=form, errors=errors_of(form), status=status, **context)

    def offer_others(self, error: AppointmentError, form: BookingForm) -> HttpResponse:
        """Answer 409: say why, keep the patient and the note, and have the nearest time ready to be taken."""
        said = form.cleaned_data
        wanted: datetime = said["start"]
        asked = self.page(Asked.of(said))
        # Somebody who has this very visit, from another tab perhaps, is not offered a second one.
        own = self.own_visit(said)
        others = [] if own else nearest(asked, wanted)
        if others:
            first = others[0]
            page = self.page(
                replace(
                    asked.asked,
                    practitioner=first.practitioner,
                    clinic=first.clinic,
                    day=first.slot.start.date(),
                    at=first.slot.start,
                )
            )
        else:
            page = self.page(replace(asked.asked, at=None, day=asked.day))
        lost = {
            "error": error,
            "wanted": wanted.astimezone(said["clinic"].zone),
            "practitioner": said["practitioner"],
            "taken": None if own else taken(asked, error),
            "own": own,
        }
        return self.show(page, form=form, lost=lost, alternatives=others, status=409)

    def own_visit(self, said: dict[str, Any]) -> Appointment | None:
        """Give what this patient has with this practitioner at this time, or what this form has booked before."""
        of_patient = visible_appointments(self.request.membership).under_way().filter(patient=said["patient"])
        this_one = Q(practitioner=said["practitioner"], appointment_date=said["start"])
        return of_patient.filter(this_one | Q(request_id=str(said["request_id"]))).with_names().first()


def taken(page: BookingPage, error: AppointmentError | None) -> ActivityEvent | None:
    """Give the event that took the wanted time, where that is what is wrong with it."""
    visit = page.wanted_visit
    return taken_by(page, visit) if visit and error and error.code is Code.SLOT_TAKEN else None


class FindPatientView(BookingView):
    """A search is a POST answered 200: what was typed stays out of addresses, logs and history."""

    needs = Action.SEARCH_PATIENTS
    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest) -> HttpResponse:
        query = BookingQuery(request.POST, desk=self.desk)
        search = PatientSearchForm(request.POST)
        query.full_clean()
        asked = Asked.of(query.cleaned_data)
        part = "picker" if self.opens_panel else "found"
        if not search.is_valid():
            return self.show(self.page(asked), search=search, part=part, status=422)
        q, organization = search.cleaned_data["q"], self.request.organization
        found = find_patients(organization, q)
        # While somebody types, the focus stays in the box.
        typing = self.is_partial() and self.request.htmx.trigger_name == "q"
        if len(found) == 1 and not typing and is_meant(found[0], q):
            return self.go_on_with(found[0], asked)
        page = self.page(asked)
        choices = [(patient, page.patient_url(patient)) for patient in found]
        context: dict[str, Any] = {
            "search": search,
            "choices": choices,
            "searched": True,
            "typing": typing,
            "part": part,
        }
        if not found:
            context["new_patient"] = NewPatientForm.begun(q, organization=organization, focus=not typing)
        return self.show(page, **context)


class NewPatientView(BookingView):
    """Add a patient, then go on with the booking."""

    needs = Action.ADD_PATIENTS
    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest) -> HttpResponse:
        query = BookingQuery(request.POST, desk=self.desk)
        query.full_clean()
        form = NewPatientForm(request.POST, organization=self.request.organization)
        if query.errors or not form.is_valid():
            page = self.page(Asked.of(query.cleaned_data))
            return self.show(page, new_patient=form, errors=errors_of(query) + errors_of(form), status=422)
        known = form.known()
        # Whoever has been shown them all, and still adds, knows better; somebody added meanwhile is shown first.
        if {str(patient.pk) for patient in known} - set(request.POST.getlist("seen")):
            page = self.page(Asked.of(query.cleaned_data))
            choices = [(patient, page.patient_url(patient)) for patient in known]
            return self.show(page, new_patient=form, known=choices, status=409)
        patient = form.save(self.request.user)
        return self.go_on_with(patient, Asked.of(query.cleaned_data))


def errors_of(form: forms.Form) -> list[tuple[str, str, str]]:
    """Give what the summary says of each error: the field's id (empty where it is hidden), its name, the words."""
    said = []
    for name, messages in form.errors.items():
        field = form.fields.get(name)
        bound = form[name] if field else None
        target = bound.id_for_label if bound and name not in HIDDEN else ""
        label = str(field.label) if field else ""
        said += [(target, label, str(message)) for message in messages]
    return said


HIDDEN = {*BookingQuery.base_fields, *BookingForm.base_fields} - {"notes"}
"""Fields that a person chooses by links, so that there is no box to jump to."""


def day_url(appointment: Appointment) -> str:
    day = appointment.local_start.date().isoformat()
    return f"{reverse('day')}?date={day}&clinic={appointment.clinic_id}#appointment-{appointment.pk}"
