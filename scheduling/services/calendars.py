"""One appointment as an iCalendar object (RFC 5545, RFC 5546): nothing clinical, times in the clinic's zone."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from scheduling.enums import Status
from scheduling.models import Appointment

PRODUCT = "-//Medaius//Scheduling//EN"


def calendar_of(appointment: Appointment, now: datetime, *, method: str, attendee: str = "") -> bytes:
    """Give the calendar file; `method` is REQUEST, CANCEL or PUBLISH, the first two with the `attendee`'s address.

    The UID stays the same as long as the appointment lives, the SEQUENCE rises with every change of it.
    """
    cancelled = method == "CANCEL" or appointment.status == Status.CANCELLED
    event = Event()
    event.add("uid", f"appointment-{appointment.pk}@medaius.scheduling")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", appointment.local_start)
    event.add("dtend", appointment.local_end)
    event.add("sequence", appointment.version)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", _("Appointment at %(clinic)s") % {"clinic": appointment.clinic})
    event.add("location", ", ".join(filter(None, [appointment.clinic.name, appointment.clinic.address])))
    event.add("class", "PRIVATE")
    event.add("organizer", _organizer(appointment))
    if attendee:
        event.add("attendee", vCalAddress(f"mailto:{attendee}"), parameters={"RSVP": "FALSE"})
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar["method"] = vText(method)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _organizer(appointment: Appointment) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["CN"] = appointment.organization.name
    return organizer
