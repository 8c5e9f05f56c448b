"""One patient: who it is, the visits to come and what can be done about them, and the visits that were."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic, Membership
from clinics.permissions import Action, MemberView
from patients.duplicates import SHOWN, find_duplicates
from patients.models import Patient
from scheduling.enums import Status
from scheduling.models import Appointment, AppointmentQuerySet, PatientMerge
from scheduling.permissions import visible_appointments, visible_patients
from scheduling.services import AppointmentService, Upcoming
from scheduling.services.merging import not_told_apart_from, recent_merges
from scheduling.views.actions import Change, Step, offers_of
from scheduling.views.answers import see_other
from scheduling.views.asked import Asked, book_url, query_of
from scheduling.views.patient_visits import TOOK_PLACE

A_PAGE = 50  # visits of the history


@dataclass(frozen=True, slots=True)
class PatientSoFar:
    """How often, as far as the member sees it, the patient came and did not."""

    seen: int
    first_seen: datetime | None
    no_shows: int
    last_no_show: datetime | None


def patient_so_far(patient: Patient, membership: Membership) -> PatientSoFar:
    seen, missed = Q(status=Status.COMPLETED), Q(status=Status.NO_SHOW)
    counts = (
        visible_appointments(membership)
        .filter(patient=patient)
        .aggregate(
            seen=Count("pk", filter=seen),
            first_seen=Min("appointment_date", filter=seen),
            no_shows=Count("pk", filter=missed),
            last_no_show=Max("appointment_date", filter=missed),
        )
    )
    return PatientSoFar(**counts)


def book_again_url(visit: Appointment) -> str:
    """Give the address of a booking like that visit; a clinic that is closed for good is left to the page."""
    like = Asked(
        patient=visit.patient,
        clinic=visit.clinic if visit.clinic.is_active else None,
        practitioner=visit.practitioner,
        kind=visit.appointment_type,
    )
    return book_url(query_of(like))


@dataclass(frozen=True, slots=True)
class Coming:
    """A visit to come, with what the member can do about it from here."""

    appointment: Appointment
    check_in: Step | None
    change: list[Change]
    cancel: Step | None


@dataclass
class PatientPage:
    """The patient as one member sees them: only the visits that the member sees."""

    patient: Patient
    membership: Membership
    may: Collection[Action]
    now: datetime = field(default_factory=timezone.now)

    @property
    def visits(self) -> AppointmentQuerySet:
        visits = visible_appointments(self.membership).filter(patient=self.patient).with_names()
        # A name that was not loaded with the rows would be one more query for each of them.
        return visits.fetch_mode(models.FETCH_RAISE)

    @cached_property
    def upcoming(self) -> Upcoming:
        """Those of today that are not over, whatever the hour, and all later ones, with their counts."""
        clinics = list(Clinic.objects.filter(organization=self.membership.organization_id))
        first = min((self.now.astimezone(clinic.zone).date() for clinic in clinics), default=self.now.date())
        return AppointmentService(self.membership.organization).get_upcoming_appointments(
            start_date=first,
            patient_id=self.patient.pk,
            among=self.visits.under_way().from_today_at(clinics, self.now),
            include_summary=True,
        )

    @cached_property
    def coming(self) -> list[Coming]:
        return [self._coming(visit) for visit in self.upcoming.appointments]

    @property
    def coming_by_status(self) -> list[tuple[Status, int]]:
        """How many there are to come of each status; of none, no line."""
        counts = self.upcoming.summary.by_status if self.upcoming.summary else {}
        return [(status, counts[status]) for status in Status if counts.get(status)]

    def _coming(self, visit: Appointment) -> Coming:
        offers = offers_of(visit, self.may, self.now)
        check_in = offers.likeliest if offers.likeliest and offers.likeliest.to == Status.ARRIVED else None
        others = (step for step in offers.others if step.to == Status.ARRIVED)
        changes = [change for change in offers.changes if change.route == "appointment_move"]
        return Coming(visit, check_in or next(others, None), changes, offers.cancel)

    def history(self, number: str | None) -> Page[Appointment]:
        """Give a page of everything else, the latest first."""
        coming = [each.appointment.pk for each in self.coming]
        return Paginator(self.visits.exclude(pk__in=coming).order_by("-appointment_date", "-id"), A_PAGE).get_page(
            number
        )

    @cached_property
    def so_far(self) -> PatientSoFar:
        return patient_so_far(self.patient, self.membership)

    @property
    def books(self) -> bool:
        return Action.BOOK in self.may and self.patient.is_active

    @property
    def book_url(self) -> str:
        return book_url(query_of(Asked(patient=self.patient)))

    @cached_property
    def last_visit(self) -> Appointment | None:
        took_place = self.visits.filter(status__in=TOOK_PLACE, appointment_date__lt=self.now)
        return took_place.order_by("-appointment_date").first()

    @property
    def book_again_url(self) -> str:
        return book_again_url(self.last_visit) if self.last_visit else ""

    @cached_property
    def maybe_same(self) -> list[Patient]:
        """Others who may be this person, for those who look for patients; the others see only their own."""
        if Action.SEARCH_PATIENTS not in self.may:
            return []
        found = find_duplicates(
            self.membership.organization,
            name=self.patient.name,
            phone=str(self.patient.phone),
            birth_date=self.patient.birth_date,
            birth_date_estimated=self.patient.birth_date_estimated,
            limit=SHOWN + 1,  # the patient is one of them
        )
        others = [patient for patient in found if patient != self.patient][:SHOWN]
        return not_told_apart_from(self.patient, others)

    @cached_property
    def records(self) -> list[Patient]:
        """The records that were merged into this one, whose numbers still find it."""
        return list(self.patient.merged.order_by("record_number"))

    @cached_property
    def merges(self) -> list[PatientMerge]:
        """Those that can still be undone, for those who may."""
        if Action.MERGE_PATIENTS not in self.may or not self.records:
            return []
        return recent_merges(self.membership.organization, self.now, kept=self.patient)


class PatientView(MemberView):
    needs = Action.SEE_PATIENTS

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        visible = visible_patients(self.request.membership)
        patient = visible.filter(pk=pk).first()
        if patient is None or patient.merged_into_id is not None:
            # Not for good: a merge can be undone.
            return see_other(reverse("patient", args=[get_object_or_404(visible, merged__pk=pk).pk]))
        page = PatientPage(patient, self.request.membership, self.request.may)
        history = page.history(request.GET.get("page"))
        return render(request, "patient.html", {"page": page, "patient": patient, "history": history})
