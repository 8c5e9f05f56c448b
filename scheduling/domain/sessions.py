"""Working hours on one date, as instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.domain.intervals import Interval

ONE_DAY = timedelta(days=1)


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a clock in `zone` shows `wall` on `day`.

    A time that a clock change skips moves forward by the gap; one that it repeats means the first. Both are what
    PEP 495 gives for `fold=0`.
    """
    return datetime.combine(day, wall, tzinfo=zone).replace(fold=0).astimezone(UTC)


def exists(day: date, wall: time, zone: ZoneInfo) -> bool:
    """Whether a clock in `zone` ever shows `wall` on `day`."""
    return instant(day, wall, zone).astimezone(zone).replace(tzinfo=None) == datetime.combine(day, wall)


@dataclass(frozen=True, slots=True)
class Session:
    """One WorkingHours row on one date, `[start, end)` in UTC, in slots of `slot_minutes` for `capacity` each."""

    practitioner_id: int
    clinic_id: int
    zone: ZoneInfo
    interval: Interval
    slot_minutes: int
    capacity: int

    def starts(self, length: timedelta) -> Iterator[datetime]:
        """The grid, in UTC, of starts from which a visit of `length` fits whole."""
        step = timedelta(minutes=self.slot_minutes)
        start = self.interval.start
        while start + length <= self.interval.end:
            yield start
            start += step

    def on_grid(self, start: datetime) -> bool:
        return not (start - self.interval.start) % timedelta(minutes=self.slot_minutes)


def session_interval(day: date, start_time: time, end_time: time, zone: ZoneInfo) -> Interval | None:
    """The instants of the hours `start_time` to `end_time` on `day`, or None when a clock change leaves them no length.

    An `end_time` not after `start_time` is on the next day; an equal one makes 24 hours of wall clock.
    """
    last_day = day if end_time > start_time else day + ONE_DAY
    interval = Interval(instant(day, start_time, zone), instant(last_day, end_time, zone))
    return interval if interval.start < interval.end else None
