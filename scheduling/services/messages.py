"""What a message says: in the recipient's language, in the clinic's time, nothing clinical, no name in a subject."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scheduling.enums import MessageKind
from scheduling.models import Notification
from scheduling.services.calendars import calendar_of
from scheduling.services.links import link_to

SUBJECTS = {
    MessageKind.BOOKED: translation.gettext_lazy("Your appointment on %(day)s"),
    MessageKind.MOVED: translation.gettext_lazy("Your appointment is now on %(day)s"),
    MessageKind.CANCELLED: translation.gettext_lazy("Your appointment on %(day)s is cancelled"),
    MessageKind.REINSTATED: translation.gettext_lazy("Your appointment on %(day)s takes place after all"),
    MessageKind.REMINDER: translation.gettext_lazy("Reminder: your appointment on %(day)s"),
}
TO_STAFF = {
    MessageKind.BOOKED: translation.gettext_lazy("Booked: %(day)s"),
    MessageKind.MOVED: translation.gettext_lazy("Moved to %(day)s"),
    MessageKind.CANCELLED: translation.gettext_lazy("Cancelled: %(day)s"),
    MessageKind.REINSTATED: translation.gettext_lazy("Takes place after all: %(day)s"),
}


def email_for(notification: Notification) -> EmailMultiAlternatives:
    """Give the message, text and HTML, with the calendar entry; the same Message-ID however often it is sent."""
    with translation.override(language_of(notification)), timezone.override(notification.appointment.clinic.zone):
        context = context_of(notification)
        email = EmailMultiAlternatives(
            subject=subject_of(notification),
            body=render_to_string("messages/email.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[notification.patient.email if notification.patient else notification.user.email],  # type: ignore[union-attr]
            headers={"Message-ID": message_id(notification), "Auto-Submitted": "auto-generated"},
        )
        email.attach_alternative(render_to_string("messages/email.html", context), "text/html")
        if notification.patient:
            method = "CANCEL" if notification.kind == MessageKind.CANCELLED else "REQUEST"
            ics = calendar_of(notification.appointment, timezone.now(), method=method)
            email.attach_alternative(ics.decode(), f"text/calendar; method={method}; charset=utf-8")
        return email


def text_for(notification: Notification) -> str:
    """Give the words of a short message."""
    with translation.override(language_of(notification)), timezone.override(notification.appointment.clinic.zone):
        return " ".join(render_to_string("messages/sms.txt", context_of(notification)).split())


def subject_of(notification: Notification) -> str:
    words = SUBJECTS if notification.patient_id else TO_STAFF
    return str(words[MessageKind(notification.kind)]) % {"day": _day(notification)}


def context_of(notification: Notification) -> dict[str, Any]:
    appointment = notification.appointment
    return {
        "notification": notification,
        "appointment": appointment,
        "clinic": appointment.clinic,
        "organization": notification.organization,
        "subject": subject_of(notification),
        "kind": notification.kind,
        "link": link_to(appointment) if notification.patient_id else "",
    }


def language_of(notification: Notification) -> str:
    return notification.patient.language if notification.patient else settings.LANGUAGE_CODE


def message_id(notification: Notification) -> str:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    return f"<notification-{notification.pk}@{domain}>"


def _day(notification: Notification) -> str:
    return date_format(notification.appointment.local_start, _("l j F"))
