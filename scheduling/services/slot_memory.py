"""What practitioners offer on a date, remembered: a value in the memory that all processes share.

Each value begins with the words (see `freshness`) that were true before the database was asked, and is taken only while
these are the words still. A writer gives new words once it has committed: whoever had read the database before that,
and remembers its answer late, does so under words that nobody takes any more. Between a commit and its new words, and
where a writer dies there, the old answer may still be given, for a minute at the longest. Booking never asks here.

Kept is the grid without the clock: what has passed is told when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from clinics import memory
from scheduling.domain.rules import Refusal
from scheduling.domain.sessions import ONE_DAY
from scheduling.domain.slots import GridTime, TimeSlot
from scheduling.services import freshness

MOST_DAYS = 62
"""A longer range is not worth remembering."""

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
"""The instant for which a grid is worked out that is remembered: nothing has passed yet."""

_REFUSALS = tuple(Refusal)
_PLACE_OF = {refusal: place for place, refusal in enumerate(_REFUSALS)}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose grid is asked for, and what makes it another one; a clinic or type of None is any, or the usual one."""

    organization_id: int
    practitioner_ids: Sequence[int]
    clinic_id: int | None
    first: date
    last: date
    duration: int | None
    appointment_type: str | None

    @property
    def days(self) -> list[date]:
        return [self.first + n * ONE_DAY for n in range((self.last - self.first).days + 1)]

    def key(self, practitioner_id: int, day: date) -> str:
        what = f"{self.clinic_id or ''}:{self.duration or ''}:{self.appointment_type or ''}"
        return f"grid:{practitioner_id}:{day.toordinal()}:{what}"


type Load = Callable[[Sequence[int]], tuple[Iterable[GridTime], timedelta]]
"""Asks the database for the grids of these practitioners on all the dates, and how late a slot may still be had."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One practitioner's grid of one date, as it is remembered."""

    practitioner_id: int
    late_start: timedelta
    zones: dict[int, ZoneInfo]
    rows: list[list[int]]
    """Start in seconds since 1970, minutes, clinic, capacity, booked, and the place of the refusal, -1 without."""

    @classmethod
    def of(cls, practitioner_id: int, times: Iterable[GridTime], late_start: timedelta) -> Grid:
        zones: dict[int, ZoneInfo] = {}
        rows = []
        for each in times:
            slot = each.slot
            start, end = slot.start.astimezone(UTC), slot.end.astimezone(UTC)
            zones[slot.clinic_id] = slot.start.tzinfo  # type: ignore[assignment] # a clinic's own
            place = -1 if each.refusal is None else _PLACE_OF[each.refusal]
            minutes = (end - start) // _MINUTE
            rows.append([int(start.timestamp()), minutes, slot.clinic_id, slot.capacity, slot.booked, place])
        return cls(practitioner_id, late_start, zones, rows)

    def written(self) -> str:
        zones = {clinic_id: zone.key for clinic_id, zone in self.zones.items()}
        return json.dumps([int(self.late_start.total_seconds()), zones, self.rows], separators=(",", ":"))

    @classmethod
    def read(cls, practitioner_id: int, written: bytes) -> Grid:
        late_start, zones, rows = json.loads(written)
        named = {int(clinic_id): ZoneInfo(name) for clinic_id, name in zones.items()}
        return cls(practitioner_id, timedelta(seconds=late_start), named, rows)

    def slots(self, now: datetime) -> list[TimeSlot]:
        earliest = (now - self.late_start).timestamp()
        return [self._slot(row) for row in self.rows if row[5] < 0 and row[0] >= earliest]

    def times(self, now: datetime) -> list[GridTime]:
        earliest = (now - self.late_start).timestamp()
        return [GridTime(self._slot(row), self._refusal(row, earliest)) for row in self.rows]

    def _refusal(self, row: list[int], earliest: float) -> Refusal | None:
        if row[0] < earliest:
            return Refusal.IN_THE_PAST
        return None if row[5] < 0 else _REFUSALS[row[5]]

    def _slot(self, row: list[int]) -> TimeSlot:
        start, minutes, clinic_id, capacity, booked, _place = row
        zone = self.zones[clinic_id]
        begins, ends = datetime.fromtimestamp(start, zone), datetime.fromtimestamp(start + 60 * minutes, zone)
        return TimeSlot(begins, ends, self.practitioner_id, clinic_id, capacity, booked)


def is_on() -> bool:
    """Tell whether to ask: not in a transaction, which sees what nobody else does, and may be taken back."""
    return bool(settings.SLOT_MEMORY_SECONDS) and not connection.in_atomic_block


def grids(asked: Asked, load: Load) -> list[Grid]:
    """Give every grid that is asked for: as remembered, in one round trip, else from the database, and remembered."""
    days, people = asked.days, asked.practitioner_ids
    words_at = [freshness.hours_key(asked.organization_id), *(freshness.time_key(key) for key in people)]
    values_at = [(person, day) for person in people for day in days]
    found = memory.read([*words_at, *(asked.key(*each) for each in values_at)])
    words = None if found is None else freshness.words_of(words_at, found[: len(words_at)])
    if found is None or words is None:
        return list(_loaded(asked, load, people).values())
    marks = {person: words[0] + word for person, word in zip(people, words[1:], strict=True)}
    known: dict[tuple[int, date], Grid] = {}
    for (person, day), value in zip(values_at, found[len(words_at) :], strict=True):
        if value is not None and value.startswith(marks[person]):
            known[person, day] = Grid.read(person, value[len(marks[person]) :])
    missing = [person for person in people if any((person, day) not in known for day in days)]
    if missing:
        new = _loaded(asked, load, missing)
        values = {asked.key(*at): marks[at[0]].decode() + grid.written() for at, grid in new.items()}
        memory.write(values, seconds=settings.SLOT_MEMORY_SECONDS)
        known |= new
    return [known[each] for each in values_at]


def _loaded(asked: Asked, load: Load, people: Sequence[int]) -> dict[tuple[int, date], Grid]:
    times, late_start = load(people)
    by_place: dict[tuple[int, date], list[GridTime]] = {(person, day): [] for person in people for day in asked.days}
    for each in times:
        by_place[each.slot.practitioner_id, each.start.date()].append(each)
    return {at: Grid.of(at[0], own, late_start) for at, own in by_place.items()}
