"""What is owed to whom: a row for each message, written with the event that it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from clinics.models import ActivityEvent, Membership, Organization, Practitioner, Role, User
from patients.models import Patient
from scheduling.enums import Channel, EventKind, MessageKind, NotificationStatus, Status
from scheduling.lifecycle import EXPECTED
from scheduling.models import Appointment, Notification
from scheduling.services.news import times_given, told_of

BY_EMAIL_TOO = (Channel.IN_APP, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A patient or a user, what the message says to them, and over which channels they get it."""

    kind: MessageKind
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
    if event.kind != EventKind.STATUS_CHANGED:
        return None
    if new == Status.CANCELLED:
        return MessageKind.CANCELLED
    if new == Status.PENDING:
        return MessageKind.REQUESTED  # by an undo: a step to it there is none
    if old == Status.CANCELLED:
        return MessageKind.REINSTATED
    return MessageKind.BOOKED if (old, new) == (Status.PENDING, Status.BOOKED) else None


def owe(appointment: Appointment, event: ActivityEvent) -> list[Notification]:
    """Write a row for each message that the event makes due, in its transaction; nothing about what is over."""
    kind, now = message_kind(event), timezone.now()
    if kind is None or appointment.imported or appointment.ends_at <= now or _is_unannounced(appointment, event):
        return []
    wait = wait_of(appointment.organization)
    rows = [
        _row(appointment, event, channel, recipient, now=now, due_at=now + wait if recipient.patient else now)
        for recipient in _recipients(appointment, event, kind)
        for channel in recipient.channels
    ]
    return Notification.objects.bulk_create(rows) if rows else []


def wait_of(organization: Organization) -> timedelta:
    """Give how long a patient is not told of a change yet."""
    return timedelta(minutes=organization.patient_wait_minutes)


def notice_of(organization: Organization) -> timedelta:
    """Give how long before a visit its patient is reminded; nothing: never."""
    return timedelta(hours=organization.reminder_hours)


def _is_unannounced(appointment: Appointment, event: ActivityEvent) -> bool:
    """Tell whether it is, or was, a request of which nobody has been told that it was confirmed."""
    if Status.PENDING not in {appointment.status, event.old.get("status")} or appointment.status == Status.BOOKED:
        return False
    # Where it was moved, the confirmation will say when it is.
    return event.kind != EventKind.STATUS_CHANGED or not appointment.notifications.exists()


def remind(now: datetime) -> int:
    """Write the reminders that are due, once for each time that a visit was given; give how many."""
    rows = []
    for appointment, event in _to_be_reminded(now):
        recipient = patient_of(appointment, MessageKind.REMINDER)
        rows += [_row(appointment, event, channel, recipient, now=now, due_at=now) for channel in recipient.channels]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)  # another run may be doing the same
    return len(rows)


def _to_be_reminded(now: datetime) -> Iterator[tuple[Appointment, ActivityEvent]]:
    for organization in Organization.objects.filter(Q(email_notifications=True) | Q(sms_notifications=True)):
        notice = notice_of(organization)
        given = times_given(organization.pk).filter(target_id=OuterRef("pk")).order_by("-pk")
        reminders = Notification.objects.filter(event=OuterRef("given_by"), kind=MessageKind.REMINDER)
        coming = (
            Appointment.objects.filter(organization=organization, imported=False, status__in=EXPECTED)
            .filter(appointment_date__gt=now, appointment_date__lte=now + notice)
            .select_related("organization", "patient")
            .annotate(given_by=Subquery(given.values("pk")[:1]), given_at=Subquery(given.values("created_at")[:1]))
            # Whoever got this time so lately has just been told of it.
            .filter(given_at__lte=F("appointment_date") - notice)
            .exclude(Exists(reminders))
        )
        given_by = dict(coming.values_list("pk", "given_by"))
        events = ActivityEvent.objects.in_bulk(given_by.values())
        yield from (
            (appointment, events[given_by[appointment.pk]]) for appointment in coming if appointment.pk in given_by
        )


def _recipients(appointment: Appointment, event: ActivityEvent, kind: MessageKind) -> Iterator[Recipient]:
    yield patient_of(appointment, kind)
    practitioners = _practitioners(appointment, event, kind)
    told = {**_members_who_ask(appointment, kind), **practitioners}
    by_email = appointment.organization.practitioner_emails
    # Nobody is told what they have just done.
    left = Membership.objects.filter(user=OuterRef("pk"), organization=appointment.organization_id, is_active=False)
    users = User.objects.filter(~Exists(left), pk__in=told.keys() - {event.actor_id}, is_active=True)
    for user in users.order_by("pk"):
        only_here = user.pk in practitioners and not by_email
        yield Recipient(told[user.pk], (Channel.IN_APP,) if only_here else BY_EMAIL_TOO, user=user)


def _practitioners(appointment: Appointment, event: ActivityEvent, kind: MessageKind) -> dict[int, MessageKind]:
    """Give the user who sees the patient, and the one from whom the visit was taken, each with what they are told."""
    told: dict[int | None, MessageKind] = {appointment.practitioner.user_id: kind}
    before = event.old.get("practitioner_id")
    if before is not None:
        user_id = Practitioner.objects.filter(pk=before).values_list("user_id", flat=True).first()
        told = {appointment.practitioner.user_id: MessageKind.BOOKED, user_id: MessageKind.TAKEN}
    return {key: says for key, says in told.items() if key is not None}


def _members_who_ask(appointment: Appointment, kind: MessageKind) -> dict[int, MessageKind]:
    """Give those who asked to be told of cancellations, as far as the visit is theirs to see."""
    if kind not in {MessageKind.CANCELLED, MessageKind.REINSTATED}:
        return {}
    ask = Membership.objects.filter(
        organization=appointment.organization_id, told_of_cancellations=True, is_active=True
    )
    at_the_clinic = Q(role=Role.ADMINISTRATOR) | Q(clinics=None) | Q(clinics=appointment.clinic_id)
    ask = ask.exclude(role=Role.PRACTITIONER).filter(at_the_clinic)
    return dict.fromkeys(ask.values_list("user_id", flat=True), kind)


def patient_of(appointment: Appointment, kind: MessageKind) -> Recipient:
    """Give the patient as a recipient, over the channels that they have and the organization uses."""
    patient, organization = appointment.patient, appointment.organization
    channels = []
    if patient.email and organization.email_notifications:
        channels.append(Channel.EMAIL)
    if patient.phone and organization.sms_notifications:
        channels.append(Channel.SMS)
    return Recipient(kind, tuple(channels), patient=patient)


def _row(
    appointment: Appointment,
    event: ActivityEvent,
    channel: Channel,
    recipient: Recipient,
    *,
    now: datetime,
    due_at: datetime,
) -> Notification:
    # In the application a message is delivered by being there.
    is_there = channel == Channel.IN_APP
    return Notification(
        organization_id=appointment.organization_id,
        appointment=appointment,
        event=event,
        kind=recipient.kind,
        channel=channel,
        patient=recipient.patient,
        user=recipient.user,
        due_at=due_at,
        told=told_of(appointment) if is_there else {},
        status=NotificationStatus.SENT if is_there else NotificationStatus.PENDING,
        sent_at=now if is_there else None,
    )


def would_be_told(appointment: Appointment, event: ActivityEvent) -> list[Recipient]:
    """Give who would get a message, if `event`, not written yet, happened now."""
    kind = message_kind(event)
    if kind is None or appointment.imported or appointment.ends_at <= timezone.now():
        return []
    return [recipient for recipient in _recipients(appointment, event, kind) if recipient.channels]
