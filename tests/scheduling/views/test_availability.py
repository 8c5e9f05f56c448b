"""Who has time at a clinic, in two weeks of days."""

from datetime import date, time, timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import Role
from tests.factories import (
    ClinicClosureFactory,
    ClinicFactory,
    OrganizationFactory,
    PractitionerFactory,
    SpecialtyFactory,
    TimeOffFactory,
)
from tests.practice import MONDAY, NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in, taken

pytestmark = pytest.mark.django_db
NEXT_MONDAY = MONDAY + timedelta(days=7)


def page_of(browser, **query):
    return browser.get("/availability/", query).context["page"]


def free(page):
    """Give each practitioner's free times by date, without the dates that have none."""
    return {row.practitioner.name: {cell.day: cell.free for cell in row.cells if cell.free} for row in page.rows}


def why(page, day):
    return [next(cell.why for cell in row.cells if cell.day == day) for row in page.rows]


class TestTheTable:
    def test_practitioners_by_two_weeks_of_days(self, clinic_day, desk):
        colleague_of(clinic_day, "Dr Aye", until=time(10))
        taken(clinic_day)
        page = page_of(desk)
        assert (page.days[0], page.days[-1], len(page.days)) == (MONDAY, date(2030, 1, 20), 14)
        assert free(page) == {
            "Dr Aye": {MONDAY: 2, NEXT_MONDAY: 2},
            clinic_day.practitioner.name: {MONDAY: 15, NEXT_MONDAY: 16},
        }

    def test_a_count_leads_into_the_booking(self, clinic_day, desk):
        url = page_of(desk).rows[0].cells[7].url
        chosen = f"clinic={clinic_day.clinic.pk}&practitioner={clinic_day.practitioner.pk}"
        assert url == f"/book/?{chosen}&date=2030-01-14"
        assert desk.get(url).context["page"].day == NEXT_MONDAY

    def test_it_is_a_table_with_headings(self, clinic_day, desk):
        answer = desk.get("/availability/")
        assertContains(answer, '<th scope="col"', count=15)
        assertContains(answer, '<th scope="row">', count=1)
        assertContains(answer, f"free on Monday 14 January with {clinic_day.practitioner.name}")
        assertContains(answer, "Free from 7 January to 20 January")

    def test_what_there_is_instead(self, clinic_day, desk, time_machine):
        """Full today, away in a week; the rest of the days nobody is in."""
        for number in range(16):
            taken(clinic_day, NINE + minutes(30 * number))
        week = timedelta(days=7)
        TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE + week, ends_at=NINE + week + minutes(480))
        answer = desk.get("/availability/")
        page = answer.context["page"]
        assert (why(page, MONDAY), why(page, NEXT_MONDAY)) == (["slot_taken"], ["practitioner_unavailable"])
        assert why(page, MONDAY + timedelta(days=1)) == [""]
        for said in ("full", "away", "not in", "Nobody has a free time in these two weeks."):
            assertContains(answer, said)
        time_machine.move_to(NINE + minutes(500))
        assert why(page_of(desk), MONDAY) == ["in_the_past"]

    def test_a_closed_day_is_marked(self, clinic_day, desk):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=NEXT_MONDAY)
        answer = desk.get("/availability/")
        assert (why(answer.context["page"], NEXT_MONDAY), answer.context["page"].closed) == (
            ["clinic_closed"],
            {NEXT_MONDAY},
        )
        assertContains(answer, '<th scope="col" class="closed">')

    def test_days_are_the_clinics(self, desk, time_machine):
        time_machine.move_to(NINE - minutes(9 * 60 - 1))  # a minute past midnight in Yangon, yesterday in UTC
        assert page_of(desk).today == MONDAY

    def test_whoever_has_left_is_not_in_it(self, clinic_day, desk):
        gone = colleague_of(clinic_day, "Dr Gone")
        gone.is_active = False
        gone.save()
        PractitionerFactory(organization=clinic_day.organization, name="Dr Elsewhere")
        assert list(free(page_of(desk))) == [clinic_day.practitioner.name]

    def test_nobody_works_there(self, clinic_day, desk):
        empty = ClinicFactory(organization=clinic_day.organization, name="Mandalay")
        answer = desk.get("/availability/", {"clinic": empty.pk})
        assertContains(answer, "Nobody works at Mandalay in these two weeks")

    def test_an_organization_without_a_clinic_says_so(self):
        assertContains(signed_in(OrganizationFactory()).get("/availability/"), "There is no clinic yet")


class TestFilters:
    def test_one_specialty(self, clinic_day, desk):
        skin = SpecialtyFactory(organization=clinic_day.organization, name="Dermatology")
        colleague_of(clinic_day, "Dr Zaw", specialty=skin)
        assert list(free(page_of(desk, specialty=skin.pk))) == ["Dr Zaw"]

    def test_a_specialty_that_nobody_has_there(self, clinic_day, desk):
        there = practice(organization=clinic_day.organization, name="Mandalay")
        skin = SpecialtyFactory(organization=clinic_day.organization, name="Dermatology")
        colleague_of(clinic_day, specialty=skin)
        answer = desk.get("/availability/", {"specialty": skin.pk, "clinic": there.clinic.pk})
        assertContains(answer, "Nobody in Dermatology works at Mandalay")

    @pytest.mark.parametrize(("part", "count", "at"), [("morning", 6, "09:00"), ("afternoon", 10, "12:00")])
    def test_one_part_of_the_day(self, clinic_day, desk, part, count, at):
        page = page_of(desk, part=part)
        assert free(page) == {clinic_day.practitioner.name: {MONDAY: count, NEXT_MONDAY: count}}
        assert desk.get(page.rows[0].cells[0].url).context["page"].slot.start.strftime("%H:%M") == at

    def test_nobody_is_in_at_that_time(self, desk):
        assert why(page_of(desk, part="evening"), MONDAY) == [""]

    def test_two_weeks_on_and_back_but_not_before_today(self, desk):
        page = page_of(desk, part="morning")
        assert (page.earlier_url, page.later_url.partition("?")[2]) == (
            "",
            f"date=2030-01-21&clinic={page.clinic.pk}&part=morning",
        )
        later = desk.get(page.later_url).context["page"]
        assert (later.first, "date=2030-01-07" in later.earlier_url) == (date(2030, 1, 21), True)
        assert page_of(desk, date="2029-01-01").first == MONDAY

    def test_the_last_days_of_all(self, desk):
        assert page_of(desk, date="2199-12-31").first == date(2199, 12, 31)

    def test_a_date_in_burmese_digits(self, desk):
        assert page_of(desk, date="၂၀၃၀-၀၁-၁၄").first == NEXT_MONDAY

    @pytest.mark.parametrize("day", ["x", "2030-02-30", "0001-01-01"])
    def test_a_wrong_date_is_named(self, desk, day):
        answer = desk.get("/availability/", {"date": day})
        assertContains(answer, 'href="#date"', status_code=422)
        assert answer.context["page"].first == MONDAY

    @pytest.mark.parametrize("name", ["clinic", "specialty", "part"])
    def test_what_is_not_there(self, desk, name):
        assert desk.get("/availability/", {name: "999999"}).status_code == 404


class TestFirstAvailable:
    def test_the_three_soonest_of_all(self, clinic_day, desk):
        colleague_of(clinic_day, "Dr Zaw", since=time(9, 15))
        soonest = page_of(desk).soonest
        assert [(f"{free.start:%H:%M}", free.practitioner.name) for free in soonest] == [
            ("09:00", clinic_day.practitioner.name),
            ("09:15", "Dr Zaw"),
            ("09:30", clinic_day.practitioner.name),
        ]
        booking = desk.get(soonest[1].url).context["page"]
        assert (booking.slot.start, booking.practitioner.name) == (NINE + minutes(15), "Dr Zaw")


class TestWhoSeesWhat:
    def test_another_organizations_clinic_is_not_there(self, clinic_day):
        other = signed_in(practice().organization)
        assert other.get("/availability/", {"clinic": clinic_day.clinic.pk}).status_code == 404
        assertNotContains(other.get("/availability/"), clinic_day.clinic.name)

    def test_who_does_not_book_has_no_use_for_it(self, clinic_day):
        assert signed_in(clinic_day.organization, Role.PRACTITIONER).get("/availability/").status_code == 403


class TestElsewhere:
    """The other clinics that have time on the first of the days."""

    @pytest.fixture
    def there(self, clinic_day):
        return practice(organization=clinic_day.organization, name="Insein", start=time(9), end=time(13))

    def test_each_is_named_with_its_free_times_and_a_link(self, clinic_day, there, desk):
        answer = desk.get("/availability/", {"clinic": clinic_day.clinic.pk, "part": "morning"})
        url = f"/availability/?date=2030-01-07&clinic={there.clinic.pk}&part=morning"
        assert answer.context["page"].elsewhere == [(there.clinic, 6, url)]
        assertContains(answer, "On 7 January also at")
        assert page_of(desk, clinic=there.clinic.pk).elsewhere[0][0] == clinic_day.clinic

    def test_one_without_time_is_not(self, clinic_day, there, desk):
        ClinicClosureFactory(clinic=there.clinic, date=MONDAY)
        assert page_of(desk, clinic=clinic_day.clinic.pk).elsewhere == []
        assert page_of(desk, clinic=clinic_day.clinic.pk, date="14/1/2030").elsewhere[0][0] == there.clinic

    def test_nor_one_where_the_member_does_not_work(self, clinic_day, there):
        limited = signed_in(clinic_day.organization, clinics=[clinic_day.clinic])
        assert page_of(limited).elsewhere == []
        assertNotContains(limited.get("/availability/"), there.clinic.name)

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_as_often_for_three_clinics_as_for_one(self, clinic_day, desk, count, django_assert_num_queries):
        for _ in range(count):
            practice(organization=clinic_day.organization)
        desk.get("/availability/")
        with django_assert_num_queries(QUERIES + 5):
            desk.get("/availability/")


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_as_for_one(clinic_day, desk, count, django_assert_num_queries):
    for number in range(count):
        colleague_of(clinic_day, f"Dr {number}")
    desk.get("/availability/")
    with django_assert_num_queries(QUERIES):
        desk.get("/availability/")


QUERIES = 9
