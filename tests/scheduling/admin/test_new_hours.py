"""New hours from a date, and a week copied to others: what ends, what begins, what is refused."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import ActivityEvent
from scheduling.models import Displacement, Schedule
from scheduling.models.schedule import Weekday
from tests.administration import administrator, events, told, url, week
from tests.factories import ClinicAssignmentFactory, ScheduleFactory, WorkingHoursFactory
from tests.factories.clinics import LONG_AGO
from tests.practice import MONDAY, NINE, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

MON, TUE, SUN = Weekday.MONDAY, Weekday.TUESDAY, Weekday.SUNDAY
LIST = url(Schedule, "changelist")
NEXT_MONDAY = date(2030, 1, 14)


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


@pytest.fixture
def colleague(clinic_day):
    return practice(organization=clinic_day.organization)


def page(schedule):
    return reverse("admin:scheduling_schedule_new_hours", args=[schedule.pk])


def sent(*assignments, rows=((MON, "10:00", "16:00"),), **changes):
    fields = {"valid_from": "2030-01-14", "valid_until": "", "slot_minutes": 30, "capacity": 1}
    return {**fields, "assignments": [each.pk for each in assignments], **week(*rows), **changes}


def kept(assignment):
    """Give what an assignment offers by each of its schedules: from, until, and the week."""
    return [
        (each.valid_from, each.valid_until, [str(row) for row in each.working_hours.all()])
        for each in assignment.schedules.order_by("valid_from", "pk")
    ]


OLD, NEW = ["Monday 09:00-17:00"], ["Monday 10:00-16:00"]


def test_the_page_begins_with_the_hours_as_they_are(office, clinic_day, colleague):
    answer = office.get(page(clinic_day.schedule))
    form = answer.context["form"]
    assert form["valid_from"].value() == date(2030, 1, 8)
    assert form["valid_from"].help_text == "Today is possible, too."
    assert [row["weekday"].value() for row in form.week.forms] == [MON, None]
    targets = {each.assignment: each.chosen for each in answer.context["targets"]}
    assert targets == {clinic_day.assignment: True, colleague.assignment: False}
    assertContains(answer, "Monday 09:00 to 17:00 (from 1 January 2000; 30 minutes, 1 patient)", count=2)
    assertContains(office.get(url(clinic_day.schedule)), page(clinic_day.schedule))


def test_the_old_hours_end_the_day_before_the_new_ones_begin(office, clinic_day):
    answer = office.post(page(clinic_day.schedule), sent(clinic_day.assignment))
    assertRedirects(answer, LIST)
    assert told(answer) == ["1 schedule begins on 14 January 2030. 1 ends the day before."]
    assert kept(clinic_day.assignment) == [(LONG_AGO, date(2030, 1, 13), OLD), (NEXT_MONDAY, None, NEW)]
    assert (clinic_day.starts()[0], clinic_day.starts(NEXT_MONDAY)[0]) == ("09:00", "10:00")
    ended, begun = ActivityEvent.objects.order_by("id")
    assert (ended.kind, ended.new) == ("SCHEDULE_CHANGED", {"valid_until": "2030-01-13"})
    assert (begun.kind, begun.new["week"]) == ("SCHEDULE_CREATED", ["Monday 10:00 to 16:00"])


def test_the_week_is_copied_to_others(office, clinic_day, colleague):
    both = sent(clinic_day.assignment, colleague.assignment, slot_minutes=20, capacity=4)
    office.post(page(clinic_day.schedule), both)
    for each in (clinic_day, colleague):
        assert kept(each.assignment)[-1] == (NEXT_MONDAY, None, NEW)
        new = each.assignment.schedules.get(valid_from=NEXT_MONDAY)
        assert (new.slot_minutes, new.capacity) == (20, 4)


def test_it_is_copied_to_others_alone(office, clinic_day, colleague):
    office.post(page(clinic_day.schedule), sent(colleague.assignment))
    assert kept(clinic_day.assignment) == [(LONG_AGO, None, OLD)]
    assert kept(colleague.assignment)[-1] == (NEXT_MONDAY, None, NEW)


def test_with_an_end_the_old_hours_are_back_on_the_day_after(office, clinic_day):
    office.post(page(clinic_day.schedule), sent(clinic_day.assignment, valid_until="2030-01-27"))
    assert kept(clinic_day.assignment) == [
        (LONG_AGO, date(2030, 1, 13), OLD),
        (NEXT_MONDAY, date(2030, 1, 27), NEW),
        (date(2030, 1, 28), None, OLD),
    ]
    assert events() == ["SCHEDULE_CREATED", "SCHEDULE_CHANGED", "SCHEDULE_CREATED"]


def test_another_session_of_the_day_stays(office, clinic_day):
    group = ScheduleFactory(assignment=clinic_day.assignment, capacity=6)
    WorkingHoursFactory(schedule=group, start_time=time(18), end_time=time(20))
    office.post(page(clinic_day.schedule), sent(clinic_day.assignment))
    group.refresh_from_db()
    assert group.valid_until is None


def test_what_comes_later_stays_and_may_not_be_overlapped(office, clinic_day, colleague):
    later = ScheduleFactory(assignment=colleague.assignment, valid_from=date(2030, 3, 1))
    Schedule.objects.filter(pk=colleague.schedule.pk).update(valid_until=date(2030, 2, 28))
    WorkingHoursFactory(schedule=later)
    answer = office.post(page(clinic_day.schedule), sent(clinic_day.assignment, colleague.assignment))
    refused = {each.assignment: each.refused for each in answer.context["targets"]}
    assert refused[clinic_day.assignment] == ""
    assert refused[colleague.assignment] == (
        "Monday 10:00 to 16:00 overlaps Monday 09:00 to 17:00 of another schedule of this practitioner at this clinic, "
        "first on 4 March 2030."
    )
    assert kept(clinic_day.assignment) == [(LONG_AGO, None, OLD)]
    assert events() == []
    ending = sent(clinic_day.assignment, colleague.assignment, valid_until="2030-02-28")
    assertRedirects(office.post(page(clinic_day.schedule), ending), LIST)


def test_a_schedule_that_has_not_begun_is_changed_itself(office, clinic_day, colleague):
    Schedule.objects.filter(pk=clinic_day.schedule.pk).update(valid_from=NEXT_MONDAY)
    begins = office.get(page(clinic_day.schedule)).context["form"]["valid_from"]
    assert (begins.value(), begins.help_text) == (
        date(2030, 1, 15),
        "Today is possible, too, if you tick only others below.",
    )
    answer = office.post(page(clinic_day.schedule), sent(clinic_day.assignment))
    assert answer.context["form"].errors == {
        "valid_from": ["This schedule itself begins on 14 January 2030. Choose a later day, or change the schedule."]
    }
    assertRedirects(office.post(page(clinic_day.schedule), sent(colleague.assignment)), LIST)


def test_a_time_after_the_assignment_is_refused(office, clinic_day, colleague):
    type(colleague.assignment).objects.filter(pk=colleague.assignment.pk).update(ends_on=date(2030, 1, 13))
    answer = office.post(page(clinic_day.schedule), sent(colleague.assignment))
    assertContains(answer, "None of these hours is ever in the time of this assignment.")


def test_visits_of_everybody_concerned_are_asked_about(office, clinic_day, colleague):
    visits = [each.book(NINE + timedelta(days=7)) for each in (clinic_day, colleague)]
    asked = office.post(page(clinic_day.schedule), sent(clinic_day.assignment, colleague.assignment))
    look = asked.context["look"]
    assert [row.appointment for row in look.outside] == visits
    assert kept(clinic_day.assignment) == [(LONG_AGO, None, OLD)]
    agreed = sent(clinic_day.assignment, colleague.assignment, _leave_outside=look.leave)
    assertRedirects(office.post(page(clinic_day.schedule), agreed), LIST)
    assert {row.appointment for row in Displacement.objects.all()} == set(visits)


def test_the_preview_shows_the_days_from_the_first_one_and_saves_nothing(office, clinic_day):
    answer = office.post(page(clinic_day.schedule), sent(clinic_day.assignment, valid_from="2030-06-03", _preview="1"))
    effect = answer.context["look"].effect
    assert effect.days[0] == date(2030, 6, 3)
    assert len(effect.gone) == 2 * 4
    assertContains(answer, 'value="10:00"')
    assert kept(clinic_day.assignment) == [(LONG_AGO, None, OLD)]


def test_a_night_is_pointed_out(office, clinic_day):
    nights = sent(clinic_day.assignment, rows=[(SUN, "22:00", "06:00")])
    assertContains(office.post(page(clinic_day.schedule), {**nights, "_preview": "1"}), "ends on Monday.")
    assert "Sunday 22:00 to 06:00 ends on Monday." in told(office.post(page(clinic_day.schedule), nights))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"valid_from": "2030-01-06"}, "This day is over"),
        ({"valid_from": ""}, "This field is required."),
        ({"valid_until": "2030-01-13"}, "This is before its start."),
        ({"slot_minutes": "0"}, "greater than or equal to 1"),
        ({"assignments": []}, "Choose whom the hours are for."),
        ({"assignments": ["x"]}, "not a valid value"),
        ({"assignments": ["9" * 30]}, "is not one of the available choices"),
        (week(), "A week needs hours."),
        (week((MON, "09:00", "09:10")), "No slot of 30 minutes fits"),
        (week((MON, "09:00", "12:00"), (MON, "11:00", "13:00")), "overlaps Monday 09:00 to 12:00"),
        (week((MON, "9", "")), "Enter a valid time."),
    ],
)
def test_what_is_wrong_is_said(office, clinic_day, changes, words):
    answer = office.post(page(clinic_day.schedule), {**sent(clinic_day.assignment), **changes})
    assertContains(answer, words)
    assert kept(clinic_day.assignment) == [(LONG_AGO, None, OLD)]


def test_another_organizations_assignment_is_refused(office, clinic_day):
    foreign = practice()
    answer = office.post(page(clinic_day.schedule), sent(foreign.assignment))
    assertContains(answer, "is not one of the available choices")
    assert kept(foreign.assignment) == [(LONG_AGO, None, OLD)]


@pytest.mark.parametrize("others", [0, 2])
def test_the_page_takes_the_same_queries_for_one_and_for_three(office, clinic_day, django_assert_num_queries, others):
    for _ in range(others):
        ClinicAssignmentFactory(clinic=clinic_day.clinic)
        practice(organization=clinic_day.organization)
    with django_assert_num_queries(8):
        office.get(page(clinic_day.schedule))


def test_sessions_of_one_day_hold_differently_many(clinic_day, office):
    """Two schedules at one clinic: alone in the morning, six at a time in the evening."""
    group = {"assignment": clinic_day.assignment.pk, "valid_from": "2030-01-01", "slot_minutes": 60, "capacity": 6}
    form = {**group, **week((MON, "18:00", "20:00"))}
    assertRedirects(office.post(url(Schedule, "add"), form), LIST)
    slots = clinic_day.service.get_practitioner_slots(practitioner_id=clinic_day.practitioner.pk, date=MONDAY)
    assert [(f"{slot.start:%H:%M}", slot.capacity) for slot in slots[-3:]] == [("16:30", 1), ("18:00", 6), ("19:00", 6)]
    assertContains(office.get(url(Schedule, "add")), "each kind is a schedule of its own")
