"""The board: the day as columns and as a table, and what it counts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from scheduling.models import Appointment
from tests.factories import (
    AppointmentFactory,
    ClinicClosureFactory,
    ClinicFactory,
    OrganizationFactory,
    PatientFactory,
    UserFactory,
)
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in

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
        assertContains(answer, "Today, </span>Monday 7 January")
        assertContains(answer, f'id="appointment-{appointment.pk}"')
        assertContains(answer, "Daw Nwe Ni")
        assertContains(answer, clinic_day.practitioner.name)
        assert len(answer.context["page"].all_free) == 15

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

    def test_a_closed_clinic_says_so(self, clinic_day, desk):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=NINE.date())
        assertContains(desk.get("/"), "is closed on this Monday")

    def test_who_was_to_come_to_a_closed_clinic_is_still_shown(self, clinic_day, desk):
        visit(clinic_day, "Daw Nwe Ni")
        ClinicClosureFactory(clinic=clinic_day.clinic, date=NINE.date())
        answer = desk.get("/")
        assertContains(answer, "Daw Nwe Ni")
        assertContains(answer, "Closed")

    def test_whose_day_has_visits_can_be_given_to_a_colleague(self, clinic_day, desk):
        link = f"/follow-up/takeover/?practitioner={clinic_day.practitioner.pk}&amp;clinic={clinic_day.clinic.pk}"
        assertNotContains(desk.get("/"), link)
        clinic_day.book()
        assertContains(desk.get("/"), f'{link}&amp;date=2030-01-07"')
        assertNotContains(desk.get("/?date=2030-01-06"), link)

    def test_a_burmese_name_is_marked_as_burmese(self, clinic_day, desk):
        visit(clinic_day, "ဒေါ်ခင်မြတ်နိုး")
        assertContains(desk.get("/"), '<bdi class="n" lang="my">ဒေါ်ခင်မြတ်နိုး</bdi>')

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, count, django_assert_num_queries
    ):
        for number in range(count):
            visit(clinic_day, f"Patient {number}", NINE + minutes(30 * number))
        desk.get("/")
        with django_assert_num_queries(QUERIES):
            desk.get("/")

    def test_a_full_day_of_twelve_practitioners_asks_no_oftener(self, clinic_day, desk, django_assert_num_queries):
        people = [clinic_day.practitioner, *(colleague_of(clinic_day, f"Dr {number}") for number in range(11))]
        patients = [PatientFactory(organization=clinic_day.organization) for _ in range(40)]
        Appointment.objects.bulk_create(
            AppointmentFactory.build(
                organization=clinic_day.organization,
                practitioner=practitioner,
                clinic=clinic_day.clinic,
                patient=patient,
                appointment_date=NINE + minutes(12 * number),
                duration=12,
                status="completed",
            )
            for practitioner in people
            for number, patient in enumerate(patients)
        )
        desk.get("/")
        with django_assert_num_queries(QUERIES):
            answer = desk.get("/")
        assertContains(answer, '<li id="appointment-', count=480)


QUERIES = 8


class TestTheTable:
    def test_it_has_a_row_for_each_visit(self, clinic_day, desk):
        appointment = visit(clinic_day, "Daw Nwe Ni", notes="Hard of hearing")
        answer = desk.get("/", {"view": "table"})
        assertContains(answer, f'<tr id="appointment-{appointment.pk}"')
        assertContains(answer, "Hard of hearing")
        assertContains(answer, '<th scope="col">Patient</th>')

    def test_another_view_does_not_exist(self, desk):
        assert desk.get("/", {"view": "pie"}).status_code == 404


class TestTheCounts:
    @pytest.fixture
    def at_ten(self, clinic_day, time_machine):
        """Ten o'clock: one waits since a quarter past nine, one is late, one is to come."""
        time_machine.move_to(NINE + minutes(60), tick=False)
        visit(clinic_day, "Waiting", status="arrived", checked_in_at=NINE + minutes(15))
        visit(clinic_day, "Late", NINE + minutes(30), status="confirmed")
        visit(clinic_day, "To come", NINE + minutes(120))
        visit(clinic_day, "Gone", NINE + minutes(180), status="cancelled")

    @pytest.mark.parametrize(
        ("show", "names"),
        [
            ("", {"Waiting", "Late", "To come", "Gone"}),
            ("to-come", {"Late", "To come"}),
            ("arrived", {"Waiting"}),
            ("waiting", {"Waiting"}),
            ("late", {"Late"}),
            ("free", set()),
        ],
    )
    @pytest.mark.usefixtures("at_ten")
    def test_each_shows_whom_it_counts(self, desk, show, names):
        page = desk.get("/", {"show": show}).context["page"]
        assert {str(each.appointment.patient) for each in page.visits} == names
        assert {count.name: number for count, number, _url in page.counts}[show] == (len(names) or len(page.all_free))

    @pytest.mark.usefixtures("at_ten")
    def test_how_long_somebody_waits_and_how_late_somebody_is(self, desk):
        answer = desk.get("/")
        assertContains(answer, "45 min")
        assertContains(answer, "30 min late")

    @pytest.mark.usefixtures("at_ten")
    def test_they_are_the_same_whatever_is_shown(self, desk):
        def numbers(show):
            return [number for _count, number, _url in desk.get("/", {"show": show}).context["page"].counts]

        assert numbers("late") == numbers("")

    def test_of_another_day_nobody_is_late_or_waiting(self, desk):
        counts = desk.get("/", {"date": "2030-01-14"}).context["page"].counts
        assert [count.name for count, _number, _url in counts] == ["", "to-come", "free"]

    def test_another_count_does_not_exist(self, desk):
        assert desk.get("/", {"show": "banana"}).status_code == 404


class TestWhatCanBeDone:
    def test_a_step_leads_back_to_the_day_that_was_looked_at(self, clinic_day, desk):
        appointment = visit(clinic_day, "Daw Nwe Ni")
        back = f"/?date=2030-01-07&clinic={clinic_day.clinic.pk}"
        address = f"/appointments/{appointment.pk}/status/?expected_version=1"
        assertContains(desk.get("/"), f'formaction="{address}" name="status" value="arrived"')
        answer = desk.post(address, {"status": "arrived", "back": back})
        assertRedirects(answer, f"{back}#appointment-{appointment.pk}", 303, fetch_redirect_response=False)
        assertContains(desk.get(back), f"/appointments/{appointment.pk}/undo/?expected_version=2")

    @pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "/admin/", "", "\0"])
    def test_a_step_leads_nowhere_else(self, clinic_day, desk, back):
        appointment = visit(clinic_day, "Daw Nwe Ni")
        answer = desk.post(
            f"/appointments/{appointment.pk}/status/?expected_version=1", {"status": "arrived", "back": back}
        )
        assertRedirects(answer, f"/appointments/{appointment.pk}/", 303)

    def test_without_a_change_to_take_back_there_is_no_undo(self, clinic_day, desk):
        visit(clinic_day, "Daw Nwe Ni")
        assertNotContains(desk.get("/"), "/undo/")


class TestWhoSeesWhat:
    def test_a_stranger_is_sent_to_the_door_and_back(self, client):
        assert client.get("/?date=2030-01-07")["Location"] == "/login/?next=/%3Fdate%3D2030-01-07"

    def test_another_organization_sees_nothing_of_it(self, clinic_day):
        visit(clinic_day, "Daw Nwe Ni")
        other = signed_in(practice().organization)
        assertNotContains(other.get("/"), "Daw Nwe Ni")
        assert other.get("/", {"clinic": clinic_day.clinic.pk}).status_code == 404
        assert other.get("/", {"practitioner": clinic_day.practitioner.pk}).status_code == 404

    def test_a_practitioner_is_shown_the_own_day_instead(self, clinic_day):
        visit(clinic_day, "Daw Nwe Ni")
        answer = signed_in(clinic_day.organization, Role.PRACTITIONER).get("/", {"clinic": clinic_day.clinic.pk})
        assertNotContains(answer, "Daw Nwe Ni")
        assertNotContains(answer, 'id="board"')

    def test_a_desk_sees_only_its_clinics(self, clinic_day):
        there = ClinicFactory(organization=clinic_day.organization)
        browser = signed_in(clinic_day.organization, clinics=[there])
        assert browser.get("/").context["page"].clinic == there
        assert browser.get("/", {"clinic": clinic_day.clinic.pk}).status_code == 404

    def test_a_user_of_no_organization_is_told_so(self, client):
        client.force_login(UserFactory(), backend="clinics.authentication.MemberBackend")
        assertContains(client.get("/"), "You do not belong to an organization", status_code=403)


class TestBadInput:
    @pytest.mark.parametrize(
        "date", ["0001-01-01", "9999-12-31", "2030-02-30", "banana", "\0", "1" * 10_000, "2030-01-07T09:00"]
    )
    def test_a_date_that_is_none_is_named_and_today_is_shown(self, desk, date):
        answer = desk.get("/", {"date": date})
        assertContains(answer, "<b>Date</b>", status_code=422)
        assertContains(answer, "Today, </span>Monday 7 January", status_code=422)

    @pytest.mark.parametrize("key", ["clinic", "practitioner"])
    @pytest.mark.parametrize("value", ["0", "-1", "999999", "9" * 40, "x", "\0", "1.5"])
    def test_an_id_that_is_none_is_not_here(self, desk, key, value):
        assert desk.get("/", {key: value}).status_code == 404

    def test_it_is_only_read(self, desk):
        assert desk.post(reverse("day")).status_code == 405
