"""One date of one practitioner at every clinic: who is in when, who is away, and what is free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

from scheduling.domain.intervals import Interval
from scheduling.domain.sessions import Session, local_day
from scheduling.domain.slots import TimeSlot
from scheduling.services.availability import Availability, Length
from scheduling.services.clinic_day import away_in


@dataclass(frozen=True, slots=True)
class Absence:
    """The part of a session at the clinic in which nobody is seen: one is away, or the clinic `closed`."""

    interval: Interval
    clinic_id: int
    closed: bool


@dataclass(frozen=True, slots=True)
class PractitionerDay:
    """The sessions, what absences take of them, and the slots for a usual visit; each by start."""

    sessions: list[Session]
    absences: list[Absence]
    slots: list[TimeSlot]

    @classmethod
    def of(
        cls, available: Availability, practitioner_id: int, length: Length, day_of: Callable[[ZoneInfo], date]
    ) -> Self:
        """Take from what is available the date that `day_of` gives for a clinic's zone."""
        own = available.sessions.get(practitioner_id, [])
        sessions = [
            session for session in own if local_day(day_of(session.hours.zone), session.hours.zone).overlaps(session)
        ]
        zones = {session.hours.clinic_id: session.hours.zone for session in own}
        return cls(
            sessions=sessions,
            absences=[
                Absence(part, session.hours.clinic_id, closed=_is_closed(available, practitioner_id, session, part))
                for session in sessions
                for part in away_in(available, practitioner_id, [session])
            ],
            slots=[slot for slot in available.slots(length) if slot.start.date() == day_of(zones[slot.clinic_id])],
        )


def _is_closed(available: Availability, practitioner_id: int, session: Session, part: Interval) -> bool:
    closures = available.diaries[practitioner_id].closures.get(session.hours.clinic_id)
    return closures is not None and any(closures.near(part))
