"""Sending what is owed: claim, look whether it is still true, send outside of any transaction, write what became of it.

A claim moves `due_at` on by a lease and leaves the row pending: whoever dies while sending loses nothing, and the next
sweep sends it again under the same Message-ID. That is the only way to a duplicate.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from http import HTTPStatus
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from scheduling.enums import FREEING, Channel, MessageKind, NotificationStatus, Status
from scheduling.lifecycle import EXPECTED
from scheduling.models import Notification
from scheduling.services.messages import email_for, text_for
from scheduling.services.sms import gateway

BATCH = 20
MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=30)
LOADED = ("organization", "event", "patient", "user", "appointment__patient", "appointment__practitioner")

logger = logging.getLogger(__name__)


def claim(keys: Collection[int] | None = None) -> list[Notification]:
    """Take some of what is due, or of the due ones among `keys`, so that nobody else sends it meanwhile."""
    now = timezone.now()
    with transaction.atomic():
        due = Notification.objects.due(now).exclude(channel=Channel.IN_APP)
        if keys is not None:
            due = due.filter(pk__in=keys)
        rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "id")[:BATCH])
        for row in rows:
            row.attempts += 1
            row.due_at = now + timedelta(seconds=settings.NOTIFICATION_LEASE_SECONDS)
        Notification.objects.bulk_update(rows, ["attempts", "due_at"])
    taken = Notification.objects.filter(pk__in=[row.pk for row in rows])
    return list(taken.select_related(*LOADED, "appointment__clinic", "appointment__appointment_type").order_by("id"))


def deliver(notification: Notification) -> None:
    """Send one that was claimed, and write what became of it."""
    if not is_still_true(notification):
        _settle(notification, status=NotificationStatus.SUPPRESSED)
        return
    try:
        _send(notification)
    except Exception as error:
        # Neither the address nor the words belong into a log.
        logger.warning("Notification %s was not sent: %s", notification.pk, describe(error))
        logger.debug("The failure in full", exc_info=True)
        _fail(notification, error)
    else:
        _settle(notification, status=NotificationStatus.SENT, sent_at=timezone.now(), error="")


def is_still_true(notification: Notification) -> bool:
    """Tell whether the message is the last word on the appointment, and news to whoever gets it."""
    appointment, kind = notification.appointment, notification.kind
    if appointment.ends_at <= timezone.now():
        return False
    if kind == MessageKind.REMINDER:
        return appointment.status in EXPECTED and not _moved_since(notification)
    same = Notification.objects.to_the_same(notification).exclude(kind=MessageKind.REMINDER)
    if same.filter(pk__gt=notification.pk).exists():
        return False
    sent = same.filter(pk__lt=notification.pk, status=NotificationStatus.SENT).order_by("-pk").first()
    if kind == MessageKind.CANCELLED:
        return appointment.status == Status.CANCELLED and sent is not None and sent.kind != MessageKind.CANCELLED
    if kind == MessageKind.REINSTATED:
        return appointment.status not in FREEING and sent is not None and sent.kind == MessageKind.CANCELLED
    return appointment.status not in FREEING


def _moved_since(notification: Notification) -> bool:
    same = Notification.objects.to_the_same(notification)
    return same.filter(kind=MessageKind.MOVED, event__gt=notification.event_id).exists()


def _send(notification: Notification) -> None:
    if notification.channel == Channel.EMAIL:
        email_for(notification).send()
    else:
        assert notification.patient is not None  # noqa: S101 no user has a phone
        gateway().send(str(notification.patient.phone), text_for(notification))


def _fail(notification: Notification, error: Exception) -> None:
    if is_final(error) or notification.attempts >= MOST_ATTEMPTS:
        _settle(notification, status=NotificationStatus.FAILED, error=describe(error))
        return
    pause = min(FIRST_PAUSE * 2 ** (notification.attempts - 1), LONGEST_PAUSE)
    _settle(notification, due_at=timezone.now() + pause, error=describe(error))


def is_final(error: Exception) -> bool:
    """Tell whether the mail server will never take it: it refuses each recipient for good."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(code >= HTTPStatus.INTERNAL_SERVER_ERROR for code, _words in error.recipients.values())


def describe(error: Exception) -> str:
    """Name the failure without the address that servers like to repeat."""
    name = type(error).__name__
    if isinstance(error, SMTPRecipientsRefused):
        return f"{name} {sorted({code for code, _words in error.recipients.values()})}"
    return f"{name} {error.smtp_code}" if isinstance(error, SMTPResponseException) else name


def _settle(notification: Notification, **what: object) -> None:
    # Only as long as it is this claim's: a sweep after a lease that ran out may have settled it.
    own = Notification.objects.filter(
        pk=notification.pk, status=NotificationStatus.PENDING, attempts=notification.attempts
    )
    own.update(**what)


def retry(notification: Notification) -> None:
    """Have a message that failed for good tried anew."""
    failed = Notification.objects.filter(pk=notification.pk, status=NotificationStatus.FAILED)
    failed.update(status=NotificationStatus.PENDING, attempts=0, due_at=timezone.now())
