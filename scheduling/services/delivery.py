"""Sending what is owed: claim, look what there is to say, send outside of any transaction, write what became of it.

A claim moves `due_at` on by a lease and leaves the row pending: whoever dies while sending loses nothing, and a later
sweep sends it again under the same Message-ID. That is the only way to a duplicate, with a mail server that takes a
message and never says so.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinics.mail import describe, is_final, is_out_of_reach
from clinics.models import Membership
from scheduling.enums import Channel, NotificationStatus
from scheduling.models import Notification
from scheduling.services.messages import email_for, text_for
from scheduling.services.news import news, told_of
from scheduling.services.notifications import patient_of
from scheduling.services.sms import gateway

MOST_ATTEMPTS = 56  # with the pauses between them, a day
LONGEST_PAUSE = timedelta(minutes=30)
LOADED = (
    *("organization", "event", "patient", "user", "appointment__organization", "appointment__patient"),
    *("appointment__practitioner", "appointment__clinic", "appointment__appointment_type"),
)

logger = logging.getLogger(__name__)


def sweep(keys: Collection[int] | None = None) -> None:
    """Send what is due, or the due ones among `keys`.

    Over a channel that cannot be reached, one message is tried: the others would wait as long for nothing.
    """
    started, out_of_reach = timezone.now(), set[str]()
    while notification := claim(started, keys=keys, without=out_of_reach):
        if not deliver(notification):
            out_of_reach.add(notification.channel)


def claim(now: datetime, *, keys: Collection[int] | None = None, without: Collection[str] = ()) -> Notification | None:
    """Take the next that was due by `now` and has something to say, so that nobody else sends it meanwhile."""
    due = Notification.objects.due(now).exclude(channel__in=[Channel.IN_APP, *without])
    if keys is not None:
        due = due.filter(pk__in=keys)
    due = due.select_related(*LOADED).order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
    while True:
        with transaction.atomic():
            notification = due.first()
            if notification is None or _begin(notification):
                return notification


def _begin(notification: Notification) -> bool:
    kind = news(notification) if _has_an_address(notification) else None
    if kind is None:
        notification.status = NotificationStatus.SUPPRESSED
        notification.save(update_fields=["status"])
        return False
    notification.kind, notification.told = kind, told_of(notification.appointment)
    notification.attempts += 1
    notification.error = ""
    notification.due_at = timezone.now() + timedelta(seconds=settings.NOTIFICATION_LEASE_SECONDS)
    notification.save(update_fields=["kind", "told", "attempts", "error", "due_at"])
    return True


def _has_an_address(notification: Notification) -> bool:
    """Tell whether the recipient still has one, and the organization still uses it."""
    if notification.user is not None:
        left = Membership.objects.filter(user=notification.user_id, organization=notification.organization_id)
        return notification.user.is_active and not left.filter(is_active=False).exists()
    return notification.channel in patient_of(notification.appointment, notification.kind).channels  # type: ignore[arg-type]


def deliver(notification: Notification) -> bool:
    """Send one that was claimed, and write what became of it; tell whether its channel could be reached."""
    try:
        _send(notification)
    except Exception as error:  # noqa: BLE001 whatever it is, the message stays owed
        # Neither the address nor the words belong into a log.
        logger.warning("Notification %s was not sent: %s", notification.pk, describe(error))
        _fail(notification, error)
        return not is_out_of_reach(error)
    _settle(notification, status=NotificationStatus.SENT, sent_at=timezone.now())
    return True


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
    first = timedelta(seconds=settings.NOTIFICATION_RETRY_SECONDS)
    pause = min(first * 2 ** min(notification.attempts - 1, 16), LONGEST_PAUSE)
    _settle(notification, due_at=timezone.now() + pause, error=describe(error))


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
