"""From one status to the next: lock, check the table, write appointment and event, announce."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import ActivityEvent, Organization, User, record_event
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.rules import Refusal, collision, first_free_seat
from scheduling.enums import FREEING, CancellationReason, EventKind, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.lifecycle import may_follow
from scheduling.models import Appointment
from scheduling.services.availability import load_diaries, policy_of
from scheduling.services.contention import contended
from scheduling.services.locking import lock
from scheduling.services.lookups import is_text
from scheduling.services.planning import busy_times
from scheduling.signals import appointment_status_changed


@contended
def change(
    organization: Organization,
    actor: User | None,
    appointment_id: Any,
    status: Any,
    *,
    reason: Any,
    cancellation_reason: Any,
    expected_version: int | None,
) -> Appointment:
    """Give the appointment the next status, with what that brings along."""
    now = timezone.now()
    appointment = lock(organization, appointment_id, expected_version=expected_version)
    _check_transition(appointment, status, now)
    old, new = appointment.status, Status(status)
    changed = ["status", "version"]
    if new is Status.CANCELLED:
        appointment.cancellation_reason = _checked_cause(cancellation_reason, reason)
        changed.append("cancellation_reason")
    if not is_text(reason):
        raise AppointmentError(Code.INVALID_TEXT, field="reason")
    if old in FREEING:
        appointment.seat = _seat_on_the_way_back(appointment, now)
        changed.append("seat")
    if new is Status.ARRIVED:
        appointment.checked_in_at = now
        changed.append("checked_in_at")
    appointment.status = new
    appointment.version += 1
    appointment.save(update_fields=changed)
    _tell(appointment, actor, old, reason)
    return appointment


def _check_transition(appointment: Appointment, status: Any, now: datetime) -> None:
    if not may_follow(appointment.status, status):
        raise AppointmentError(Code.INVALID_TRANSITION)
    if status == Status.NO_SHOW and now < appointment.appointment_date:
        raise AppointmentError(Code.INVALID_TRANSITION, _("The visit has not begun: the patient may still come."))


def _checked_cause(cause: Any, text: Any) -> str:
    if cause not in CancellationReason.values:
        raise AppointmentError(Code.CANCELLATION_REASON_REQUIRED)
    if cause == CancellationReason.OTHER and not str(text).strip():
        raise AppointmentError(
            Code.CANCELLATION_REASON_REQUIRED, _("Say in words why the appointment is cancelled."), field="reason"
        )
    return str(cause)


def _seat_on_the_way_back(appointment: Appointment, now: datetime) -> int:
    """Give a place in the slot that was left, if nobody has it by now."""
    visit = Interval(appointment.appointment_date, appointment.ends_at)
    day = visit.start.date()
    diary = load_diaries({appointment.practitioner_id}, {}, day, day, exclude_appointment_id=appointment.pk)[
        appointment.practitioner_id
    ]
    taken = collision(
        visit,
        clinic_id=appointment.clinic_id,
        capacity=appointment.slot_capacity,
        bookings=diary.bookings,
        buffer=policy_of(appointment.organization, now).buffer,
    )
    busy: Timeline[Interval] = busy_times(appointment.patient_id, visit, exclude_appointment_id=appointment.pk)
    if taken is None and any(busy.near(visit)):
        taken = Refusal.PATIENT_CONFLICT
    if taken is not None:
        raise AppointmentError.of(taken)
    return first_free_seat(visit, appointment.clinic_id, diary.bookings)


def _tell(appointment: Appointment, actor: User | None, old: str, reason: str) -> None:
    new: dict[str, Any] = {"status": str(appointment.status)}
    priority = ActivityEvent.Priority.NORMAL
    if appointment.status == Status.CANCELLED:
        new["cancellation_reason"] = appointment.cancellation_reason
        priority = ActivityEvent.Priority.HIGH
    event = record_event(
        kind=EventKind.STATUS_CHANGED,
        target=appointment,
        actor=actor,
        old={"status": str(old)},
        new=new,
        reason=reason,
        priority=priority,
    )
    appointment_status_changed.send(sender=Appointment, appointment=appointment, event=event)
