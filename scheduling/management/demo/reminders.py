"""The reminders that went out before a visit, as if the workers had been running all along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from clinics.models import ActivityEvent
from scheduling.enums import Channel, MessageKind, NotificationStatus, Status
from scheduling.lifecycle import EXPECTED
from scheduling.management.demo import chance
from scheduling.management.demo.fates import is_reminded, minutes, reminder_at
from scheduling.management.demo.visits import Visit
from scheduling.models import Notification
from scheduling.services.follow_up import LOOKS_BACK
from scheduling.services.news import told_of

BATCH = 500
FAILED = 0.05  # the part of them that never arrived
TO_COME = (Status.PENDING, *EXPECTED)


def write_reminders(new: Iterable[Visit], events: Iterable[ActivityEvent], now: datetime) -> None:
    """Write those of new appointments, of which `events` tell; whom somebody still expects the workers remind."""
    given = {event.target_id: event for event in events if event.new["status"] in {Status.PENDING, Status.BOOKED}}
    rows = (row for visit in new if visit.status not in TO_COME for row in _of(visit, given, now))
    Notification.objects.bulk_create(rows, batch_size=BATCH)


def _of(visit: Visit, given: dict[int, ActivityEvent], now: datetime) -> Iterator[Notification]:
    """Give the one reminder of the visit: none where it was booked later than that, or was off by then."""
    appointment = visit.appointment
    event, due_at = given[appointment.pk], reminder_at(appointment)
    if not is_reminded(appointment) or event.created_at > due_at or status_at(visit, due_at) not in EXPECTED:
        return
    lot = chance("reminder", appointment.request_id).random()
    # What failed lately would stand on the follow-up list: of that, somebody has seen to all.
    failed = lot < FAILED and event.created_at < now - LOOKS_BACK
    yield Notification(
        organization_id=appointment.organization_id,
        appointment=appointment,
        event=event,
        patient_id=appointment.patient_id,
        kind=MessageKind.REMINDER,
        channel=Channel.EMAIL,
        status=NotificationStatus.FAILED if failed else NotificationStatus.SENT,
        due_at=due_at,
        sent_at=None if failed else due_at + minutes(1),
        told=told_of(appointment),
        attempts=1,
        error="SMTPRecipientsRefused" if failed else "",
    )


def status_at(visit: Visit, moment: datetime) -> Status:
    """Give where a new visit stood at that moment, after it had been booked."""
    steps = [step.status for step in visit.due if step.at <= moment]
    return steps[-1] if steps else Status(visit.created["status"])
