"""The dates that statistics are of, and those before and after."""

from datetime import date

import pytest

from scheduling.views.period import PRESETS, Period

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("this-month", date(2026, 11, 1), date(2026, 11, 30)),
        ("last-month", date(2026, 10, 1), date(2026, 10, 31)),
        ("last-7-days", date(2026, 11, 19), TODAY),
        ("last-30-days", date(2026, 10, 27), TODAY),
        ("last-90-days", date(2026, 8, 28), TODAY),
        ("this-year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_the_usual_ranges(name, first, last):
    assert PRESETS[name][1](TODAY) == Period(first, last)


def test_the_month_before_january_is_december():
    assert PRESETS["last-month"][1](date(2027, 1, 31)) == Period(date(2026, 12, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("dates", "before", "after"),
    [
        # Whole months, however many: the months before and after.
        ("2026-03-01 2026-03-31", "2026-02-01 2026-02-28", "2026-04-01 2026-04-30"),
        ("2026-01-01 2026-03-31", "2025-10-01 2025-12-31", "2026-04-01 2026-06-30"),
        ("2024-01-01 2024-12-31", "2023-01-01 2023-12-31", "2025-01-01 2025-12-31"),
        # Any other: as many days.
        ("2026-03-01 2026-03-30", "2026-01-30 2026-02-28", "2026-03-31 2026-04-29"),
        ("2026-03-02 2026-03-31", "2026-01-31 2026-03-01", "2026-04-01 2026-04-30"),
        ("2026-11-25 2026-11-25", "2026-11-24 2026-11-24", "2026-11-26 2026-11-26"),
    ],
)
def test_what_lies_before_and_after(dates, before, after):
    period = of(dates)
    assert (period.before, period.after) == (of(before), of(after))


def of(dates):
    return Period(*map(date.fromisoformat, dates.split()))


def test_before_and_after_all_dates_there_is_nothing():
    assert Period(date(1901, 1, 1), date(1901, 1, 31)).before is None
    assert Period(date(1901, 1, 2), date(1901, 1, 3)).before is None
    assert Period(date(2199, 12, 1), date(2199, 12, 31)).after is None
    assert Period(date(2199, 12, 30), date(2199, 12, 31)).after is None


@pytest.mark.parametrize(
    ("first", "last", "words", "year"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "1 to 30 November", 2026),
        (date(2026, 8, 28), date(2026, 11, 25), "28 August to 25 November", 2026),
        (date(2025, 12, 27), date(2026, 1, 25), "27 December 2025 to 25 January 2026", None),
        (TODAY, TODAY, "25 November", 2026),
    ],
)
def test_they_are_said_in_words(first, last, words, year):
    period = Period(first, last)
    assert (period.words, period.year) == (words, year)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "October"),
        (date(2026, 1, 1), date(2026, 1, 31), "December 2025"),
        (date(2026, 1, 1), date(2026, 12, 31), "2025"),
        (date(2026, 1, 1), date(2026, 3, 31), "the 92 days before"),
        (date(2026, 11, 19), TODAY, "the 7 days before"),
        (TODAY, TODAY, "the day before"),
    ],
)
def test_what_lies_before_has_a_name(first, last, name):
    period = Period(first, last)
    assert period.before.name_after(period) == name
