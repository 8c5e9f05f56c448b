"""Appointments as iCalendar objects (RFC 5545, RFC 5546, RFC 7986): nothing clinical, times in the clinic's zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from itertools import groupby

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from patients.names import initials
from scheduling.enums import Status
from scheduling.models import Appointment

PRODUCT = "-//Medaius//Scheduling//EN"
DOMAIN = "medaius.scheduling"
LOOK_AGAIN = timedelta(minutes=15)


def calendar_of(appointment: Appointment, now: datetime, *, method: str, attendee: str = "") -> bytes:
    """Give the calendar file; `method` is REQUEST, CANCEL or PUBLISH, the first two with the `attendee`'s address.

    The UID stays the same as long as the appointment lives, the SEQUENCE rises with every change of it.
    """
    cancelled = method == "CANCEL" or appointment.status == Status.CANCELLED
    event = _event_of(appointment, f"appointment-{appointment.pk}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", appointment.version)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", _("Appointment at %(clinic)s") % {"clinic": appointment.clinic})
    event.add("organizer", _organizer(appointment))
    if attendee:
        event.add("attendee", vCalAddress(f"mailto:{attendee}"), parameters={"RSVP": "FALSE"})
    return _written([event], method=method)


def practitioner_calendar(appointments: Iterable[Appointment], *, name: str) -> bytes:
    """Give the calendar to subscribe to, of one practitioner's appointments by time: initials, time and clinic alone.

    Those who share a slot are one entry. The same appointments give the same bytes, whenever they are asked for.
    """
    events = [_entry_of(list(group)) for _slot, group in groupby(appointments, key=_slot_of)]
    return _written(events, method="PUBLISH", name=name)


def _slot_of(appointment: Appointment) -> str:
    if appointment.slot_capacity == 1:
        return f"appointment-{appointment.pk}"
    return f"slot-{appointment.practitioner_id}-{appointment.appointment_date.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _entry_of(visits: list[Appointment]) -> Event:
    first = visits[0]
    event = _event_of(first, _slot_of(first))
    # Nobody is invited, so no two versions meet: the time of booking says no more and no less than the moment would.
    event.add("dtstamp", max(visit.created_at for visit in visits).replace(microsecond=0).astimezone(UTC))
    event.add("sequence", max(visit.version for visit in visits))
    event.add("status", "TENTATIVE" if all(visit.status == Status.PENDING for visit in visits) else "CONFIRMED")
    event.add("summary", ", ".join(initials(visit.patient.name) or "?" for visit in visits))
    if len(visits) == 1:
        event.add("url", str(settings.SITE_URL).rstrip("/") + reverse("appointment", args=[first.pk]))
    return event


def _event_of(appointment: Appointment, uid: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{DOMAIN}")
    event.add("dtstart", _on_the_clock(appointment.local_start))
    event.add("dtend", _on_the_clock(appointment.local_end))
    event.add("location", ", ".join(filter(None, [appointment.clinic.name, appointment.clinic.address])))
    event.add("class", "PRIVATE")
    return event


def _on_the_clock(local: datetime) -> datetime:
    """Give the time as a calendar can say it: of an hour that the clock repeats it knows the first, so UTC it is."""
    return local.astimezone(UTC) if local.fold else local


def _written(events: list[Event], *, method: str, name: str = "") -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar["method"] = vText(method)
    if name:
        for known_as in ("name", "x-wr-calname"):  # RFC 7986, and what programs read that are older
            calendar.add(known_as, name)
        calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT15M")
    for event in events:
        calendar.add_component(event)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _organizer(appointment: Appointment) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["CN"] = appointment.organization.name
    return organizer
