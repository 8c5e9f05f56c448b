"""The rates of no-shows as a page: the dates and filters of the address, the words, and whose visits count."""

from datetime import timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import Role
from scheduling.services.no_shows import Rate
from tests.factories import PatientFactory, UserFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in, taken

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture
def admin(clinic_day):
    return signed_in(clinic_day.organization, Role.ADMINISTRATOR)


@pytest.fixture
def add(clinic_day):
    """Give a function that writes visits of Monday the week before, `missed` of so many `known`."""

    def write(missed=1, known=1, day=clinic_day, days=-7, **given):
        for number in range(known):
            status = "no-show" if number < missed else "completed"
            start = NINE + days * A_DAY + minutes(30 * number)
            patient = PatientFactory(organization=day.organization)
            taken(day, start, patient=patient, status=status, **given)

    return write


def total(browser, **query):
    return page_of(browser, **query).counted.total


def page_of(browser, **query):
    return browser.get("/statistics/no-shows/", query).context["page"]


def tables(page):
    return {table.name: table for column in page.columns for table in column}


class TestTheDates:
    def test_the_last_ninety_days_unless_others_are_asked_for(self, add, admin):
        for days, missed in ((0, 1), (-89, 1), (-90, 1), (-91, 1)):
            add(missed, days=days)
        page = page_of(admin)
        assert (f"{page.period.first}", f"{page.period.last}", page.counted.total) == (
            "2029-10-10",
            "2030-01-07",
            Rate(2, 2),
        )
        assert total(admin, start_date="2029-10-08", end_date="2029-10-09") == Rate(2, 2)

    def test_either_date_alone(self, admin):
        page = page_of(admin, start_date="2030-01-01")
        assert (f"{page.period.first}", f"{page.period.last}") == ("2030-01-01", "2030-01-07")
        page = page_of(admin, end_date="2030-01-01")
        assert (f"{page.period.first}", f"{page.period.last}") == ("2030-01-01", "2030-01-01")
        page = page_of(admin, start_date="2031-01-01")
        assert (f"{page.period.first}", f"{page.period.last}") == ("2031-01-01", "2031-01-01")

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"start_date": "x"}, "start_date"),
            ({"end_date": "2030-02-30"}, "end_date"),
            ({"end_date": "0001-01-01"}, "end_date"),
            ({"start_date": "2030-01-08", "end_date": "2030-01-07"}, "end_date"),
            ({"start_date": "2020-01-01", "end_date": "2022-01-01"}, "end_date"),
            ({"start_date": "2020-01-01"}, "end_date"),
        ],
    )
    def test_a_wrong_date_is_named_and_left_out(self, add, admin, query, field):
        add()
        answer = admin.get("/statistics/no-shows/", query)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        readable = [query.get(name) not in {"x", "2030-02-30", "0001-01-01"} for name in ("start_date", "end_date")]
        words = "these dates" if all(readable) else "this date"
        assertContains(answer, f"What you see leaves {words} out.", status_code=422)
        for name, kept in zip(("start_date", "end_date"), readable, strict=True):
            value = query.get(name, "") if kept else ""
            assertContains(answer, f'name="{name}" value="{value}"', status_code=422)
        assert answer.context["page"].counted.total == Rate(1, 1)

    @pytest.mark.parametrize("day", ["1901-01-01", "2199-12-31"])
    def test_the_ends_of_our_age(self, admin, day):
        assert admin.get("/statistics/no-shows/", {"end_date": day}).status_code == 200

    @pytest.mark.parametrize("name", ["clinic", "practitioner"])
    def test_what_is_not_there(self, admin, name):
        assert admin.get("/statistics/no-shows/", {name: "999999"}).status_code == 404


class TestWhatItShows:
    def test_each_group_has_its_count_its_rate_and_a_bar(self, add, admin):
        add(3, 12)
        answer = admin.get("/statistics/no-shows/")
        assertContains(answer, "3 of 12")
        assertContains(answer, "25.0 %")
        [line] = tables(answer.context["page"])["weekday"].lines
        assert (line.label, line.rate, line.bar, line.usual) == ("Monday", Rate(3, 12), 100, 100)

    def test_the_longest_bar_is_the_highest_rate_that_can_be_judged(self, add, admin):
        add(1, 10)
        add(4, 10, days=-6)
        add(1, 1, days=-5)
        lines = {line.label: line.bar for line in tables(page_of(admin))["weekday"].lines}
        assert lines == {"Monday": 25, "Tuesday": 100, "Wednesday": 100}

    def test_a_small_group_is_said_to_be_too_few(self, add, admin):
        add(4, 9)
        answer = admin.get("/statistics/no-shows/")
        assertContains(answer, "too few")
        assertContains(answer, "4 of 9: too few to judge")
        assertContains(answer, '<tr class="few">')
        assertNotContains(answer, "44.4 %")

    def test_the_groups_stand_in_their_order_with_their_names(self, add, admin):
        add()
        add(0, days=-6)
        page = page_of(admin)
        named = {name: [line.label for line in table.lines] for name, table in tables(page).items()}
        assert named == {
            "weekday": ["Monday", "Tuesday"],
            "points": ["1 point"],
            "lead": ["the same day"],
            "reminder": ["None sent"],
            "type": ["Without a type"],
            "hour": ["09:00"],
        }

    def test_nothing_known_yet(self, clinic_day, admin):
        taken(clinic_day)
        assertContains(admin.get("/statistics/no-shows/"), "No outcome is known yet")

    def test_it_leads_to_the_call_list(self, admin):
        assertContains(admin.get("/statistics/no-shows/"), 'href="/calls/">The call list')


class TestWhoseVisits:
    def test_by_clinic_and_practitioner(self, clinic_day, add, admin):
        there = practice(organization=clinic_day.organization)
        add(1, 2)
        add(0, 3, day=there)
        assert total(admin) == Rate(1, 5)
        assert total(admin, clinic=there.clinic.pk) == Rate(0, 3)
        assert total(admin, practitioner=clinic_day.practitioner.pk) == Rate(1, 2)

    def test_another_organizations_are_none_of_them(self, add):
        add()
        assert total(signed_in(practice().organization, Role.ADMINISTRATOR)) == Rate(0, 0)

    def test_a_practitioner_counts_only_own_and_is_not_sent_to_the_calls(self, clinic_day, add):
        clinic_day.practitioner.user = UserFactory()
        clinic_day.practitioner.save(update_fields=["user"])
        other = colleague_of(clinic_day)
        add(1, 2)
        add(3, 3, day=practice(organization=clinic_day.organization))
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=clinic_day.practitioner.user)
        assert total(doctor) == Rate(1, 2)
        answer = doctor.get("/statistics/no-shows/")
        assertNotContains(answer, "/calls/")
        assertNotContains(answer, str(other))


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_as_for_one(add, admin, count, django_assert_num_queries):
    for number in range(count):
        add(days=-number)
    admin.get("/statistics/no-shows/")
    with django_assert_num_queries(QUERIES):
        assert total(admin) == Rate(count, count)


QUERIES = 8
