"""Every row of the demo is one that the service could have written."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest

from clinics.models import ActivityEvent, Clinic, Organization, Practitioner
from scheduling.domain.sessions import sessions_between
from scheduling.models import (
    Appointment,
    Encounter,
    Notification,
)
from scheduling.services.availability import load_weekly_hours
from tests.scheduling.management.conftest import WEDNESDAY

pytestmark = pytest.mark.django_db

LEGAL = {
    "pending": {"booked", "cancelled"},
    "booked": {"confirmed", "arrived", "cancelled", "no-show"},
    "confirmed": {"arrived", "cancelled", "no-show"},
    "arrived": {"in-progress", "cancelled"},
    "in-progress": {"completed"},
}


def test_at_any_hour_of_the_week_two_are_on_duty(wednesday):
    clinic = Clinic.objects.get(name="Yankin Clinic")
    weekly = load_weekly_hours(clinic.organization_id, wednesday, wednesday + timedelta(days=7), clinic_id=clinic.pk)
    sessions = sessions_between(weekly, wednesday, wednesday + timedelta(days=7))
    for moment in (WEDNESDAY + timedelta(minutes=30 * n) for n in range(7 * 48)):
        on_duty = {session.hours.practitioner_id for session in sessions if session.start <= moment < session.end}
        assert len(on_duty) >= 2, moment


def stories():
    """Give the events about each appointment, in the order in which they were written."""
    told = defaultdict(list)
    for event in ActivityEvent.objects.order_by("id"):
        told[event.target_id].append(event)
    return told


@pytest.mark.usefixtures("wednesday")
def test_every_appointment_has_the_events_that_its_status_implies():
    told = stories()
    appointments = list(Appointment.objects.all())
    assert len(appointments) == len(told) > 800
    for appointment in appointments:
        created, *changes = told[appointment.pk]
        assert created.kind == "APPOINTMENT_CREATED"
        assert created.created_at == appointment.created_at < appointment.appointment_date
        assert datetime.fromisoformat(created.new["appointment_date"]) == appointment.appointment_date
        assert created.new["patient_id"] == appointment.patient_id
        status, at = created.new["status"], created.created_at
        assert status in {"pending", "booked"}
        for change in changes:
            assert change.kind == "APPOINTMENT_STATUS_CHANGED"
            assert change.old == {"status": status}
            assert change.new["status"] in LEGAL[status]
            assert at < change.created_at <= WEDNESDAY
            status, at = change.new["status"], change.created_at
        assert status == appointment.status
        assert appointment.version == 1 + len(changes)
        assert all(event.actor_id for event in (created, *changes))


@pytest.mark.usefixtures("wednesday")
def test_an_event_says_why_an_appointment_was_cancelled():
    told = stories()
    for appointment in Appointment.objects.filter(status="cancelled"):
        last = told[appointment.pk][-1]
        assert last.priority == "high"
        assert last.new["cancellation_reason"] == appointment.cancellation_reason != ""
        assert last.reason or appointment.cancellation_reason != "other"
    assert not ActivityEvent.objects.filter(priority="high").exclude(new__status="cancelled").exists()


@pytest.mark.usefixtures("wednesday")
def test_nobody_has_missed_what_has_not_begun():
    for appointment in Appointment.objects.filter(status="no-show"):
        missed = ActivityEvent.objects.filter(target_id=appointment.pk).latest("id")
        assert missed.created_at >= appointment.appointment_date


@pytest.mark.usefixtures("wednesday")
def test_whoever_came_has_checked_in_and_has_an_encounter():
    told = stories()
    came = Appointment.objects.filter(status__in=["arrived", "in-progress", "completed"])
    assert not Appointment.objects.exclude(pk__in=came).filter(checked_in_at__isnull=False).exists()
    for appointment in came:
        times = {event.new["status"]: event.created_at for event in told[appointment.pk]}
        assert appointment.checked_in_at == times["arrived"]
        encounter = Encounter.objects.filter(appointment=appointment).first()
        if appointment.status == "arrived":
            assert encounter is None
            continue
        assert encounter.opened_at == times["in-progress"]
        assert encounter.finalized_at == times.get("completed")
        assert encounter.status == ("finalized" if appointment.status == "completed" else "open")


@pytest.mark.usefixtures("wednesday")
def test_a_reminder_went_out_a_day_before_to_whoever_was_expected_then():
    told = stories()
    reminders = list(Notification.objects.select_related("appointment__patient"))
    assert len(reminders) > 50
    for reminder in reminders:
        visit = reminder.appointment
        events = [event for event in told[visit.pk] if event.created_at <= reminder.due_at]
        assert reminder.due_at == visit.appointment_date - timedelta(hours=24)
        assert events[-1].new["status"] in {"booked", "confirmed"}
        assert reminder.event in [event for event in events if event.new["status"] in {"pending", "booked"}]
        assert (reminder.kind, reminder.status, reminder.told["duration"]) == ("reminder", "sent", visit.duration)
        assert visit.patient.email


@pytest.mark.usefixtures("wednesday")
def test_whom_the_workers_still_remind_has_no_reminder_yet():
    coming = Appointment.objects.filter(status__in=["pending", "booked", "confirmed"])
    assert not Notification.objects.filter(appointment__in=coming).exists()


def test_every_appointment_lies_where_the_schedule_has_it(wednesday):
    """The rules that no constraint keeps: inside a session, on its grid, with the slot's length in a group."""
    for organization in Organization.objects.all():
        first, last = wednesday - timedelta(days=8), wednesday + timedelta(days=10)
        sessions = sessions_between(load_weekly_hours(organization.pk, first, last), first, last)
        for appointment in Appointment.objects.filter(organization=organization):
            start, end = appointment.appointment_date, appointment.ends_at
            fits = [
                session
                for session in sessions
                if (session.hours.practitioner_id, session.hours.clinic_id)
                == (appointment.practitioner_id, appointment.clinic_id)
                and session.start <= start
                and end <= session.end
                and not (start - session.start) % session.step
                and session.hours.capacity == appointment.slot_capacity
            ]
            assert fits, appointment


@pytest.mark.usefixtures("wednesday")
def test_nobody_is_seen_during_an_absence():
    for practitioner in Practitioner.objects.all():
        for off in practitioner.time_off.all():
            met = practitioner.appointments.filter(appointment_date__lt=off.ends_at, ends_at__gt=off.starts_at)
            assert not met.exists()
    for clinic in Clinic.objects.all():
        for closure in clinic.closures.all():
            assert not clinic.appointments.all().on_local_day(closure.date, clinic.zone).exists()


@pytest.mark.usefixtures("wednesday")
def test_a_group_meets():
    groups = Appointment.objects.filter(slot_capacity=10).occupying()
    largest = Counter(groups.values_list("appointment_date", flat=True)).most_common(1)[0][1]
    assert 4 <= largest <= 10
