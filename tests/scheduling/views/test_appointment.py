"""One appointment's page."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import Role
from tests.factories import AppointmentFactory, ClinicFactory, UserFactory
from tests.practice import NINE, minutes, practice
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


class TestThisPatient:
    """What the page tells of the patient's other visits, as far as the member may see them."""

    def visit(self, day, days, status="completed", **given):
        given = {"patient": day.patient, "practitioner": day.practitioner, "clinic": day.clinic, **given}
        return AppointmentFactory(appointment_date=NINE + minutes(days * 24 * 60), status=status, **given)

    def so_far(self, browser, appointment):
        return browser.get(f"/appointments/{appointment.pk}/")

    def test_nothing_yet(self, clinic_day, desk):
        page = self.so_far(desk, clinic_day.book())
        for said in ("<dd>not yet</dd>", "<dd>none</dd>", "<dd>nothing booked</dd>"):
            assertContains(page, said)

    def test_how_often_since_when_and_when_next(self, clinic_day, desk):
        for days in (-4000, -700, -7):
            self.visit(clinic_day, days)
        self.visit(clinic_day, -400, "no-show")
        self.visit(clinic_day, 3, "cancelled")
        later = self.visit(clinic_day, 14, "booked")
        sooner = self.visit(clinic_day, 7, "confirmed")
        page = self.so_far(desk, clinic_day.book())
        assertContains(page, "3 times since 2019")
        assertContains(page, "1, in 2028")
        assertContains(page, f'<a href="/appointments/{sooner.pk}/">Mon 14 January, 09:00</a>')
        assertNotContains(page, f'href="/appointments/{later.pk}/"')

    def test_of_visits_to_others_a_practitioner_is_told_nothing(self, clinic_day):
        own = practice(organization=clinic_day.organization)
        own.practitioner.user = UserFactory()
        own.practitioner.save(update_fields=["user"])
        self.visit(clinic_day, -7)
        self.visit(clinic_day, 7, "booked")
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=own.practitioner.user)
        mine = self.visit(clinic_day, 1, "booked", practitioner=own.practitioner)
        page = self.so_far(doctor, mine)
        assertContains(page, "<dd>not yet</dd>")
        assertContains(page, "<dd>nothing booked</dd>")

    def test_the_desk_books_again_like_this(self, clinic_day, desk):
        appointment = clinic_day.book()
        page = self.so_far(desk, appointment)
        chosen = f"patient={appointment.patient_id}&amp;clinic={appointment.clinic_id}"
        assertContains(page, f'href="/book/?{chosen}&amp;practitioner={appointment.practitioner_id}"')
