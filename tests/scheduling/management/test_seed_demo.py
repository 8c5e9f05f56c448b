"""Seeding the demo into an empty database, in full and at any hour."""

import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from clinics.models import Clinic, Organization
from patients.models import Patient
from scheduling.enums import CancellationReason, Status
from scheduling.models import (
    Appointment,
)
from scheduling.services import AppointmentService
from tests.practice import YANGON
from tests.scheduling.management.conftest import WEDNESDAY, seed, waiting, yankin

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(WEDNESDAY, tick=False)


@pytest.mark.usefixtures("clock")
def test_all_of_it_is_made_in_a_minute():
    began = time.process_time()
    told = seed(patients=2000, days_back=91, days_ahead=28).told
    # Of this process, whose work is two thirds of it all: the clock on the wall would measure its neighbours too.
    assert time.process_time() - began < 40
    assert "Yankin Health: clinics: 3, practitioners: 12, patients: 2,000" in told
    organization = Organization.objects.get(name="Yankin Health")
    own = Appointment.objects.filter(organization=organization)
    past = own.filter(ends_at__lt=WEDNESDAY)
    outcomes = Counter(past.values_list("status", flat=True))
    assert Patient.objects.filter(organization=organization).count() == 2000
    assert past.count() > 8000
    assert outcomes["completed"] / past.count() > 0.8
    assert 0.06 < outcomes["no-show"] / (outcomes["no-show"] + outcomes["completed"]) < 0.08
    assert 0.07 < outcomes["cancelled"] / past.count() < 0.09
    assert set(past.filter(status="cancelled").values_list("cancellation_reason", flat=True)) == set(CancellationReason)
    assert set(own.values_list("status", flat=True)) == set(Status)
    assert own.filter(status="pending").count() >= 3
    assert own.earliest("appointment_date").appointment_date < WEDNESDAY - timedelta(days=90)
    assert [booked_in_week(own, week) for week in range(4)] == sorted(
        (booked_in_week(own, week) for week in range(4)), reverse=True
    )
    assert busiest_hours(past) < set(range(8, 21))


def booked_in_week(appointments, week):
    begin = WEDNESDAY + timedelta(days=1 + 7 * week)
    return appointments.filter(appointment_date__gte=begin, appointment_date__lt=begin + timedelta(days=7)).count()


def busiest_hours(appointments):
    hours = Counter(start.astimezone(YANGON).hour for start in appointments.values_list("appointment_date", flat=True))
    return {hour for hour, _count in hours.most_common(6)}


@pytest.mark.parametrize("hour", ["03:00", "09:30", "14:00", "22:30"])
@pytest.mark.parametrize("day", [9, 13], ids=["Wednesday", "Sunday"])
def test_the_day_is_in_full_swing_whatever_the_hour(hour, day, time_machine):
    now = datetime.fromisoformat(f"2030-01-{day:02}T{hour}").replace(tzinfo=YANGON)
    time_machine.move_to(now, tick=False)
    seed(days_back=1, days_ahead=1)
    today = yankin()
    statuses = Counter(today.values_list("status", flat=True))
    waits = [(now - arrived).seconds // 60 for arrived in waiting(today)]
    late = today.filter(status__in=["booked", "confirmed"], appointment_date__lt=now - timedelta(minutes=5))
    assert today.filter(status="completed", ends_at__lte=now + timedelta(minutes=5)).exists()
    assert statuses["no-show"] >= 1
    assert statuses["cancelled"] >= 1
    assert today.filter(status="in-progress", ends_at__gt=now).exists()
    assert any(wait > 15 for wait in waits)
    assert any(wait <= 15 for wait in waits)
    assert late.exists()
    assert today.filter(status="confirmed", appointment_date__gt=now).exists()
    assert today.filter(status="booked", appointment_date__gt=now).exists()
    clinic = Clinic.objects.get(name="Yankin Clinic")
    free = AppointmentService(clinic.organization).get_clinic_slots_range(
        clinic_id=clinic.pk, start_date=now.date(), end_date=now.date()
    )
    assert free[now.date()]


def test_where_debug_is_off_it_asks_to_be_forced():
    Organization.objects.update(name="Another")
    with pytest.raises(CommandError):
        call_command("seed_demo")
    assert not Organization.objects.exclude(name="Another").exists()
