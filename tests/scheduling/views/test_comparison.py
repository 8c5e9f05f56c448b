"""How figures are written, and what is said of two of them."""

import pytest

from scheduling.views.comparison import Change, change_of_count, change_of_rate, percentage, rounded


@pytest.mark.parametrize(
    ("rate", "written"),
    [(None, "\u2013"), (0, "0.0 %"), (0.04, "under 0.1 %"), (7.96, "8.0 %"), (100, "100.0 %"), (6066.66, "6,066.7 %")],
)
def test_a_rate_is_rounded_only_when_it_is_written(rate, written):
    assert percentage(rate) == written


def test_thousands_are_parted():
    assert rounded(1234.56) == "1,234.6"


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (1902, 1832, Change("+70", "3.8 % more")),
        (1832, 1902, Change("\u221270", "3.7 % fewer")),
        (5, 5, Change("0", "the same")),
        (0, 0, Change("0", "the same")),
        (5, 0, Change("+5", "more")),
        (0, 5, Change("\u22125", "100.0 % fewer")),
    ],
)
def test_a_count_by_its_sign_and_in_words(now, before, change):
    assert change_of_count(now, before) == change


def test_an_average_with_one_place():
    assert change_of_count(61.07, 60, rounded) == Change("+1.1", "1.8 % more")
    assert change_of_count(60.01, 60, rounded) == Change("0.0", "the same")


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (7.66, 7.0, Change("+0.7 points", "higher")),
        (7.0, 7.66, Change("\u22120.7 points", "lower")),
        (7.0, 7.04, Change("0.0", "the same")),
        (None, 7.0, None),
        (7.0, None, None),
    ],
)
def test_a_rate_by_points(now, before, change):
    assert change_of_rate(now, before) == change
