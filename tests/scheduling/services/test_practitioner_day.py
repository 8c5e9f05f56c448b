"""One day of one practitioner at every clinic: when one is in, when not, what is free."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.exceptions import AppointmentError
from tests.factories import (
    ClinicAssignmentFactory,
    ClinicClosureFactory,
    ClinicFactory,
    ScheduleFactory,
    TimeOffFactory,
    WorkingHoursFactory,
)
from tests.practice import MONDAY, NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
TOKYO = ZoneInfo("Asia/Tokyo")


def asked(day, **which):
    return day.service.get_practitioner_day(practitioner_id=day.practitioner.pk, **which)


def also_at(day, *, since, until, **clinic):
    """Let the practitioner work on Mondays at a second clinic, too."""
    there = ClinicFactory(organization=day.organization, **clinic)
    assignment = ClinicAssignmentFactory(practitioner=day.practitioner, clinic=there)
    WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment), start_time=since, end_time=until)
    return there


def hours(rows, zone):
    return [f"{each.start.astimezone(zone):%H:%M}-{each.end.astimezone(zone):%H:%M}" for each in rows]


def test_sessions_and_free_times_at_every_clinic(clinic_day):
    clinic_day.book(NINE)
    there = also_at(clinic_day, since=time(18), until=time(19))
    day = asked(clinic_day, date=MONDAY)
    assert hours(day.sessions, clinic_day.clinic.zone) == ["09:00-17:00", "18:00-19:00"]
    assert [slot.start.strftime("%H:%M") for slot in day.slots if slot.clinic_id == there.pk] == ["18:00", "18:30"]
    assert len(day.slots) == 15 + 2
    assert day.absences == []


def test_a_day_on_which_one_is_not_in(clinic_day):
    day = asked(clinic_day, date=MONDAY + timedelta(days=1))
    assert (day.sessions, day.absences, day.slots) == ([], [], [])


def test_time_off_and_closures_are_told_apart(clinic_day):
    there = also_at(clinic_day, since=time(18), until=time(19))
    TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE + minutes(420), ends_at=NINE + minutes(480))
    ClinicClosureFactory(clinic=there, date=MONDAY)
    absences = asked(clinic_day, date=MONDAY).absences
    assert [(each.clinic_id, each.closed) for each in absences] == [(clinic_day.clinic.pk, False), (there.pk, True)]
    assert hours([each.interval for each in absences], clinic_day.clinic.zone) == ["16:00-17:00", "18:00-19:00"]


def test_without_a_date_it_is_today_at_each_clinic(clinic_day, time_machine):
    """At 22:00 on Sunday in Yangon it is Monday in Tokyo already."""
    there = also_at(clinic_day, since=time(9), until=time(10), timezone="Asia/Tokyo")
    time_machine.move_to(datetime(2030, 1, 6, 22, tzinfo=clinic_day.clinic.zone), tick=False)
    day = asked(clinic_day)
    assert hours(day.sessions, TOKYO) == ["09:00-10:00"]
    assert [slot.clinic_id for slot in day.slots] == [there.pk] * 2


def test_another_organizations_practitioner_is_not_found(clinic_day):
    with pytest.raises(AppointmentError) as caught:
        clinic_day.service.get_practitioner_day(practitioner_id=practice().practitioner.pk)
    assert caught.value.code == "practitioner_not_found"


@pytest.mark.parametrize("clinics", [1, 3])
def test_it_asks_the_database_as_often_for_three_clinics_as_for_one(clinic_day, clinics, django_assert_num_queries):
    for number in range(1, clinics):
        also_at(clinic_day, since=time(17 + number), until=time(18 + number))
    with django_assert_num_queries(5):
        assert len(asked(clinic_day, date=MONDAY).sessions) == clinics
