from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.domain.sessions import exists, instant, session_interval


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


def test_session_that_ends_no_later_than_it_starts_ends_the_next_day():
    yangon = ZoneInfo("Asia/Yangon")
    night = session_interval(date(2026, 11, 24), time(22), time(2), yangon)
    whole = session_interval(date(2026, 11, 24), time(8), time(8), yangon)
    assert night is not None
    assert whole is not None
    assert (night.end - night.start, whole.end - whole.start) == (timedelta(hours=4), timedelta(hours=24))


def test_session_inside_a_skipped_hour_is_empty():
    # 02:30 moves to 03:30 and 03:00 stays, so nothing is left between them.
    assert session_interval(date(2026, 3, 8), time(2, 30), time(3), ZoneInfo("America/New_York")) is None
