"""The one rule: may this visit be had? Listing, booking, moving and explaining all ask here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from scheduling.domain.intervals import NOTHING, Interval, Timeline
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


@dataclass(frozen=True, slots=True)
class Booking(Interval):
    """An occupying appointment of the practitioner, at any clinic."""

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


def visit_length(session: Session | None, *, asked: timedelta | None, usual: timedelta | None) -> timedelta | None:
    """Give the length of a visit: the one asked for; in a group the slot's; the type's usual one; the slot's."""
    if asked is not None:
        return asked
    if session is None:
        return usual
    if session.hours.capacity > 1 or usual is None:
        return session.step
    return usual


def sharing(visit: Interval, clinic_id: int, bookings: Timeline[Booking]) -> list[Booking]:
    """Give the bookings of the very same slot: same start, length and clinic."""
    return [
        booking
        for booking in bookings.near(visit)
        if (booking.start, booking.end, booking.clinic_id) == (visit.start, visit.end, clinic_id)
    ]


def first_free_seat(visit: Interval, clinic_id: int, bookings: Timeline[Booking]) -> int:
    """Give the lowest place in the slot that nobody has, counted from 1."""
    taken = {booking.seat for booking in sharing(visit, clinic_id, bookings)}
    return next(seat for seat in range(1, len(taken) + 2) if seat not in taken)


def collision(
    visit: Interval, *, clinic_id: int, capacity: int, bookings: Timeline[Booking], buffer: timedelta
) -> Refusal | None:
    """Tell whether the practitioner is taken: no place left in the slot, another visit over it, or one too near."""
    near = list(bookings.near(visit, buffer))
    if not near:
        return None
    shared = sharing(visit, clinic_id, bookings)
    others = [booking for booking in near if booking not in shared]
    if len(shared) >= capacity or any(booking.overlaps(visit) for booking in others):
        return Refusal.SLOT_TAKEN
    return Refusal.BUFFER_CONFLICT if others else None


def refusal(
    visit: Interval,
    session: Session | None,
    diary: Diary,
    policy: Policy,
    *,
    clinic_id: int,
    patient: Timeline[Interval] | None = None,
) -> Refusal | None:
    """Give the first reason, in the order of `Refusal`, why the visit cannot be had; None when it can.

    `session` is the one that the visit would be part of, None when there is none; `patient` holds the patient's own
    visits still to come or under way, None when no patient is asked for.
    """
    if visit.start + policy.late_start < policy.now:
        return Refusal.IN_THE_PAST
    if any(diary.closures.get(clinic_id, Timeline[Interval]()).near(visit)):
        return Refusal.CLINIC_CLOSED
    if any(diary.time_off.near(visit)):
        return Refusal.PRACTITIONER_UNAVAILABLE
    if session is None or not session.offers(visit):
        return Refusal.OUTSIDE_SCHEDULE
    if session.hours.capacity > 1 and visit.end - visit.start != session.step:
        return Refusal.INVALID_DURATION
    taken = collision(
        visit,
        clinic_id=clinic_id,
        capacity=session.hours.capacity,
        bookings=diary.bookings,
        buffer=policy.buffer,
    )
    if taken is not None:
        return taken
    if patient is not None and any(patient.near(visit)):
        return Refusal.PATIENT_CONFLICT
    return None
