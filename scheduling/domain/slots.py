"""Slots: what the rule leaves of the sessions. Values, never rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.domain.intervals import Interval
from scheduling.domain.rules import Diary, Policy, Refusal, Visits, answer, visit_length
from scheduling.domain.sessions import Session


class TimeSlot(NamedTuple):
    """A visit that starts on the grid: `start` and `end` aware, in the clinic's zone.

    Of one that is offered, `remaining` is at least 1.
    """

    start: datetime
    end: datetime
    practitioner_id: int
    clinic_id: int
    capacity: int
    booked: int

    @property
    def remaining(self) -> int:
        return self.capacity - self.booked

    @property
    def instants(self) -> Interval:
        """The slot without its clock: two times of one zone do not tell on which side of a clock change they are."""
        return Interval(self.start.astimezone(UTC), self.end.astimezone(UTC))


class GridTime(NamedTuple):
    """A start on the grid: the visit from then on, and what stands in its way; None where it can be had."""

    slot: TimeSlot
    refusal: Refusal | None

    @property
    def start(self) -> datetime:
        return self.slot.start


@dataclass(frozen=True, slots=True)
class Ask:
    """What is looked for: visits that start on the local dates `first` to `last`, both included.

    `asked` is the length asked for, `usual` the appointment type's; see `visit_length`.
    """

    first: date
    last: date
    asked: timedelta | None = None
    usual: timedelta | None = None


def free_slots(sessions: Iterable[Session], diary: Diary, policy: Policy, ask: Ask) -> list[TimeSlot]:
    """Give what one practitioner offers, by start."""
    return [slot for slot, _refusal in _grid(sessions, diary, policy, ask, only_free=True)]


def grid_times(sessions: Iterable[Session], diary: Diary, policy: Policy, ask: Ask) -> list[GridTime]:
    """Give every start on one practitioner's grid, by start, offered or not."""
    return [GridTime(*time) for time in _grid(sessions, diary, policy, ask, only_free=False)]


type _Time = tuple[TimeSlot, Refusal | None]


def _grid(sessions: Iterable[Session], diary: Diary, policy: Policy, ask: Ask, *, only_free: bool) -> list[_Time]:
    in_turn = sorted(sessions, key=attrgetter("start"))
    times = [time for session in in_turn for time in _times(session, diary, policy, ask, only_free=only_free)]
    if all(earlier.end <= later.start for earlier, later in pairwise(in_turn)):
        return times
    # At two clinics at once; or clock changes pushed two sessions of one clinic over each other: then the first that
    # offers a start has it.
    chosen: dict[tuple[datetime, int], _Time] = {}
    for slot, reason in times:
        place = slot.start.astimezone(UTC), slot.clinic_id
        if place not in chosen or chosen[place][1] is not None:
            chosen[place] = slot, reason
    return [chosen[place] for place in sorted(chosen)]


def _times(session: Session, diary: Diary, policy: Policy, ask: Ask, *, only_free: bool) -> Iterator[_Time]:
    """Give the session's grid on the clinic's clock, as far as it is on the dates that are asked for."""
    hours = session.hours
    steady = _steady_clock(session.start, session.end, hours.zone)
    if steady is not None and (steady.end.date() < ask.first or ask.last < steady.start.date()):
        return
    length = visit_length(session, asked=ask.asked, usual=ask.usual) or session.step
    visits = Visits.of(session, length)
    refusals, booked = answer(visits, session, diary, policy)
    within = steady is not None and ask.first <= steady.start.date() and steady.end.date() <= ask.last
    for number, reason in enumerate(refusals):
        if only_free and reason is not None:
            continue
        elapsed = number * visits.step
        if steady is not None:
            start = steady.start + elapsed
            end = start + length
        else:
            start, end = ((each + elapsed).astimezone(hours.zone) for each in (visits.start, visits.start + length))
        if within or ask.first <= start.date() <= ask.last:
            slot = TimeSlot(start, end, hours.practitioner_id, hours.clinic_id, hours.capacity, booked[number])
            yield slot, reason


@lru_cache(maxsize=10_000)  # practitioners keep the same hours
def _steady_clock(start: datetime, end: datetime, zone: ZoneInfo) -> Interval | None:
    """Give what a clock in `zone` shows at both ends; None where it is changed between them."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    return None if first.fold or first.utcoffset() != last.utcoffset() else Interval(first, last)
