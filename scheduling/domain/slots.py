"""Slots: what the rule leaves of the sessions. Values, never rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.domain.intervals import Interval
from scheduling.domain.rules import Diary, Policy, refusal, sharing, visit_length
from scheduling.domain.sessions import Session


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """A visit that can be had: `start` and `end` aware, in the clinic's zone; `remaining` is at least 1."""

    start: datetime
    end: datetime
    practitioner_id: int
    clinic_id: int
    capacity: int
    booked: int

    @property
    def remaining(self) -> int:
        return self.capacity - self.booked


def localizer(session: Session) -> Callable[[datetime], datetime]:
    """Give the way from the session's instants to the clinic's clock: one conversion where no clock changes."""
    zone = session.hours.zone
    local = session.start.astimezone(zone)
    if local.fold or local.utcoffset() != session.end.astimezone(zone).utcoffset():
        return lambda moment: moment.astimezone(zone)
    start = session.start
    return lambda moment: local + (moment - start)


def free_slots(
    sessions: Iterable[Session],
    diary: Diary,
    policy: Policy,
    *,
    first: date,
    last: date,
    asked: timedelta | None = None,
    usual: timedelta | None = None,
) -> list[TimeSlot]:
    """Give what one practitioner offers on the local dates `first` to `last`, by start.

    `asked` is the length asked for, `usual` the appointment type's; see `visit_length`.
    """
    slots: dict[tuple[datetime, int], TimeSlot] = {}
    for session in sessions:
        hours, localize = session.hours, localizer(session)
        length = visit_length(session, asked=asked, usual=usual) or session.step
        for start in session.grid(length):
            local = localize(start)
            # Clock changes can push two sessions of one clinic over each other: the earlier one keeps the start.
            if not first <= local.date() <= last or (start, hours.clinic_id) in slots:
                continue
            visit = Interval(start, start + length)
            if refusal(visit, session, diary, policy, clinic_id=hours.clinic_id) is None:
                booked = len(sharing(visit, hours.clinic_id, diary.bookings))
                slots[start, hours.clinic_id] = TimeSlot(
                    local, localize(visit.end), hours.practitioner_id, hours.clinic_id, hours.capacity, booked
                )
    return [slots[key] for key in sorted(slots)]
