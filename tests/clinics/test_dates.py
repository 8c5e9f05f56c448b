"""Dates in the order of each language, with Latin digits, by 24 hours."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.formats import date_format

from clinics.days import dated
from config.words import LOCALE, catalog_of, is_translated
from tests.practice import YANGON

MOMENT = datetime(2026, 11, 23, 15, 5, tzinfo=YANGON)
SAID = {
    "l j F": ("Monday 23 November", "နိုဝင်ဘာလ 23 ရက်၊ တနင်္လာနေ့"),
    "l j F, H:i": ("Monday 23 November, 15:05", "နိုဝင်ဘာလ 23 ရက်၊ တနင်္လာနေ့၊ 15:05"),
    "j F Y": ("23 November 2026", "2026 ခုနှစ် နိုဝင်ဘာလ 23 ရက်"),
    "F Y": ("November 2026", "2026 ခုနှစ် နိုဝင်ဘာလ"),
    "D j M": ("Mon 23 Nov", "နိုဝင်ဘာ 23 ရက် (လာ)"),
    "D": ("Mon", "လာ"),
    "H:i": ("15:05", "15:05"),
}
FORMATS = [
    str(each.id)
    for each in catalog_of(LOCALE / "my/LC_MESSAGES/django.po")
    if re.fullmatch(r"[lDjFMYHi ,:]*[lDFM][lDjFMYHi ,:]+", str(each.id))
]
WEEKDAY, MONTH = re.compile("[lD]"), re.compile("[FM]")


@pytest.mark.parametrize(("form", "english", "burmese"), [(form, *said) for form, said in SAID.items()])
def test_a_template_and_the_code_write_the_same(form, english, burmese):
    template = Template(f'{{{{ moment|date:"{form}" }}}}')
    for language, said in (("en", english), ("my", burmese)):
        with translation.override(language), timezone.override(YANGON):
            assert (template.render(Context({"moment": MOMENT})), dated(MOMENT, form)) == (said, said)


def test_every_format_says_in_burmese_what_it_says_in_english():
    assert len(FORMATS) > 10
    with translation.override("my"):
        for form in FORMATS:
            said = dated(MOMENT, form)
            assert is_translated(form)
            assert re.search("[A-Za-z\u1040-\u1049]", said) is None, form
            assert ("23" in said, "2026" in said, "15:05" in said) == ("j" in form, "Y" in form, "H:i" in form), form
            assert ("လာ" in said.replace("လ ", "")) == bool(WEEKDAY.search(form)), form
            assert ("နို" in said) == bool(MONTH.search(form)), form


def test_nothing_is_written_where_there_is_no_date():
    assert Template('{{ moment|date:"l j F" }}').render(Context({"moment": None})) == ""


def test_every_weekday_and_month_has_its_burmese_name():
    with translation.override("my"):
        for form, days in (("l", 7), ("D", 7), ("F", 365), ("M", 365), ("N", 365), ("E", 365)):
            said = {date_format(date(2026, 1, 1) + timedelta(days=day), form) for day in range(days)}
            assert len(said) == min(days, 12)
            assert [each for each in said if re.search("[A-Za-z]", each)] == []


def test_django_itself_writes_burmese_dates_in_order():
    with translation.override("my"):
        assert date_format(MOMENT, "DATETIME_FORMAT") == "2026 ခုနှစ် နိုဝင်ဘာလ 23 ရက်၊ 15:05"


def test_how_long_ago_in_burmese():
    now = timezone.now()
    with translation.override("my"):
        assert naturaltime(now - timedelta(minutes=5)) == "လွန်ခဲ့သော 5\xa0မိနစ်"
        assert naturaltime(now - timedelta(days=3, hours=1)) == "လွန်ခဲ့သော 3\xa0ရက်၊\xa01\xa0နာရီ"
