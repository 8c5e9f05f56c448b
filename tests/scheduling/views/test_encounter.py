"""The encounter's page: what it shows, who opens and finalizes it, and who does not see it."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Role
from scheduling.models import Appointment, Encounter
from tests.factories import AppointmentFactory, ClinicFactory, EncounterFactory, UserFactory
from tests.practice import NINE, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(clinic_day, time_machine):
    time_machine.move_to(NINE, tick=False)
    clinic_day.practitioner.user = UserFactory()
    clinic_day.practitioner.save(update_fields=["user"])
    return clinic_day


@pytest.fixture
def doctor(day):
    return signed_in(day.organization, Role.PRACTITIONER, user=day.practitioner.user)


def visit(day, status="in-progress"):
    return AppointmentFactory(
        patient=day.patient, practitioner=day.practitioner, clinic=day.clinic, status=status, appointment_date=NINE
    )


def page_of(browser, encounter):
    return browser.get(f"/encounters/{encounter.pk}/")


def finalize(browser, encounter):
    return browser.post(f"/encounters/{encounter.pk}/finalize/")


def open_for(browser, appointment):
    return browser.post(f"/appointments/{appointment.pk}/encounter/")


def by_hand(day):
    day.organization.encounter_opens = "by-hand"
    day.organization.save()


class TestThePage:
    def test_it_shows_what_it_carries_over_and_leads_back(self, day, doctor):
        appointment = visit(day)
        encounter = EncounterFactory(appointment=appointment, encounter_date=NINE, encounter_type="outpatient")
        page = page_of(doctor, encounter)
        for said in (day.patient.name, day.practitioner.name, "outpatient", "7 January 2030", "Encounter, open"):
            assertContains(page, said)
        assertContains(page, f'href="/appointments/{appointment.pk}/"', count=3)

    def test_the_appointments_page_leads_to_it(self, day, desk):
        encounter = EncounterFactory(appointment=visit(day))
        assertContains(desk.get(f"/appointments/{encounter.appointment_id}/"), f'href="/encounters/{encounter.pk}/"')

    def test_a_desk_reads_it_and_finalizes_nothing(self, day, desk):
        encounter = EncounterFactory(appointment=visit(day))
        assertContains(page_of(desk, encounter), "It is finalized by whoever sees the patient.")
        assert finalize(desk, encounter).status_code == 403
        assert Encounter.objects.get().status == "open"

    def test_who_does_not_see_the_appointment_does_not_see_it(self, day):
        encounter = EncounterFactory(appointment=visit(day))
        elsewhere = signed_in(day.organization, clinics=[ClinicFactory(organization=day.organization)])
        other = practice(organization=day.organization).practitioner
        other.user = UserFactory()
        other.save(update_fields=["user"])
        colleague = signed_in(day.organization, Role.PRACTITIONER, user=other.user)
        stranger = signed_in(practice().organization, Role.ADMINISTRATOR)
        assert [page_of(browser, encounter).status_code for browser in (elsewhere, colleague, stranger)] == [404] * 3
        assert [finalize(browser, encounter).status_code for browser in (colleague, stranger)] == [404] * 2

    def test_of_whoever_walked_in_the_practitioner_sees_it(self, day, doctor):
        encounter = EncounterFactory(patient=day.patient, practitioner=day.practitioner, appointment=None)
        assertContains(page_of(doctor, encounter), "without an appointment")
        assert finalize(doctor, encounter).status_code == 303
        assert Encounter.objects.get().status == "finalized"

    @pytest.mark.parametrize("pk", ["0", "999999", "9" * 40])
    def test_one_that_is_not_there(self, desk, pk):
        assert desk.get(f"/encounters/{pk}/").status_code == 404


class TestFinalizing:
    @pytest.mark.parametrize("status", ["in-progress", "arrived"])
    def test_it_completes_the_appointment(self, day, doctor, status):
        encounter = EncounterFactory(appointment=visit(day, status))
        assertRedirects(finalize(doctor, encounter), f"/encounters/{encounter.pk}/", status_code=303)
        assert (Encounter.objects.get().status, Appointment.objects.get().status) == ("finalized", "completed")
        page = page_of(doctor, encounter)
        assertContains(page, "nothing about it changes any more")
        assertNotContains(page, "/finalize/")

    def test_twice_is_once(self, day, doctor):
        encounter = EncounterFactory(appointment=visit(day))
        assert [finalize(doctor, encounter).status_code for _time in range(2)] == [303, 303]
        assert ActivityEvent.objects.count() == 1

    def test_while_nobody_has_come_it_is_refused(self, day, doctor):
        encounter = EncounterFactory(appointment=visit(day, "booked"))
        assertContains(page_of(doctor, encounter), "It is finalized once the patient has come.")
        assertContains(finalize(doctor, encounter), "The patient has not come to this visit.", status_code=409)
        assert (Encounter.objects.get().status, Appointment.objects.get().status) == ("open", "booked")

    def test_one_that_was_taken_back_is_refused(self, day, doctor):
        encounter = EncounterFactory(appointment=visit(day), status="voided")
        assertContains(page_of(doctor, encounter), "It was taken back with the step that had opened it.")
        assertContains(finalize(doctor, encounter), "This encounter was taken back.", status_code=409)


class TestOpeningByHand:
    @pytest.mark.parametrize("status", ["arrived", "in-progress", "completed"])
    def test_where_the_organization_wants_it_so(self, day, doctor, status):
        by_hand(day)
        appointment = visit(day, status)
        assertContains(doctor.get(f"/appointments/{appointment.pk}/"), "Open an encounter")
        answer = open_for(doctor, appointment)
        encounter = Encounter.objects.get()
        assertRedirects(answer, f"/encounters/{encounter.pk}/", status_code=303)
        assert (encounter.appointment, encounter.patient, encounter.status) == (appointment, day.patient, "open")
        assertContains(doctor.get(f"/appointments/{appointment.pk}/"), "Encounter opened")

    def test_twice_is_once(self, day, doctor):
        by_hand(day)
        appointment = visit(day)
        assert open_for(doctor, appointment)["Location"] == open_for(doctor, appointment)["Location"]
        assert Encounter.objects.count() == 1

    def test_elsewhere_it_opens_by_itself(self, day, doctor):
        appointment = visit(day)
        assertNotContains(doctor.get(f"/appointments/{appointment.pk}/"), "Open an encounter")
        assertContains(open_for(doctor, appointment), "No encounter is opened by hand here", status_code=409)
        assert not Encounter.objects.exists()

    def test_not_before_the_patient_is_here(self, day, doctor):
        by_hand(day)
        assert open_for(doctor, visit(day, "booked")).status_code == 409

    def test_a_desk_may_not(self, day, desk):
        by_hand(day)
        appointment = visit(day)
        assertNotContains(desk.get(f"/appointments/{appointment.pk}/"), "Open an encounter")
        assert open_for(desk, appointment).status_code == 403
