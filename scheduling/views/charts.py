"""Where the marks of a chart lie: counts in, places out. The template draws them as SVG.

Across, places are percent of the drawing's width, so that a chart becomes narrower and its letters stay as large as
they are; down, they are pixels. Both are text with a point, whatever the language writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import ceil

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

PLOT, ABOVE, BELOW = 180, 22, 26  # pixels: the tallest bar, the count over it, the dates under it
MOST_DAYS = 92  # as bars of their own; what is longer is drawn by weeks
FITS_A_PHONE = 31  # bars
PHONE, SCROLLED, WORD = 320, 660, 44  # pixels: the narrowest drawing, that of more bars, and a date under it
FEW_DAYS = 7  # each with its date
LEVELS = 5  # of ink
ROW, HEAD = 26, 24  # pixels
NARROWEST_BAR = 1.0  # percent: one visit of a thousand is seen, too
WIDEST_BAR = 5.0  # percent: one day is no wall
WEEKEND = 5  # and 6; Monday is 0


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole if whole else 0:.2f}"


def bar_width(count: int, most: int) -> str:
    """Give the width, in percent, of the bar of a row."""
    return f"{max(NARROWEST_BAR, 100 * count / most):.2f}" if count else "0"


@dataclass(frozen=True, slots=True)
class Bar:
    """The visits of the dates from `first` to `last`; `when` is past, today or to-come."""

    first: date
    last: date
    count: int
    x: str
    width: str
    middle: str
    y: str
    height: str
    when: str
    has_tick: bool
    is_most: bool


@dataclass(frozen=True, slots=True)
class Line:
    y: str
    count: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars of days, or of weeks; `lines` at round counts, `average_y` at the average of one bar."""

    bars: list[Bar]
    lines: list[Line]
    average: float
    average_y: str
    by_week: bool

    base = ABOVE + PLOT
    height = ABOVE + PLOT + BELOW
    dates_y = ABOVE + PLOT + 18

    @property
    def is_wide(self) -> bool:
        return len(self.bars) > FITS_A_PHONE

    @property
    def has_average(self) -> bool:
        """Whether an average says more than the one bar."""
        return len(self.bars) > 1

    @property
    def most(self) -> Bar:
        return max(self.bars, key=lambda bar: bar.count)

    @property
    def times(self) -> set[str]:
        return {bar.when for bar in self.bars}


def chart_of_days(by_day: Mapping[date, int], today: date) -> BarChart:
    """Draw every date, in weeks from Monday on where there are many; `average` is of whole weeks then."""
    by_week = len(by_day) > MOST_DAYS
    spans = [
        (days[0], days[-1], sum(by_day[day] for day in days)) for days in _grouped(sorted(by_day), by_week=by_week)
    ]
    average = sum(by_day.values()) / len(by_day) * (7 if by_week else 1)
    most = max(count for _first, _last, count in spans)
    step = round_step(most)
    top = max(most, step, ceil(average))
    part = 100 / len(spans)
    width = min(0.66 * part, WIDEST_BAR)
    ticks = _ticks([(first, last) for first, last, _count in spans], today, by_week=by_week)
    of_most = next(place for place, span in enumerate(spans) if span[2] == most)
    bars = [
        Bar(
            first=first,
            last=last,
            count=count,
            x=f"{(place + 0.5) * part - width / 2:.2f}",
            width=f"{width:.2f}",
            middle=f"{(place + 0.5) * part:.2f}",
            y=_height_at(count, top),
            height=f"{PLOT * count / top:.1f}",
            when=_when(first, last, today),
            has_tick=place in ticks,
            is_most=place == of_most and most > 0,
        )
        for place, (first, last, count) in enumerate(spans)
    ]
    lines = [Line(_height_at(count, top), count) for count in range(0, top + 1, step)]
    return BarChart(bars, lines, average, _height_at(average, top), by_week)


def _grouped(days: list[date], *, by_week: bool) -> list[list[date]]:
    if not by_week:
        return [[day] for day in days]
    return [list(week) for _week, week in groupby(days, key=lambda day: day.isocalendar()[:2])]


def _height_at(count: float, top: int) -> str:
    return f"{ABOVE + PLOT - PLOT * count / top:.1f}"


def _when(first: date, last: date, today: date) -> str:
    if first <= today <= last:
        return "today"
    return "past" if last < today else "to-come"


def round_step(most: int, lines: int = 4) -> int:
    """Give the smallest of 1, 2, 5, 10, 20, 25, 50 ... that parts `most` into at most `lines`."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size // 2 if size > 1 else 2, 5 * size):
            if most <= step * lines:
                return step
        size *= 10


def _ticks(spans: list[tuple[date, date]], today: date, *, by_week: bool) -> set[int]:
    """Give the places whose dates are written: Mondays, of a few days each, of weeks the first of a month; today's.

    What stands too near today's is left out for it.
    """
    if by_week:
        ticks = {n for n in range(1, len(spans)) if spans[n][1].month != spans[n - 1][1].month}
    else:
        ticks = {n for n, (first, _last) in enumerate(spans) if len(spans) <= FEW_DAYS or first.weekday() == 0}
    here = next((n for n, (first, last) in enumerate(spans) if first <= today <= last), None)
    if here is None:
        return ticks
    room = WORD * len(spans) / (PHONE if len(spans) <= FITS_A_PHONE else SCROLLED)
    return {n for n in ticks if abs(n - here) >= room} | {here}


@dataclass(frozen=True, slots=True)
class Cell:
    """A weekday's hour: `level` of ink from 0, nothing, to 5."""

    weekday: int
    hour: int
    count: int
    level: int
    x: str
    middle: str


@dataclass(frozen=True, slots=True)
class Row:
    weekday: int
    y: int
    text_y: int
    cells: list[Cell]

    @property
    def short(self) -> str:
        return str(WEEKDAYS_ABBR[self.weekday])

    @property
    def long(self) -> str:
        return str(WEEKDAYS[self.weekday])


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Weekdays by hours, from the first hour that has a visit to the last."""

    rows: list[Row]
    hours: list[tuple[int, str]]  # each with the middle of its column
    width: str  # of a column

    row_height = ROW

    @property
    def height(self) -> int:
        return HEAD + ROW * len(self.rows)

    @property
    def is_wide(self) -> bool:
        return len(self.hours) > LEVELS * 2


def heat_map(busiest: Mapping[tuple[int, int], int], weekdays: Collection[int] = range(7)) -> HeatMap:
    """Draw the counts by (weekday, hour) on these weekdays; one of the weekend only where it has a visit."""
    used = {hour for _weekday, hour in busiest}
    hours = list(range(min(used), max(used) + 1)) if used else []
    met = {weekday for weekday, _hour in busiest}
    days = [weekday for weekday in sorted(weekdays) if weekday < WEEKEND or weekday in met]
    most = max(busiest.values(), default=0)

    def cell(weekday: int, place: int, hour: int) -> Cell:
        count = busiest.get((weekday, hour), 0)
        level = ceil(LEVELS * count / most) if most else 0
        return Cell(weekday, hour, count, level, percent(place, len(hours)), percent(place + 0.5, len(hours)))

    rows = [
        Row(day, HEAD + ROW * line, HEAD + ROW * line + 17, [cell(day, n, hour) for n, hour in enumerate(hours)])
        for line, day in enumerate(days)
    ]
    return HeatMap(rows, [(hour, percent(n + 0.5, len(hours))) for n, hour in enumerate(hours)], percent(1, len(hours)))
