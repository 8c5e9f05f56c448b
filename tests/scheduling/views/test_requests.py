"""The list of requests: shown, confirmed, declined, and by whom."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Role
from scheduling.models import Appointment
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(clinic_day):
    return clinic_day.book(status="pending")


def answer(browser, appointment, **said):
    return browser.post(f"/requests/{appointment.pk}/", {"expected_version": appointment.version, **said})


def status_of(appointment):
    return Appointment.objects.values_list("status", flat=True).get(pk=appointment.pk)


class TestTheList:
    def test_what_was_saved_as_a_request_is_in_it(self, clinic_day, desk, form):
        desk.post("/book/", {**form, "status": "pending"})
        page = desk.get("/requests/")
        assertContains(page, f"<bdi>{clinic_day.patient}</bdi>")
        assertContains(page, f"taken down by {desk.user}")
        assertContains(page, "09:00")

    def test_only_what_is_pending_by_time(self, clinic_day, desk):
        later = clinic_day.book(NINE + minutes(60), status="pending")
        clinic_day.book(NINE + minutes(120), patient_id=PatientFactory(organization=clinic_day.organization).pk)
        sooner = clinic_day.book(status="pending")
        assert list(desk.get("/requests/").context["requests"]) == [sooner, later]

    def test_the_navigation_counts_them(self, desk, asked):
        assertContains(desk.get("/"), '<b class="badge">1</b>')
        answer(desk, asked, status="booked")
        assertNotContains(desk.get("/"), "badge")

    def test_one_whose_time_has_passed_says_so(self, clinic_day, desk):
        AppointmentFactory(
            practitioner=clinic_day.practitioner,
            clinic=clinic_day.clinic,
            patient=clinic_day.patient,
            appointment_date=NINE - minutes(24 * 60),
            status="pending",
        )
        assertContains(desk.get("/requests/"), "has passed")

    def test_none(self, desk):
        assertContains(desk.get("/requests/"), "No request waits for an answer")

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, count, django_assert_num_queries
    ):
        for number in range(count):
            clinic_day.book(NINE + minutes(60 * number), status="pending")
        desk.get("/requests/")
        with django_assert_num_queries(4):
            desk.get("/requests/")


class TestAnswering:
    def test_confirmed_it_is_booked(self, desk, asked):
        assertRedirects(answer(desk, asked, status="booked"), "/requests/", status_code=303)
        assert status_of(asked) == "booked"
        assert ActivityEvent.objects.latest("id").actor == desk.user

    def test_the_answer_is_said_without_a_name(self, desk, asked):
        page = desk.post(f"/requests/{asked.pk}/", {"expected_version": 1, "status": "booked"}, follow=True)
        assertContains(page, "Confirmed: Monday 7 January, 09:00.")
        assertNotContains(page, str(asked.patient))

    def test_declined_its_time_is_free_again(self, clinic_day, desk, asked):
        given = {"status": "cancelled", "cancellation_reason": "patient_request", "reason": "Will call again"}
        assert answer(desk, asked, **given).status_code == 303
        assert status_of(asked) == "cancelled"
        assert ActivityEvent.objects.latest("id").reason == "Will call again"
        assert "09:00" in clinic_day.starts()

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"status": "cancelled"}, "cancellation_reason"),
            ({"status": "cancelled", "cancellation_reason": "other"}, "reason"),
            ({"status": "cancelled", "cancellation_reason": "weather"}, "cancellation_reason"),
            ({"status": "cancelled", "cancellation_reason": "other", "reason": "\0"}, "reason"),
            ({"status": "cancelled", "cancellation_reason": "other", "reason": "x" * 2001}, "reason"),
            ({"status": "completed"}, "status"),
            ({"status": "\0"}, "status"),
            ({}, "status"),
            *(
                ({"status": "booked", "expected_version": version}, "expected_version")
                for version in ("", "x", "0", "-1", "9" * 40)
            ),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_written(self, desk, asked, said, field):
        page = answer(desk, asked, **said)
        assert (page.status_code, list(page.context["answer"].errors)) == (422, [field])
        assertContains(page, 'role="alert"', status_code=422)
        assert status_of(asked) == "pending"

    def test_what_somebody_else_has_answered_is_stale(self, desk, asked):
        assert answer(desk, asked, status="booked").status_code == 303
        assertContains(
            answer(desk, asked, status="cancelled", cancellation_reason="duplicate"),
            "Somebody else has changed this in the meantime.",
            status_code=409,
        )
        assert status_of(asked) == "booked"

    @pytest.mark.parametrize(
        "said", [{"status": "booked"}, {"status": "cancelled", "cancellation_reason": "duplicate"}]
    )
    def test_what_is_booked_is_no_request(self, clinic_day, desk, said):
        booked = clinic_day.book()
        assert answer(desk, booked, **said).status_code == 409
        assert status_of(booked) == "booked"

    def test_only_by_post(self, desk, asked):
        assert desk.get(f"/requests/{asked.pk}/").status_code == 405


class TestWhoMay:
    def test_a_stranger_is_sent_to_the_door(self, client, asked):
        assert client.get("/requests/")["Location"] == "/login/?next=/requests/"
        assert answer(client, asked, status="booked").status_code == 302
        assert status_of(asked) == "pending"

    def test_a_practitioner_does_not_answer(self, clinic_day, asked):
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assert [doctor.get("/requests/").status_code, answer(doctor, asked, status="booked").status_code] == [403, 403]
        assert status_of(asked) == "pending"

    def test_a_desk_of_another_clinic_neither_sees_nor_answers(self, clinic_day, asked):
        there = signed_in(clinic_day.organization, clinics=[ClinicFactory(organization=clinic_day.organization)])
        assert list(there.get("/requests/").context["requests"]) == []
        assert answer(there, asked, status="booked").status_code == 404

    def test_another_organization_neither_sees_nor_answers(self, asked):
        stranger = signed_in(practice().organization, Role.ADMINISTRATOR)
        assert list(stranger.get("/requests/").context["requests"]) == []
        assert answer(stranger, asked, status="booked").status_code == 404
        assert status_of(asked) == "pending"
