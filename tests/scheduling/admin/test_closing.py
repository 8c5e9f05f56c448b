"""Days closed for several clinics, and public holidays that are closed one by one."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Organization
from scheduling.models import ClinicClosure, Displacement
from tests.administration import administrator, events, told, url
from tests.factories import ClinicClosureFactory, ClinicFactory
from tests.practice import MONDAY, NINE, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

LIST = url(ClinicClosure, "changelist")
CLOSE, HOLIDAYS = (reverse(f"admin:scheduling_clinicclosure_{page}") for page in ("close_days", "public_holidays"))


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


@pytest.fixture
def second(clinic_day):
    return practice(organization=clinic_day.organization)


def closed():
    return [(row.clinic_id, row.date, row.reason) for row in ClinicClosure.objects.order_by("date", "clinic")]


class TestCloseDays:
    @staticmethod
    def sent(*houses, **changes):
        clinics = [house.clinic.pk for house in houses]
        return {"first": "2030-01-14", "last": "", "reason": "Staff day", "clinics": clinics, **changes}

    def test_every_clinic_is_ticked_to_begin_with(self, office, clinic_day, second):
        ClinicFactory(organization=clinic_day.organization, is_active=False)
        answer = office.get(CLOSE)
        assert set(answer.context["form"]["clinics"].value()) == {clinic_day.clinic.pk, second.clinic.pk}
        assertContains(answer, " checked", count=2)
        assertContains(office.get(LIST), CLOSE)

    def test_one_day_is_closed_for_all(self, office, clinic_day, second):
        answer = office.post(CLOSE, self.sent(clinic_day, second))
        assertRedirects(answer, LIST)
        assert told(answer) == ["2 closures were added."]
        day = date(2030, 1, 14)
        assert closed() == [(each.clinic.pk, day, "Staff day") for each in (clinic_day, second)]
        assert (clinic_day.starts(day), second.starts(day)) == ([], [])
        assert events() == ["CLINIC_CLOSURE_CREATED"] * 2

    def test_days_in_a_row_and_those_that_were_closed_already(self, office, clinic_day):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=date(2030, 1, 15), reason="Flood")
        answer = office.post(CLOSE, self.sent(clinic_day, last="2030-01-16"))
        assert told(answer) == ["2 closures were added.", "1 was there already."]
        assert [reason for _, _, reason in closed()] == ["Staff day", "Flood", "Staff day"]

    def test_visits_are_asked_about(self, office, clinic_day):
        visit = clinic_day.book()
        form = self.sent(clinic_day, first=MONDAY)
        asked = office.post(CLOSE, form)
        assert [row.appointment for row in asked.context["look"].outside] == [visit]
        assert closed() == []
        office.post(CLOSE, {**form, "_leave_outside": asked.context["look"].leave})
        assert Displacement.objects.get().appointment == visit

    def test_it_is_previewed_for_every_practitioner_concerned(self, office, clinic_day, second):
        answer = office.post(CLOSE, self.sent(clinic_day, second, _preview="1"))
        assert {row.practitioner for row in answer.context["look"].rows} == {
            clinic_day.practitioner,
            second.practitioner,
        }
        assert closed() == []

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"first": "2030-01-06"}, "This day is over"),
            ({"first": "never"}, "Write a day as 23/11"),
            ({"last": "2030-01-13"}, "This is before its start."),
            ({"last": "2030-02-14"}, "At most 31 days in a row."),
            ({"clinics": []}, "This field is required."),
            ({"clinics": ["9" * 30]}, "is not one of the available choices"),
            ({"reason": "x" * 201}, "at most 200 characters"),
        ],
    )
    def test_what_is_wrong_is_said(self, office, clinic_day, changes, words):
        assertContains(office.post(CLOSE, self.sent(clinic_day, **changes)), words)
        assert closed() == []

    def test_31_days_are_not_too_many(self, office, clinic_day):
        office.post(CLOSE, self.sent(clinic_day, last="2030-02-13"))
        assert len(closed()) == 31

    def test_what_is_closed_is_not_closed_again(self, office, clinic_day):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=date(2030, 1, 14))
        assertContains(office.post(CLOSE, self.sent(clinic_day)), "That is closed already.")

    def test_another_organizations_clinic_is_not_closed(self, office):
        assertContains(office.post(CLOSE, self.sent(practice())), "is not one of the available choices")
        assert closed() == []


UNION_DAY = date(2030, 2, 12)


class TestPublicHolidays:
    @staticmethod
    def sent(*houses, **changes):
        return {"day": UNION_DAY.isoformat(), "clinics": [house.clinic.pk for house in houses], **changes}

    @staticmethod
    def proposals(answer):
        return {proposal.holiday.day: proposal for proposal in answer.context["proposals"]}

    @pytest.mark.usefixtures("second")
    def test_those_to_come_of_two_years_are_proposed_and_none_is_closed(self, office):
        answer = office.get(HOLIDAYS)
        found = self.proposals(answer)
        assert {day.year for day in found} == {2030, 2031}
        assert min(found) >= MONDAY
        assert found[UNION_DAY].holiday.english == "Union Day"
        assert [choice.ticked for choice in found[UNION_DAY].choices] == [False, False]
        assertContains(answer, found[UNION_DAY].holiday.native)
        assertContains(answer, "estimated</span>")
        assertNotContains(answer, " checked")
        assertContains(office.get(LIST), HOLIDAYS)
        assert closed() == []

    def test_one_is_closed_for_the_clinics_that_were_ticked(self, office, clinic_day, second):
        answer = office.post(HOLIDAYS, self.sent(second))
        assertRedirects(answer, HOLIDAYS)
        assert told(answer) == ["1 clinic is closed on Tuesday 12 February 2030."]
        ((clinic, day, reason),) = closed()
        assert (clinic, day) == (second.clinic.pk, UNION_DAY)
        assert reason.startswith("Union Day (")
        choices = {choice.clinic: choice.closed for choice in self.proposals(office.get(HOLIDAYS))[UNION_DAY].choices}
        assert choices == {clinic_day.clinic: False, second.clinic: True}

    def test_once_all_are_closed_there_is_nothing_to_press(self, office, clinic_day):
        office.post(HOLIDAYS, self.sent(clinic_day))
        found = self.proposals(answer := office.get(HOLIDAYS))
        assert [day for day, proposal in found.items() if proposal.is_done] == [UNION_DAY]
        assertContains(answer, "Close on this day", count=len(found) - 1)

    def test_visits_are_asked_about_where_the_day_stands(self, office, clinic_day):
        type(clinic_day.hours).objects.update(weekday=UNION_DAY.weekday())
        visit = clinic_day.book(NINE + timedelta(days=36))
        asked = office.post(HOLIDAYS, self.sent(clinic_day))
        assert [row.appointment for row in asked.context["look"].outside] == [visit]
        assert [day for day, each in self.proposals(asked).items() if each.sent] == [UNION_DAY]
        (sent,) = self.proposals(asked)[UNION_DAY].choices
        assert sent.ticked
        office.post(HOLIDAYS, self.sent(clinic_day, _leave_outside=asked.context["look"].leave))
        assert Displacement.objects.get().appointment == visit

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"clinics": []}, "Tick the clinics that are closed on this day."),
            ({"clinics": ["9" * 30]}, "is not one of the available choices"),
        ],
    )
    def test_what_is_wrong_is_said_at_the_day(self, office, clinic_day, changes, words):
        assertContains(office.post(HOLIDAYS, self.sent(clinic_day, **changes)), words)
        assert closed() == []

    @pytest.mark.parametrize("day", ["2030-02-13", "2030-01-04", "", "x", "0001-01-01"])
    def test_a_day_that_is_not_proposed_is_not_closed(self, office, clinic_day, day):
        answer = office.post(HOLIDAYS, self.sent(clinic_day, day=day))
        assertContains(answer, "Nothing was saved")
        assert closed() == []

    def test_a_country_that_is_not_known_is_said(self, office, clinic_day):
        Organization.objects.filter(pk=clinic_day.organization.pk).update(phone_region="TA")
        answer = office.get(HOLIDAYS)
        assertContains(answer, "No public holidays are known for the country “TA”")
        assertContains(office.post(HOLIDAYS, self.sent(clinic_day)), "No public holidays are known")
        assert closed() == []

    def test_the_page_takes_the_same_queries_for_one_clinic_and_for_three(
        self, office, clinic_day, django_assert_num_queries
    ):
        for more in (0, 2):
            for _ in range(more):
                ClinicFactory(organization=clinic_day.organization)
            with django_assert_num_queries(4):
                office.get(HOLIDAYS)
