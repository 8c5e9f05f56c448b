"""Whoever listens to what happens to appointments: messages are owed with the change, and sent after it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from clinics.models import ActivityEvent
from scheduling.enums import NotificationStatus
from scheduling.models import Appointment
from scheduling.services import freshness, notifications
from scheduling.signals import appointment_changed, appointment_created, appointment_status_changed
from scheduling.tasks import wake


@receiver([appointment_created, appointment_changed, appointment_status_changed])
def owe_messages(appointment: Appointment, event: ActivityEvent, **_: Any) -> None:
    owed = notifications.owe(appointment, event)
    now = timezone.now()
    due = [row.pk for row in owed if row.status == NotificationStatus.PENDING and row.due_at <= now]
    if due:
        transaction.on_commit(partial(wake, due), robust=True)


@receiver(post_save, sender=ActivityEvent)
def renew_pages(instance: ActivityEvent, **_: Any) -> None:
    """Have whoever looks at the day see the change: at their next question, once it is committed."""
    transaction.on_commit(partial(freshness.renew, instance.organization_id), robust=True)
