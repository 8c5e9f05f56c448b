"""The call list as a page: its words, its four answers, and the way back."""

from datetime import UTC, timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Clinic, Role
from scheduling.models import Appointment
from scheduling.services import AppointmentService
from tests.factories import AppointmentTypeFactory, ClinicFactory, OrganizationFactory, PatientFactory
from tests.practice import NINE, SIX, minutes, practice
from tests.scheduling.views import conftest
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
TOMORROW = NINE + A_DAY
PHONE = "+959250088870"


def taken(day, start, **given):
    """Write a visit of somebody who has a phone."""
    given.setdefault("patient", PatientFactory(organization=day.organization, phone=PHONE))
    return conftest.taken(day, start, **given)


@pytest.fixture
def visit(clinic_day):
    patient = PatientFactory(organization=clinic_day.organization, name="Daw Khin Myat", phone=PHONE)
    return taken(clinic_day, TOMORROW, patient=patient)


def say(browser, visit, outcome, **form):
    said = {"expected_version": visit.version, "outcome": outcome, **form}
    return browser.post(f"/calls/{visit.pk}/?date=2030-01-08", said)


def page_of(browser, **query):
    return browser.get("/calls/", query).context["page"]


def shown(browser, **query):
    return [call.appointment for call in page_of(browser, **query).calls.to_call]


def status_of(visit):
    return Appointment.objects.values_list("status", flat=True).get(pk=visit.pk)


class TestTheList:
    def test_it_is_about_tomorrow_unless_another_day_is_asked_for(self, clinic_day, desk, visit):
        today = taken(clinic_day, NINE)
        assertContains(desk.get("/calls/"), "Calls about Tuesday 8 January")
        assert (shown(desk), shown(desk, date="2030-01-07"), shown(desk, date="t")) == ([visit], [today], [today])

    def test_tomorrow_is_the_clinics_own(self, desk, time_machine):
        """Half an hour before midnight it is about the next day, half an hour after about the one after it."""
        days = []
        for since_nine in (minutes(14 * 60 + 30), minutes(15 * 60 + 30)):
            time_machine.move_to((NINE + since_nine).astimezone(UTC), tick=False)
            desk.force_login(desk.user, backend="clinics.authentication.MemberBackend")
            days.append(page_of(desk).day.isoformat())
        assert days == ["2030-01-08", "2030-01-09"]

    def test_a_row_says_who_when_why_and_how_to_reach_them(self, clinic_day, desk, visit):
        kind = AppointmentTypeFactory(organization=clinic_day.organization, name="Procedure")
        for days in (7, 14):
            taken(clinic_day, TOMORROW - days * A_DAY, patient=visit.patient, status="no-show")
        taken(clinic_day, TOMORROW - 21 * A_DAY, patient=visit.patient, status="completed")
        Appointment.objects.filter(pk=visit.pk).update(created_at=TOMORROW - 20 * A_DAY, appointment_type=kind)
        page = desk.get("/calls/")
        assertContains(page, ">09:00</time>")
        assertContains(page, 'href="tel:+959250088870">09 250 08<b>8 870</b>')
        assertContains(page, "2 no-shows in the last 3, booked 20 days ahead")
        assertContains(page, "6 points")
        assertContains(page, "Procedure")

    @pytest.mark.parametrize(
        ("before", "booked", "words"),
        [
            ([], 0, "Never here before, booked for the same day"),
            (["completed"], 1, "Came the last time, booked 1 day ahead"),
            (["completed", "completed"], 2, "Came the last 2 times, booked 2 days ahead"),
            (["no-show"], 2, "1 no-show in the last 1, booked 2 days ahead"),
        ],
    )
    def test_why_it_stands_where_it_does_is_said_in_words(self, clinic_day, desk, visit, before, booked, words):
        for number, status in enumerate(before, start=1):
            taken(clinic_day, TOMORROW - 7 * number * A_DAY, patient=visit.patient, status=status)
        Appointment.objects.filter(pk=visit.pk).update(created_at=TOMORROW - booked * A_DAY)
        assertContains(desk.get("/calls/"), words)

    @pytest.mark.usefixtures("visit")
    def test_the_rule_stands_on_the_page(self, desk):
        page = desk.get("/calls/")
        assertContains(page, "2 for each no-show among the patient's last 5 visits whose outcome is known")
        assertContains(page, "2 for a visit booked 15 days ahead or more")
        assertContains(page, "1 for one booked 8 days ahead or more, and 1 for a patient who was never here.")

    def test_a_patient_without_a_phone_is_marked(self, clinic_day, desk):
        taken(clinic_day, TOMORROW, patient=PatientFactory(organization=clinic_day.organization, phone=""))
        page = desk.get("/calls/")
        assertContains(page, "Without a phone")
        assertContains(page, "no phone")
        assertNotContains(page, 'value="no-answer"')

    def test_a_request_is_not_called_about_but_told_of(self, clinic_day, desk, visit):
        taken(clinic_day, TOMORROW + minutes(30), status="pending")
        assert shown(desk) == [visit]
        assertContains(desk.get("/calls/"), "1 request waits")

    def test_nothing_to_do(self, clinic_day, desk):
        assertContains(desk.get("/calls/"), "Nobody is to be called about Tuesday 8 January")
        taken(clinic_day, TOMORROW, status="confirmed")
        assertContains(desk.get("/calls/"), "1 patient has confirmed.")

    def test_without_a_clinic_it_says_so(self):
        assertContains(signed_in(OrganizationFactory()).get("/calls/"), "There is no clinic yet")

    def test_a_wrong_date_is_named_and_tomorrow_shown(self, desk, visit):
        answer = desk.get("/calls/", {"date": "2030-02-30"})
        assertContains(answer, "Tomorrow is shown instead.", status_code=422)
        assert [call.appointment for call in answer.context["page"].calls.to_call] == [visit]

    @pytest.mark.parametrize("query", [{"clinic": "999999"}, {"clinic": "x"}])
    def test_what_is_not_there(self, desk, query):
        assert desk.get("/calls/", query).status_code == 404

    def test_the_clinic_is_kept_for_the_next_page(self, clinic_day, desk):
        other = ClinicFactory(organization=clinic_day.organization)
        desk.get("/calls/", {"clinic": other.pk})
        assert page_of(desk).clinic == other

    def test_it_goes_to_the_days_around(self, desk):
        page = page_of(desk, date="2030-01-20")
        assert [url.partition("?")[2].partition("&")[0] for url in (page.before_url, page.after_url)] == [
            "date=2030-01-19",
            "date=2030-01-21",
        ]
        assert ("date=2030-01-07" in page.today_url, "date=2030-01-08" in page.tomorrow_url) == (True, True)


class TestTheAnswers:
    def test_comes_confirms(self, desk, visit):
        answer = say(desk, visit, "comes")
        assertRedirects(answer, f"/calls/?date=2030-01-08&clinic={visit.clinic_id}", status_code=303)
        assert status_of(visit) == "confirmed"
        assert ActivityEvent.objects.latest("id").actor == desk.user

    def test_cannot_come_cancels_at_the_patients_request(self, desk, visit):
        assert say(desk, visit, "cannot").status_code == 303
        visit.refresh_from_db()
        assert (visit.status, visit.cancellation_reason) == ("cancelled", "patient_request")

    def test_no_answer_is_noted_as_often_as_it_happens(self, desk, visit, time_machine):
        for minute, times in enumerate(["called 06:00, no answer", "called 2 times, last 06:01, no answer"]):
            time_machine.move_to(SIX + minutes(minute), tick=False)
            assert say(desk, visit, "no-answer").status_code == 303
            assertContains(desk.get("/calls/"), times)
        assert (status_of(visit), Appointment.objects.get(pk=visit.pk).version) == ("booked", 1)

    def test_what_was_written_is_said(self, desk, visit):
        said = {"expected_version": 1, "outcome": "no-answer"}
        answer = desk.post(f"/calls/{visit.pk}/", said, follow=True)
        assertContains(answer, "Noted that nobody answered: Tuesday 8 January, 09:00.")

    def test_how_far_one_has_come_is_told(self, clinic_day, desk, visit):
        others = [taken(clinic_day, TOMORROW + minutes(30 * number)) for number in (1, 2)]
        say(desk, visit, "comes")
        say(desk, others[0], "no-answer")
        page = desk.get("/calls/")
        assertContains(page, "1 of 3 reached")
        assertContains(page, "1 did not answer")
        assertContains(page, "1 reached today")

    def test_a_visit_moved_to_another_day_is_said_to_be(self, desk, visit):
        service = AppointmentService(visit.organization, actor=desk.user)
        visit.practitioner.assignments.get().schedules.get().working_hours.update(weekday=1)
        service.update_appointment(appointment_id=visit.pk, appointment_date=TOMORROW + 7 * A_DAY)
        page = desk.get("/calls/")
        assertContains(page, "1 of 1 reached")
        assertContains(page, "Moved to Tuesday 15 January, 09:00")
        assertNotContains(page, "/undo/")

    def test_everybody_reached(self, desk, visit):
        say(desk, visit, "comes")
        assertContains(desk.get("/calls/"), "Everybody on the list was reached.")

    def test_the_way_to_another_time(self, desk, visit):
        assertContains(desk.get("/calls/"), f'href="/appointments/{visit.pk}/move/"')

    def test_a_second_press_writes_nothing_more(self, desk, visit):
        say(desk, visit, "comes")
        before = ActivityEvent.objects.count()
        assert say(desk, visit, "comes").status_code == 303
        assert ActivityEvent.objects.count() == before

    def test_what_somebody_else_has_changed_is_stale(self, clinic_day, desk, visit):
        clinic_day.service.update_appointment(appointment_id=visit.pk, notes="Deaf")
        answer = say(desk, visit, "comes")
        assertContains(answer, "Somebody else has changed this in the meantime.", status_code=409)
        assertContains(answer, "Nothing was written.", status_code=409)
        assert status_of(visit) == "booked"

    def test_who_is_no_longer_expected_is_not_called(self, desk, visit):
        say(desk, visit, "cannot")
        answer = say(desk, visit, "no-answer", expected_version=2)
        assertContains(answer, "there is nothing to call for", status_code=409)

    def test_a_late_tap_on_who_has_confirmed_meanwhile_is_refused(self, clinic_day, desk, visit):
        clinic_day.service.update_appointment_status(appointment_id=visit.pk, status="confirmed")
        answer = say(desk, visit, "no-answer")
        assertContains(answer, "Somebody else has changed this in the meantime.", status_code=409)
        answer = say(desk, visit, "no-answer", expected_version=2)
        assertContains(answer, "The patient has confirmed already.", status_code=409)
        assert not ActivityEvent.objects.filter(kind="APPOINTMENT_CALLED").exists()

    @pytest.mark.parametrize(
        ("days", "status", "outcome"),
        [
            *((1, status, "cannot") for status in ("pending", "arrived")),
            *((-1, "booked", outcome) for outcome in ("comes", "cannot", "no-answer")),
        ],
    )
    def test_what_the_list_does_not_offer_is_refused(self, clinic_day, desk, days, status, outcome):
        visit = taken(clinic_day, NINE + days * A_DAY, status=status)
        assertContains(say(desk, visit, outcome), "there is nothing to call for", status_code=409)
        assert status_of(visit) == status

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            *(({"outcome": outcome}, "outcome") for outcome in ("", "confirmed", "cancelled", "\0", "x" * 5000)),
            *(({"expected_version": version}, "expected_version") for version in ("", "x", "0", "9" * 40, "\0")),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_written(self, desk, visit, form, field):
        answer = say(desk, visit, **{"outcome": "comes", **form})
        assert (answer.status_code, list(answer.context["answer"].errors)) == (422, [field])
        assert status_of(visit) == "booked"


class TestUndo:
    def test_a_slip_is_taken_back_from_the_list(self, desk, visit):
        say(desk, visit, "cannot")
        page = desk.get("/calls/")
        assertContains(page, "Last written:")
        back = page.context["page"].here
        undone = desk.post(f"/appointments/{visit.pk}/undo/", {"expected_version": 2, "back": back})
        assertRedirects(undone, back, status_code=303)
        assert (status_of(visit), shown(desk)) == ("booked", [visit])

    def test_after_ten_minutes_it_is_not_offered(self, desk, visit, time_machine):
        say(desk, visit, "cannot")
        time_machine.move_to(SIX + minutes(11), tick=False)
        page = desk.get("/calls/")
        assertNotContains(page, "Last written:")
        assertNotContains(page, "/undo/")

    def test_what_another_has_written_is_not_ones_own_slip(self, clinic_day, desk, visit):
        say(signed_in(clinic_day.organization), visit, "comes")
        page = desk.get("/calls/")
        assertNotContains(page, "Last written:")
        assertContains(page, "/undo/")

    @pytest.mark.parametrize(
        "back",
        [
            "https://evil.example/calls/",
            "//evil.example/calls/",
            "//calls/",
            "/calls/../",
            "javascript:1",
            "http://[",
            "//[",
        ],
    )
    def test_the_way_back_leads_nowhere_else(self, desk, visit, back):
        say(desk, visit, "comes")
        undone = desk.post(f"/appointments/{visit.pk}/undo/", {"expected_version": 2, "back": back})
        assert undone["Location"] == f"/appointments/{visit.pk}/"

    def test_nor_by_one_slash_too_many(self, desk, visit):
        say(desk, visit, "comes")
        undone = desk.post(f"/appointments/{visit.pk}/undo/", {"expected_version": 2, "back": "///calls/?date=t"})
        assert undone["Location"] == "/calls/?date=t"


class TestWhoMay:
    def test_the_navigation_names_it_to_those_who_call(self, clinic_day, desk):
        assertContains(desk.get("/"), 'href="/calls/"')
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=clinic_day.practitioner.user)
        assertNotContains(doctor.get("/"), 'href="/calls/"')

    def test_only_administrators_are_led_to_the_rates(self, clinic_day, desk, visit):
        assertNotContains(desk.get("/calls/"), "/statistics/no-shows/")
        admin = signed_in(clinic_day.organization, Role.ADMINISTRATOR)
        assertContains(admin.get("/calls/"), 'href="/statistics/no-shows/"'), visit

    def test_a_front_desk_of_one_clinic_calls_about_no_other(self, clinic_day, visit):
        there = practice(organization=clinic_day.organization)
        limited = signed_in(clinic_day.organization, clinics=[there.clinic])
        own = taken(there, TOMORROW)
        assert (shown(limited), page_of(limited).clinic) == ([own], there.clinic)
        assert say(limited, visit, "comes").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_as_for_one(clinic_day, desk, count, django_assert_num_queries):
    for number in range(count):
        kind = AppointmentTypeFactory(organization=clinic_day.organization)
        start = TOMORROW + minutes(30 * number)
        taken(clinic_day, start, appointment_type=kind)
        say(desk, taken(clinic_day, start + minutes(120), appointment_type=kind), "no-answer")
        say(desk, taken(clinic_day, start + minutes(240), appointment_type=kind), "comes")
    desk.get("/calls/")
    with django_assert_num_queries(QUERIES):
        calls = desk.get("/calls/").context["page"].calls
    assert [len(rows) for rows in (calls.to_call, calls.tried, calls.reached)] == [count] * 3
    assert Clinic.objects.count() == 1


QUERIES = 7
