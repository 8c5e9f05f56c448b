from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.domain.sessions import WeeklyHours, exists, instant, session_on, sessions_between


@pytest.mark.parametrize(
    ("zone", "day", "wall", "expected"),
    [
        ("Asia/Yangon", date(2026, 11, 24), time(9), datetime(2026, 11, 24, 2, 30, tzinfo=UTC)),
        # Skipped: forward by the gap.
        ("America/New_York", date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        ("Europe/London", date(2026, 3, 29), time(1, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
        # Repeated: the first.
        ("America/New_York", date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("Europe/London", date(2026, 10, 25), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
    ],
)
def test_wall_time_becomes_the_instant_that_the_clock_rule_says(zone, day, wall, expected):
    assert instant(day, wall, ZoneInfo(zone)) == expected


def test_only_a_skipped_wall_time_does_not_exist():
    new_york = ZoneInfo("America/New_York")
    assert not exists(date(2026, 3, 8), time(2, 30), new_york)
    assert exists(date(2026, 3, 8), time(3), new_york)
    assert exists(date(2026, 11, 1), time(1, 30), new_york)


def hours(zone, start_time, end_time, weekday=0, first_day=date(2026, 1, 1), last_day=date(2026, 12, 31)):
    return WeeklyHours(1, 1, ZoneInfo(zone), weekday, start_time, end_time, 30, 1, first_day, last_day)


def test_session_that_ends_no_later_than_it_starts_ends_the_next_day():
    night = session_on(date(2026, 11, 24), hours("Asia/Yangon", time(22), time(2)))
    whole = session_on(date(2026, 11, 24), hours("Asia/Yangon", time(8), time(8)))
    assert (night.end - night.start, whole.end - whole.start) == (timedelta(hours=4), timedelta(hours=24))


def test_session_inside_a_skipped_hour_is_empty():
    # 02:30 moves to 03:30 and 03:00 stays, so nothing is left between them.
    assert session_on(date(2026, 3, 8), hours("America/New_York", time(2, 30), time(3))) is None


def test_day_of_24_hours_by_the_clock_lasts_as_long_as_the_clock_says():
    day_and_night = hours("America/New_York", time(0), time(0))
    spring, autumn = session_on(date(2026, 3, 8), day_and_night), session_on(date(2026, 11, 1), day_and_night)
    assert (spring.end - spring.start, autumn.end - autumn.start) == (timedelta(hours=23), timedelta(hours=25))


def test_validity_is_inclusive_and_tests_the_session_s_own_date():
    two_mondays = hours("Asia/Yangon", time(9), time(10), first_day=date(2026, 6, 1), last_day=date(2026, 6, 8))
    sessions = sessions_between([two_mondays], date(2026, 5, 1), date(2026, 7, 1))
    assert [session.start.date() for session in sessions] == [date(2026, 6, 1), date(2026, 6, 8)]


def test_sessions_of_the_dates_before_reach_into_the_first_date():
    # Nuuk skips 23:00 to 24:00 on Saturday 28 March 2026, so Friday's 24 hours end on Sunday at 00:30.
    friday = hours("America/Nuuk", time(23, 30), time(23, 30), weekday=4)
    (session,) = sessions_between([friday], date(2026, 3, 29), date(2026, 3, 29))
    assert session.end.astimezone(ZoneInfo("America/Nuuk")).replace(tzinfo=None) == datetime(2026, 3, 29, 0, 30)  # noqa: DTZ001 a wall time
