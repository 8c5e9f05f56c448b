"""The dates that statistics are asked for: the usual ranges, any other, and what lies before and after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinics.days import dated
from scheduling.exceptions import AppointmentError, Code
from scheduling.forms import EARLIEST, LATEST, Desk, RowField, SaneDateField, offer

ONE_DAY = timedelta(days=1)
A_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class Period:
    """Dates from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of_months(cls, first: date, count: int) -> Period:
        """Give the `count` whole months that begin on `first`, the first of one."""
        return cls(first, _months_on(first, count) - ONE_DAY)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def months(self) -> int:
        """The number of whole months that these dates are; 0 where they are none."""
        after = self.last + ONE_DAY
        if self.first.day != 1 or after.day != 1:
            return 0
        return (after.year - self.first.year) * A_YEAR + after.month - self.first.month

    @property
    def before(self) -> Period | None:
        """As many months before whole months, else as many days; None before all the dates that a clinic can mean."""
        first = _months_on(self.first, -self.months) if self.months else self.first - timedelta(days=self.days)
        return Period(first, self.first - ONE_DAY) if first >= EARLIEST else None

    @property
    def after(self) -> Period | None:
        first = self.last + ONE_DAY
        there = Period.of_months(first, self.months) if self.months else Period(first, self.last + self.days * ONE_DAY)
        return there if there.last <= LATEST else None

    @property
    def words(self) -> str:
        """The dates as they are said, without a year that is the same for both."""
        if self.first == self.last:
            return dated(self.first, "j F")
        if self.year and self.first.month == self.last.month:
            days = {"first": self.first.day, "last": self.last.day}
            return _("%(first)s to %(last)s %(month)s") % {**days, "month": dated(self.first, "F")}
        written = "j F" if self.year else "j F Y"
        return _("%(first)s to %(last)s") % {"first": dated(self.first, written), "last": dated(self.last, written)}

    @property
    def year(self) -> int | None:
        """The year of both ends; None where they lie in two."""
        return self.first.year if self.first.year == self.last.year else None

    def name_after(self, later: Period) -> str:
        """Name these dates as what came before `later`: October, 2025, the 30 days before."""
        if self.months == 1:
            return dated(self.first, "F") if self.year == later.year else dated(self.first, "F Y")
        if self.months == A_YEAR and self.year:
            return str(self.year)
        return ngettext("the day before", "the %(count)s days before", self.days) % {"count": self.days}


def _months_on(first: date, count: int) -> date:
    years, month = divmod(first.month - 1 + count, A_YEAR)
    return date(first.year + years, month + 1, 1)


def _days_until(today: date, count: int) -> Period:
    return Period(today - timedelta(days=count - 1), today)


def this_month(today: date) -> Period:
    return Period.of_months(today.replace(day=1), 1)


USUAL = "this-month"
PRESETS: MappingProxyType[str, tuple[Promise, Callable[[date], Period]]] = MappingProxyType(
    {
        USUAL: (gettext_lazy("This month"), this_month),
        "last-month": (
            gettext_lazy("Last month"),
            lambda today: Period.of_months(_months_on(today.replace(day=1), -1), 1),
        ),
        "last-7-days": (gettext_lazy("7 days"), lambda today: _days_until(today, 7)),
        "last-30-days": (gettext_lazy("30 days"), lambda today: _days_until(today, 30)),
        "last-90-days": (gettext_lazy("90 days"), lambda today: _days_until(today, 90)),
        "this-year": (gettext_lazy("This year"), lambda today: Period.of_months(date(today.year, 1, 1), A_YEAR)),
    }
)
"""The usual ranges by their names in the address: what each is called, and which dates it is on a day."""


class StatisticsForm(forms.Form):
    """Which dates, at which clinic, of which practitioner. Dates of one's own come before a `period`."""

    period = forms.ChoiceField(choices=[(name, label) for name, (label, _of) in PRESETS.items()], required=False)
    start_date = SaneDateField(label=gettext_lazy("From"), required=False)
    end_date = SaneDateField(label=gettext_lazy("To"), required=False)
    clinic = RowField(Code.CLINIC_NOT_FOUND)
    practitioner = RowField(Code.PRACTITIONER_NOT_FOUND)

    def __init__(self, data: Any, *, desk: Desk) -> None:
        super().__init__(data)
        offer(self, desk)
        for name in ("start_date", "end_date"):
            field = self.fields[name]
            assert isinstance(field, SaneDateField)  # noqa: S101 for the type checker
            field.today = lambda: desk.today(self.data.get("clinic"))

    dates_refused = False
    """Whether the dates together are no range, though each of them can be read."""

    def refuse_dates(self, error: AppointmentError) -> None:
        self.dates_refused = True
        self.add_error(error.field, str(error.message))

    @property
    def typed(self) -> dict[str, str]:
        """The dates that were sent, as a browser's box for dates can hold them: "" for what is none."""
        dates = {}
        for name in ("start_date", "end_date"):
            with suppress(ValidationError):
                day = self.fields[name].clean(self.data.get(name))
                dates[name] = day.isoformat() if day else ""
        return dates

    def period_on(self, today: date, usual: str = USUAL) -> Period:
        """Give the dates asked for, else the `usual` ones.

        Of two ends one alone will do: up to today, or from the first of its month.
        """
        asked = self.cleaned_data
        first: date | None = asked.get("start_date")
        last: date | None = asked.get("end_date")
        if first:
            return Period(first, last or max(first, today))
        if last:
            return Period(last.replace(day=1), last)
        _label, of = PRESETS[asked.get("period") or usual]
        return of(today)
