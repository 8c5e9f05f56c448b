"""One appointment's page."""

import pytest
from pytest_django.asserts import assertContains

from clinics.models import Role
from tests.factories import AppointmentFactory, ClinicFactory, UserFactory
from tests.practice import practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


def test_it_shows_its_facts_and_its_history(clinic_day, desk, form):
    desk.post("/book/", {**form, "notes": "Hard of hearing"})
    answer = desk.get(f"/appointments/{clinic_day.patient.appointments.get().pk}/")
    for said in (clinic_day.patient.name, clinic_day.practitioner.name, "09:00", "Hard of hearing", desk.user.name):
        assertContains(answer, said)


def test_another_organizations_is_not_here(clinic_day, form, desk):
    desk.post("/book/", form)
    other = signed_in(practice().organization)
    assert other.get(f"/appointments/{clinic_day.patient.appointments.get().pk}/").status_code == 404


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 40])
def test_one_that_is_not_there(desk, pk):
    assert desk.get(f"/appointments/{pk}/").status_code == 404


def test_a_practitioner_opens_own_ones_only(clinic_day):
    own = practice(organization=clinic_day.organization)
    own.practitioner.user = UserFactory()
    own.practitioner.save(update_fields=["user"])
    doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=own.practitioner.user)
    mine = AppointmentFactory(practitioner=own.practitioner, clinic=own.clinic)
    other = AppointmentFactory(practitioner=clinic_day.practitioner, clinic=clinic_day.clinic)
    assert [doctor.get(f"/appointments/{each.pk}/").status_code for each in (mine, other)] == [200, 404]


def test_a_desk_opens_those_of_its_clinics_only(clinic_day):
    there = ClinicFactory(organization=clinic_day.organization)
    browser = signed_in(clinic_day.organization, clinics=[there])
    elsewhere = AppointmentFactory(practitioner=clinic_day.practitioner, clinic=clinic_day.clinic)
    assert browser.get(f"/appointments/{elsewhere.pk}/").status_code == 404


def test_a_stranger_is_sent_to_the_door(client):
    assert client.get("/appointments/1/")["Location"] == "/login/?next=/appointments/1/"


def test_it_is_only_read(clinic_day, desk):
    appointment = AppointmentFactory(practitioner=clinic_day.practitioner, clinic=clinic_day.clinic)
    assert desk.post(f"/appointments/{appointment.pk}/").status_code == 405
