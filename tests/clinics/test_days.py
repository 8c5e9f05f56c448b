"""Days as people write them."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from clinics.days import DayField, read_day

WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        *(("t", WEDNESDAY), ("T", WEDNESDAY), (" today ", WEDNESDAY)),
        *(("+7", date(2026, 12, 2)), ("-1", date(2026, 11, 24)), ("3d", date(2026, 11, 28)), ("+0", WEDNESDAY)),
        *(("fri", date(2026, 11, 27)), ("Friday", date(2026, 11, 27)), ("tu", date(2026, 12, 1))),
        *(("2w", date(2026, 12, 9)), ("+1w", date(2026, 12, 2)), ("1m", date(2026, 12, 25)), ("2M", date(2027, 1, 25))),
        *(("23/11", date(2026, 11, 23)), ("23.11.", date(2026, 11, 23)), ("3-12", date(2026, 12, 3))),
        *(("23.11.2026", date(2026, 11, 23)), ("23/11/26", date(2026, 11, 23)), ("2026-11-23", date(2026, 11, 23))),
        *(("၂၃/၁၁", date(2026, 11, 23)), ("+၇", date(2026, 12, 2)), ("၂၀၂၆-၁၁-၂၃", date(2026, 11, 23))),
    ],
)
def test_what_it_reads(said, day):
    assert read_day(said, WEDNESDAY) == day


def test_a_weekday_is_never_today():
    assert read_day("wed", WEDNESDAY) == date(2026, 12, 2)


def test_without_a_year_it_is_the_nearest():
    assert read_day("5/1", WEDNESDAY) == date(2027, 1, 5)
    assert read_day("20/12", date(2027, 1, 4)) == date(2026, 12, 20)
    assert read_day("29/2", WEDNESDAY) == date(2028, 2, 29)


def test_a_month_on_ends_with_the_month():
    assert read_day("1m", date(2027, 1, 31)) == date(2027, 2, 28)


def test_weekdays_of_the_language_in_use():
    with translation.override("de"):
        assert read_day("Freitag", WEDNESDAY) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        *(("သောကြာနေ့", date(2026, 11, 27)), ("သောကြာ", date(2026, 11, 27)), ("ကြာ", date(2026, 11, 27))),
        *(
            ("တနင်္လာ", date(2026, 11, 30)),
            ("တနင်္ဂနွေ", date(2026, 11, 29)),
            ("ယနေ့", WEDNESDAY),
            ("၂၃/၁၁", date(2026, 11, 23)),
        ),
        *(("တနင်္", None), ("fri", date(2026, 11, 27))),
    ],
)
def test_burmese_weekdays_as_far_as_they_are_one(said, day):
    with translation.override("my"):
        assert read_day(said, WEDNESDAY) == day


@pytest.mark.parametrize(
    "said", ["x", "f", "31/2", "0/0", "+99999", "13.13.2026", "9999m", "\0", "\ufffd", "9" * 5000, "7", "1y", "²w"]
)
def test_what_says_no_day_is_refused(said):
    with pytest.raises(ValidationError, match="Write a day as 23/11"):
        DayField().clean(said)


def test_the_ends_of_time():
    assert read_day("-9999", date(1, 1, 1)) is None
    assert read_day("999m", date(9999, 12, 31)) is None
