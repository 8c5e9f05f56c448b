"""From one status to the next, and back: lock, check the table, write appointment and event, announce."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import ActivityEvent, Organization, User, record_event
from scheduling.domain.intervals import Interval
from scheduling.domain.rules import Refusal, Visits, collisions, first_free_seat
from scheduling.enums import FREEING, CancellationReason, EventKind, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.lifecycle import EXPECTED, may_follow
from scheduling.models import Appointment, AppointmentQuerySet
from scheduling.services import visits
from scheduling.services.availability import load_diaries, policy_of
from scheduling.services.contention import contended
from scheduling.services.locking import lock
from scheduling.services.lookups import is_text
from scheduling.services.planning import busy_times
from scheduling.signals import appointment_status_changed

UNDO_WITHIN = timedelta(minutes=10)
UNDO, UNDONE = "undo", "undone"
"""The reason that an undo's event gives, and the name under which it keeps the event taken back."""

STATE = ["status", "cancellation_reason", "checked_in_at", "seat", "version"]


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
    check_step(appointment, status, now)
    if status == Status.CANCELLED:
        appointment.cancellation_reason = _checked_cause(cancellation_reason, reason)
    if not is_text(reason):
        raise AppointmentError(Code.INVALID_TEXT, field="reason")
    take_step(appointment, actor, Status(status), now, reason=reason)
    return appointment


def take_step(
    appointment: Appointment,
    actor: User | None,
    status: Status,
    now: datetime,
    *,
    reason: str = "",
    told: dict[str, Any] | None = None,
) -> None:
    """Write the step, which the table allows, of a locked appointment, and its event, which says what was `told`."""
    old = appointment.status
    if old in FREEING:
        appointment.seat = _seat_on_the_way_back(appointment, now)
    if status is Status.ARRIVED:
        appointment.checked_in_at = now
    _write(appointment, status)
    told = {**(told or {}), **visits.follow(appointment, now)}
    if status is Status.CANCELLED:
        told["cancellation_reason"] = appointment.cancellation_reason
    _tell(appointment, actor, old, told, reason)


@contended
def undo(
    organization: Organization, actor: User | None, appointment_id: Any, *, expected_version: int | None
) -> Appointment:
    """Take the latest change of status back, if nothing has happened to the appointment since."""
    now = timezone.now()
    appointment = lock(organization, appointment_id, expected_version=expected_version)
    event = undoable(appointment, now)
    if event is None:
        raise AppointmentError(Code.UNDO_EXPIRED)
    undone, old = appointment.status, Status(event.old["status"])
    if undone in FREEING and old not in FREEING:
        appointment.seat = _seat_on_the_way_back(appointment, now)
    if undone == Status.CANCELLED:
        appointment.cancellation_reason = ""
    if undone == Status.ARRIVED:
        appointment.checked_in_at = None
    _write(appointment, old)
    visits.take_back(event.new)
    _tell(appointment, actor, undone, {UNDONE: event.pk}, UNDO)
    return appointment


def settle_no_shows(now: datetime) -> int:
    """Make no-shows, where the organization wants that, of those who had not come when their clinic's day ended."""
    count = 0
    for organization in Organization.objects.filter(automatic_no_show=True):
        for pk in not_arrived(organization, now).values_list("pk", flat=True):
            try:
                change(
                    organization,
                    None,
                    pk,
                    Status.NO_SHOW,
                    reason=_("The day has ended."),
                    cancellation_reason=None,
                    expected_version=None,
                )
            except AppointmentError:
                continue  # somebody was quicker
            count += 1
    return count


def not_arrived(organization: Organization, now: datetime) -> AppointmentQuerySet:
    """Give the visits of days that have ended at their clinic to which nobody has come."""
    expected = Appointment.objects.filter(organization=organization, imported=False, status__in=EXPECTED)
    return expected.before_today_at(organization.every_clinic(), now)


def undoable(appointment: Appointment, now: datetime) -> ActivityEvent | None:
    """Give the change of status that can still be taken back: the latest event of any kind, young, and no undo."""
    events = ActivityEvent.objects.filter(
        organization=appointment.organization_id,
        target_type=ContentType.objects.get_for_model(Appointment),
        target_id=appointment.pk,
    )
    event = events.order_by("-id").first()
    if event is None or not _is_change_of_status(event):
        return None
    return event if now - event.created_at <= UNDO_WITHIN else None


def undoable_steps(organization_id: int, now: datetime) -> QuerySet[ActivityEvent]:
    """Give the changes of status that can still be taken back: the latest event of a visit, young, and no undo."""
    events = ActivityEvent.objects.filter(
        organization=organization_id, target_type=ContentType.objects.get_for_model(Appointment)
    )
    later = events.filter(target_id=OuterRef("target_id"), pk__gt=OuterRef("pk"))
    young = events.filter(created_at__gte=now - UNDO_WITHIN, kind=EventKind.STATUS_CHANGED)
    return young.exclude(new__has_key=UNDONE).exclude(Exists(later))


def undoable_among(rows: AppointmentQuerySet, organization_id: int, now: datetime) -> AppointmentQuerySet:
    """Have each of the organization's rows tell, as `can_undo`, whether its latest step can still be taken back."""
    # Asked once for all rows, not for each: of all events few are young.
    steps = undoable_steps(organization_id, now).values("target_id")
    return rows.annotate(can_undo=ExpressionWrapper(Q(pk__in=steps), output_field=BooleanField()))


def since_when(appointment_ids: Collection[int], status: Status) -> dict[int, datetime]:
    """Give when each of the appointments took its latest step to that status, in one query; an undo is no step."""
    steps = ActivityEvent.objects.filter(
        target_type=ContentType.objects.get_for_model(Appointment),
        target_id__in=appointment_ids,
        kind=EventKind.STATUS_CHANGED,
        new__status=str(status),
    ).exclude(reason=UNDO)
    return dict(steps.order_by("id").values_list("target_id", "created_at"))


def _is_change_of_status(event: ActivityEvent) -> bool:
    return event.kind == EventKind.STATUS_CHANGED and UNDONE not in event.new


def check_step(appointment: Appointment, status: Any, now: datetime) -> None:
    """Refuse a step that the table does not know, and a no-show before the visit's start."""
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
    buffer = policy_of(appointment.organization, now).buffer
    busy = Interval(visit.start - buffer, visit.end + buffer)
    practitioner_id = appointment.practitioner_id
    diary = load_diaries({practitioner_id}, {}, day, day, busy, exclude_appointment_id=appointment.pk)[practitioner_id]
    taken = collisions(
        Visits.one(visit, appointment.clinic_id),
        capacity=appointment.slot_capacity,
        bookings=diary.bookings,
        buffer=buffer,
    ).refusals[0]
    elsewhere = busy_times(appointment.patient_id, visit, exclude_appointment_id=appointment.pk)
    if taken is None and any(elsewhere.near(visit)):
        taken = Refusal.PATIENT_CONFLICT
    if taken is not None:
        raise AppointmentError.of(taken)
    return first_free_seat(visit, appointment.clinic_id, diary.bookings)


def _write(appointment: Appointment, status: Status) -> None:
    appointment.status = status
    appointment.version += 1
    appointment.save(update_fields=STATE)


def _tell(appointment: Appointment, actor: User | None, old: str, told: dict[str, Any], reason: str) -> None:
    cancelled = appointment.status == Status.CANCELLED
    event = record_event(
        kind=EventKind.STATUS_CHANGED,
        target=appointment,
        actor=actor,
        old={"status": str(old)},
        new={"status": str(appointment.status), **told},
        reason=reason,
        priority=ActivityEvent.Priority.HIGH if cancelled else ActivityEvent.Priority.NORMAL,
    )
    appointment_status_changed.send(sender=Appointment, appointment=appointment, event=event)
