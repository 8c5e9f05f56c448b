"""What the steps of an appointment do to its encounter, and what an undo takes back of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scheduling.enums import EncounterStatus, Status
from scheduling.models import Appointment, Encounter

OPENED, FINALIZED = "encounter_opened", "encounter_finalized"
"""What an event calls the encounter that its step has opened or finalized."""


def encounter_of(appointment: Appointment) -> Encounter | None:
    """Give the appointment's encounter, kept to the end of the transaction; a voided one is none."""
    of_it = Encounter.objects.filter(appointment=appointment).exclude(status=EncounterStatus.VOIDED)
    return of_it.select_for_update(no_key=True).first()


def open_for(appointment: Appointment, now: datetime) -> Encounter:
    """Open the appointment's encounter: patient, practitioner, date and type are carried over."""
    return Encounter.objects.create(
        organization_id=appointment.organization_id,
        appointment=appointment,
        patient_id=appointment.patient_id,
        practitioner_id=appointment.practitioner_id,
        encounter_date=appointment.appointment_date,
        encounter_type=encounter_type_of(appointment),
        opened_at=now,
    )


def encounter_type_of(appointment: Appointment) -> str:
    return appointment.appointment_type.encounter_type if appointment.appointment_type else ""


def set_status(encounter: Encounter, status: EncounterStatus, *, at: datetime | None = None) -> None:
    encounter.status, encounter.finalized_at = status, at
    encounter.save(update_fields=["status", "finalized_at"])


def follow(appointment: Appointment, now: datetime) -> dict[str, Any]:
    """Open or finalize the encounter as the status that the appointment has just got asks; give what the event says."""
    if appointment.status == appointment.organization.encounter_opens and encounter_of(appointment) is None:
        return {OPENED: open_for(appointment, now).pk}
    if appointment.status == Status.COMPLETED:
        encounter = encounter_of(appointment)
        if encounter is not None and encounter.status == EncounterStatus.OPEN:
            set_status(encounter, EncounterStatus.FINALIZED, at=now)
            return {FINALIZED: encounter.pk}
    return {}


def take_back(told: dict[str, Any]) -> None:
    """Reopen what a step has finalized, void what it has opened; `told` is what its event says."""
    for name, status in ((FINALIZED, EncounterStatus.OPEN), (OPENED, EncounterStatus.VOIDED)):
        if name in told:
            set_status(Encounter.objects.select_for_update(no_key=True).get(pk=told[name]), status)
