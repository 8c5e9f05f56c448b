"""The demo: deterministic, idempotent, and a clinic in which one can book."""

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from clinics.models import ActivityEvent, Clinic, Membership, Organization, Practitioner, User
from patients.models import Patient
from scheduling.management import demo
from scheduling.models import Appointment
from scheduling.services import AppointmentService

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def seed():
    printed = io.StringIO()
    call_command("seed_demo", force=True, stdout=printed)
    return printed.getvalue()


def contents():
    return {
        model: list(model.objects.order_by("pk").values())
        for model in (Organization, Clinic, Practitioner, Membership, User, Patient, Appointment, ActivityEvent)
    }


def test_what_is_there():
    printed = seed()
    assert Clinic.objects.count() == 2
    assert Practitioner.objects.count() == 6
    assert Patient.objects.count() == 200
    assert sorted(Membership.objects.values_list("role", flat=True)) == ["administrator", "front_desk", "practitioner"]
    assert Clinic.objects.filter(timezone="Asia/Yangon").count() == 2
    assert all(email in printed for email in demo.LOGINS)


def test_a_second_run_writes_nothing():
    seed()
    before = contents()
    seed()
    assert contents() == before


def test_it_is_the_same_every_time():
    seed()
    rows = ("name", "record_number", "birth_date", "phone")
    patients = list(Patient.objects.order_by("record_number").values_list(*rows))
    appointments = list(Appointment.objects.order_by("pk").values_list("appointment_date", "patient__record_number"))
    Appointment.objects.all().delete()
    Patient.objects.all().delete()
    Organization.objects.update(name="Another")
    seed()
    assert list(Patient.objects.order_by("record_number").values_list(*rows)) == patients
    again = Appointment.objects.order_by("pk").values_list("appointment_date", "patient__record_number")
    assert list(again) == appointments


def test_the_logins_open_the_door():
    seed()
    for email in demo.LOGINS:
        request = RequestFactory().post("/login/")
        assert authenticate(request, username=email, password=demo.PASSWORD) == User.objects.get(email=email)


def test_every_practitioner_has_a_free_slot_within_a_week(monday):
    seed()
    service = AppointmentService(Organization.objects.get())
    for practitioner in Practitioner.objects.all():
        slots = service.get_practitioner_slots_range(
            practitioner_id=practitioner.pk, start_date=monday, end_date=monday + timedelta(days=6)
        )
        assert any(slots.values()), practitioner


def test_today_is_neither_empty_nor_full(monday):
    seed()
    service = AppointmentService(Organization.objects.get())
    for clinic in Clinic.objects.all():
        today = Appointment.objects.filter(clinic=clinic).on_local_day(monday, ZoneInfo("Asia/Yangon")).count()
        free = service.get_clinic_slots_range(clinic_id=clinic.pk, start_date=monday, end_date=monday)[monday]
        assert today >= 5
        assert len(free) >= 5


def test_where_debug_is_off_it_asks_to_be_forced():
    with pytest.raises(CommandError):
        call_command("seed_demo")
    assert Organization.objects.count() == 0
