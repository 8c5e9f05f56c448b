"""What went out about an appointment, as its history tells it: how, to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.text import masked_address, masked_phone
from scheduling.enums import Channel, MessageKind, NotificationStatus
from scheduling.models import Appointment, Notification

WORDS: Mapping[MessageKind, Promise] = {
    MessageKind.BOOKED: gettext_lazy("Message that it is booked"),
    MessageKind.MOVED: gettext_lazy("Message that it has moved"),
    MessageKind.CANCELLED: gettext_lazy("Message that it is cancelled"),
    MessageKind.REINSTATED: gettext_lazy("Message that it takes place after all"),
    MessageKind.REQUESTED: gettext_lazy("Message that it is not confirmed yet"),
    MessageKind.TAKEN: gettext_lazy("Message that another practitioner has it"),
    MessageKind.REMINDER: gettext_lazy("Reminder"),
}
BECAME: Mapping[NotificationStatus, Promise] = {
    NotificationStatus.SENT: gettext_lazy("%(message)s: sent"),
    NotificationStatus.PENDING: gettext_lazy("%(message)s: waits to be sent"),
    NotificationStatus.SUPPRESSED: gettext_lazy("%(message)s: not sent, since it was no longer true"),
    NotificationStatus.FAILED: gettext_lazy("%(message)s: could not be sent"),
}
HOW: Mapping[Channel, Promise] = {
    Channel.EMAIL: gettext_lazy("E-mail to %(whom)s."),
    Channel.SMS: gettext_lazy("SMS to %(whom)s."),
    Channel.IN_APP: gettext_lazy("In the application, to %(whom)s."),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages of one event that say the same and had the same fate. `at` is when they went, or are to go."""

    at: datetime
    pk: int
    heading: str
    sentences: list[str]


def sent_of(appointment: Appointment) -> list[Sent]:
    """Give the messages about the appointment, in one query."""
    rows = Notification.objects.filter(appointment=appointment).select_related("patient", "user")
    groups = groupby(
        rows.order_by("event_id", "kind", "status", "id"), lambda row: (row.event_id, row.kind, row.status)
    )
    return [_sent(list(group)) for _key, group in groups]


def _sent(rows: list[Notification]) -> Sent:
    first = rows[0]
    heading = BECAME[NotificationStatus(first.status)] % {"message": WORDS[MessageKind(first.kind)]}
    return Sent(
        max(row.sent_at or row.due_at for row in rows),
        max(row.pk for row in rows),
        str(heading),
        [str(HOW[Channel(row.channel)]) % {"whom": _whom(row)} for row in rows],
    )


def _whom(row: Notification) -> str:
    if row.user:
        return str(row.user)
    if row.patient is None:
        return _("nobody")
    return masked_address(row.patient.email) if row.channel == Channel.EMAIL else masked_phone(str(row.patient.phone))
