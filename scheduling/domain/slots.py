"""Slots: what the rule leaves of the sessions. Values, never rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from scheduling.domain.intervals import Interval
from scheduling.domain.rules import Diary, Policy, Refusal, refusal, sharing, visit_length
from scheduling.domain.sessions import Session


@dataclass(frozen=True, slots=True)
class TimeSlot:
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


def localizer(session: Session) -> Callable[[datetime], datetime]:
    """Give the way from the session's instants to the clinic's clock: one conversion where no clock changes."""
    zone = session.hours.zone
    local = session.start.astimezone(zone)
    if local.fold or local.utcoffset() != session.end.astimezone(zone).utcoffset():
        return lambda moment: moment.astimezone(zone)
    start = session.start
    return lambda moment: local + (moment - start)


@dataclass(frozen=True, slots=True)
class GridTime:
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


class _Start(NamedTuple):
    session: Session
    localize: Callable[[datetime], datetime]
    visit: Interval
    refusal: Refusal | None

    def slot(self, diary: Diary) -> TimeSlot:
        hours, visit = self.session.hours, self.visit
        return TimeSlot(
            self.localize(visit.start),
            self.localize(visit.end),
            hours.practitioner_id,
            hours.clinic_id,
            hours.capacity,
            booked=len(sharing(visit, hours.clinic_id, diary.bookings)),
        )


def free_slots(sessions: Iterable[Session], diary: Diary, policy: Policy, ask: Ask) -> list[TimeSlot]:
    """Give what one practitioner offers, by start."""
    return [start.slot(diary) for start in _grid(sessions, diary, policy, ask) if start.refusal is None]


def grid_times(sessions: Iterable[Session], diary: Diary, policy: Policy, ask: Ask) -> list[GridTime]:
    """Give every start on one practitioner's grid, by start, offered or not."""
    return [GridTime(start.slot(diary), start.refusal) for start in _grid(sessions, diary, policy, ask)]


def _grid(sessions: Iterable[Session], diary: Diary, policy: Policy, ask: Ask) -> list[_Start]:
    starts: dict[tuple[datetime, int], _Start] = {}
    for session in sessions:
        clinic_id, localize = session.hours.clinic_id, localizer(session)
        length = visit_length(session, asked=ask.asked, usual=ask.usual) or session.step
        for start in session.grid(length):
            if not ask.first <= localize(start).date() <= ask.last:
                continue
            # Clock changes can push two sessions of one clinic over each other: the first that offers a start has it.
            earlier = starts.get((start, clinic_id))
            if earlier is not None and earlier.refusal is None:
                continue
            visit = Interval(start, start + length)
            reason = refusal(visit, session, diary, policy, clinic_id=clinic_id)
            starts[start, clinic_id] = _Start(session, localize, visit, reason)
    return [starts[key] for key in sorted(starts)]
