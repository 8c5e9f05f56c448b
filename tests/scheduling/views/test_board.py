"""Where things stand on the sheet."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from scheduling.domain.intervals import Interval
from scheduling.views.board import Sheet, css_of, laid_out
from tests.practice import NINE, YANGON, minutes

SHEET = Sheet(Interval(NINE.astimezone(UTC), (NINE + timedelta(hours=8)).astimezone(UTC)), YANGON)


def entry(start, length):
    begin = NINE + minutes(start)
    return SimpleNamespace(interval=Interval(begin, begin + minutes(length)))


def places(*entries):
    return [cell.css for cell in laid_out([entry(*each) for each in entries], SHEET)]


@pytest.mark.parametrize(
    ("top", "rows", "css"),
    [(0, 4, "s4"), (12, 12, "h1 x1"), (30, 15, "h2 m6 x1 s3"), (287, 1, "h23 m11 s1")],
)
def test_a_place_is_hours_and_rows_of_five_minutes(top, rows, css):
    assert css_of(top, rows) == css


def test_entries_one_after_the_other_have_the_whole_width():
    assert places((0, 20), (20, 20), (60, 40)) == ["s4", "m4 s4", "h1 s8"]


def test_entries_at_one_time_stand_side_by_side():
    assert places((0, 20), (0, 20), (20, 20)) == ["s4 of2 l0", "s4 of2 l1", "m4 s4"]


def test_a_lane_is_used_again_once_it_is_free():
    assert places((0, 60), (0, 20), (20, 20)) == ["x1 of2 l0", "s4 of2 l1", "m4 s4 of2 l1"]


def test_there_are_no_more_than_four_lanes():
    assert places(*[(0, 20)] * 6)[-2:] == ["s4 of4 l3", "s4 of4 l3"]


def test_what_is_shorter_than_a_row_has_one():
    assert places((0, 3)) == ["s1"]


def test_slots_off_the_rows_do_not_overlap():
    assert places((0, 12), (12, 12), (24, 12)) == ["s2", "m2 s2", "m4 s3"]


def test_what_reaches_beyond_the_sheet_ends_with_it():
    assert places((7 * 60 + 45, 60)) == ["h7 m9 s3"]


def test_the_hours_are_those_of_the_clinics_clock():
    assert [(f"{hour:%H:%M}", css) for hour, css in SHEET.hours][:2] == [("09:00", "x1"), ("10:00", "h1 x1")]


def test_an_hour_that_a_clock_change_repeats_stands_twice():
    berlin = ZoneInfo("Europe/Berlin")
    night = Interval(datetime(2030, 10, 26, 23, tzinfo=UTC), datetime(2030, 10, 27, 3, tzinfo=UTC))
    assert [f"{hour:%H}" for hour, _css in Sheet(night, berlin).hours] == ["01", "02", "02", "03"]


def test_the_line_of_now_is_only_where_now_is():
    assert SHEET.now_css(NINE + minutes(64)) == "h1 s1"
    assert SHEET.now_css(NINE - minutes(1)) == ""
