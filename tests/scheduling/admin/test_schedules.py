"""Schedules with their week: what is refused, what is said, what the desk can book then."""

from datetime import date, time

import pytest
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import ActivityEvent
from scheduling.models import Schedule, WorkingHours
from scheduling.models.schedule import Weekday
from tests.administration import administrator, errors_of, events, told, url, week
from tests.factories import (
    AppointmentTypeFactory,
    ClinicAssignmentFactory,
    ClinicFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.practice import practice

pytestmark = pytest.mark.django_db

MON, TUE, FRI, SAT, SUN = Weekday.MONDAY, Weekday.TUESDAY, Weekday.FRIDAY, Weekday.SATURDAY, Weekday.SUNDAY
ADD, LIST = url(Schedule, "add"), url(Schedule, "changelist")
OVERLAPS = "of another schedule of this practitioner at this clinic, first on"


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


@pytest.fixture
def new(clinic_day):
    """What the form sends for a practitioner who has no hours yet."""
    assignment = ClinicAssignmentFactory(clinic=clinic_day.clinic)
    return {"assignment": assignment.pk, "valid_from": "2030-01-01", "slot_minutes": 30, "capacity": 1}


def sent_for(schedule, *rows, **changes):
    """Give what the form of a schedule sends: its own rows as they are, then more."""
    own = list(schedule.working_hours.order_by("pk"))
    there = [(row.weekday, row.start_time.isoformat(), row.end_time.isoformat()) for row in own]
    fields = {
        "valid_from": schedule.valid_from,
        "valid_until": schedule.valid_until or "",
        "slot_minutes": schedule.slot_minutes,
        "capacity": schedule.capacity,
        **week(*there, *rows, initial=len(own)),
    }
    for number, row in enumerate(own):
        fields |= {f"working_hours-{number}-id": row.pk, f"working_hours-{number}-schedule": schedule.pk}
    return {**fields, **changes}


def test_burmese_digits_are_as_good_in_every_box(office, new):
    given = {**new, "valid_from": "၂၀၃၀-၀၁-၀၁", "slot_minutes": "၁၅", "capacity": "၂"}
    assertRedirects(office.post(ADD, {**given, **week((MON, "၉:၃၀", "၁၂:၁၅"))}), LIST)
    schedule = Schedule.objects.get(assignment=new["assignment"])
    assert (schedule.valid_from, schedule.slot_minutes, schedule.capacity) == (date(2030, 1, 1), 15, 2)
    assert [str(row) for row in schedule.working_hours.all()] == ["Monday 09:30-12:15"]


def test_a_schedule_with_its_week_is_one_page_and_one_event(office, new):
    answer = office.post(ADD, {**new, **week((MON, "09:00", "12:00"), (TUE, "13:00", "17:00"))})
    assertRedirects(answer, LIST)
    schedule = Schedule.objects.get(assignment=new["assignment"])
    assert [str(row) for row in schedule.working_hours.all()] == ["Monday 09:00-12:00", "Tuesday 13:00-17:00"]
    event = ActivityEvent.objects.get()
    assert (event.kind, event.target, event.actor) == ("SCHEDULE_CREATED", schedule, office.user)
    assert event.organization == office.membership.organization
    assert event.new["week"] == ["Monday 09:00 to 12:00", "Tuesday 13:00 to 17:00"]


def test_what_can_be_booked_next_is_said(office, new):
    answer = office.post(ADD, {**new, **week((MON, "09:00", "17:00"))})
    assert told(answer)[1:] == ["Next bookable: Monday 7 January 2030 09:00 (16 slots that day)."]


def test_what_is_next_is_never_of_another_schedule(office, new, clinic_day):
    other = {**new, "assignment": clinic_day.assignment.pk}
    answer = office.post(ADD, {**other, **week((SAT, "09:00", "10:00"))})
    assert told(answer)[1:] == ["Next bookable: Saturday 12 January 2030 09:00 (2 slots that day)."]


def test_a_new_week_has_a_row_for_each_half_of_a_workday(office, new):
    rows = office.get(ADD).context["inline_admin_formsets"][0].formset.forms
    assert [form["weekday"].value() for form in rows] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    untouched = {f"working_hours-{n}-weekday": str(form["weekday"].value()) for n, form in enumerate(rows)}
    times = {"working_hours-0-start_time": "09:00", "working_hours-0-end_time": "12:00"}
    office.post(ADD, {**new, **week(), **untouched, **times, "working_hours-TOTAL_FORMS": "10"})
    assert [str(row) for row in WorkingHours.objects.filter(schedule__assignment=new["assignment"])] == [
        "Monday 09:00-12:00"
    ]


def test_what_a_later_schedule_offers_is_said(office, new):
    answer = office.post(ADD, {**new, "valid_from": "2030-06-05", **week((MON, "09:00", "10:00"))})
    assert told(answer)[1:] == ["Next bookable: Monday 10 June 2030 09:00 (2 slots that day)."]


@pytest.mark.parametrize(
    ("changes", "rows", "words"),
    [
        ({}, [], "Nothing can be booked yet: the week has no hours."),
        ({"valid_until": "2030-01-06"}, [(SUN, "09:00", "10:00")], "the dates of schedule and assignment have passed"),
    ],
)
def test_what_offers_nothing_is_said(office, new, changes, rows, words):
    answer = office.post(ADD, {**new, **changes, **week(*rows)})
    assert words in told(answer)[-1]


def test_a_default_type_that_no_session_is_long_enough_for_is_said(office, new, clinic_day):
    AppointmentTypeFactory(organization=clinic_day.organization, duration=120, is_default=True)
    answer = office.post(ADD, {**new, **week((MON, "09:00", "10:00"))})
    assert told(answer)[1:] == ["Nothing can be booked within a year: no session of it is left free."]


def test_inactive_practitioners_and_clinics_are_said(office, new, clinic_day):
    type(clinic_day.clinic).objects.update(is_active=False)
    assert told(office.post(ADD, {**new, **week((MON, "09:00", "10:00"))}))[1:] == [
        "Nothing can be booked: the clinic is not active."
    ]
    type(clinic_day.practitioner).objects.update(is_active=False)
    answer = office.post(url(clinic_day.schedule), sent_for(clinic_day.schedule))
    assert told(answer)[-1] == "Nothing can be booked: the practitioner is not active."


def test_a_session_past_midnight_is_saved_and_says_so(office, new):
    answer = office.post(ADD, {**new, **week((MON, "22:00", "06:00"), (FRI, "09:00", "09:00"))})
    assert told(answer)[1:3] == [
        "Monday 22:00 to 06:00 ends on Tuesday.",
        "Friday 09:00 to 09:00 lasts 24 hours, and ends on Saturday.",
    ]
    assert WorkingHours.objects.filter(schedule__assignment=new["assignment"]).count() == 2


def test_a_day_that_never_comes_is_said(office, new):
    answer = office.post(
        ADD, {**new, "valid_until": "2030-01-10", **week((MON, "09:00", "10:00"), (FRI, "9:00", "10:00"))}
    )
    assert "Friday 09:00 to 10:00 never comes" not in told(answer)[1]
    late = office.post(
        ADD, {**new, "valid_from": "2030-02-04", "valid_until": "2030-02-06", **week((FRI, "9:00", "10:00"))}
    )
    assert told(late)[-2] == (
        "Friday 09:00 to 10:00 never comes: that day is not among the dates of schedule and assignment."
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [(MON, "09:00", "12:00"), (MON, "11:00", "13:00")],
            "Monday 11:00 to 13:00 overlaps Monday 09:00 to 12:00, first on 7 January 2030.",
        ),
        (
            [(MON, "22:00", "06:00"), (TUE, "05:00", "09:00")],
            "Tuesday 05:00 to 09:00 overlaps Monday 22:00 to 06:00, first on 1 January 2030.",
        ),
        (
            [(SUN, "22:00", "06:00"), (MON, "05:30", "09:00")],
            "Monday 05:30 to 09:00 overlaps Sunday 22:00 to 06:00, first on 7 January 2030.",
        ),
        (
            [(MON, "09:00", "09:00"), (TUE, "08:00", "10:00")],
            "Tuesday 08:00 to 10:00 overlaps Monday 09:00 to 09:00, first on 8 January 2030.",
        ),
    ],
)
def test_hours_over_each_other_are_refused_at_the_row(office, new, rows, words):
    # 1 January 2030 is a Tuesday: the Monday night before it is not of this schedule.
    answer = office.post(ADD, {**new, **week(*rows)})
    expected = words.replace("first on 1 January 2030", "first on 8 January 2030")
    assert errors_of(answer) == {"1-start_time": [expected]}
    assert not Schedule.objects.filter(assignment=new["assignment"]).exists()


def test_hours_that_only_touch_are_fine(office, new):
    rows = [(MON, "09:00", "12:00"), (MON, "12:00", "22:00"), (MON, "22:00", "06:00"), (TUE, "06:00", "09:00")]
    assertRedirects(office.post(ADD, {**new, **week(*rows)}), LIST)


def test_hours_of_another_schedule_at_that_clinic_are_minded(office, clinic_day):
    sent = {"assignment": clinic_day.assignment.pk, "valid_from": "2030-03-01", "slot_minutes": 30, "capacity": 1}
    answer = office.post(ADD, {**sent, **week((MON, "16:00", "18:00"))})
    assert errors_of(answer) == {
        "0-start_time": [f"Monday 16:00 to 18:00 overlaps Monday 09:00 to 17:00 {OVERLAPS} 4 March 2030."]
    }


def test_hours_of_another_assignment_to_that_clinic_are_minded(office, clinic_day):
    """The night of the last day of one reaches into the first day of the other."""
    clinic_day.assignment.ends_on = date(2030, 1, 13)
    clinic_day.assignment.save(update_fields=["ends_on"])
    WorkingHoursFactory(schedule=clinic_day.schedule, weekday=SUN, start_time=time(22), end_time=time(6))
    later = ClinicAssignmentFactory(
        practitioner=clinic_day.practitioner, clinic=clinic_day.clinic, starts_on=date(2030, 1, 14)
    )
    sent = {"assignment": later.pk, "valid_from": "2030-01-01", "slot_minutes": 30, "capacity": 1}
    answer = office.post(ADD, {**sent, **week((MON, "05:00", "08:00"))})
    assert "overlaps Sunday 22:00 to 06:00" in errors_of(answer)["0-start_time"][0]
    assertRedirects(office.post(ADD, {**sent, **week((MON, "06:00", "08:00"))}), LIST)


def test_at_another_clinic_they_may_overlap(office, clinic_day):
    there = ClinicFactory(organization=clinic_day.organization)
    assignment = ClinicAssignmentFactory(practitioner=clinic_day.practitioner, clinic=there)
    sent = {"assignment": assignment.pk, "valid_from": "2030-01-01", "slot_minutes": 30, "capacity": 1}
    assertRedirects(office.post(ADD, {**sent, **week((MON, "09:00", "17:00"))}), LIST)


def test_after_the_end_of_the_other_they_may_overlap(office, clinic_day):
    Schedule.objects.filter(pk=clinic_day.schedule.pk).update(valid_until=date(2030, 2, 28))
    sent = {"assignment": clinic_day.assignment.pk, "valid_from": "2030-03-01", "slot_minutes": 30, "capacity": 1}
    assertRedirects(office.post(ADD, {**sent, **week((MON, "09:00", "17:00"))}), LIST)


def test_a_later_end_is_refused_where_it_brings_hours_over_each_other(office, clinic_day):
    first = clinic_day.schedule
    Schedule.objects.filter(pk=first.pk).update(valid_until=date(2030, 2, 28))
    first.refresh_from_db()
    second = ScheduleFactory(assignment=clinic_day.assignment, valid_from=date(2030, 3, 1))
    WorkingHoursFactory(schedule=second)
    answer = office.post(url(first), sent_for(first, valid_until="2030-03-31"))
    assert OVERLAPS in errors_of(answer)["0-start_time"][0]
    first.refresh_from_db()
    assert first.valid_until == date(2030, 2, 28)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"valid_until": "2029-12-31"}, {"valid_until": ["This is before its start."]}),
        ({"valid_from": "0001-01-01"}, {"valid_from": ["This is not a date and time that can be booked."]}),
        ({"valid_until": "9999-12-31"}, {"valid_until": ["This is not a date and time that can be booked."]}),
        ({"valid_from": ""}, {"valid_from": ["This field is required."]}),
        ({"slot_minutes": "0"}, {"slot_minutes": ["Ensure this value is greater than or equal to 1."]}),
        ({"slot_minutes": "1441"}, {"slot_minutes": ["Ensure this value is less than or equal to 1440."]}),
        ({"capacity": "0"}, {"capacity": ["Ensure this value is greater than or equal to 1."]}),
        ({"capacity": "99999"}, {"capacity": ["Ensure this value is less than or equal to 32767."]}),
        ({"assignment": ""}, {"assignment": ["This field is required."]}),
    ],
)
def test_what_is_wrong_is_said_at_the_field(office, new, changes, words):
    answer = office.post(ADD, {**new, **week((MON, "09:00", "12:00")), **changes})
    assert errors_of(answer) == words


@pytest.mark.parametrize(
    "row", [("7", "09:00", "12:00"), (MON, "25:00", "12:00"), (MON, "09:00", ""), ("", "9:00", "12:00")]
)
def test_a_row_that_is_none_is_refused_at_the_row(office, new, row):
    (field,) = errors_of(office.post(ADD, {**new, **week(row)}))
    assert field.startswith("0-")


def test_a_session_into_which_no_slot_fits_is_refused(office, new):
    answer = office.post(ADD, {**new, "slot_minutes": 60, **week((MON, "09:00", "09:30"))})
    assert errors_of(answer) == {"0-end_time": ["No slot of 60 minutes fits into Monday 09:00 to 09:30."]}


def test_burmese_digits_are_digits(office, new):
    in_burmese = str.maketrans("0123456789", "".join(map(chr, range(0x1040, 0x104A))))
    rows = week((MON, "09:00".translate(in_burmese), "12:00".translate(in_burmese)))
    sent = {**new, "valid_from": "2030-01-01".translate(in_burmese), **rows}
    assertRedirects(office.post(ADD, sent), LIST)
    assert Schedule.objects.get(assignment=new["assignment"]).valid_from == date(2030, 1, 1)


def test_another_organizations_assignment_is_refused_at_the_field(office, new):
    foreign = practice().assignment
    answer = office.post(ADD, {**new, "assignment": foreign.pk, **week((MON, "20:00", "21:00"))})
    assert errors_of(answer) == {
        "assignment": ["Select a valid choice. That choice is not one of the available choices."]
    }
    assert foreign.schedules.count() == 1
    assert foreign.practitioner.name not in answer.content.decode()


@pytest.mark.parametrize("change", [{"working_hours-0-start_time": "10:00"}, {"working_hours-0-DELETE": "on"}])
def test_rows_of_another_organizations_week_are_not_taken_along(office, clinic_day, change):
    foreign = practice().hours
    office.post(url(clinic_day.schedule), {**sent_for(clinic_day.schedule), "working_hours-0-id": foreign.pk, **change})
    for row in (foreign, clinic_day.hours):
        row.refresh_from_db()
        assert row.start_time == time(9)


def test_whose_hours_they_are_stays(office, clinic_day, new):
    office.post(url(clinic_day.schedule), sent_for(clinic_day.schedule, assignment=new["assignment"]))
    clinic_day.schedule.refresh_from_db()
    assert clinic_day.schedule.assignment == clinic_day.assignment


def test_a_change_tells_the_week_before_and_after(office, clinic_day):
    office.post(url(clinic_day.schedule), sent_for(clinic_day.schedule, (TUE, "09:00", "12:00"), slot_minutes=20))
    event = ActivityEvent.objects.get()
    assert event.kind == "SCHEDULE_CHANGED"
    assert event.old == {"slot_minutes": 30, "week": ["Monday 09:00 to 17:00"]}
    assert event.new == {"slot_minutes": 20, "week": ["Monday 09:00 to 17:00", "Tuesday 09:00 to 12:00"]}
    assertContains(office.get(url(clinic_day.schedule, "history")), "Tuesday 09:00 to 12:00")


def test_saved_as_it_was_it_leaves_no_event(office, clinic_day):
    office.post(url(clinic_day.schedule), sent_for(clinic_day.schedule))
    assert events() == []


def test_a_row_is_taken_out(office, clinic_day):
    office.post(url(clinic_day.schedule), sent_for(clinic_day.schedule, **{"working_hours-0-DELETE": "on"}))
    assert clinic_day.schedule.working_hours.count() == 0
    assert clinic_day.starts() == []


def test_a_schedule_is_deleted_and_its_week_kept_in_the_trail(office, clinic_day):
    assertRedirects(office.post(url(clinic_day.schedule, "delete"), {"post": "yes"}), LIST)
    event = ActivityEvent.objects.get()
    assert (event.kind, event.old["week"]) == ("SCHEDULE_DELETED", ["Monday 09:00 to 17:00"])


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(office, django_assert_num_queries, clinic_day):
    for rows in (0, 2):
        for _ in range(rows):
            ScheduleFactory(assignment=practice(organization=clinic_day.organization).assignment)
        with django_assert_num_queries(10):
            office.get(LIST)


def test_schedules_of_one_practitioner_are_told_apart_by_their_weeks(office):
    assertContains(office.get(LIST), '<td class="field-week">Monday 09:00 to 17:00</td>', html=True)


def test_it_is_found_by_the_names_in_it(office, clinic_day):
    found = office.get(LIST, {"q": clinic_day.practitioner.name}).context["cl"].result_list
    assert list(found) == [clinic_day.schedule]
