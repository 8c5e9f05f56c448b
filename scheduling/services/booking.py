"""Booking: lock what becomes scarcer, check on fresh rows, write appointment and event, announce."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.utils.translation import gettext as _

from clinics.models import Organization, User, record_event
from scheduling.enums import BOOKABLE_AS, EventKind
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment
from scheduling.services.contention import contended
from scheduling.services.lookups import is_text
from scheduling.services.planning import Wish, find_parties, plan
from scheduling.signals import appointment_created

LONGEST_REQUEST_ID = 64  # characters


@contended
def create(
    organization: Organization, actor: User | None, wish: Wish, *, notes: str, status: str, request_id: object | None
) -> Appointment:
    """Book what is wished for, or give what the same request has booked before."""
    if request_id is not None and not (is_text(str(request_id)) and len(str(request_id)) <= LONGEST_REQUEST_ID):
        raise AppointmentError(Code.INVALID_TEXT, field="request_id")
    parties = find_parties(organization, wish, lock=True, request_id=None if request_id is None else str(request_id))
    digest = _digest(wish, notes, status)
    if parties.earlier is not None:
        return _same_request(parties.earlier, digest)
    visit = plan(wish, parties, patient_required=True)
    if status not in BOOKABLE_AS:
        raise AppointmentError(Code.INVALID_TRANSITION)
    if not is_text(notes):
        raise AppointmentError(Code.INVALID_TEXT)
    appointment = Appointment(
        # As it is now, not as it was when the service was made: what a patient is told, and when, goes by it.
        organization=visit.practitioner.organization,
        patient=parties.patient,
        practitioner=visit.practitioner,
        clinic=visit.clinic,
        appointment_type=visit.appointment_type,
        appointment_date=visit.interval.start,
        ends_at=visit.interval.end,
        duration=visit.duration,
        status=status,
        seat=visit.seat,
        slot_capacity=visit.capacity,
        notes=notes,
        request_id=None if request_id is None else str(request_id),
        request_digest="" if request_id is None else digest,
    )
    appointment.save(force_insert=True)
    event = record_event(kind=EventKind.CREATED, target=appointment, actor=actor, new=snapshot(appointment))
    appointment_created.send(sender=Appointment, appointment=appointment, event=event)
    return appointment


def snapshot(appointment: Appointment) -> dict[str, Any]:
    """Give what an event keeps of an appointment: ids, and the start as an instant in UTC."""
    return {
        "patient_id": appointment.patient_id,
        "practitioner_id": appointment.practitioner_id,
        "clinic_id": appointment.clinic_id,
        "appointment_date": appointment.appointment_date.isoformat(),
        "duration": appointment.duration,
        "appointment_type": appointment.appointment_type.code if appointment.appointment_type else None,
        "status": str(appointment.status),
    }


def _same_request(earlier: Appointment, digest: str) -> Appointment:
    if earlier.request_digest != digest:
        raise AppointmentError(
            Code.STALE_VERSION,
            _("This form has booked another appointment already. Open a new one."),
            field="request_id",
        )
    return earlier


def _digest(wish: Wish, notes: str, status: str) -> str:
    body = json.dumps([wish.as_given(), notes, status], default=str)
    return hashlib.sha256(body.encode()).hexdigest()
