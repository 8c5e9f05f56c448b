"""Cells of other systems' files, read as what they mean."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from scheduling.services.records import values
from scheduling.services.records.values import DateOrder

YANGON, LONDON = ZoneInfo("Asia/Yangon"), ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("cell", "order", "day"),
    [
        ("2025-03-31", "dmy", date(2025, 3, 31)),
        ("2025/3/31", "mdy", date(2025, 3, 31)),
        ("31/3/2025", "dmy", date(2025, 3, 31)),
        ("3/31/2025", "mdy", date(2025, 3, 31)),
        ("31.03.2025", "dmy", date(2025, 3, 31)),
        ("31-3-25", "dmy", date(2025, 3, 31)),
        ("၃၁/၃/၂၀၂၅", "dmy", date(2025, 3, 31)),
        ("31 Mar 2025", "mdy", date(2025, 3, 31)),
        ("31-March-2025", "dmy", date(2025, 3, 31)),
        ("March 31, 2025", "dmy", date(2025, 3, 31)),
        ("31st mar 25", "dmy", date(2025, 3, 31)),
        ("2025-03-31 00:00:00", "dmy", date(2025, 3, 31)),
        ("2025-03-31T00:00", "dmy", date(2025, 3, 31)),
        ("20250331", "mdy", date(2025, 3, 31)),
        ("၂၀၂၅၀၃၃၁", "dmy", date(2025, 3, 31)),
        ("45747", "dmy", date(2025, 3, 31)),
        ("45747.0", "dmy", date(2025, 3, 31)),
    ],
)
def test_dates(cell, order, day):
    assert values.read_date(cell, DateOrder(order)) == day


def test_a_year_of_two_digits_has_been_where_only_that_can_be(time_machine):
    time_machine.move_to(datetime(2026, 1, 1, tzinfo=UTC))
    assert values.read_date("4/3/71", DateOrder.DAY_FIRST, over=True) == date(1971, 3, 4)
    assert values.read_date("4/3/19", DateOrder.DAY_FIRST, over=True) == date(2019, 3, 4)
    assert values.read_date("4/3/27", DateOrder.DAY_FIRST) == date(2027, 3, 4)


@pytest.mark.parametrize("cell", ["", "yesterday", "31/13/2025", "2025-02-30", "1/1/1", "4529", "0001-01-01", "1/2"])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(ValidationError):
        values.read_date(cell, DateOrder.DAY_FIRST)


@pytest.mark.parametrize("cell", ["31/3/2568", "20251331", "2568-03-31"])
def test_a_year_of_another_calendar_is_not_guessed_at(cell):
    with pytest.raises(ValidationError):
        values.read_date(cell, DateOrder.DAY_FIRST)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["1/2/2025", "31/3/2025"], "dmy"),
        (["1/2/2025", "3/31/2025 9:30"], "mdy"),
        (["၃၁/၃/၂၀၂၅"], "dmy"),
        (["1/2/2025", "3/4/2025"], None),
        (["31/3/2025", "3/31/2025"], None),
        (["2025-03-31", "31 March 2025", "", "soon"], None),
        ([], None),
    ],
)
def test_dates_tell_their_order_where_one_of_them_can_only_be_read_one_way(cells, order):
    assert values.order_of(cells) == order


def test_a_date_is_open_that_would_be_another_one_in_the_other_order():
    cells = ("3/4/2025", "၃-၄-၂၀၂၅", "03/03/2025", "3/3/2025", "31/4/2025", "2025-03-04", "4 March 2025", "")
    assert [cell for cell in cells if values.is_open(cell)] == ["3/4/2025", "၃-၄-၂၀၂၅"]


@pytest.mark.parametrize(
    ("cell", "wall"),
    [
        ("9:30", time(9, 30)),
        ("09.30", time(9, 30)),
        ("၉:၃၀", time(9, 30)),
        ("9:30 PM", time(21, 30)),
        ("12 am", time(0)),
        ("12:15 p.m.", time(12, 15)),
        ("14h05", time(14, 5)),
        ("23:59:30", time(23, 59)),
    ],
)
def test_times(cell, wall):
    assert values.read_time(cell) == wall


@pytest.mark.parametrize("cell", ["", "9", "24:00", "13:00 pm", "9:60", "noon"])
def test_what_is_no_time_is_refused(cell):
    with pytest.raises(ValidationError):
        values.read_time(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-03-31 09:30",
        "2025-03-31T09:30:00",
        "31/3/2025 9:30",
        "31/3/2025, 9:30 am",
        "2025-03-31 09:30:00+06:30",
        "2025-03-31T03:00:00Z",
        "31 Mar 2025 09:30",
        "45747.395833333336",
    ],
)
def test_instants_are_on_the_clinics_clock_unless_they_say_otherwise(cell):
    assert values.read_instant(cell, YANGON, DateOrder.DAY_FIRST) == datetime(2025, 3, 31, 3, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_the_first_one_and_a_skipped_one_is_refused():
    read = values.read_instant("2025-10-26 01:30", LONDON, DateOrder.DAY_FIRST)
    assert read == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    with pytest.raises(ValidationError, match="clocks were put forward"):
        values.read_instant("2025-03-30 01:30", LONDON, DateOrder.DAY_FIRST)


@pytest.mark.parametrize("cell", ["2025-03-31", "9:30", "soon", "0001-01-01T00:00:00+00:00", "9999-12-31T23:00-12:00"])
def test_what_is_no_instant_is_refused(cell):
    with pytest.raises(ValidationError):
        values.read_instant(cell, YANGON, DateOrder.DAY_FIRST)


@pytest.mark.parametrize(
    ("cell", "region", "number"),
    [
        ("09 420 123 456", "MM", "+959420123456"),
        ("၀၉၄၂၀၁၂၃၄၅၆", "MM", "+959420123456"),
        ("9420123456", "MM", "+959420123456"),
        ("+95 9 420123456", "GB", "+959420123456"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_phones(cell, region, number):
    assert values.read_phone(cell, region) == number


@pytest.mark.parametrize("cell", ["123", "09420123456 / 09420123457", "call first", "09420123456 ext 2", "\x00"])
def test_what_is_no_phone_is_refused(cell):
    with pytest.raises(ValidationError):
        values.read_phone(cell, "MM")


def test_a_number_that_a_spreadsheet_rounded_is_not_guessed_at():
    with pytest.raises(ValidationError, match="A spreadsheet has rounded this number"):
        values.read_phone("9.42012E+09", "MM")


def test_an_error_of_a_spreadsheet_is_nobodys_name():
    with pytest.raises(ValidationError, match="an error of the spreadsheet"):
        values.read_name("#N/A")


def test_words_for_yes_and_for_statuses():
    assert [values.read_yes(cell) for cell in ("Yes", "1", "၁", "ဟုတ်", "no", "0", "False")] == [True] * 4 + [False] * 3
    said = ("No Show", "no_show", "NOSHOW", "Canceled", "cancelled", "In Progress", "Checked in", "completed")
    read = ["no-show"] * 3 + ["cancelled"] * 2 + ["in-progress", "arrived", "completed"]
    assert [values.read_status(cell) for cell in said] == read
    assert values.read_reason("Patient request") == "patient_request"
    for parse, cell in ((values.read_yes, "maybe"), (values.read_status, "gone"), (values.read_reason, "weather")):
        with pytest.raises(ValidationError):
            parse(cell)
