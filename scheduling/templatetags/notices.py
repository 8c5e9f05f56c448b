"""The words for messages: to whom they went, and why they did not arrive."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from clinics.models import ActivityEvent
from scheduling.enums import Channel
from scheduling.models import Notification
from scheduling.services.links import BY_THE_LINK

register = template.Library()

SILENT = ("TimeoutError", "ConnectionRefusedError", "ConnectionResetError", "gaierror", "SMTPServerDisconnected")
SHOWN_DIGITS = 2


@register.filter
def masked(notification: Notification) -> str:
    """Give the address as somebody who knows it knows it again, and nobody else reads it."""
    if notification.channel == Channel.SMS:
        phone = str(notification.patient.phone) if notification.patient else ""
        return f"…{phone[-SHOWN_DIGITS:]}" if phone else _("no number")
    whom = notification.patient or notification.user
    name, at, domain = (whom.email if whom else "").rpartition("@")
    return f"{name[:1]}…{at}{domain}" if at else _("no address")


@register.filter
def failure(error: str) -> str:
    """Say in words what a message failed with; `error` is what the delivery wrote."""
    name = error.partition(" ")[0]
    if name == "SMTPRecipientsRefused":
        return _("The mail server refuses this address.")
    if name in SILENT:
        return _("The mail server did not answer.")
    if name == "SMTPAuthenticationError":
        return _("The mail server does not let us in.")
    return _("It could not be sent.")


@register.filter
def doer(event: ActivityEvent) -> str:
    """Give who made the event happen."""
    if event.actor is not None:
        return str(event.actor)
    return _("The patient") if event.reason == BY_THE_LINK else _("The system")
