"""When two sessions of a week are over each other."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.domain.intervals import Interval
from scheduling.domain.sessions import WeeklyHours, session_on, sessions_between
from scheduling.domain.weeks import Clash, ever_comes, find_clash, first_clash, fits_a_slot

UTC = ZoneInfo("UTC")
MONDAY = date(2030, 1, 7)
MON, TUE, SAT, SUN = 0, 1, 5, 6


def hours(weekday, start, end, *, first=date(2000, 1, 1), last=date.max, practitioner=1, clinic=1, slot=30):
    return WeeklyHours(
        practitioner_id=practitioner,
        clinic_id=clinic,
        zone=UTC,
        weekday=weekday,
        start_time=time.fromisoformat(start),
        end_time=time.fromisoformat(end),
        slot_minutes=slot,
        capacity=1,
        first_day=first,
        last_day=last,
    )


def overlap(one, other, **dates):
    return first_clash(hours(*one, **dates), hours(*other, **dates)) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((MON, "09:00", "12:00"), (MON, "11:59", "13:00")),
        ((MON, "09:00", "12:00"), (MON, "09:00", "12:00")),
        ((MON, "09:00", "12:00"), (MON, "10:00", "11:00")),
        ((MON, "22:00", "06:00"), (TUE, "05:00", "09:00")),
        ((SUN, "22:00", "06:00"), (MON, "05:00", "09:00")),
        ((MON, "09:00", "09:00"), (TUE, "08:59", "10:00")),
        ((MON, "09:00", "09:00"), (MON, "23:00", "23:30")),
        ((MON, "22:00", "06:00"), (MON, "21:00", "22:01")),
        ((MON, "00:00", "00:00"), (SUN, "23:00", "00:01")),
    ],
)
def test_they_overlap_whichever_is_asked_first(one, other):
    assert overlap(one, other)
    assert overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((MON, "09:00", "12:00"), (MON, "12:00", "13:00")),
        ((MON, "22:00", "06:00"), (TUE, "06:00", "09:00")),
        ((SUN, "22:00", "06:00"), (MON, "06:00", "09:00")),
        ((MON, "09:00", "09:00"), (TUE, "09:00", "10:00")),
        ((MON, "22:00", "00:00"), (TUE, "00:00", "09:00")),
        ((MON, "09:00", "12:00"), (TUE, "09:00", "12:00")),
        ((MON, "22:00", "06:00"), (SAT, "22:00", "06:00")),
        ((MON, "22:00", "06:00"), (MON, "05:00", "06:00")),
    ],
)
def test_they_do_not_overlap_whichever_is_asked_first(one, other):
    assert not overlap(one, other)
    assert not overlap(other, one)


def test_only_at_one_clinic_and_of_one_practitioner():
    one = hours(MON, "09:00", "12:00")
    assert first_clash(one, hours(MON, "09:00", "12:00", clinic=2)) is None
    assert first_clash(one, hours(MON, "09:00", "12:00", practitioner=2)) is None


def test_the_first_day_on_which_both_are_valid_is_told():
    one = hours(MON, "09:00", "12:00", first=date(2030, 1, 1))
    assert first_clash(one, hours(MON, "10:00", "11:00", first=date(2030, 1, 10))) == date(2030, 1, 14)


def test_one_that_ends_the_day_before_the_other_begins():
    before = hours(MON, "09:00", "12:00", last=date(2030, 1, 13))
    assert first_clash(before, hours(MON, "09:00", "12:00", first=date(2030, 1, 14))) is None
    assert first_clash(before, hours(MON, "09:00", "12:00", first=MONDAY)) == MONDAY


def test_the_last_night_of_one_reaches_into_the_first_morning_of_the_other():
    night = hours(SUN, "22:00", "06:00", last=date(2030, 1, 6))
    morning = hours(MON, "05:00", "09:00", first=MONDAY)
    assert first_clash(night, morning) == date(2030, 1, 6)
    assert first_clash(morning, night) == MONDAY
    assert first_clash(night, hours(MON, "05:00", "09:00", first=date(2030, 1, 8))) is None


def test_hours_without_an_end_meet_at_the_end_of_time():
    assert first_clash(hours(SUN, "22:00", "06:00", first=date.max), hours(MON, "05:00", "09:00")) is None


def test_a_week_is_searched_row_by_row_and_then_against_others():
    week = [hours(MON, "09:00", "12:00"), hours(TUE, "09:00", "12:00"), hours(TUE, "11:00", "13:00")]
    assert find_clash(week[:2]) is None
    assert find_clash(week) == Clash(week[2], week[1], date(2000, 1, 4))
    other = hours(MON, "08:00", "10:00", first=MONDAY)
    assert find_clash(week[:2], [other]) == Clash(week[0], other, MONDAY)


@pytest.mark.parametrize(("slot", "fits"), [(30, True), (60, True), (61, False)])
def test_a_slot_fits_up_to_the_length_of_the_session(slot, fits):
    assert fits_a_slot(hours(MON, "09:00", "10:00", slot=slot)) == fits
    assert fits_a_slot(hours(MON, "23:30", "00:30", slot=slot)) == fits
    assert fits_a_slot(hours(MON, "09:00", "09:00", slot=1440))


def test_a_weekday_that_never_comes():
    week = {"first": MONDAY, "last": date(2030, 1, 9)}
    assert [ever_comes(hours(day, "09:00", "12:00", **week)) for day in range(7)] == [True] * 3 + [False] * 4
    assert not ever_comes(hours(MON, "09:00", "12:00", first=date(2030, 2, 1), last=MONDAY))


walls = st.times().map(lambda wall: wall.replace(minute=wall.minute // 30 * 30, second=0, microsecond=0))
days = st.dates(MONDAY, date(2030, 1, 27))
rows = st.builds(
    lambda weekday, start, end, first, last: hours(weekday, f"{start}", f"{end}", first=first, last=last),
    *(st.integers(0, 6), walls, walls, days, days),
)


@settings(deadline=None)  # another minute of the machine is no fault of the rule
@given(rows, rows)
def test_it_says_what_the_sessions_themselves_say(one, other):
    """Compare with every session of five weeks, where no clock changes."""

    def sessions(of):
        return sessions_between([of], MONDAY, date(2030, 2, 10))

    met = [
        session.start.date()
        for session in sessions(one)
        for another in sessions(other)
        if Interval(session.start, session.end).overlaps(another)
    ]
    assert first_clash(one, other) == min(met, default=None)
    assert ever_comes(one) == bool(sessions(one))
    assert session_on(MONDAY, one) is not None
