from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.domain.clocks import Stretch, stretches
from scheduling.domain.sessions import local_day

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def test_where_no_clock_is_changed_it_is_one():
    yangon = ZoneInfo("Asia/Yangon")
    whole = Stretch(
        datetime(2025, 12, 31, 17, 30, tzinfo=UTC), datetime(2026, 12, 31, 17, 30, tzinfo=UTC), timedelta(hours=6.5)
    )
    assert stretches(date(2026, 1, 1), date(2026, 12, 31), yangon) == [whole]


def test_each_change_begins_another():
    new_york = stretches(date(2026, 1, 1), date(2026, 12, 31), ZoneInfo("America/New_York"))
    assert [(each.start, each.offset) for each in new_york] == [
        (datetime(2026, 1, 1, 5, tzinfo=UTC), -5 * HOUR),
        (datetime(2026, 3, 8, 7, tzinfo=UTC), -4 * HOUR),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), -5 * HOUR),
    ]
    assert new_york[-1].end == datetime(2027, 1, 1, 5, tzinfo=UTC)


def test_a_change_at_midnight_belongs_to_the_day_that_it_begins():
    """In Havana the clocks go forward at midnight of 8 March."""
    havana = ZoneInfo("America/Havana")
    assert len(stretches(date(2026, 3, 1), date(2026, 3, 7), havana)) == 1
    assert [each.offset for each in stretches(date(2026, 3, 8), date(2026, 3, 8), havana)] == [-4 * HOUR]


@pytest.mark.parametrize(
    "name",
    ["Asia/Yangon", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana"],
)
def test_the_offsets_tell_the_same_time_as_the_zone(name):
    zone, first, last = ZoneInfo(name), date(2026, 1, 1), date(2026, 12, 31)
    found = stretches(first, last, zone)
    assert (found[0].start, found[-1].end) == (local_day(first, zone).start, local_day(last, zone).end)
    moment, checked = found[0].start, 0
    while moment < found[-1].end:
        (stretch,) = [each for each in found if each.start <= moment < each.end]
        assert moment + stretch.offset == moment.astimezone(zone).replace(tzinfo=UTC)
        moment, checked = moment + HOUR / 2, checked + 1
    assert checked > 17_000
