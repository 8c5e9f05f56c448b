"""Working hours, as sessions of instants on the dates they are valid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.domain.intervals import NOTHING, Interval, Span

ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=10_000)  # practitioners keep the same hours
def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Give the instant, in UTC, at which a clock in `zone` shows `wall` on `day`.

    A time that a clock change skips moves forward by the gap; one that it repeats means the first. Both are what
    PEP 495 gives for `fold=0`.
    """
    return datetime.combine(day, wall, tzinfo=zone).replace(fold=0).astimezone(UTC)


def exists(day: date, wall: time, zone: ZoneInfo) -> bool:
    """Tell whether a clock in `zone` ever shows `wall` on `day`."""
    return instant(day, wall, zone).astimezone(zone).replace(tzinfo=None, fold=0) == datetime.combine(day, wall)


def local_day(day: date, zone: ZoneInfo) -> Interval:
    """Give the instants of a calendar day in `zone`: 23 to 25 hours where clocks change."""
    return Interval(instant(day, time.min, zone), instant(day + ONE_DAY, time.min, zone))


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """One WorkingHours row with what its schedule and assignment say; `first_day` to `last_day`, both included."""

    practitioner_id: int
    clinic_id: int
    zone: ZoneInfo
    weekday: int
    start_time: time
    end_time: time
    slot_minutes: int
    capacity: int
    first_day: date
    last_day: date


class Session(NamedTuple):
    """Weekly hours on one date: the span that they cover, and the grid of slots in it."""

    start: datetime
    end: datetime
    hours: WeeklyHours

    @property
    def step(self) -> timedelta:
        return timedelta(minutes=self.hours.slot_minutes)

    def offers(self, visit: Span) -> bool:
        """Tell whether the visit starts on the grid and fits whole."""
        return self.start <= visit.start and visit.end <= self.end and (visit.start - self.start) % self.step == NOTHING


def session_on(day: date, hours: WeeklyHours) -> Session | None:
    """Give the session of `hours` on `day`, or None when a clock change leaves it no length.

    An `end_time` not after `start_time` is on the next day; an equal one makes 24 hours of wall clock.
    """
    last_day = day if hours.end_time > hours.start_time else day + ONE_DAY
    start, end = instant(day, hours.start_time, hours.zone), instant(last_day, hours.end_time, hours.zone)
    return Session(start, end, hours) if start < end else None


def sessions_between(weekly: Iterable[WeeklyHours], first: date, last: date) -> list[Session]:
    """Give every session with a slot that may start on a local date from `first` to `last`, by start.

    Sessions of the two dates before count as well: one of 24 hours reaches into its second date, and where a clock
    change skips midnight (Nuuk) into its third.
    """
    sessions = []
    for hours in weekly:
        day = max(first - 2 * ONE_DAY, hours.first_day)
        day += ONE_DAY * ((hours.weekday - day.weekday()) % 7)
        while day <= min(last, hours.last_day):
            session = session_on(day, hours)
            if session is not None:
                sessions.append(session)
            day += 7 * ONE_DAY
    return sorted(sessions, key=attrgetter("start", "end", "hours.clinic_id"))
