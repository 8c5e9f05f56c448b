"""What an organization still lacks until somebody can be booked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinics.admin import administered
from clinics.models import Clinic, ClinicAssignment, Organization, Practitioner
from scheduling.models import AppointmentType, WorkingHours


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, whether it is done, and where it is done."""

    words: str | Promise
    done: bool
    url: str


def first_steps(request: HttpRequest) -> dict[str, Any]:
    """Give the steps to a first slot, in their order; none once all are done."""
    organization = administered(request)
    steps = _steps(organization) if organization else []
    return {"first_steps": [] if all(step.done for step in steps) else steps}


def _steps(organization: Organization) -> list[Step]:
    # The latest date anywhere: what ends today in one zone has not ended in another.
    today = timezone.now().date()
    clinics = Clinic.objects.filter(organization=organization, is_active=True)
    practitioners = Practitioner.objects.filter(organization=organization, is_active=True)
    assignments = ClinicAssignment.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=today), clinic__in=clinics, practitioner__in=practitioners
    )
    hours = WorkingHours.objects.filter(
        Q(schedule__valid_until=None) | Q(schedule__valid_until__gte=today), schedule__assignment__in=assignments
    )
    types = AppointmentType.objects.filter(organization=organization)
    add = "admin:{}_add"
    # A practitioner's own page asks where they work; who was left without a clinic is given one on another.
    who = (
        (_("Assign a practitioner to a clinic"), assignments, "clinics_clinicassignment")
        if practitioners.exists()
        else (_("Add a practitioner, and the clinic where they work"), practitioners, "clinics_practitioner")
    )
    found = (
        (_("Add a clinic: its name and its time zone"), clinics, "clinics_clinic"),
        who,
        (_("Add a type of appointment, such as “Follow-up”"), types, "scheduling_appointmenttype"),
        (_("Add a schedule with the hours of a week"), hours, "scheduling_schedule"),
    )
    return [Step(words, rows.exists(), reverse(add.format(page))) for words, rows, page in found]
