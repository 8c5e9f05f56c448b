"""Days as people write them: 23/11, `t` for today, +7, fri, 2w, 1m."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.text import fold_digits

WEEK = 7  # days
FEWEST_LETTERS = 2  # of a weekday's name: no two English ones begin alike
ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TODAY = {"t", "today"}
_AWAY = re.compile(r"([+-]\d{1,4})d?|(\d{1,4})d")
_LATER = re.compile(r"\+?(\d{1,3})([wm])")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2})?)?")


class DayField(forms.DateField):
    """A day as it is written, in either kind of digits, from the clinic's today on.

    Its form says whose today that is by `today`; without, it is UTC's.
    """

    default_error_messages = {  # noqa: RUF012 Django's attribute
        "invalid": _("Write a day as 23/11, 23.11.2026, t for today, +7, fri, 2w or 1m.")
    }
    today: Callable[[], date] = staticmethod(lambda: timezone.now().date())

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return super().to_python(value)
        day = read_day(str(value), self.today())
        if day is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


def dated(moment: date, form: str) -> str:
    """Write a day or a time by one of Django's formats, in the order that the reader's language has for it.

    The format is a message of the catalog: `make words` finds it here, and in the templates' `date:"l j F"`.
    """
    return date_format(moment, gettext(form))


def read_day(said: str, today: date) -> date | None:
    """Read a day as somebody writes it on `today`; None where it says none.

    A weekday is the next one, never today: that is `t`. Without its year a day is the one nearest to today. A month on
    is the same day of that month, or its last.
    """
    said = fold_digits(said).strip().casefold()
    if said in {*TODAY, gettext("today").casefold()}:
        return today
    try:
        return _weekday(said, today) or _away(said, today) or _written(said, today)
    except (ValueError, OverflowError):  # there is no such day
        return None


def _weekday(said: str, today: date) -> date | None:
    begun, short = [], []
    for number, english in enumerate(ENGLISH):
        own = str(WEEKDAYS[number]).casefold()
        begun += [number] * (len(said) >= FEWEST_LETTERS and (english.startswith(said) or own.startswith(said)))
        short += [number] * (said == str(WEEKDAYS_ABBR[number]).casefold())
    # In other languages two names may begin alike: then it takes more of the name.
    meant = short or begun
    return today + timedelta(days=(meant[0] - today.weekday() - 1) % WEEK + 1) if len(meant) == 1 else None


def _away(said: str, today: date) -> date | None:
    if days := _AWAY.fullmatch(said):
        return today + timedelta(days=int(days[1] or days[2]))
    later = _LATER.fullmatch(said)
    if later is None:
        return None
    count = int(later[1])
    return today + timedelta(days=count * WEEK) if later[2] == "w" else _months_on(today, count)


def _months_on(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _written(said: str, today: date) -> date:
    written = _DAY_FIRST.fullmatch(said)
    if written is None:
        return date.fromisoformat(said)
    day, month, year = int(written[1]), int(written[2]), written[3]
    if year:
        return date(int(year) if len(year) > 2 else 2000 + int(year), month, day)  # noqa: PLR2004 digits of a century
    of_years = [_day_or_none(today.year + n, month, day) for n in (0, -1, 1, 2, 3)]
    known = [each for each in of_years if each]
    return min(known, key=lambda each: abs(each - today)) if known else date(today.year, month, day)


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
