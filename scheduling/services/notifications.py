"""What is owed to whom: a row for each message, written with the event that it tells of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from clinics.models import ActivityEvent, Membership, Organization, Practitioner, User
from patients.models import Patient
from scheduling.enums import Channel, EventKind, MessageKind, NotificationStatus, Status
from scheduling.lifecycle import EXPECTED
from scheduling.models import Appointment, Notification


@dataclass(frozen=True, slots=True)
class Recipient:
    """A patient or a user, and over which channels they are told."""

    channels: tuple[Channel, ...]
    patient: Patient | None = None
    user: User | None = None


def message_kind(event: ActivityEvent) -> MessageKind | None:
    """Give what the event's message would say; None for events of which nobody is told."""
    old, new = event.old.get("status"), event.new.get("status")
    if event.kind == EventKind.RESCHEDULED:
        return MessageKind.MOVED
    if event.kind == EventKind.CREATED:
        return None if new == Status.PENDING else MessageKind.BOOKED
    if event.kind == EventKind.STATUS_CHANGED:
        if new == Status.CANCELLED:
            # A request that nobody confirmed was never announced.
            return None if old == Status.PENDING else MessageKind.CANCELLED
        if old == Status.CANCELLED:
            return MessageKind.REINSTATED
        if (old, new) == (Status.PENDING, Status.BOOKED):
            return MessageKind.BOOKED
    return None


def owe(appointment: Appointment, event: ActivityEvent) -> list[Notification]:
    """Write a row for each message that the event makes due, in its transaction; nothing about what is over."""
    kind, now = message_kind(event), timezone.now()
    if kind is None or appointment.imported or appointment.ends_at <= now:
        return []
    if appointment.status == Status.PENDING:
        return []
    wait = timedelta(minutes=appointment.organization.patient_wait_minutes)
    rows = [
        _row(appointment, event, kind, channel, recipient, now + wait if recipient.patient else now, now)
        for recipient in _recipients(appointment, event, kind)
        for channel in recipient.channels
    ]
    return Notification.objects.bulk_create(rows) if rows else []


def remind(now: datetime) -> int:
    """Write the reminders that are due, once for each time that a visit was given; give how many."""
    count = 0
    for organization in Organization.objects.all():
        rows = [
            _row(appointment, event, MessageKind.REMINDER, channel, _patient(appointment), now, now)
            for appointment, event in _to_be_reminded(organization, now)
            for channel in _patient(appointment).channels
        ]
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        count += len(rows)
    return count


def _to_be_reminded(organization: Organization, now: datetime) -> Iterator[tuple[Appointment, ActivityEvent]]:
    notice = timedelta(hours=organization.reminder_hours)
    appointment_type = ContentType.objects.get_for_model(Appointment)
    given = ActivityEvent.objects.filter(
        organization=organization, target_type=appointment_type, kind__in=(EventKind.CREATED, EventKind.RESCHEDULED)
    )
    coming = (
        Appointment.objects.filter(
            organization=organization,
            imported=False,
            status__in=EXPECTED,
            appointment_date__gt=now,
            appointment_date__lte=now + notice,
        )
        .select_related("organization", "patient")
        .annotate(event_id=Subquery(given.filter(target_id=OuterRef("pk")).order_by("-id").values("pk")[:1]))
        .exclude(Exists(Notification.objects.filter(event=OuterRef("event_id"), kind=MessageKind.REMINDER)))
    )
    event_of = dict(coming.values_list("pk", "event_id"))
    events = ActivityEvent.objects.in_bulk([key for key in event_of.values() if key])
    for appointment in coming:
        event = events.get(event_of.get(appointment.pk))
        # Whoever was given this time so lately has just been told of it.
        if event and event.created_at <= appointment.appointment_date - notice:
            yield appointment, event


def _recipients(appointment: Appointment, event: ActivityEvent, kind: MessageKind) -> Iterable[Recipient]:
    yield _patient(appointment)
    told = {appointment.practitioner.user_id, _practitioner_before(event)}
    if kind in {MessageKind.CANCELLED, MessageKind.REINSTATED}:
        ask = Membership.objects.filter(organization=appointment.organization_id, told_of_cancellations=True)
        told |= set(ask.values_list("user_id", flat=True))
    keys = [key for key in told if key is not None and key != event.actor_id]  # nobody is told what they have just done
    by_email = appointment.organization.practitioner_emails
    channels = (Channel.IN_APP, Channel.EMAIL) if by_email else (Channel.IN_APP,)
    for user in User.objects.filter(pk__in=keys, is_active=True) if keys else []:
        yield Recipient(channels, user=user)


def _practitioner_before(event: ActivityEvent) -> int | None:
    """Give the user of the practitioner from whom the visit was taken."""
    before = event.old.get("practitioner_id")
    if before is None:
        return None
    return Practitioner.objects.filter(pk=before).values_list("user_id", flat=True).first()


def _patient(appointment: Appointment) -> Recipient:
    patient, organization = appointment.patient, appointment.organization
    channels = []
    if patient.email and organization.email_notifications:
        channels.append(Channel.EMAIL)
    if patient.phone and organization.sms_notifications:
        channels.append(Channel.SMS)
    return Recipient(tuple(channels), patient=patient)


def _row(
    appointment: Appointment,
    event: ActivityEvent,
    kind: MessageKind,
    channel: Channel,
    recipient: Recipient,
    due_at: datetime,
    now: datetime,
) -> Notification:
    # In the application a message is delivered by being there.
    is_there = channel == Channel.IN_APP
    return Notification(
        organization_id=appointment.organization_id,
        appointment=appointment,
        event=event,
        kind=kind,
        channel=channel,
        patient=recipient.patient,
        user=recipient.user,
        due_at=due_at,
        status=NotificationStatus.SENT if is_there else NotificationStatus.PENDING,
        sent_at=now if is_there else None,
    )
