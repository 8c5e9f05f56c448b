"""One day at one clinic: who is in, who is away, what is free."""

from datetime import time, timedelta

import pytest

from scheduling.exceptions import AppointmentError
from tests.factories import ClinicClosureFactory, TimeOffFactory, WorkingHoursFactory
from tests.practice import MONDAY, NINE, YANGON, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def asked(clinic_day):
    return lambda day=MONDAY: clinic_day.service.get_clinic_day(clinic_id=clinic_day.clinic.pk, date=day)


def hours(intervals):
    return [f"{each.start.astimezone(YANGON):%H:%M}-{each.end.astimezone(YANGON):%H:%M}" for each in intervals]


def test_sessions_and_free_times_by_practitioner(clinic_day, asked):
    clinic_day.book(NINE)
    day, key = asked(), clinic_day.practitioner.pk
    assert hours(day.sessions[key]) == ["09:00-17:00"]
    assert hours(day.slots[key])[:2] == ["09:30-10:00", "10:00-10:30"]
    assert (day.away[key], day.closed) == ([], False)


def test_time_off_takes_a_part_of_the_session(clinic_day, asked):
    TimeOffFactory(
        practitioner=clinic_day.practitioner, starts_at=NINE + minutes(360), ends_at=NINE + timedelta(days=2)
    )
    assert hours(asked().away[clinic_day.practitioner.pk]) == ["15:00-17:00"]


def test_a_closure_takes_all_of_it(clinic_day, asked):
    ClinicClosureFactory(clinic=clinic_day.clinic, date=MONDAY)
    day = asked()
    assert day.closed
    assert hours(day.away[clinic_day.practitioner.pk]) == ["09:00-17:00"]
    assert not any(day.slots.values())


def test_a_closure_the_day_after_takes_nothing(clinic_day, asked):
    ClinicClosureFactory(clinic=clinic_day.clinic, date=MONDAY + timedelta(days=1))
    assert not asked().closed


def test_a_night_that_began_the_day_before_belongs_to_both(clinic_day, asked):
    WorkingHoursFactory(schedule=clinic_day.schedule, weekday=6, start_time=time(22), end_time=time(2))
    assert hours(asked().sessions[clinic_day.practitioner.pk]) == ["22:00-02:00", "09:00-17:00"]


def test_a_day_without_sessions_names_nobody(asked):
    assert asked(MONDAY + timedelta(days=1)).sessions == {}


def test_a_clinic_of_another_organization_is_not_found(clinic_day):
    with pytest.raises(AppointmentError, match="clinic"):
        clinic_day.service.get_clinic_day(clinic_id=practice().clinic.pk, date=MONDAY)
