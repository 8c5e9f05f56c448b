"""Encounters by hand: opened, linked, finalized. What the steps of an appointment do to them is in `visits`."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Organization, Practitioner, User, record_event
from patients.models import Patient
from scheduling.enums import FREEING, EncounterStatus, EventKind, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment, Encounter
from scheduling.services import status, visits
from scheduling.services.contention import contended
from scheduling.services.locking import lock
from scheduling.services.lookups import find_or_refuse

STEPS_TO_THE_END = {
    Status.ARRIVED: (Status.IN_PROGRESS, Status.COMPLETED),
    Status.IN_PROGRESS: (Status.COMPLETED,),
    Status.COMPLETED: (),
}
"""What an appointment goes through when its encounter is finalized; from any other status it cannot be."""


class EncounterService:
    """Encounters of one organization; another's rows are not found. `actor` is who asks, None for the system."""

    def __init__(self, organization: Organization, *, actor: User | None = None) -> None:
        self.organization = organization
        self.actor = actor

    def open(self, *, patient_id: int, practitioner_id: int, appointment_id: int | None = None) -> Encounter:
        """Open an encounter, with or without an appointment; one that is there already is given again."""
        return self._open(patient_id, practitioner_id, appointment_id)

    def link(self, *, encounter_id: int, appointment_id: int) -> Encounter:
        """Say which of the patient's appointments the encounter came of."""
        return self._link(encounter_id, appointment_id)

    def finalize(self, *, encounter_id: int) -> Encounter:
        """Close the encounter, and complete its appointment; one that is closed stays as it is."""
        return self._finalize(encounter_id)

    @contended
    def _open(self, patient_id: Any, practitioner_id: Any, appointment_id: Any) -> Encounter:
        patients = Patient.objects.filter(organization=self.organization)
        if appointment_id is None:
            # Or the patient could be merged meanwhile. With an appointment, they are kept after its practitioner.
            patients = patients.select_for_update(no_key=True)
        patient = find_or_refuse(patients, patient_id, Code.PATIENT_NOT_FOUND)
        if patient.merged_into_id is not None:
            patient = patients.get(pk=patient.merged_into_id)
        practitioner = find_or_refuse(
            Practitioner.objects.filter(organization=self.organization), practitioner_id, Code.PRACTITIONER_NOT_FOUND
        )
        now = timezone.now()
        if appointment_id is None:
            encounter = Encounter.objects.create(
                organization=self.organization,
                patient=patient,
                practitioner=practitioner,
                encounter_date=now,
                opened_at=now,
            )
        else:
            appointment = self._appointment_of(patient.pk, appointment_id)
            existing = visits.encounter_of(appointment)
            if existing is not None:
                return existing
            encounter = visits.open_for(appointment, now)
        self._tell(EventKind.ENCOUNTER_OPENED, encounter)
        return encounter

    @contended
    def _link(self, encounter_id: Any, appointment_id: Any) -> Encounter:
        seen = self._find(encounter_id)
        appointment = self._appointment_of(seen.patient_id, appointment_id)
        encounter = self._keep(seen)
        if encounter.appointment_id == appointment.pk:
            return encounter
        if encounter.appointment_id or visits.encounter_of(appointment):
            raise AppointmentError(
                Code.INVALID_TRANSITION, _("One of them is linked to another already."), field="appointment_id"
            )
        encounter.appointment = appointment
        encounter.encounter_date = appointment.appointment_date
        encounter.encounter_type = encounter.encounter_type or visits.encounter_type_of(appointment)
        encounter.save(update_fields=["appointment", "encounter_date", "encounter_type"])
        self._tell(EventKind.ENCOUNTER_LINKED, encounter)
        return encounter

    @contended
    def _finalize(self, encounter_id: Any) -> Encounter:
        now = timezone.now()
        seen = self._find(encounter_id)
        appointment = None
        if seen.appointment_id is not None:
            appointment = lock(self.organization, seen.appointment_id, expected_version=None)
        encounter = self._keep(seen)
        if encounter.status == EncounterStatus.FINALIZED:
            return encounter
        steps = STEPS_TO_THE_END.get(Status(appointment.status)) if appointment else ()
        if steps is None:
            raise AppointmentError(Code.INVALID_TRANSITION, _("The patient has not come to this visit."))
        visits.set_status(encounter, EncounterStatus.FINALIZED, at=now)
        for step in steps:
            assert appointment is not None  # noqa: S101 the steps are its
            told = {visits.FINALIZED: encounter.pk} if step is Status.COMPLETED else {}
            status.take_step(appointment, self.actor, step, now, told=told)
        if not steps:
            self._tell(EventKind.ENCOUNTER_FINALIZED, encounter)
        return encounter

    def _find(self, encounter_id: Any) -> Encounter:
        own = Encounter.objects.filter(organization=self.organization)
        return find_or_refuse(own, encounter_id, Code.ENCOUNTER_NOT_FOUND)

    def _keep(self, seen: Encounter) -> Encounter:
        """Lock the encounter, after its appointment; refuse one that has changed meanwhile, or was voided."""
        encounter = Encounter.objects.select_for_update(no_key=True).get(pk=seen.pk)
        if encounter.appointment_id != seen.appointment_id:
            raise AppointmentError(Code.STALE_VERSION)
        if encounter.status == EncounterStatus.VOIDED:
            raise AppointmentError(Code.INVALID_TRANSITION, _("This encounter was taken back."), field="encounter_id")
        return encounter

    def _appointment_of(self, patient_id: int, appointment_id: Any) -> Appointment:
        appointment = lock(self.organization, appointment_id, expected_version=None)
        if appointment.patient_id != patient_id:
            raise AppointmentError(Code.APPOINTMENT_NOT_FOUND, _("The patient has no such appointment."))
        if appointment.status in FREEING:
            raise AppointmentError(Code.INVALID_TRANSITION, _("The patient has not come to this visit."))
        return appointment

    def _tell(self, kind: EventKind, encounter: Encounter) -> None:
        record_event(
            kind=kind,
            target=encounter,
            actor=self.actor,
            new={
                "patient_id": encounter.patient_id,
                "practitioner_id": encounter.practitioner_id,
                "appointment_id": encounter.appointment_id,
                "status": str(encounter.status),
            },
        )
