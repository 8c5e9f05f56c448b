"""The one rule: may these visits be had? Listing, booking, moving and explaining all ask here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from scheduling.domain.intervals import NOTHING, Interval, Span, Timeline
from scheduling.domain.sessions import Session


class Refusal(StrEnum):
    """Why a visit cannot be had, in the order in which it is checked."""

    IN_THE_PAST = "in_the_past"
    CLINIC_CLOSED = "clinic_closed"
    PRACTITIONER_UNAVAILABLE = "practitioner_unavailable"
    OUTSIDE_SCHEDULE = "outside_schedule"
    INVALID_DURATION = "invalid_duration"
    SLOT_TAKEN = "slot_taken"
    BUFFER_CONFLICT = "buffer_conflict"
    PATIENT_CONFLICT = "patient_conflict"


class Booking(NamedTuple):
    """An occupying appointment of the practitioner, at any clinic: a span of the diary."""

    start: datetime
    end: datetime
    clinic_id: int
    seat: int = 1


@dataclass(frozen=True, slots=True)
class Policy:
    """What the organization decided, and the instant at which it is asked."""

    now: datetime
    buffer: timedelta = NOTHING
    late_start: timedelta = NOTHING


@dataclass(frozen=True, slots=True)
class Diary:
    """All that stands in one practitioner's way: time off, closures by clinic, bookings at every clinic."""

    time_off: Timeline[Interval] = field(default_factory=Timeline)
    closures: Mapping[int, Timeline[Interval]] = field(default_factory=dict)
    bookings: Timeline[Booking] = field(default_factory=Timeline)


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits at one clinic that are asked about together: all that a session has room for on its grid, or just one.

    They are numbered from 0 to `count - 1`; each begins `step` after the one before and lasts `length`.
    """

    clinic_id: int
    start: datetime
    length: timedelta
    step: timedelta
    count: int

    @classmethod
    def one(cls, visit: Span, clinic_id: int) -> Visits:
        length = visit.end - visit.start
        return cls(clinic_id, visit.start, length, step=length, count=1)

    @classmethod
    def of(cls, session: Session, length: timedelta) -> Visits:
        """Give every visit of that length on the session's grid."""
        room = session.end - session.start - length
        count = 0 if room < NOTHING else room // session.step + 1
        return cls(session.hours.clinic_id, session.start, length, session.step, count)

    def starts(self) -> Iterator[datetime]:
        """Give each start, in elapsed minutes from the first."""
        return (self.start + number * self.step for number in range(self.count))

    @property
    def whole(self) -> Interval:
        """From the first one's start to the last one's end."""
        return Interval(self.start, self.start + (self.count - 1) * self.step + self.length)

    def near(self, span: Span, gap: timedelta = NOTHING) -> tuple[int, int]:
        """Give the numbers `[low, high)` of those that overlap the span, or leave less than `gap` between."""
        low = (span.start - gap - self.length - self.start) // self.step + 1
        high = -((self.start - span.end - gap) // self.step)
        return max(low, 0), min(high, self.count)

    def same(self, booking: Booking) -> int | None:
        """Give the number of the one that has the booking's start, length and clinic; None where none has."""
        if booking.clinic_id != self.clinic_id or booking.end - booking.start != self.length:
            return None
        number, rest = divmod(booking.start - self.start, self.step)
        return number if rest == NOTHING and 0 <= number < self.count else None


class Answer(NamedTuple):
    """Of each of the visits: what stands in its way, None where it can be had, and how many share its slot."""

    refusals: list[Refusal | None]
    booked: list[int]


def visit_length(session: Session | None, *, asked: timedelta | None, usual: timedelta | None) -> timedelta | None:
    """Give the length of a visit: the one asked for; in a group the slot's; the type's usual one; the slot's."""
    if asked is not None:
        return asked
    if session is None:
        return usual
    if session.hours.capacity > 1 or usual is None:
        return session.step
    return usual


def first_free_seat(visit: Span, clinic_id: int, bookings: Timeline[Booking]) -> int:
    """Give the lowest place in the slot that nobody has, counted from 1."""
    slot = (visit.start, visit.end, clinic_id)
    taken = {each.seat for each in bookings.near(visit) if (each.start, each.end, each.clinic_id) == slot}
    return next(seat for seat in range(1, len(taken) + 2) if seat not in taken)


def collisions(visits: Visits, *, capacity: int, bookings: Timeline[Booking], buffer: timedelta) -> Answer:
    """Tell where the practitioner is taken: no place left in the slot, another visit over it, or one too near."""
    refusals: list[Refusal | None] = [None] * visits.count
    booked = [0] * visits.count
    # Then those who share a slot are in nobody else's way: most of a full diary is told so.
    apart = visits.length <= visits.step and not buffer
    for booking in bookings.near(visits.whole, buffer):
        shared = visits.same(booking)
        if shared is not None:
            booked[shared] += 1
            if apart:
                continue
        low, high = visits.near(booking)
        for number in range(*visits.near(booking, buffer)):
            if number != shared and refusals[number] is not Refusal.SLOT_TAKEN:
                refusals[number] = Refusal.SLOT_TAKEN if low <= number < high else Refusal.BUFFER_CONFLICT
    for number, places in enumerate(booked):
        if places >= capacity:
            refusals[number] = Refusal.SLOT_TAKEN
    return Answer(refusals, booked)


def answer(
    visits: Visits, session: Session | None, diary: Diary, policy: Policy, *, patient: Timeline[Interval] | None = None
) -> Answer:
    """Give for each of the visits the first reason, in the order of `Refusal`, why it cannot be had; None when it can.

    `session` is the one that they would be part of, None when there is none; `patient` holds the patient's own visits
    still to come or under way, None when no patient is asked for. The first reason is what is said last here.
    """
    if not visits.count:
        return Answer([], [])
    whole = visits.whole
    capacity = session.hours.capacity if session else 1
    found = collisions(visits, capacity=capacity, bookings=diary.bookings, buffer=policy.buffer)
    refusals = found.refusals
    for busy in patient.near(whole) if patient else ():
        for number in range(*visits.near(busy)):
            refusals[number] = refusals[number] or Refusal.PATIENT_CONFLICT
    for reason, (low, high) in _apart_from_visits(visits, whole, session, diary, policy):
        refusals[low:high] = [reason] * (high - low)
    return found


def _apart_from_visits(
    visits: Visits, whole: Interval, session: Session | None, diary: Diary, policy: Policy
) -> Iterator[tuple[Refusal, tuple[int, int]]]:
    """Give what is not about other visits, the first reason last, each with the numbers `[low, high)` it is true of."""
    everyone = 0, visits.count
    if session is not None and session.hours.capacity > 1 and visits.length != session.step:
        yield Refusal.INVALID_DURATION, everyone
    if session is None or not session.offers(whole):
        yield Refusal.OUTSIDE_SCHEDULE, everyone
    for off in diary.time_off.near(whole):
        yield Refusal.PRACTITIONER_UNAVAILABLE, visits.near(off)
    if closures := diary.closures.get(visits.clinic_id):
        for closure in closures.near(whole):
            yield Refusal.CLINIC_CLOSED, visits.near(closure)
    passed = -((visits.start + policy.late_start - policy.now) // visits.step)
    yield Refusal.IN_THE_PAST, (0, min(max(passed, 0), visits.count))


def refusal(
    visit: Span,
    session: Session | None,
    diary: Diary,
    policy: Policy,
    *,
    clinic_id: int,
    patient: Timeline[Interval] | None = None,
) -> Refusal | None:
    """Give what stands in the way of one visit; see `answer`."""
    return answer(Visits.one(visit, clinic_id), session, diary, policy, patient=patient).refusals[0]
