"""Why something was refused, in words for the person at the desk."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scheduling.domain.rules import Refusal


class Code(StrEnum):
    """Every refusal, in the order in which they are checked."""

    PATIENT_NOT_FOUND = "patient_not_found"
    PRACTITIONER_NOT_FOUND = "practitioner_not_found"
    CLINIC_NOT_FOUND = "clinic_not_found"
    CLINIC_NOT_ASSIGNED = "clinic_not_assigned"
    APPOINTMENT_TYPE_NOT_FOUND = "appointment_type_not_found"
    INVALID_DURATION = "invalid_duration"
    INVALID_DATE = "invalid_date"
    IN_THE_PAST = "in_the_past"
    CLINIC_CLOSED = "clinic_closed"
    PRACTITIONER_UNAVAILABLE = "practitioner_unavailable"
    OUTSIDE_SCHEDULE = "outside_schedule"
    SLOT_TAKEN = "slot_taken"
    BUFFER_CONFLICT = "buffer_conflict"
    PATIENT_CONFLICT = "patient_conflict"
    APPOINTMENT_NOT_FOUND = "appointment_not_found"
    STALE_VERSION = "stale_version"
    INVALID_TRANSITION = "invalid_transition"
    CANCELLATION_REASON_REQUIRED = "cancellation_reason_required"
    UNDO_EXPIRED = "undo_expired"
    INVALID_TEXT = "invalid_text"
    ENCOUNTER_NOT_FOUND = "encounter_not_found"
    TRY_AGAIN = "try_again"


REFUSALS: dict[Code, tuple[Promise, str]] = {
    Code.PATIENT_NOT_FOUND: (_("There is no such patient."), "patient_id"),
    Code.PRACTITIONER_NOT_FOUND: (_("There is no such practitioner."), "practitioner_id"),
    Code.CLINIC_NOT_FOUND: (_("There is no such clinic."), "clinic_id"),
    Code.CLINIC_NOT_ASSIGNED: (_("The practitioner does not work at this clinic on that day."), "clinic_id"),
    Code.APPOINTMENT_TYPE_NOT_FOUND: (_("There is no such type of appointment."), "appointment_type"),
    Code.INVALID_DURATION: (_("A visit lasts from 1 minute to 24 hours, in whole minutes."), "duration"),
    Code.INVALID_DATE: (_("This is not a date and time that can be booked."), "appointment_date"),
    Code.IN_THE_PAST: (_("This time has passed."), "appointment_date"),
    Code.CLINIC_CLOSED: (_("The clinic is closed on that day."), "appointment_date"),
    Code.PRACTITIONER_UNAVAILABLE: (_("The practitioner is away at that time."), "appointment_date"),
    Code.OUTSIDE_SCHEDULE: (_("The practitioner has no slot that starts then and is long enough."), "appointment_date"),
    Code.SLOT_TAKEN: (_("This time is taken."), "appointment_date"),
    Code.BUFFER_CONFLICT: (_("This time is too near another visit of the practitioner."), "appointment_date"),
    Code.PATIENT_CONFLICT: (_("The patient has another appointment at that time."), "patient_id"),
    Code.APPOINTMENT_NOT_FOUND: (_("There is no such appointment."), "appointment_id"),
    Code.STALE_VERSION: (_("Somebody else has changed this in the meantime."), "expected_version"),
    Code.INVALID_TRANSITION: (_("The appointment cannot be given this status now."), "status"),
    Code.CANCELLATION_REASON_REQUIRED: (_("Say why the appointment is cancelled."), "cancellation_reason"),
    Code.UNDO_EXPIRED: (_("This can no longer be undone."), "appointment_id"),
    Code.INVALID_TEXT: (_("The text holds characters that cannot be kept, or is too long."), "notes"),
    Code.ENCOUNTER_NOT_FOUND: (_("There is no such encounter."), "encounter_id"),
    Code.TRY_AGAIN: (_("Many people are booking at this moment. Nothing was changed: please try again."), ""),
}
"""The message of each code and the field that it is about; empty where it is about none."""


class AppointmentError(Exception):
    """A refusal: nothing was written. `code` is for programs, `message` for people, `field` for the form."""

    def __init__(self, code: Code, message: str | Promise | None = None, *, field: str | None = None) -> None:
        usual_message, usual_field = REFUSALS[code]
        self.code = code
        self.message = usual_message if message is None else message
        self.field = usual_field if field is None else field
        super().__init__(code.value)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Say what the domain's rule refused."""
        if refusal is Refusal.INVALID_DURATION:
            return cls(Code.INVALID_DURATION, _("In a group, every visit is as long as the slot."))
        return cls(Code(refusal.value))
