"""What a message says: in the recipient's language, in the clinic's time, nothing clinical, no name in a subject."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from clinics import mail
from clinics.days import dated
from scheduling.enums import MessageKind
from scheduling.models import Appointment, Notification
from scheduling.services.calendars import calendar_of
from scheduling.services.links import link_to
from scheduling.services.news import as_known

TO_PATIENT = {
    MessageKind.BOOKED: gettext_lazy("Your appointment on %(day)s"),
    MessageKind.MOVED: gettext_lazy("Your appointment is now on %(day)s"),
    MessageKind.CANCELLED: gettext_lazy("Your appointment on %(day)s is cancelled"),
    MessageKind.REINSTATED: gettext_lazy("Your appointment on %(day)s takes place after all"),
    MessageKind.REQUESTED: gettext_lazy("Your appointment on %(day)s is not confirmed yet"),
    MessageKind.REMINDER: gettext_lazy("Reminder: your appointment on %(day)s"),
}
TO_STAFF = {
    MessageKind.BOOKED: gettext_lazy("Booked: %(day)s"),
    MessageKind.MOVED: gettext_lazy("Moved to %(day)s"),
    MessageKind.CANCELLED: gettext_lazy("Cancelled: %(day)s"),
    MessageKind.REINSTATED: gettext_lazy("Takes place after all: %(day)s"),
    MessageKind.REQUESTED: gettext_lazy("Not confirmed yet: %(day)s"),
    MessageKind.TAKEN: gettext_lazy("With another practitioner now: %(day)s"),
}
GONE = {MessageKind.CANCELLED, MessageKind.REQUESTED}
"""What leaves nothing in the patient's calendar, and nothing to confirm."""


def email_for(notification: Notification) -> EmailMultiAlternatives:
    """Give the message, text and HTML, with the calendar entry; the same Message-ID however often it is sent."""
    appointment = as_known(notification)
    with translation.override(language_of(notification)), timezone.override(appointment.clinic.zone):
        context = _context(notification, appointment)
        email = EmailMultiAlternatives(
            subject=context["subject"],
            body=render_to_string("messages/email.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[_address(notification)],
            headers={"Message-ID": message_id(notification), "Auto-Submitted": "auto-generated"},
        )
        email.attach_alternative(render_to_string("messages/email.html", context), "text/html")
        if notification.patient:
            method = "CANCEL" if notification.kind in GONE else "REQUEST"
            ics = calendar_of(appointment, timezone.now(), method=method, attendee=notification.patient.email)
            email.attach_alternative(ics.decode(), f"text/calendar; method={method}")
        return email


def text_for(notification: Notification) -> str:
    """Give the words of a short message."""
    appointment = as_known(notification)
    with translation.override(language_of(notification)), timezone.override(appointment.clinic.zone):
        return " ".join(render_to_string("messages/sms.txt", _context(notification, appointment)).split())


def subject_of(notification: Notification, appointment: Appointment | None = None) -> str:
    """Give the message in a line; `appointment` as the message names it, else as it is."""
    words = TO_PATIENT if notification.patient_id else TO_STAFF
    day = dated((appointment or notification.appointment).local_start, "l j F")
    return str(words[MessageKind(notification.kind)]) % {"day": day}


def language_of(notification: Notification) -> str:
    """Give the patient's language, or what somebody who works here has chosen, else the application's own."""
    whom = notification.patient or notification.user
    return (whom.language if whom else "") or settings.LANGUAGE_CODE


def message_id(notification: Notification) -> str:
    return mail.message_id(f"notification-{notification.pk}")


def _context(notification: Notification, appointment: Appointment) -> dict[str, Any]:
    return {
        "appointment": appointment,
        "clinic": appointment.clinic,
        "organization": notification.organization,
        "patient": notification.patient,
        "subject": subject_of(notification, appointment),
        "kind": notification.kind,
        "link": _link(notification),
    }


def _link(notification: Notification) -> str:
    """Give where more can be seen and done; nothing where there is nothing to do, or nothing that one may see."""
    if notification.patient_id:
        return "" if notification.kind in GONE else link_to(notification.appointment)
    if notification.kind == MessageKind.TAKEN:
        return ""
    return str(settings.SITE_URL).rstrip("/") + reverse("appointment", args=[notification.appointment_id])


def _address(notification: Notification) -> str:
    if notification.patient is not None:
        return notification.patient.email
    assert notification.user is not None  # noqa: S101 the database knows one or the other
    return notification.user.email
