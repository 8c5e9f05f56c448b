"""Whoever listens to what happens to appointments: messages are owed with the change, and sent after it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from clinics.models import ActivityEvent
from patients.models import Patient
from scheduling.enums import NotificationStatus
from scheduling.models import Appointment, Encounter
from scheduling.services import freshness, notifications
from scheduling.signals import appointment_changed, appointment_created, appointment_status_changed
from scheduling.tasks import wake

OF_ONE_VISIT = (Appointment, Encounter, Patient)


@receiver([appointment_created, appointment_changed, appointment_status_changed])
def owe_messages(appointment: Appointment, event: ActivityEvent, **_: Any) -> None:
    owed = notifications.owe(appointment, event)
    now = timezone.now()
    due = [row.pk for row in owed if row.status == NotificationStatus.PENDING and row.due_at <= now]
    if due:
        transaction.on_commit(partial(wake, due), robust=True)


@receiver([appointment_created, appointment_changed, appointment_status_changed])
def renew_time(appointment: Appointment, event: ActivityEvent, **_: Any) -> None:
    """Have the time of whoever has, or had, the visit be asked for anew, once the change is committed."""
    practitioner_ids = {appointment.practitioner_id, event.old.get("practitioner_id", appointment.practitioner_id)}
    transaction.on_commit(partial(freshness.renew_time_of, practitioner_ids), robust=True)


@receiver(post_save, sender=ActivityEvent)
def renew_pages(instance: ActivityEvent, **_: Any) -> None:
    """Have whoever looks at the day see the change: at their next question, once it is committed.

    What is not about one visit or its patient may have changed what anybody offers.
    """
    transaction.on_commit(partial(freshness.renew, instance.organization_id), robust=True)
    if instance.target_type.model_class() not in OF_ONE_VISIT:
        transaction.on_commit(partial(freshness.renew_hours, instance.organization_id), robust=True)
