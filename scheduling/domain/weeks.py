"""Whether two sessions of a week are ever over each other: what one practitioner may not have at one clinic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from scheduling.domain.sessions import ONE_DAY, WeeklyHours

_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Clash:
    """That the sessions `one` and `other` are over each other, for the first time when `one` starts on `day`."""

    one: WeeklyHours
    other: WeeklyHours
    day: date


def on_the_clock(hours: WeeklyHours) -> tuple[timedelta, timedelta]:
    """Give start and end on the wall clock, from the midnight of the session's own date; at most 24 hours apart."""
    start, end = _since_midnight(hours.start_time), _since_midnight(hours.end_time)
    return start, end if end > start else end + ONE_DAY


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def first_clash(one: WeeklyHours, other: WeeklyHours) -> date | None:
    """Give the first date of a session of `one` that one of `other` overlaps; None when there never is any.

    Only sessions of one practitioner at one clinic can. Both count on the wall clock and on the dates of their own
    validity: last night's session, of a schedule that ended with it, still reaches into this morning's. Those that
    only touch do not overlap. What a clock change pushes over each other is not counted: no week is free of that.
    """
    if (one.practitioner_id, one.clinic_id) != (other.practitioner_id, other.clinic_id):
        return None
    days = [day for apart in (-1, 0, 1) if (day := _first_day(one, other, apart)) is not None]
    return date.fromordinal(min(days)) if days else None


def _first_day(one: WeeklyHours, other: WeeklyHours, apart: int) -> int | None:
    """Give the first date, as an ordinal, on which `one` meets the session of `other` that is `apart` days later."""
    if (other.weekday - one.weekday - apart) % _DAYS_OF_A_WEEK:
        return None
    (start, end), (other_start, other_end) = on_the_clock(one), on_the_clock(other)
    shift = apart * ONE_DAY
    if start >= other_end + shift or other_start + shift >= end:
        return None
    # Ordinals: dates without an end, date.max, cannot be moved by a day.
    first = max(one.first_day.toordinal(), other.first_day.toordinal() - apart)
    last = min(one.last_day.toordinal(), other.last_day.toordinal() - apart)
    first += (one.weekday - (first - 1)) % _DAYS_OF_A_WEEK  # ordinal 1 was a Monday
    return first if first <= last else None


def find_clash(week: Sequence[WeeklyHours], others: Sequence[WeeklyHours] = ()) -> Clash | None:
    """Give the first pair in which hours of `week` overlap earlier ones of the same week, or any of `others`."""
    for position, one in enumerate(week):
        for other in (*week[:position], *others):
            day = first_clash(one, other)
            if day is not None:
                return Clash(one, other, day)
    return None


def ever_comes(hours: WeeklyHours) -> bool:
    """Tell whether the weekday comes at all between the first and the last day."""
    first = hours.first_day.toordinal()
    return first + (hours.weekday - (first - 1)) % _DAYS_OF_A_WEEK <= hours.last_day.toordinal()


def fits_a_slot(hours: WeeklyHours) -> bool:
    """Tell whether one slot fits between start and end."""
    start, end = on_the_clock(hours)
    return timedelta(minutes=hours.slot_minutes) <= end - start
