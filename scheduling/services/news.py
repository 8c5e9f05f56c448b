"""What there is to tell: the difference between what the recipient knows of an appointment and how it stands.

Messages are written with their events and sent later, so that what one was to say may be old by then. Each is looked
at anew before it goes: only the last one to a recipient speaks, and it says what is news to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinics.models import ActivityEvent
from scheduling.enums import FREEING, EventKind, MessageKind, NotificationStatus, Status
from scheduling.lifecycle import EXPECTED
from scheduling.models import Appointment, Notification
from scheduling.services.booking import snapshot
from scheduling.services.changes import PLACE


class Belief(StrEnum):
    """How a visit stands, or how a patient takes it to stand."""

    UNHEARD = auto()
    ASKED = auto()
    STANDS = auto()
    GONE = auto()


NEWS: Mapping[tuple[Belief, Belief], MessageKind] = MappingProxyType(
    {
        (Belief.UNHEARD, Belief.STANDS): MessageKind.BOOKED,
        (Belief.ASKED, Belief.STANDS): MessageKind.BOOKED,
        (Belief.GONE, Belief.STANDS): MessageKind.REINSTATED,
        (Belief.ASKED, Belief.GONE): MessageKind.CANCELLED,
        (Belief.STANDS, Belief.GONE): MessageKind.CANCELLED,
        (Belief.STANDS, Belief.ASKED): MessageKind.REQUESTED,
        (Belief.GONE, Belief.ASKED): MessageKind.REQUESTED,
    }
)
"""What a patient who believes the first is told where the second is true; nothing where the pair is missing."""

UNSETTLED = {NotificationStatus.PENDING, NotificationStatus.SUPPRESSED}
"""How an attempt is left by who died in it, and then by a later message that took its place."""

LEAVES = {MessageKind.CANCELLED: Belief.GONE, MessageKind.REQUESTED: Belief.ASKED}
"""What a message leaves its reader believing: most, that the visit stands."""


def news(notification: Notification) -> MessageKind | None:
    """Give what the message has to say by now; None when there is nothing to say to its recipient any more."""
    if notification.appointment.ends_at <= timezone.now():
        return None
    if notification.kind == MessageKind.REMINDER:
        return MessageKind.REMINDER if _is_to_be_reminded(notification) else None
    others = Notification.objects.to_the_same(notification).exclude(kind=MessageKind.REMINDER)
    if others.filter(pk__gt=notification.pk).exists():
        return None
    if notification.patient_id is None:
        # Who works here has seen it in the application: of the mails the last word goes.
        return MessageKind(notification.kind) if _is_true_for_staff(notification) else None
    earlier = others.filter(pk__lt=notification.pk).order_by("pk")
    return _news_to_patient(notification.appointment, [*earlier, notification])


def told_of(appointment: Appointment) -> dict[str, Any]:
    """Give what a message tells of time and place."""
    now = snapshot(appointment)
    return {name: now[name] for name in PLACE}


def as_known(notification: Notification) -> Appointment:
    """Give the appointment as the message names it: a cancelled one at the time and place that its reader knows."""
    if notification.kind != MessageKind.CANCELLED or notification.patient_id is None:
        return notification.appointment
    earlier = Notification.objects.to_the_same(notification).exclude(kind=MessageKind.REMINDER)
    before = [row for row in earlier.filter(pk__lt=notification.pk).order_by("pk") if _may_have_gone(row)]
    if not before or not before[-1].told:
        return notification.appointment
    known = copy(notification.appointment)
    for name, value in before[-1].told.items():
        setattr(known, name, datetime.fromisoformat(value) if name == "appointment_date" else value)
    return known


def times_given(organization_id: int) -> QuerySet[ActivityEvent]:
    """Give the events by which visits got the time that they have: booked, moved, or a request that was confirmed."""
    booked = Q(kind=EventKind.STATUS_CHANGED, old__status=Status.PENDING, new__status=Status.BOOKED)
    events = ActivityEvent.objects.filter(
        organization=organization_id, target_type=ContentType.objects.get_for_model(Appointment)
    )
    return events.filter(Q(kind__in=(EventKind.CREATED, EventKind.RESCHEDULED)) | booked)


def _is_to_be_reminded(notification: Notification) -> bool:
    appointment = notification.appointment
    if appointment.status not in EXPECTED or appointment.appointment_date <= timezone.now():
        return False
    since = times_given(appointment.organization_id).filter(target_id=appointment.pk, pk__gt=notification.event_id)
    return not since.exists()


def _is_true_for_staff(notification: Notification) -> bool:
    appointment, kind = notification.appointment, notification.kind
    if kind == MessageKind.TAKEN:
        return bool(appointment.practitioner.user_id != notification.user_id)
    if kind == MessageKind.CANCELLED:
        return appointment.status == Status.CANCELLED
    if kind == MessageKind.REQUESTED:
        return appointment.status == Status.PENDING
    return appointment.status not in {*FREEING, Status.PENDING}


def _news_to_patient(appointment: Appointment, rows: Sequence[Notification]) -> MessageKind | None:
    """Give the news; `rows` are all messages to the patient, of which the last is to go."""
    if appointment.status == Status.NO_SHOW:
        return None
    gone = [row for row in rows[:-1] if _may_have_gone(row)]
    last = gone[-1] if gone else None
    present = {Status.CANCELLED: Belief.GONE, Status.PENDING: Belief.ASKED}.get(
        Status(appointment.status), Belief.STANDS
    )
    believed = _belief(rows, last)
    kind = NEWS.get((believed, present))
    if believed == present == Belief.STANDS and _has_moved(appointment, rows, last):
        kind = MessageKind.MOVED
    elif believed == present and last is not None and last.status in UNSETTLED:
        kind = MessageKind(last.kind)  # whoever was sending it died: it may be lost
    # Who is at the clinic already need not be told when to come.
    is_there = appointment.status not in {*EXPECTED, Status.PENDING, Status.CANCELLED}
    return None if is_there and kind in {MessageKind.BOOKED, MessageKind.MOVED} else kind


def _belief(rows: Sequence[Notification], last: Notification | None) -> Belief:
    if last is not None:
        return LEAVES.get(MessageKind(last.kind), Belief.STANDS)
    # Of a visit that no message was to announce, they know from the desk or the phone.
    was_to_be_announced = any(row.kind == MessageKind.BOOKED for row in rows)
    return Belief.UNHEARD if was_to_be_announced else Belief.STANDS


def _has_moved(appointment: Appointment, rows: Sequence[Notification], last: Notification | None) -> bool:
    if last is not None and last.told:
        return bool(last.told != told_of(appointment))
    return any(row.kind == MessageKind.MOVED for row in rows)


def _may_have_gone(row: Notification) -> bool:
    """Tell whether the message may have been read, or its patient told by the desk that saw it fail.

    One with an attempt of which nothing is known may: whoever was sending it died.
    """
    if row.status in {NotificationStatus.SENT, NotificationStatus.FAILED}:
        return True
    return row.attempts > 0 and not row.error
