"""The words for messages: to whom they went, and why they did not arrive."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from clinics.models import ActivityEvent
from clinics.text import masked_address, masked_phone
from scheduling.enums import Channel
from scheduling.models import Notification
from scheduling.services.links import BY_THE_LINK

register = template.Library()

SILENT = ("TimeoutError", "ConnectionRefusedError", "ConnectionResetError", "gaierror", "SMTPServerDisconnected")


@register.filter
def masked(notification: Notification) -> str:
    """Give the address as somebody who knows it knows it again, and nobody else reads it."""
    if notification.channel == Channel.SMS:
        phone = str(notification.patient.phone) if notification.patient else ""
        return masked_phone(phone) if phone else _("no number")
    whom = notification.patient or notification.user
    return masked_address(whom.email) if whom and whom.email else _("no address")


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
