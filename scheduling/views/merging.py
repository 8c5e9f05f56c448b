"""Records that may be of one person: found, compared side by side, merged, and for a day taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Organization
from clinics.permissions import Action, MemberView
from patients.duplicates import find_duplicates
from patients.forms import PatientSearchForm
from patients.models import Patient
from patients.pairs import FIELDS, Pair, preset
from patients.search import find_patients
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment, PatientMerge
from scheduling.services.merging import (
    History,
    histories_of,
    likely_pairs,
    merge,
    not_told_apart_from,
    overlaps,
    recent_merges,
    tell_apart,
    undo_merge,
)
from scheduling.views.answers import see_other, status_of

A_PAGE = 20  # pairs


@dataclass(frozen=True, slots=True)
class Candidates:
    """Two records beside each other; `kept` is the one with more history, of equals the older one."""

    kept: Patient
    other: Patient
    kept_history: History
    other_history: History
    pair: Pair | None = None

    @property
    def sides(self) -> list[tuple[Patient, History]]:
        return [(self.kept, self.kept_history), (self.other, self.other_history)]


def beside(pairs: Sequence[tuple[Patient, Patient, Pair | None]]) -> list[Candidates]:
    """Put two and two side by side, with what each has, in two queries."""
    histories = histories_of({patient.pk for one, other, _pair in pairs for patient in (one, other)})
    found = []
    for one, other, pair in pairs:
        kept, rest = sorted((one, other), key=lambda patient: (*(-n for n in histories[patient.pk].weight), patient.pk))
        found.append(Candidates(kept, rest, histories[kept.pk], histories[rest.pk], pair))
    return found


class MergingView(MemberView):
    needs = Action.MERGE_PATIENTS

    @property
    def active(self) -> QuerySet[Patient]:
        return Patient.objects.filter(organization=self.request.organization, is_active=True)


class DuplicatesView(MergingView):
    """The pairs of the organization, likeliest first, and the merges that can still be undone."""

    def get(self, request: HttpRequest) -> HttpResponse:
        pages: Page[Pair] = Paginator(likely_pairs(self.request.organization), A_PAGE).get_page(request.GET.get("page"))
        patients = self.active.in_bulk({key for pair in pages for key in (pair.first, pair.second)})
        both = [
            (patients[pair.first], patients[pair.second], pair)
            for pair in pages
            if pair.first in patients and pair.second in patients
        ]
        context = {
            "pages": pages,
            "candidates": beside(both),
            "merges": recent_merges(self.request.organization, timezone.now()),
        }
        return render(request, "duplicates.html", context)


class SameAsView(MergingView):
    """Find the other record of a patient. What is looked for is sent by POST, answered 200, and in no address."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002 Django's signature
        patient = get_object_or_404(self.active, pk=pk)
        likely = find_duplicates(
            self.request.organization,
            name=patient.name,
            phone=str(patient.phone),
            birth_date=patient.birth_date,
            birth_date_estimated=patient.birth_date_estimated,
        )
        others = not_told_apart_from(patient, [other for other in likely if other != patient])
        return self.show(patient, others, PatientSearchForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        patient = get_object_or_404(self.active, pk=pk)
        search = PatientSearchForm(request.POST)
        if not search.is_valid():
            return self.show(patient, [], search, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        found = find_patients(self.request.organization, search.cleaned_data["q"])
        return self.show(patient, [other for other in found if other != patient], search, searched=True)

    def show(
        self, patient: Patient, others: list[Patient], search: PatientSearchForm, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        found = zip(others, beside([(patient, other, None) for other in others]), strict=True)
        rows = [(other, each.kept, each.other) for other, each in found]
        context |= {"patient": patient, "rows": rows, "search": search}
        return render(self.request, "same_as.html", context, status=status)


@dataclass
class Comparison:
    """What a merge of `other` into `kept` would come to; `chosen` are the fields to take from the other record."""

    organization: Organization
    kept: Patient
    other: Patient
    chosen: set[str] | None = None
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def histories(self) -> dict[int, History]:
        return histories_of([self.kept.pk, self.other.pk])

    @property
    def sides(self) -> list[tuple[Patient, History, list[Appointment]]]:
        return [
            (patient, self.histories[patient.pk], [visit for visit in self.coming if visit.patient_id == patient.pk])
            for patient in (self.kept, self.other)
        ]

    @cached_property
    def coming(self) -> list[Appointment]:
        rows = Appointment.objects.under_way().filter(patient__in=[self.kept, self.other], ends_at__gt=self.now)
        return list(rows.with_names().order_by("appointment_date", "id"))

    @cached_property
    def overlaps(self) -> list[tuple[Appointment, Appointment]]:
        return overlaps(self.kept, self.other)

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Give each field with both values as they are read, whether they differ, and which is chosen."""
        likely = preset(self.kept, self.other)
        labels = {each.name: each.verbose_name for each in Patient._meta.fields}
        rows = []
        for name, columns in FIELDS.items():
            differ = any(getattr(self.kept, column) != getattr(self.other, column) for column in columns)
            takes = likely[name] if self.chosen is None else name in self.chosen
            rows.append({"name": name, "label": labels[name], "differ": differ, "takes_other": takes})
        return rows


class MergeView(MergingView):
    """GET compares the two and says what would follow; POST merges the second record into the first."""

    def get(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:  # noqa: ARG002
        return self.show(self.compared(pk, other))

    def post(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        comparison = self.compared(pk, other)
        chosen = {name for name in FIELDS if request.POST.get(name) == "other"}
        try:
            merge(self.request.organization, actor=self.request.user, kept_id=pk, merged_id=other, from_merged=chosen)
        except AppointmentError as error:
            comparison.chosen = chosen
            return self.show(comparison, error=error, status=status_of(error))
        words = _("%(other)s is part of %(kept)s now. For a day this can be undone here.")
        said = {"other": comparison.other.record_number, "kept": comparison.kept.record_number}
        messages.success(request, words % said)
        return see_other(reverse("patient", args=[pk]))

    def compared(self, pk: int, other: int) -> Comparison:
        kept = get_object_or_404(self.active, pk=pk)
        return Comparison(self.request.organization, kept, get_object_or_404(self.active.exclude(pk=pk), pk=other))

    def show(self, comparison: Comparison, *, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, "merge.html", {"page": comparison, **context}, status=status)


class TellApartView(MergingView):
    """Remember that the two are two."""

    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        first, second = get_object_or_404(self.active, pk=pk), get_object_or_404(self.active.exclude(pk=pk), pk=other)
        tell_apart(self.request.organization, actor=self.request.user, first_id=first.pk, second_id=second.pk)
        words = _("%(one)s and %(other)s are two people. They are not shown together any more.")
        messages.success(request, words % {"one": first.record_number, "other": second.record_number})
        return see_other(reverse("duplicates"))


class UndoMergeView(MergingView):
    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        done = get_object_or_404(PatientMerge.objects.filter(organization=self.request.organization), pk=pk)
        try:
            done = undo_merge(self.request.organization, actor=self.request.user, merge_id=pk)
        except AppointmentError as error:
            context = {"done": done, "error": error}
            status = HTTPStatus.CONFLICT if error.code is Code.UNDO_EXPIRED else status_of(error)
            return render(request, "merge_kept.html", context, status=status)
        words = _("%(other)s and %(kept)s are two records again.")
        said = {"other": done.merged.record_number, "kept": done.kept.record_number}
        messages.success(request, words % said)
        return see_other(reverse("patient", args=[done.kept_id]))
