"""Rows kept to the end of the transaction, always in the same order: practitioners by key, patient, appointment."""

from __future__ import annotations

from typing import Any

from clinics.models import Organization, Practitioner
from patients.models import Patient
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment
from scheduling.services.lookups import find, find_or_refuse


def lock(
    organization: Organization,
    appointment_id: Any,
    *,
    expected_version: int | None,
    practitioner_id: Any = None,
) -> Appointment:
    """Give the appointment, kept with its patient, its practitioner and the one it may go to.

    Refuses one that has changed since `expected_version` was seen, or whose practitioner changes meanwhile, or whose
    patient, by a merge.
    """
    own = Appointment.objects.filter(organization=organization)
    seen = find_or_refuse(own, appointment_id, Code.APPOINTMENT_NOT_FOUND)
    practitioners = Practitioner.objects.filter(organization=organization)
    other = None if practitioner_id is None else find(practitioners, practitioner_id)
    keys = {seen.practitioner_id, *([other.pk] if other else [])}
    list(practitioners.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))
    Patient.objects.select_for_update(no_key=True).get(pk=seen.patient_id)
    # With the organization: its policy is read anew each time, not when a service was made.
    kept = (
        own.select_for_update(no_key=True, of=("self",))
        .select_related("organization", "patient", "practitioner", "clinic", "appointment_type")
        .get(pk=seen.pk)
    )
    is_stale = expected_version is not None and kept.version != expected_version
    is_anothers = (kept.practitioner_id, kept.patient_id) != (seen.practitioner_id, seen.patient_id)
    if is_stale or is_anothers:
        raise AppointmentError(Code.STALE_VERSION)
    return kept
