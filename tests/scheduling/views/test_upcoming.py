"""What is to come: the rows, the counts that filter them, and who sees which."""

from datetime import timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import Role
from tests.factories import AppointmentFactory, AppointmentTypeFactory, ClinicFactory, PatientFactory, UserFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in, taken

pytestmark = pytest.mark.django_db
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


def shown(browser, **query):
    return [visit for _day, visits in page_of(browser, **query).days for visit in visits]


def page_of(browser, **query):
    return browser.get("/upcoming/", query).context["page"]


def tallies(rows):
    return {tally.label: tally.count for tally in rows}


class TestWhatItShows:
    def test_by_day_and_time_in_the_clinics_zone(self, clinic_day, desk):
        later, first = taken(clinic_day, NINE + A_DAY), taken(clinic_day)
        taken(clinic_day, NINE - A_DAY)
        taken(clinic_day, NINE + minutes(30), status="cancelled")
        answer = desk.get("/upcoming/")
        assert [(f"{day}", visits) for day, visits in answer.context["page"].days] == [
            ("2030-01-07", [first]),
            ("2030-01-08", [later]),
        ]
        assertContains(answer, "Monday 7 January")
        assertContains(answer, ">09:00</time>")

    def test_a_day_is_that_of_each_clinic(self, clinic_day, desk):
        """At 22:00 in Yangon it is the next day in Tokyo."""
        tokyo = ClinicFactory(organization=clinic_day.organization, timezone="Asia/Tokyo")
        late = taken(clinic_day, NINE + minutes(14 * 60))
        person = colleague_of(clinic_day)
        there = AppointmentFactory(practitioner=person, clinic=tokyo, appointment_date=NINE + minutes(13 * 60))
        days = [(day.day, visits) for day, visits in page_of(desk).days]
        assert days == [(7, [late]), (8, [there])]

    def test_nothing_at_all(self, desk):
        assertContains(desk.get("/upcoming/"), "Nothing is booked from now on")

    def test_nothing_that_fits(self, clinic_day, desk):
        taken(clinic_day)
        answer = desk.get("/upcoming/", {"start_date": "2031-01-01"})
        assertContains(answer, "Nothing to come fits this")
        assertContains(answer, 'href="/upcoming/"')

    def test_fifty_to_a_page_and_the_filters_stay(self, clinic_day, desk):
        for number in range(51):
            taken(clinic_day, NINE + number * A_DAY)
        query = {"clinic": clinic_day.clinic.pk, "status": "booked"}
        assert (len(shown(desk, **query)), len(shown(desk, **query, page=2))) == (50, 1)
        assertContains(
            desk.get("/upcoming/", query), f'href="?clinic={clinic_day.clinic.pk}&amp;status=booked&amp;page=2"'
        )

    @pytest.mark.parametrize("number", ["0", "x", "99"])
    def test_a_page_that_is_not_there_is_the_nearest(self, clinic_day, desk, number):
        assert shown(desk, page=number) == shown(desk)
        row = taken(clinic_day)
        assert shown(desk, page=number) == [row]


class TestFilters:
    def test_by_practitioner_clinic_and_patient(self, clinic_day, desk):
        there = practice(organization=clinic_day.organization)
        here, elsewhere = taken(clinic_day), taken(there)
        assert shown(desk) == [here, elsewhere]
        assert shown(desk, practitioner=clinic_day.practitioner.pk) == [here]
        assert shown(desk, clinic=there.clinic.pk) == [elsewhere]
        answer = desk.get("/upcoming/", {"patient": here.patient_id})
        assert [visit for _day, visits in answer.context["page"].days for visit in visits] == [here]
        assertContains(answer, f'href="/patients/{here.patient_id}/"')
        assertContains(answer, f'name="patient" value="{here.patient_id}"')

    def test_by_status_and_type(self, clinic_day, desk):
        kind = AppointmentTypeFactory(organization=clinic_day.organization, code="follow-up")
        booked = taken(clinic_day, appointment_type=kind)
        pending = taken(clinic_day, NINE + A_DAY, status="pending")
        assert shown(desk, status="pending") == [pending]
        assert shown(desk, type="follow-up") == [booked]
        assert shown(desk, type="follow-up", status="pending") == []

    def test_by_dates_in_either_digits(self, clinic_day, desk, time_machine):
        today, later = taken(clinic_day), taken(clinic_day, NINE + A_WEEK)
        time_machine.move_to(NINE + minutes(60))
        assert shown(desk) == [later]
        assert shown(desk, start_date="2030-01-07") == [today, later]
        assert shown(desk, start_date="၂၀၃၀-၀၁-၀၇", end_date="2030-01-07") == [today]

    def test_the_counts_tell_what_each_link_shows(self, clinic_day, desk):
        kind = AppointmentTypeFactory(organization=clinic_day.organization, code="follow-up", name="Follow-up")
        AppointmentTypeFactory(organization=clinic_day.organization, code="procedure", name="Procedure")
        taken(clinic_day, appointment_type=kind)
        taken(clinic_day, NINE + A_DAY, appointment_type=kind, status="pending")
        taken(clinic_day, NINE + 2 * A_DAY, status="pending")
        page = page_of(desk)
        assert tallies([page.of_any_status, *page.statuses]) == {"All": 3, "Pending": 2, "Booked": 1}
        assert tallies([page.of_any_type, *page.types]) == {"All": 3, "Follow-up": 2, "Without a type": 1}
        page = page_of(desk, status="pending")
        assert tallies([page.of_any_type, *page.types]) == {"All": 2, "Follow-up": 1, "Without a type": 1}
        page = page_of(desk, type="follow-up")
        assert tallies([page.of_any_status, *page.statuses]) == {"All": 2, "Pending": 1, "Booked": 1}
        for tally in filter(lambda each: each.url, (*page.statuses, *page.types)):
            assert len(shown(desk, **dict(part.split("=") for part in tally.url.partition("?")[2].split("&")))) == (
                tally.count
            )

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"start_date": "x"}, "start_date"),
            ({"end_date": "2030-02-30"}, "end_date"),
            ({"start_date": "0001-01-01"}, "start_date"),
            ({"start_date": "2030-01-08", "end_date": "2030-01-07"}, "end_date"),
            ({"start_date": "2030-01-01", "end_date": "2031-06-01"}, "end_date"),
            ({"end_date": "2029-12-31"}, "end_date"),
        ],
    )
    def test_a_wrong_date_is_named_and_left_out(self, clinic_day, desk, query, field):
        row = taken(clinic_day, NINE + A_WEEK)
        answer = desk.get("/upcoming/", query)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        assertContains(answer, f'href="#{field}"', status_code=422)
        assert [visit for _day, visits in answer.context["page"].days for visit in visits] == [row]

    @pytest.mark.parametrize("name", ["practitioner", "clinic", "patient", "type", "status"])
    def test_what_is_not_there(self, desk, name):
        assert desk.get("/upcoming/", {name: "999999"}).status_code == 404


class TestWhoSeesWhat:
    def test_another_organization_sees_nothing_of_it(self, clinic_day):
        taken(clinic_day)
        other = signed_in(practice().organization)
        assert (shown(other), page_of(other).found.summary.total) == ([], 0)
        for name in ("practitioner", "clinic", "patient"):
            assert other.get("/upcoming/", {name: getattr(clinic_day, name).pk}).status_code == 404

    def test_a_practitioner_sees_and_counts_only_own(self, clinic_day):
        clinic_day.practitioner.user = UserFactory()
        clinic_day.practitioner.save(update_fields=["user"])
        mine = taken(clinic_day)
        AppointmentFactory(practitioner=colleague_of(clinic_day), clinic=clinic_day.clinic, appointment_date=NINE)
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=clinic_day.practitioner.user)
        assert (shown(doctor), page_of(doctor).of_any_status.count) == ([mine], 1)
        assertNotContains(doctor.get("/upcoming/"), "/book/")
        page = page_of(doctor, patient=mine.patient_id)
        assert (tallies(page.statuses), shown(doctor, patient=mine.patient_id)) == ({"Booked": 1}, [mine])
        stranger = PatientFactory(organization=clinic_day.organization)
        assert doctor.get("/upcoming/", {"patient": stranger.pk}).status_code == 404

    def test_a_front_desk_of_one_clinic_sees_and_counts_its_own(self, clinic_day):
        there = practice(organization=clinic_day.organization)
        taken(clinic_day)
        own = taken(there)
        limited = signed_in(clinic_day.organization, clinics=[there.clinic])
        assert (shown(limited), page_of(limited).of_any_status.count) == ([own], 1)


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_as_for_one(clinic_day, desk, count, django_assert_num_queries):
    for number in range(count):
        kind = AppointmentTypeFactory(organization=clinic_day.organization)
        taken(clinic_day, NINE + number * A_DAY, appointment_type=kind)
    query = {"start_date": "2030-01-07", "end_date": "2030-03-01"}
    desk.get("/upcoming/", query)
    with django_assert_num_queries(QUERIES):
        desk.get("/upcoming/", query)


QUERIES = 9
