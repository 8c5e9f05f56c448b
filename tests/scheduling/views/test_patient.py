"""One patient's page: who it is, what is to come and what was."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import Role
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicFactory,
    PatientFactory,
    PractitionerFactory,
    UserFactory,
)
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in, taken

pytestmark = pytest.mark.django_db
A_WEEK = timedelta(days=7)


@pytest.fixture
def nwe(clinic_day):
    return PatientFactory(organization=clinic_day.organization, name="Daw Nwe Ni")


def page_of(browser, patient, **query):
    return browser.get(f"/patients/{patient.pk}/", query)


def context_of(browser, patient, **query):
    return page_of(browser, patient, **query).context


def coming(browser, patient):
    return [each.appointment for each in context_of(browser, patient)["page"].coming]


def doctor_of(day):
    day.practitioner.user = UserFactory()
    day.practitioner.save(update_fields=["user"])
    return signed_in(day.organization, Role.PRACTITIONER, user=day.practitioner.user)


class TestWhoItIs:
    def test_the_facts(self, clinic_day, desk):
        patient = PatientFactory(
            organization=clinic_day.organization,
            name="Daw Nwe Ni",
            record_number="MR-004182",
            phone="+959795115512",
            email="nwe@gmail.com",
            birth_date=date(1968, 6, 9),
        )
        answer = page_of(desk, patient)
        for said in ("Daw Nwe Ni", "MR-004182", "tel:+959795115512", "nwe@gmail.com", "61 years", "born 9 June 1968"):
            assertContains(answer, said)
        assertContains(answer, "မြန်မာ")

    def test_an_age_that_was_estimated(self, clinic_day, desk):
        estimated = {"birth_date": date(1968, 1, 1), "birth_date_estimated": True}
        answer = page_of(desk, PatientFactory(organization=clinic_day.organization, **estimated))
        assertContains(answer, "about 62 years")
        assertNotContains(answer, "born")

    def test_nothing_known_but_the_name(self, desk, nwe):
        answer = page_of(desk, nwe)
        assertContains(answer, "age not known")
        assertContains(answer, "Nothing is booked.")
        assertContains(answer, "No visit yet.")
        assertNotContains(answer, "tel:")

    def test_somebody_who_may_be_the_same_person(self, clinic_day, desk, nwe):
        twin = PatientFactory(organization=clinic_day.organization, name="Daw Nwe Ni", record_number="MR-7")
        PatientFactory(organization=clinic_day.organization, name="U Ba Thein")
        assert context_of(desk, nwe)["page"].maybe_same == [twin]
        assertContains(page_of(desk, nwe), reverse("patient", args=[twin.pk]))

    def test_no_name_or_phone_is_kept_by_a_browser(self, desk, nwe):
        assert "no-store" in page_of(desk, nwe)["Cache-Control"]


class TestToCome:
    def test_how_many_of_each_status(self, clinic_day, desk, nwe):
        for number, status in enumerate(("booked", "pending", "booked", "completed")):
            taken(clinic_day, NINE + number * A_WEEK, patient=nwe, status=status)
        taken(clinic_day, NINE - A_WEEK, patient=nwe)
        answer = page_of(desk, nwe)
        assert answer.context["page"].coming_by_status == [("pending", 1), ("booked", 2)]
        assertContains(answer, "2 Booked</span>")

    def test_those_of_today_are_there_whatever_the_hour(self, clinic_day, desk, nwe, time_machine):
        taken(clinic_day, NINE - timedelta(days=1), patient=nwe)
        today = taken(clinic_day, patient=nwe)
        time_machine.move_to(NINE + minutes(300), tick=False)
        assert coming(desk, nwe) == [today]

    def test_what_can_be_done_today_and_later(self, clinic_day, desk, nwe):
        today, later = taken(clinic_day, patient=nwe), taken(clinic_day, NINE + A_WEEK, patient=nwe, status="pending")
        answer = page_of(desk, nwe)
        check_in = f'action="{reverse("appointment_step", args=[today.pk])}"'
        assertContains(answer, check_in, count=1)
        assertNotContains(answer, reverse("appointment_step", args=[later.pk]))
        for visit in (today, later):
            for route in ("appointment", "appointment_move", "appointment_cancel"):
                assertContains(answer, f'href="{reverse(route, args=[visit.pk])}"')

    def test_the_button_checks_in(self, clinic_day, desk, nwe):
        visit = taken(clinic_day, patient=nwe)
        desk.post(reverse("appointment_step", args=[visit.pk]), {"status": "arrived", "expected_version": 1})
        visit.refresh_from_db()
        assert visit.status == "arrived"

    def test_who_is_late_or_waits_is_still_to_come(self, clinic_day, desk, nwe, time_machine):
        late = taken(clinic_day, patient=nwe)
        waits = taken(clinic_day, NINE + minutes(30), patient=nwe, status="arrived")
        time_machine.move_to(NINE + minutes(240))
        assert coming(desk, nwe) == [late, waits]

    def test_yesterday_and_what_is_cancelled_is_not(self, clinic_day, desk, nwe):
        cancelled = taken(clinic_day, NINE + A_WEEK, patient=nwe, status="cancelled")
        before = taken(clinic_day, NINE - timedelta(days=1), patient=nwe)
        assert coming(desk, nwe) == []
        assert list(context_of(desk, nwe)["history"]) == [cancelled, before]

    def test_a_time_is_that_of_its_clinic(self, clinic_day, desk, nwe):
        tokyo = ClinicFactory(organization=clinic_day.organization, timezone="Asia/Tokyo")
        taken(clinic_day, patient=nwe)
        AppointmentFactory(
            patient=nwe,
            clinic=tokyo,
            practitioner=PractitionerFactory(organization=clinic_day.organization),
            appointment_date=NINE + minutes(60),
        )
        answer = page_of(desk, nwe)
        assertContains(answer, ">09:00</time>")
        assertContains(answer, ">12:30</time>")
        assertContains(answer, "Asia/Tokyo")


class TestBooking:
    def test_book_and_book_again_like_last_time(self, clinic_day, desk, nwe):
        kind = AppointmentTypeFactory(organization=clinic_day.organization, code="follow-up", name="Follow-up")
        taken(clinic_day, NINE - A_WEEK, patient=nwe, status="completed", appointment_type=kind)
        taken(clinic_day, NINE - timedelta(days=1), patient=nwe, status="no-show")
        page = context_of(desk, nwe)["page"]
        assert page.book_url == f"/book/?patient={nwe.pk}"
        assert page.book_again_url == (
            f"/book/?patient={nwe.pk}&clinic={clinic_day.clinic.pk}"
            f"&practitioner={clinic_day.practitioner.pk}&type=follow-up"
        )
        assert desk.get(page.book_again_url).status_code == 200

    def test_a_clinic_that_has_closed_for_good_is_left_out(self, clinic_day, desk, nwe):
        taken(clinic_day, NINE - A_WEEK, patient=nwe, status="completed")
        clinic_day.clinic.is_active = False
        clinic_day.clinic.save()
        again = context_of(desk, nwe)["page"].book_again_url
        assert "clinic" not in again
        assert desk.get(again).status_code == 200

    def test_nothing_like_last_time_without_one(self, desk, nwe):
        assertNotContains(page_of(desk, nwe), "Book again")

    def test_who_is_not_active_any_more_is_not_booked(self, desk, nwe):
        nwe.is_active = False
        nwe.save()
        answer = page_of(desk, nwe)
        assertContains(answer, "Not active any more")
        assertNotContains(answer, "/book/?patient")


class TestHistory:
    def test_the_latest_first_with_the_no_shows_counted(self, clinic_day, desk, nwe):
        rows = [
            taken(clinic_day, NINE - number * A_WEEK, patient=nwe, status=status)
            for number, status in enumerate(("completed", "no-show", "no-show", "cancelled"), start=1)
        ]
        answer = page_of(desk, nwe)
        assert list(answer.context["history"]) == rows
        assertContains(answer, "2 no-shows")
        assertContains(answer, "2, the last in 2029")

    def test_why_it_was_cancelled(self, clinic_day, desk, nwe):
        given = {"status": "cancelled", "cancellation_reason": "patient_request"}
        taken(clinic_day, NINE - A_WEEK, patient=nwe, **given)
        assertContains(page_of(desk, nwe), "the patient asked")

    def test_fifty_to_a_page(self, clinic_day, desk, nwe):
        for number in range(1, 52):
            taken(clinic_day, NINE - number * A_WEEK, patient=nwe, status="completed")
        first, second = (context_of(desk, nwe, page=number)["history"] for number in (1, 2))
        assert (len(first), len(second)) == (50, 1)
        assertContains(page_of(desk, nwe), '<a class="btn" rel="next" href="?page=2">')

    @pytest.mark.parametrize("number", ["0", "x", "99"])
    def test_a_page_that_is_not_there_is_the_nearest(self, clinic_day, desk, nwe, number):
        taken(clinic_day, NINE - A_WEEK, patient=nwe, status="completed")
        assert context_of(desk, nwe, page=number)["history"].number == 1


class TestWhoSeesWhat:
    def test_a_practitioner_sees_own_patients_and_own_visits_with_them(self, clinic_day, nwe):
        mine = taken(clinic_day, patient=nwe)
        colleague = colleague_of(clinic_day)
        theirs = {"practitioner": colleague, "clinic": clinic_day.clinic}
        AppointmentFactory(**theirs, patient=nwe, appointment_date=NINE + A_WEEK)
        AppointmentFactory(**theirs, patient=nwe, appointment_date=NINE - A_WEEK, status="no-show")
        of_theirs = AppointmentFactory(**theirs, appointment_date=NINE).patient
        doctor = doctor_of(clinic_day)
        assert coming(doctor, nwe) == [mine]
        assert list(context_of(doctor, nwe)["history"]) == []
        assert context_of(doctor, nwe)["page"].so_far.no_shows == 0
        assert page_of(doctor, of_theirs).status_code == 404

    def test_a_practitioner_neither_books_nor_moves_nor_is_told_of_others(self, clinic_day, nwe):
        PatientFactory(organization=clinic_day.organization, name="Daw Nwe Ni")
        taken(clinic_day, patient=nwe)
        answer = page_of(doctor_of(clinic_day), nwe)
        for absent in ("/book/", "/move/", "/cancel/", "/status/", "Perhaps the same person"):
            assertNotContains(answer, absent)

    def test_a_front_desk_of_one_clinic_sees_every_patient_and_its_own_visits(self, clinic_day, nwe):
        there = practice(organization=clinic_day.organization)
        taken(clinic_day, patient=nwe)
        limited = signed_in(clinic_day.organization, clinics=[there.clinic])
        assert page_of(limited, nwe).status_code == 200
        assert coming(limited, nwe) == []

    def test_another_organizations_patient_is_not_there(self, desk):
        assert page_of(desk, practice().patient).status_code == 404

    def test_the_appointment_leads_to_its_patient(self, clinic_day, desk, nwe):
        visit = taken(clinic_day, patient=nwe)
        assertContains(desk.get(f"/appointments/{visit.pk}/"), f'href="/patients/{nwe.pk}/"')


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_as_for_one(clinic_day, desk, nwe, count, django_assert_num_queries):
    for number in range(1, count + 1):
        taken(clinic_day, NINE + number * A_WEEK, patient=nwe)
        taken(clinic_day, NINE - number * A_WEEK, patient=nwe, status="completed")
        PatientFactory(organization=clinic_day.organization, name="Daw Nwe Ni")
    page_of(desk, nwe)
    with django_assert_num_queries(QUERIES):
        page_of(desk, nwe)


QUERIES = 17
