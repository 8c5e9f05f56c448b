"""Home: the day's list."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import Role
from tests.factories import AppointmentFactory, ClinicFactory, OrganizationFactory, PatientFactory, UserFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


def visit(day, name, start=NINE, **given):
    return AppointmentFactory(
        patient=PatientFactory(organization=day.organization, name=name),
        practitioner=given.pop("practitioner", day.practitioner),
        clinic=given.pop("clinic", day.clinic),
        appointment_date=start,
        **given,
    )


class TestWhatItShows:
    def test_who_comes_to_whom_today_and_what_is_free(self, clinic_day, desk):
        appointment = visit(clinic_day, "Daw Nwe Ni")
        answer = desk.get("/")
        assertContains(answer, "Today, Monday 7 January")
        assertContains(answer, f'id="appointment-{appointment.pk}"')
        assertContains(answer, "Daw Nwe Ni")
        assertContains(answer, clinic_day.practitioner.name)
        assert len(answer.context["page"].free) == 15

    def test_times_are_those_of_the_clinics_clock(self, clinic_day, desk):
        visit(clinic_day, "Daw Nwe Ni")
        assertContains(desk.get("/"), ">09:00</time>")

    def test_another_date(self, clinic_day, desk):
        visit(clinic_day, "Daw Nwe Ni", NINE + timedelta(days=7))
        assertNotContains(desk.get("/"), "Daw Nwe Ni")
        assertContains(desk.get("/", {"date": "2030-01-14"}), "Daw Nwe Ni")

    def test_a_date_in_burmese_digits(self, clinic_day, desk):
        visit(clinic_day, "Daw Nwe Ni", NINE + timedelta(days=7))
        assertContains(desk.get("/", {"date": "၂၀၃၀-၀၁-၁၄"}), "Daw Nwe Ni")

    def test_one_clinic_at_a_time(self, clinic_day, desk):
        there = ClinicFactory(organization=clinic_day.organization)
        visit(clinic_day, "Daw Nwe Ni", clinic=there)
        assertNotContains(desk.get("/", {"clinic": clinic_day.clinic.pk}), "Daw Nwe Ni")
        assertContains(desk.get("/", {"clinic": there.pk}), "Daw Nwe Ni")

    def test_one_practitioner(self, clinic_day, desk):
        colleague = practice(organization=clinic_day.organization)
        visit(clinic_day, "Daw Nwe Ni")
        visit(clinic_day, "U Ba Thein", practitioner=colleague.practitioner)
        answer = desk.get("/", {"clinic": clinic_day.clinic.pk, "practitioner": colleague.practitioner.pk})
        assertContains(answer, "U Ba Thein")
        assertNotContains(answer, "Daw Nwe Ni")

    def test_a_day_with_nobody_says_so(self, desk):
        assertContains(desk.get("/", {"date": "2030-01-08"}), "Nobody is seen on this Tuesday")

    def test_an_organization_without_a_clinic_says_so(self):
        assertContains(signed_in(OrganizationFactory()).get("/"), "There is no clinic yet")

    def test_no_name_or_phone_is_kept_by_a_browser(self, desk):
        assert "no-store" in desk.get("/")["Cache-Control"]

    def test_it_begins_at_the_oldest_clinic_and_then_where_one_was_last(self, clinic_day, desk):
        there = ClinicFactory(organization=clinic_day.organization, name="A clinic that comes first by name")
        assert desk.get("/").context["page"].clinic == clinic_day.clinic
        desk.get("/", {"clinic": there.pk})
        assert desk.get("/").context["page"].clinic == there
        assert desk.get("/book/").context["page"].clinic == there

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, count, django_assert_num_queries
    ):
        for number in range(count):
            visit(clinic_day, f"Patient {number}", NINE + minutes(30 * number))
        desk.get("/")
        with django_assert_num_queries(QUERIES):
            desk.get("/")


QUERIES = 15


class TestWhoSeesWhat:
    def test_a_stranger_is_sent_to_the_door_and_back(self, client):
        assert client.get("/?date=2030-01-07")["Location"] == "/login/?next=/%3Fdate%3D2030-01-07"

    def test_another_organization_sees_nothing_of_it(self, clinic_day):
        visit(clinic_day, "Daw Nwe Ni")
        other = signed_in(practice().organization)
        assertNotContains(other.get("/"), "Daw Nwe Ni")
        assert other.get("/", {"clinic": clinic_day.clinic.pk}).status_code == 404
        assert other.get("/", {"practitioner": clinic_day.practitioner.pk}).status_code == 404

    def test_a_practitioner_sees_only_own_appointments(self, clinic_day):
        user = UserFactory()
        own = practice(organization=clinic_day.organization).practitioner
        own.user = user
        own.save(update_fields=["user"])
        visit(clinic_day, "Daw Nwe Ni")
        visit(clinic_day, "U Ba Thein", practitioner=own)
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=user)
        answer = doctor.get("/", {"clinic": clinic_day.clinic.pk})
        assertContains(answer, "U Ba Thein")
        assertNotContains(answer, "Daw Nwe Ni")
        assertNotContains(answer, "/book/")
        assert doctor.get("/", {"practitioner": clinic_day.practitioner.pk}).status_code == 404

    def test_a_practitioner_who_is_nobody_here_sees_nobody(self, clinic_day):
        visit(clinic_day, "Daw Nwe Ni")
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assertNotContains(doctor.get("/"), "Daw Nwe Ni")

    def test_a_desk_sees_only_its_clinics(self, clinic_day):
        there = ClinicFactory(organization=clinic_day.organization)
        browser = signed_in(clinic_day.organization, clinics=[there])
        assert browser.get("/").context["page"].clinic == there
        assert browser.get("/", {"clinic": clinic_day.clinic.pk}).status_code == 404

    def test_a_user_of_no_organization_is_told_so(self, client):
        client.force_login(UserFactory(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend")
        assertContains(client.get("/"), "You do not belong to an organization", status_code=403)


class TestBadInput:
    @pytest.mark.parametrize(
        "date", ["0001-01-01", "9999-12-31", "2030-02-30", "banana", "\0", "1" * 10_000, "2030-01-07T09:00"]
    )
    def test_a_date_that_is_none_is_named_and_today_is_shown(self, desk, date):
        answer = desk.get("/", {"date": date})
        assertContains(answer, "<b>Date</b>", status_code=422)
        assertContains(answer, "Today, Monday 7 January", status_code=422)

    @pytest.mark.parametrize("key", ["clinic", "practitioner"])
    @pytest.mark.parametrize("value", ["0", "-1", "999999", "9" * 40, "x", "\0", "1.5"])
    def test_an_id_that_is_none_is_not_here(self, desk, key, value):
        assert desk.get("/", {key: value}).status_code == 404

    def test_it_is_only_read(self, desk):
        assert desk.post(reverse("day")).status_code == 405
