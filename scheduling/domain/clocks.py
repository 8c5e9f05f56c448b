"""Stretches of time over which a clock keeps its distance from UTC."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.domain.sessions import ONE_DAY, local_day

ONE_SECOND = timedelta(seconds=1)


class Stretch(NamedTuple):
    """From `start` to `end`, clocks show UTC and `offset`."""

    start: datetime
    end: datetime
    offset: timedelta


def stretches(first: date, last: date, zone: ZoneInfo) -> list[Stretch]:
    """Give the stretches of the days `first` to `last` in `zone`, both included, in order and without a gap.

    With them a database tells a clinic's time by adding, and tells the same as we do, whichever edition of the time
    zones it has.
    """
    start, end = local_day(first, zone).start, local_day(last, zone).end
    starts = [start]
    moment = start
    while moment < end:
        later = min(moment + ONE_DAY, end)
        if _offset(moment, zone) != _offset(later, zone):
            changed = _change(moment, later, zone)
            starts += [changed] if changed < end else []
        moment = later
    ends = [*starts[1:], end]
    return [Stretch(since, until, _offset(since, zone)) for since, until in zip(starts, ends, strict=True)]


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Give the second at which the clock is changed between the two."""
    while after - before > ONE_SECOND:
        middle = before + (after - before) // 2
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
