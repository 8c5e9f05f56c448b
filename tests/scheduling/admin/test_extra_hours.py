"""Hours on one day beside those of the week."""

from datetime import date

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import ActivityEvent
from scheduling.models import Schedule
from tests.administration import administrator, told, url
from tests.factories import ClinicClosureFactory, TimeOffFactory
from tests.practice import NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

PAGE = reverse("admin:scheduling_schedule_extra_hours")
LIST = url(Schedule, "changelist")
OVERLAPS = "of another schedule of this practitioner at this clinic, first on"
SATURDAY = date(2030, 1, 12)


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


@pytest.fixture
def sent(clinic_day):
    times = {"day": "2030-01-12", "start_time": "09:00", "end_time": "11:00"}
    return {"assignment": clinic_day.assignment.pk, **times, "slot_minutes": 60, "capacity": 2}


def test_the_day_is_offered_and_the_week_stays(office, clinic_day, sent):
    assertContains(office.get(LIST), PAGE)
    assert office.get(PAGE).status_code == 200
    answer = office.post(PAGE, sent)
    assertRedirects(answer, LIST)
    assert told(answer) == [f"Extra hours of {clinic_day.practitioner} on Saturday 12 January 2030 were added."]
    assert clinic_day.starts(SATURDAY) == ["09:00", "10:00"]
    assert clinic_day.starts(date(2030, 1, 19)) == []
    assert len(clinic_day.starts()) == 16
    event = ActivityEvent.objects.get()
    assert (event.kind, event.new["week"]) == ("SCHEDULE_CREATED", ["Saturday 09:00 to 11:00"])


def test_it_is_previewed_before_it_is_saved(office, clinic_day, sent):
    answer = office.post(PAGE, {**sent, "_preview": "1"})
    assert [slot.capacity for slot in answer.context["look"].effect.added] == [2, 2]
    assert clinic_day.starts(SATURDAY) == []


def test_hours_of_the_week_may_not_be_overlapped(office, clinic_day, sent):
    answer = office.post(PAGE, {**sent, "day": "2030-01-14", "start_time": "16:00", "end_time": "18:00"})
    assert answer.context["form"].errors == {
        "start_time": [f"Monday 16:00 to 18:00 overlaps Monday 09:00 to 17:00 {OVERLAPS} 14 January 2030."]
    }
    assert clinic_day.assignment.schedules.count() == 1
    evening = {**sent, "day": "2030-01-14", "start_time": "17:00", "end_time": "18:00"}
    assertRedirects(office.post(PAGE, evening), LIST)


def test_a_closed_clinic_and_an_absence_are_pointed_out(office, clinic_day, sent):
    ClinicClosureFactory(clinic=clinic_day.clinic, date=SATURDAY, reason="Flood")
    saturday_at_nine = NINE + minutes(5 * 24 * 60)
    TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=saturday_at_nine, reason="Wedding")
    words = [
        "The clinic is closed on that day. (Flood)",
        "The practitioner is away from 12 January 2030 09:00 to 12 January 2030 10:00. (Wedding)",
    ]
    preview = office.post(PAGE, {**sent, "_preview": "1"})
    assert preview.context["notes"] == words
    assert told(office.post(PAGE, sent))[1:] == words


def test_an_inactive_practitioner_and_a_night_are_pointed_out(office, clinic_day, sent):
    type(clinic_day.practitioner).objects.update(is_active=False)
    answer = office.post(PAGE, {**sent, "start_time": "22:00", "end_time": "02:00"})
    assert told(answer)[1:] == [
        "Saturday 22:00 to 02:00 ends on Sunday.",
        "Nothing can be booked: the practitioner or the clinic is not active.",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": "2030-01-06"}, {"day": ["This day is over: choose today or a later one."]}),
        ({"day": ""}, {"day": ["This field is required."]}),
        ({"end_time": "09:30"}, {"end_time": ["No slot of 60 minutes fits into Saturday 09:00 to 09:30."]}),
        ({"start_time": "25:00"}, {"start_time": ["Enter a valid time."]}),
        ({"slot_minutes": "0"}, {"slot_minutes": ["Ensure this value is greater than or equal to 1."]}),
        ({"assignment": ""}, {"assignment": ["This field is required."]}),
    ],
)
def test_what_is_wrong_is_said_at_the_field(office, sent, changes, words):
    assert office.post(PAGE, {**sent, **changes}).context["form"].errors == words


def test_a_day_outside_of_the_assignment_is_refused(office, clinic_day, sent):
    type(clinic_day.assignment).objects.update(ends_on=date(2030, 1, 11))
    answer = office.post(PAGE, sent)
    assert answer.context["form"].errors == {"day": ["The practitioner is not assigned to this clinic on that day."]}


def test_another_organizations_assignment_is_refused(office, sent):
    foreign = practice()
    for key in (foreign.assignment.pk, "9" * 30, "x"):
        answer = office.post(PAGE, {**sent, "assignment": key})
        assert list(answer.context["form"].errors) == ["assignment"]
    assert foreign.assignment.schedules.count() == 1
