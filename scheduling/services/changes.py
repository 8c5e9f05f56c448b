"""Moving and editing: the rules of a new booking, one update of the same row, one event that says old and new."""

from __future__ import annotations

from typing import Any

from clinics.models import Clinic, Organization, Practitioner, User, record_event
from clinics.round_trip import load_together
from scheduling.enums import EventKind, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.lifecycle import MOVABLE
from scheduling.models import Appointment, Displacement
from scheduling.services.booking import snapshot
from scheduling.services.contention import contended
from scheduling.services.locking import lock
from scheduling.services.lookups import find, is_text, keyed, type_of, types_named
from scheduling.services.planning import Parties, Plan, Wish, instant, plan
from scheduling.signals import appointment_changed

PLACE = ("appointment_date", "practitioner_id", "clinic_id", "duration")
"""What makes a visit another one in time and place: each change of these is a move."""

CHANGEABLE = frozenset({*PLACE, "appointment_type", "notes"})


@contended
def change(
    organization: Organization,
    actor: User | None,
    appointment_id: Any,
    wanted: dict[str, Any],
    *,
    expected_version: int | None,
) -> Appointment:
    """Give the appointment what is wanted of it; where that is what it has, nothing happens."""
    appointment = lock(
        organization,
        appointment_id,
        expected_version=expected_version,
        practitioner_id=wanted.get("practitioner_id"),
    )
    before = {**snapshot(appointment), "notes": appointment.notes}
    if _moves(appointment, wanted):
        _move(organization, appointment, wanted)
    if "appointment_type" in wanted:
        _change_type(organization, appointment, wanted["appointment_type"])
    if "notes" in wanted:
        appointment.notes = _checked_notes(wanted["notes"])
    after = {**snapshot(appointment), "notes": appointment.notes}
    changed = {name for name, value in after.items() if value != before[name]}
    if not changed:
        return appointment
    appointment.version += 1
    appointment.save(
        update_fields=[
            *("appointment_date", "ends_at", "duration", "practitioner", "clinic", "seat", "slot_capacity"),
            *("appointment_type", "notes", "status", "version"),
        ]
    )
    if changed & set(PLACE):
        Displacement.objects.filter(appointment=appointment).delete()  # where it is now could be booked
    new = {name: after[name] for name in sorted(changed)}
    if "practitioner_id" in changed:
        new["patient_agreed"] = True  # whoever moves a patient to another practitioner has asked them
    event = record_event(
        kind=EventKind.RESCHEDULED if changed & set(PLACE) else EventKind.UPDATED,
        target=appointment,
        actor=actor,
        old={name: before[name] for name in sorted(changed)},
        new=new,
    )
    appointment_changed.send(sender=Appointment, appointment=appointment, event=event)
    return appointment


def _moves(appointment: Appointment, wanted: dict[str, Any]) -> bool:
    """Tell whether another time or place is wanted; what cannot be read is, so that it is refused by name."""
    now: dict[str, Any] = {name: getattr(appointment, name) for name in PLACE}
    asked = {name: wanted[name] for name in PLACE if name in wanted}
    if "appointment_date" in asked:
        asked["appointment_date"] = instant(asked["appointment_date"])
    if asked.get("duration", 0) is None:
        del asked["duration"]
    return any(value != now[name] or type(value) is not type(now[name]) for name, value in asked.items())


def _move(organization: Organization, appointment: Appointment, wanted: dict[str, Any]) -> None:
    # What was imported is history, whatever its status: a move would make it a visit that takes no time.
    if appointment.imported or appointment.status not in MOVABLE:
        raise AppointmentError(Code.INVALID_TRANSITION)
    was = (appointment.appointment_date, appointment.practitioner_id)
    visit = _plan(organization, appointment, wanted)
    appointment.appointment_date, appointment.ends_at = visit.interval.start, visit.interval.end
    appointment.duration, appointment.slot_capacity, appointment.seat = visit.duration, visit.capacity, visit.seat
    appointment.practitioner, appointment.clinic = visit.practitioner, visit.clinic
    if appointment.status == Status.CONFIRMED and (appointment.appointment_date, appointment.practitioner_id) != was:
        appointment.status = Status.BOOKED  # what the patient confirmed was another visit


def _plan(organization: Organization, appointment: Appointment, wanted: dict[str, Any]) -> Plan:
    kind = appointment.appointment_type
    duration = wanted.get("duration")
    wish = Wish(
        patient_id=appointment.patient_id,
        practitioner_id=wanted.get("practitioner_id", appointment.practitioner_id),
        clinic_id=wanted.get("clinic_id", appointment.clinic_id),
        appointment_date=wanted.get("appointment_date", appointment.appointment_date),
        duration=appointment.duration if duration is None else duration,
        appointment_type=wanted.get("appointment_type", kind.code if kind else None),
        exclude_appointment_id=appointment.pk,
    )
    practitioners = Practitioner.objects.filter(organization=organization).select_related("organization")
    clinics, kinds = load_together(
        keyed(Clinic.objects.filter(organization=organization), wish.clinic_id),
        types_named(organization, wish.appointment_type),
    )
    parties = Parties(
        appointment.patient,
        find(practitioners, wish.practitioner_id),
        next(iter(clinics), None),
        next(iter(kinds), None),
    )
    return plan(wish, parties, patient_required=True)


def _change_type(organization: Organization, appointment: Appointment, code: Any) -> None:
    kind = type_of(organization, code)
    if kind == appointment.appointment_type:
        return
    if appointment.status == Status.COMPLETED:
        raise AppointmentError(Code.INVALID_TRANSITION, field="appointment_type")
    appointment.appointment_type = kind


def _checked_notes(notes: Any) -> str:
    if not is_text(notes):
        raise AppointmentError(Code.INVALID_TEXT)
    return str(notes)
