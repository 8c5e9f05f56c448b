"""One date at one clinic: who works when, who is away, and what is free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from clinics.models import Clinic
from scheduling.domain.intervals import Interval, gaps
from scheduling.domain.sessions import Session, local_day
from scheduling.domain.slots import TimeSlot
from scheduling.services.availability import Availability, Length


@dataclass(frozen=True, slots=True)
class ClinicDay:
    """The date as `whole`, its instants; the rest by the practitioner's id, each list by start.

    `away` is the part of the sessions that time off or a closure takes; `closed` tells of a closure.
    """

    whole: Interval
    sessions: dict[int, list[Session]]
    away: dict[int, list[Interval]]
    slots: dict[int, list[TimeSlot]]
    closed: bool

    @classmethod
    def of(cls, available: Availability, clinic: Clinic, day: date, length: Length) -> ClinicDay:
        whole = local_day(day, clinic.zone)
        sessions = {
            practitioner_id: [session for session in own if whole.overlaps(session)]
            for practitioner_id, own in available.sessions.items()
        }
        slots = defaultdict(list)
        for slot in available.slots(length):
            slots[slot.practitioner_id].append(slot)
        diaries = available.diaries.values()
        return cls(
            whole=whole,
            sessions={practitioner_id: own for practitioner_id, own in sessions.items() if own},
            away={
                practitioner_id: away_in(available, practitioner_id, own) for practitioner_id, own in sessions.items()
            },
            slots=slots,
            closed=any(any(diary.closures[clinic.pk].near(whole)) for diary in diaries if clinic.pk in diary.closures),
        )


def away_in(available: Availability, practitioner_id: int, sessions: list[Session]) -> list[Interval]:
    """Give the parts of the sessions that time off or a closure takes, by start."""
    diary = available.diaries[practitioner_id]
    taken = [
        interval
        for session in sessions
        for absences in (diary.time_off, diary.closures.get(session.hours.clinic_id))
        for interval in (absences.near(session) if absences else ())
    ]
    present = [part for session in sessions for part in gaps(session, taken)]
    return [part for session in sessions for part in gaps(session, present)]
