"""Half-open intervals of instants, and many of them in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple, Protocol

NOTHING = timedelta(0)


class Span(Protocol):
    """Whatever begins and ends: the instants `[start, end)`; both ends aware and in UTC."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


class Interval(NamedTuple):
    """A span and nothing else. Tuples, as a page makes thousands of them."""

    start: datetime
    end: datetime

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


class Timeline[T: Span]:
    """Intervals by start, searched without reading them all."""

    def __init__(self, intervals: Iterable[T] = ()) -> None:
        self._intervals = sorted(intervals, key=attrgetter("start"))
        self._starts = [interval.start for interval in self._intervals]
        self._longest = max((interval.end - interval.start for interval in self._intervals), default=NOTHING)

    def near(self, interval: Span, gap: timedelta = NOTHING) -> Iterator[T]:
        """Those that overlap `interval`, or leave less than `gap` between it and them."""
        low, high = interval.start - gap, interval.end + gap
        for position in range(bisect_left(self._starts, low - self._longest), len(self._intervals)):
            candidate = self._intervals[position]
            if candidate.start >= high:
                return
            if candidate.end > low:
                yield candidate


def gaps(within: Span, covered: Iterable[Span]) -> list[Interval]:
    """Give what is left of `within` where none of `covered` is, by start."""
    left, begin = [], within.start
    for interval in sorted(covered, key=attrgetter("start")):
        if begin < min(interval.start, within.end):
            left.append(Interval(begin, min(interval.start, within.end)))
        begin = max(begin, interval.end)
    return [*left, Interval(begin, within.end)] if begin < within.end else left
