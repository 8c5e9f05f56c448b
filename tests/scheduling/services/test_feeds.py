"""A practitioner's private calendar, as icalendar and recurring-ical-events read it."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import recurring_ical_events
from django.db import IntegrityError
from django.utils import timezone

from clinics.models import ActivityEvent, Role
from scheduling.services import feeds
from scheduling.services.calendars import practitioner_calendar
from tests.factories import (
    AppointmentFactory,
    CalendarFeedFactory,
    ClinicFactory,
    MembershipFactory,
    OrganizationFactory,
    PatientFactory,
)
from tests.practice import MONDAY, NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def doctor(clinic_day):
    """Give the user whose calendar it is."""
    member = MembershipFactory(organization=clinic_day.organization, role=Role.PRACTITIONER)
    clinic_day.practitioner.user = member.user
    clinic_day.practitioner.save(update_fields=["user"])
    return member.user


@pytest.fixture
def feed(clinic_day, doctor):
    return feeds.give_new_address(clinic_day.practitioner, actor=doctor)


def raw(feed):
    return practitioner_calendar(feeds.appointments_of(feed, timezone.now()), name="Dr Aye")


def events(feed):
    """Give the entries by what they say."""
    calendar = icalendar.Calendar.from_ical(raw(feed))
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


def move(clinic_day, visit, start):
    clinic_day.service.update_appointment(appointment_id=visit.pk, appointment_date=start)


def end(clinic_day, visit):
    clinic_day.service.update_appointment_status(
        appointment_id=visit.pk, status="cancelled", cancellation_reason="patient_request"
    )


def patient(clinic_day, name):
    return PatientFactory(organization=clinic_day.organization, name=name, phone="+959795115512")


class TestWhatItHolds:
    def test_initials_time_and_clinic_and_nothing_else(self, clinic_day, feed):
        visit = clinic_day.book(patient_id=patient(clinic_day, "Daw Khin Myat").pk, notes="Trembles")
        written = raw(feed).decode()
        (event,) = events(feed).values()
        assert set(event) == {
            *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "LOCATION", "CLASS", "STATUS", "SUMMARY", "URL")
        }
        assert str(event["SUMMARY"]) == "D. K. M."
        assert str(event["LOCATION"]) == clinic_day.clinic.name
        assert str(event["URL"]).endswith(f"/appointments/{visit.pk}/")
        for untold in ("Khin", "Myat", "Trembles", "5512", visit.patient.record_number):
            assert untold not in written

    def test_a_burmese_name_is_its_syllables_letters(self, clinic_day, feed):
        clinic_day.book(patient_id=patient(clinic_day, "ဒေါ်နီလာသန်း").pk)
        assert set(events(feed)) == {"န. လ. သ."}

    def test_what_is_cancelled_leaves_and_a_request_is_tentative(self, clinic_day, feed):
        gone = clinic_day.book(patient_id=patient(clinic_day, "Ko Aung").pk)
        clinic_day.book(NINE + minutes(30), status="pending", patient_id=patient(clinic_day, "Ma Su").pk)
        assert set(events(feed)) == {"K. A.", "M. S."}
        end(clinic_day, gone)
        assert {says: str(event["STATUS"]) for says, event in events(feed).items()} == {"M. S.": "TENTATIVE"}

    def test_a_visit_that_is_moved_keeps_its_uid(self, clinic_day, feed):
        visit = clinic_day.book()
        (before,) = events(feed).values()
        move(clinic_day, visit, NINE + minutes(60))
        (after,) = events(feed).values()
        assert after["UID"] == before["UID"]
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after.decoded("DTSTART") == NINE + minutes(60)

    def test_those_who_share_a_slot_are_one_entry_that_stays_the_same_one(self, doctor):
        group = practice(organization=doctor.memberships.get().organization, capacity=3)
        feed = feeds.give_new_address(group.practitioner, actor=doctor)
        visits = [group.book(patient_id=patient(group, name).pk) for name in ("Ko Aung", "Ma Su")]
        (both,) = events(feed).values()
        assert str(both["SUMMARY"]) == "K. A., M. S."
        end(group, visits[0])
        (one,) = events(feed).values()
        assert (str(one["SUMMARY"]), one["UID"]) == ("M. S.", both["UID"])

    def test_others_and_what_is_long_past_or_far_off_are_not_in_it(self, clinic_day, feed):
        given = {"practitioner": clinic_day.practitioner, "clinic": clinic_day.clinic}
        for days in (-31, 366):
            AppointmentFactory(appointment_date=timezone.now() + timedelta(days=days), **given)
        AppointmentFactory(organization=clinic_day.organization, appointment_date=NINE)
        kept = [
            AppointmentFactory(appointment_date=timezone.now() + timedelta(days=days), **given) for days in (-29, 365)
        ]
        assert [visit.pk for visit in feeds.appointments_of(feed, timezone.now())] == [visit.pk for visit in kept]

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_takes_one_query(self, clinic_day, feed, count, django_assert_num_queries):
        for place in range(count):
            clinic_day.book(NINE + minutes(30 * place), patient_id=patient(clinic_day, "Ma Su").pk)
        with django_assert_num_queries(1):
            raw(feed)

    def test_the_same_appointments_are_the_same_bytes(self, clinic_day, feed, time_machine):
        clinic_day.book()
        before = raw(feed)
        time_machine.shift(3600)
        assert raw(feed) == before


class TestTimes:
    def test_each_visit_is_on_the_clock_of_its_clinic(self, clinic_day, feed):
        paris = ClinicFactory(organization=clinic_day.organization, timezone="Europe/Paris")
        clinic_day.book()
        later = NINE + timedelta(days=200)
        AppointmentFactory(practitioner=clinic_day.practitioner, clinic=paris, appointment_date=later)
        calendar = icalendar.Calendar.from_ical(raw(feed))
        zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
        starts = {
            (event["DTSTART"].params["TZID"], event.decoded("DTSTART").astimezone(UTC))
            for event in calendar.walk("VEVENT")
        }
        assert zones == {"Asia/Yangon", "Europe/Paris"}
        assert starts == {("Asia/Yangon", NINE.astimezone(UTC)), ("Europe/Paris", later.astimezone(UTC))}

    def test_a_program_that_expands_it_finds_the_visits_of_each_day(self, clinic_day, feed):
        clinic_day.book(NINE)
        clinic_day.book(NINE + minutes(60), patient_id=patient(clinic_day, "Ma Su").pk)
        clinic_day.book(NINE + timedelta(days=7))
        expanded = recurring_ical_events.of(icalendar.Calendar.from_ical(raw(feed)))
        assert [event.decoded("DTSTART") for event in expanded.at(MONDAY)] == [NINE, NINE + minutes(60)]
        assert len(expanded.between(MONDAY, MONDAY + timedelta(days=8))) == 3
        assert expanded.at(date(2030, 1, 8)) == []

    def test_in_the_night_that_repeats_an_hour_the_second_one_is_told(self, clinic_day, feed):
        paris = ClinicFactory(organization=clinic_day.organization, timezone="Europe/Paris")
        second = datetime(2030, 10, 27, 1, 30, tzinfo=UTC)  # 02:30 in winter time
        AppointmentFactory(practitioner=clinic_day.practitioner, clinic=paris, appointment_date=second)
        (event,) = events(feed).values()
        begins, ends = (event.decoded(name).astimezone(UTC) for name in ("DTSTART", "DTEND"))
        assert (begins, ends - begins) == (second, minutes(30))


class TestWhoReadsIt:
    def test_only_the_latest_address_is_one(self, clinic_day, feed, doctor):
        old = feed.secret
        new = feeds.give_new_address(clinic_day.practitioner, actor=doctor).secret
        assert feeds.find_feed(old) is None
        assert feeds.find_feed(new) == feed
        assert len(new) >= 43

    @pytest.mark.parametrize("ends", ["practitioner", "user", "role", "membership", "leaving", "user_is_another"])
    def test_it_ends_with_what_gave_it(self, clinic_day, feed, doctor, ends):
        assert feeds.find_feed(feed.secret)
        if ends in {"practitioner", "user"}:
            whose = clinic_day.practitioner if ends == "practitioner" else doctor
            whose.is_active = False
            whose.save(update_fields=["is_active"])
        elif ends == "role":
            doctor.memberships.update(role=Role.FRONT_DESK)
        elif ends == "membership":
            doctor.memberships.all().delete()
        elif ends == "leaving":
            doctor.memberships.update(is_active=False)
        else:
            clinic_day.practitioner.user = None
            clinic_day.practitioner.save(update_fields=["user"])
        assert feeds.find_feed(feed.secret) is None

    def test_another_account_of_the_practitioner_neither_keeps_the_address_alive_nor_sees_it(self, clinic_day, feed):
        other = MembershipFactory(organization=clinic_day.organization, role=Role.PRACTITIONER).user
        clinic_day.practitioner.user = other
        clinic_day.practitioner.save(update_fields=["user"])
        assert feeds.find_feed(feed.secret) is None
        assert feeds.feed_of(clinic_day.practitioner) is None
        new = feeds.give_new_address(clinic_day.practitioner, actor=other)
        assert feeds.find_feed(new.secret) == new
        assert feeds.find_feed(feed.secret) is None

    def test_an_administrator_who_practises_has_one_too(self, feed, doctor):
        doctor.memberships.update(role=Role.ADMINISTRATOR)
        assert feeds.find_feed(feed.secret) == feed

    def test_a_membership_elsewhere_opens_nothing_here(self, feed, doctor):
        doctor.memberships.all().delete()
        MembershipFactory(user=doctor, role=Role.PRACTITIONER, organization=OrganizationFactory())
        assert feeds.find_feed(feed.secret) is None

    def test_making_changing_and_closing_are_told_without_the_address(self, clinic_day, feed, doctor):
        secrets = {feed.secret, feeds.give_new_address(clinic_day.practitioner, actor=doctor).secret}
        feeds.close(clinic_day.practitioner, actor=doctor)
        feeds.close(clinic_day.practitioner, actor=doctor)
        told = ActivityEvent.objects.filter(kind__startswith="CALENDAR_FEED").order_by("id")
        assert [event.kind.rpartition("_")[2] for event in told] == ["OPENED", "CHANGED", "CLOSED"]
        assert {event.actor for event in told} == {doctor}
        assert not any(secret in str((event.old, event.new, event.reason)) for event in told for secret in secrets)

    @pytest.mark.parametrize("secret", ["", "guess", "a" * 42])
    def test_the_database_refuses_what_can_be_guessed(self, secret):
        with pytest.raises(IntegrityError, match="calendar_feed_secret_is_long"):
            CalendarFeedFactory(secret=secret)
