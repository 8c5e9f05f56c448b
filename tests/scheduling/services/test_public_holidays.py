"""Public holidays: both names, and which dates are only estimated."""

from datetime import date

import pytest

from scheduling.services.public_holidays import public_holidays


def on(country, day):
    return next(each for each in public_holidays(country, day.year) if each.day == day)


def test_myanmar_has_its_names_in_both_languages():
    union_day = on("MM", date(2030, 2, 12))
    assert union_day.english == "Union Day"
    assert "\u1000" <= union_day.native[0] <= "\u109f"
    assert union_day.name == f"Union Day ({union_day.native})"
    assert not union_day.estimated


def test_a_date_that_follows_the_moon_is_marked_and_its_name_is_not():
    marked = [each for each in public_holidays("MM", 2027) if each.estimated]
    assert [each.english for each in marked] == ["Eid al-Adha"]
    for each in marked:
        assert "(" not in each.english + each.native


def test_days_are_in_order_and_each_comes_once():
    days = [each.day for each in public_holidays("MM", 2030)]
    assert days == sorted(set(days))


def test_two_holidays_of_one_day_are_one_proposal():
    both = on("MM", date(2026, 3, 2))
    assert sorted(both.english.split(", ")) == ["Full Moon Day of Tabaung", "Peasants' Day"]


@pytest.mark.parametrize("country", ["US", "GB", "SG"])
def test_where_english_is_the_language_the_name_stands_once(country):
    assert {each.native for each in public_holidays(country, 2030)} == {""}


def test_a_country_that_is_not_known_has_none():
    assert public_holidays("TA", 2030) is None
    assert public_holidays("", 2030) is None


@pytest.mark.parametrize("country", ["TH", "IN", "BD", "SA", "DE", "JP"])
def test_any_country_has_english_names(country):
    assert all(each.english for each in public_holidays(country, 2030))
