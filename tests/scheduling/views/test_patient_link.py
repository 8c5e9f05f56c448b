"""The patient's page: it tells how things stand, takes two answers, and lets nobody else in."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import ActivityEvent
from scheduling.enums import Status
from scheduling.models import Appointment
from scheduling.services.links import token_of
from tests.factories import AppointmentTypeFactory, PatientFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.services.test_links import mutated
from tests.scheduling.views.conftest import signed_in
from tests.test_matrix import written

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(clinic_day):
    clinic_day.patient.language = "en"
    clinic_day.patient.save(update_fields=["language"])
    kind = AppointmentTypeFactory(organization=clinic_day.organization, code="hiv-test", name="HIV test")
    return clinic_day.book(appointment_type=kind.code, notes="Afraid of needles")


def address(visit):
    return reverse("patient_link", args=[token_of(visit)])


def calendar(visit):
    return reverse("patient_calendar", args=[token_of(visit)])


def shown(browser, visit):
    """Give what the form of the page sends beside the button."""
    return {"seen": browser.get(address(visit)).context["seen"]}


def answer(browser, visit, said, **form):
    return browser.post(address(visit), {**shown(browser, visit), **form, "answer": said})


def status_of(visit):
    return Appointment.objects.values_list("status", flat=True).get(pk=visit.pk)


def give(clinic_day, visit, *statuses):
    for status in statuses:
        clinic_day.service.update_appointment_status(
            appointment_id=visit.pk, status=status, cancellation_reason="practice_request"
        )


class TestLooking:
    def test_it_says_when_where_and_with_whom(self, clinic_day, client, visit):
        page = client.get(address(visit))
        for said in ("Monday 7 January 2030", "09:00 to 09:30", "Asia/Yangon", clinic_day.practitioner.name):
            assertContains(page, said)
        assertContains(page, clinic_day.clinic.name)
        assertContains(page, clinic_day.organization.name)

    def test_nothing_clinical_and_no_name(self, client, visit):
        for page in (client.get(address(visit)), client.get(calendar(visit))):
            for unsaid in ("HIV", "hiv-test", "needles", visit.patient.name, visit.patient.record_number):
                assertNotContains(page, unsaid)

    @pytest.mark.parametrize("method", ["get", "head", "options"])
    def test_it_changes_nothing(self, client, visit, method):
        before = written()
        with CaptureQueriesContext(connection) as asked:
            for path in (address(visit), f"{address(visit)}?answer=cancel", calendar(visit)):
                assert getattr(client, method)(path).status_code == 200
        assert written() == before
        assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []

    def test_it_leaves_no_cookie_and_is_kept_nowhere(self, client, visit):
        for path in (address(visit), calendar(visit)):
            page = client.get(path)
            assert dict(page.cookies) == {}
            assert page["Cache-Control"] == "no-store"
            assert page["X-Robots-Tag"] == "noindex, nofollow"
            assert page["Referrer-Policy"] == "strict-origin"

    def test_it_runs_no_script_and_leads_nowhere_else(self, client, visit):
        page = client.get(address(visit)).content.decode()
        assert "<script" not in page
        places = set(re.findall(r'(?:href|action|src)="([^"#]*)', page))
        assert {place for place in places if not place.startswith("/static/")} == {address(visit), calendar(visit)}

    def test_it_is_in_the_patients_language_not_the_browsers(self, client, visit):
        visit.patient.language = "my"
        visit.patient.save(update_fields=["language"])
        page = client.get(address(visit), headers={"Accept-Language": "en"})
        assert page["Content-Language"] == "my"
        assertContains(page, '<html lang="my">')
        assertContains(page, "တနင်္လာ")

    def test_a_request_says_that_it_waits(self, clinic_day, client):
        type(clinic_day.patient).objects.update(language="en")
        asked = clinic_day.book(NINE + minutes(60), status="pending")
        page = client.get(address(asked))
        assertContains(page, "You have asked for a time")
        assertContains(page, "The clinic has not confirmed it yet.")
        assertNotContains(page, "I will come")
        assertContains(page, "I cannot come")
        assertNotContains(page, "Into my calendar")

    def test_a_moved_one_says_from_when_to_when(self, clinic_day, client, visit):
        assertNotContains(client.get(address(visit)), "The time has changed.")
        clinic_day.service.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(60))
        page = client.get(address(visit))
        assertContains(page, "The time has changed.")
        assertContains(page, "From <s>Monday 7 January, 09:00</s> to Monday 7 January, 10:00.")

    def test_a_cancelled_one_says_so_and_asks_nothing(self, clinic_day, client, visit):
        give(clinic_day, visit, "cancelled")
        page = client.get(address(visit))
        assertContains(page, "Your appointment is cancelled")
        assertNotContains(page, "<button")

    @pytest.mark.parametrize(
        ("statuses", "said"),
        [
            (["confirmed"], "We expect you"),
            (["arrived"], "You are at the clinic already."),
            (["arrived", "in-progress"], "You are at the clinic already."),
            (["arrived", "in-progress", "completed"], "Your visit has taken place."),
        ],
    )
    def test_each_status_has_its_words(self, clinic_day, client, visit, statuses, said):
        give(clinic_day, visit, *statuses)
        assertContains(client.get(address(visit)), said)

    def test_whoever_was_missed_may_call(self, clinic_day, client, visit, time_machine):
        time_machine.move_to(NINE + minutes(20), tick=False)
        give(clinic_day, visit, "no-show")
        page = client.get(address(visit))
        assertContains(page, "We missed you")
        assertNotContains(page, "<button")

    @pytest.mark.parametrize("later", [30, 31, 60 * 24 * 365])
    def test_with_the_visits_end_the_link_is_dead(self, client, visit, time_machine, later):
        form = shown(client, visit)
        time_machine.move_to(NINE + minutes(later), tick=False)
        before = written()
        for page in (
            client.get(address(visit)),
            client.get(calendar(visit)),
            *(client.post(address(visit), {**form, "answer": said}) for said in ("come", "cancel", "")),
        ):
            assertContains(page, "This appointment is over", status_code=410)
            for detail in (visit.practitioner.name, visit.clinic.name, "January", "09:00", "<button"):
                assertNotContains(page, detail, status_code=410)
        assert written() == before

    def test_until_its_end_it_lives(self, client, visit, time_machine):
        time_machine.move_to(NINE + minutes(29), tick=False)
        assert client.get(address(visit)).status_code == 200


class TestAnswering:
    def test_who_comes_is_confirmed(self, client, visit):
        before = ActivityEvent.objects.count()
        assert answer(client, visit, "come").status_code == 303
        assert status_of(visit) == "confirmed"
        event = ActivityEvent.objects.latest("id")
        assert (event.actor, event.reason, event.new["status"]) == (None, "By the patient, from the link", "confirmed")
        assert ActivityEvent.objects.count() == before + 1
        assertContains(client.get(address(visit)), "You have said that you will come.")

    def test_who_cannot_come_is_cancelled_and_the_time_is_free(self, clinic_day, client, visit):
        assert "09:00" not in clinic_day.starts()
        assert answer(client, visit, "cancel").status_code == 303
        cancelled = Appointment.objects.get(pk=visit.pk)
        assert (cancelled.status, cancelled.cancellation_reason) == ("cancelled", "patient_request")
        assert ActivityEvent.objects.latest("id").reason == "By the patient, from the link"
        assert "09:00" in clinic_day.starts()

    def test_who_said_yes_can_still_say_no(self, client, visit):
        answer(client, visit, "come")
        assert answer(client, visit, "cancel").status_code == 303
        assert status_of(visit) == "cancelled"

    @pytest.mark.parametrize(("said", "status"), [("come", "confirmed"), ("cancel", "cancelled")])
    def test_a_second_press_is_no_error_and_no_second_answer(self, client, visit, said, status):
        form = {**shown(client, visit), "answer": said}
        assert client.post(address(visit), form).status_code == 303
        before = written()
        assert client.post(address(visit), form).status_code == 303
        assert (status_of(visit), written()) == (status, before)

    def test_what_was_moved_meanwhile_is_shown_before_it_is_confirmed(self, clinic_day, client, visit):
        form = {**shown(client, visit), "answer": "come"}
        clinic_day.service.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(60))
        page = client.post(address(visit), form)
        assertContains(page, "something has changed since you opened this page", status_code=409)
        assertContains(page, "10:00 to 10:30", status_code=409)
        assert status_of(visit) == "booked"
        assert answer(client, visit, "come").status_code == 303
        assert status_of(visit) == "confirmed"

    def test_a_note_of_the_desk_is_no_change_to_the_patient(self, clinic_day, client, visit):
        form = {**shown(client, visit), "answer": "come"}
        clinic_day.service.update_appointment(appointment_id=visit.pk, notes="Hard of hearing")
        assert client.post(address(visit), form).status_code == 303

    @pytest.mark.parametrize("statuses", [["cancelled"], ["arrived"], ["arrived", "in-progress"]])
    @pytest.mark.parametrize("said", ["come", "cancel"])
    def test_what_can_no_longer_be_answered_says_how_things_stand(self, clinic_day, client, visit, statuses, said):
        form = {**shown(client, visit), "answer": said}
        give(clinic_day, visit, *statuses)
        status = status_of(visit)
        expected = 303 if (status, said) == ("cancelled", "cancel") else 409
        assert client.post(address(visit), form).status_code == expected
        assert status_of(visit) == status

    def test_a_request_is_withdrawn_but_not_confirmed(self, clinic_day, client):
        asked = clinic_day.book(NINE + minutes(60), status="pending")
        assert answer(client, asked, "come").status_code == 409
        assert status_of(asked) == "pending"
        assert answer(client, asked, "cancel").status_code == 303
        assert status_of(asked) == "cancelled"

    @pytest.mark.parametrize("said", ["", "no", "\0", "booked", "confirmed", "x" * 9000])
    def test_what_is_no_answer_changes_nothing(self, client, visit, said):
        before = written()
        page = answer(client, visit, said)
        assertContains(page, "Press one of the buttons.", status_code=422)
        assert written() == before

    @pytest.mark.parametrize("seen", ["", "\0", "2030-01-07", "x" * 9000])
    def test_an_answer_to_nothing_changes_nothing(self, client, visit, seen):
        before = written()
        assert answer(client, visit, "come", seen=seen).status_code == 409
        assert written() == before

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_in_no_other_way(self, client, visit, method):
        before = written()
        assert getattr(client, method)(address(visit)).status_code == 405
        assert client.post(calendar(visit)).status_code == 405
        assert written() == before


class TestWithoutCookies:
    def test_the_buttons_work(self, visit):
        browser = Client(enforce_csrf_checks=True)
        form = shown(browser, visit)
        browser.cookies.clear()
        assert browser.post(address(visit), {**form, "answer": "come"}).status_code == 303
        assert status_of(visit) == "confirmed"

    def test_also_where_somebody_of_the_clinic_is_signed_in(self, clinic_day, visit):
        browser = signed_in(clinic_day.organization)
        browser.handler.enforce_csrf_checks = True
        assert answer(browser, visit, "come").status_code == 303
        assert ActivityEvent.objects.latest("id").actor is None


class TestWhoseLink:
    def test_a_thousand_that_are_nearly_it_are_not_here(self, client, visit):
        form = {**shown(client, visit), "answer": "cancel"}
        before = written()
        answers = set()
        for text in mutated(token_of(visit)):
            path = reverse("patient_link", args=[text])
            answers.add(client.get(path).status_code)
            answers.add(client.post(path, form).status_code)
        assert answers == {404}
        assert written() == before

    def test_that_of_one_appointment_answers_for_no_other(self, clinic_day, client, visit):
        patient = PatientFactory(organization=clinic_day.organization, language="en")
        other = clinic_day.book(NINE + minutes(60), patient_id=patient.pk)
        client.post(address(visit), {**shown(client, other), "answer": "cancel"})
        assert [status_of(each) for each in (visit, other)] == ["booked", "booked"]
        answer(client, visit, "cancel")
        assert [status_of(each) for each in (visit, other)] == ["cancelled", "booked"]

    def test_that_of_another_organization_is_its_own(self, client, visit):
        other = practice().book()
        assert answer(client, other, "cancel").status_code == 303
        assert [status_of(each) for each in (visit, other)] == ["booked", "cancelled"]

    def test_a_patient_who_is_no_longer_one_has_none(self, client, visit):
        form = {**shown(client, visit), "answer": "come"}
        visit.patient.is_active = False
        visit.patient.save(update_fields=["is_active"])
        assert client.get(address(visit)).status_code == 404
        assert client.get(calendar(visit)).status_code == 404
        assert client.post(address(visit), form).status_code == 404
        assert status_of(visit) == "booked"


class TestTheCalendar:
    def read(self, client, visit):
        file = client.get(calendar(visit))
        assert file["Content-Type"] == "text/calendar; charset=utf-8"
        [event] = Calendar.from_ical(file.content).walk("VEVENT")
        return Calendar.from_ical(file.content)["METHOD"], event

    def test_it_is_a_file_that_calendars_read(self, clinic_day, client, visit):
        method, event = self.read(client, visit)
        assert (method, event["STATUS"]) == ("PUBLISH", "CONFIRMED")
        assert (event.start, event.end) == (visit.appointment_date, visit.ends_at)
        assert event.start.tzinfo.key == "Asia/Yangon"
        assert event["SUMMARY"] == f"Appointment at {clinic_day.clinic}"

    def test_a_moved_one_is_the_same_entry_and_newer(self, clinic_day, client, visit):
        _method, before = self.read(client, visit)
        clinic_day.service.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(60))
        _method, after = self.read(client, visit)
        assert (after["UID"], after.start) == (before["UID"], NINE + minutes(60))
        assert after["SEQUENCE"] > before["SEQUENCE"]

    def test_a_cancelled_one_takes_the_entry_away(self, clinic_day, client, visit):
        give(clinic_day, visit, "cancelled")
        method, event = self.read(client, visit)
        assert (method, event["STATUS"]) == ("CANCEL", "CANCELLED")

    def test_a_request_is_none_yet(self, clinic_day, client):
        type(clinic_day.patient).objects.update(language="en")
        asked = clinic_day.book(NINE + minutes(60), status="pending")
        assertContains(client.get(calendar(asked)), "The clinic has not confirmed it yet.", status_code=409)


def test_every_status_has_a_page(client, visit):
    for status in Status:
        Appointment.objects.filter(pk=visit.pk).update(status=status)
        assertContains(client.get(address(visit)), "<h1>")
