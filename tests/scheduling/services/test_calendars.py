"""The calendar file of an appointment, as icalendar reads it."""

from datetime import UTC, datetime

import icalendar
import pytest

from scheduling.services.calendars import calendar_of
from tests.factories import AppointmentFactory, ClinicFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def read(appointment, method="PUBLISH", **given):
    calendar = icalendar.Calendar.from_ical(calendar_of(appointment, NOW, method=method, **given))
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_times_are_the_clinics_and_the_zone_comes_along():
    appointment = AppointmentFactory(clinic=ClinicFactory(timezone="Europe/Paris"))
    calendar, event = read(appointment)
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert event.decoded("DTSTART") == appointment.appointment_date
    assert event.decoded("DTEND") == appointment.ends_at
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Paris"]


def test_a_file_to_keep_names_no_patient():
    appointment = AppointmentFactory(notes="Trembles")
    raw = calendar_of(appointment, NOW, method="PUBLISH")
    assert b"ATTENDEE" not in raw
    assert appointment.patient.name.encode() not in raw
    assert b"Trembles" not in raw


def test_a_cancelled_one_says_so_whatever_the_method():
    assert str(read(AppointmentFactory(status="cancelled"))[1]["STATUS"]) == "CANCELLED"
    assert str(read(AppointmentFactory(), method="CANCEL")[1]["STATUS"]) == "CANCELLED"


def test_words_cannot_add_lines():
    clinic = ClinicFactory(name="Yankin\r\nATTENDEE:mailto:x@y.example", address="12; Pyay, Road")
    _, event = read(AppointmentFactory(clinic=clinic))
    assert "ATTENDEE" not in event
    assert "12; Pyay, Road" in str(event["LOCATION"])
