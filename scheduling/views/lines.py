"""A day of one's own as lines of the book: the visits, the groups, and what lies between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from clinics.models import Clinic
from scheduling.domain.intervals import Interval
from scheduling.domain.sessions import Session
from scheduling.domain.slots import TimeSlot
from scheduling.enums import Status
from scheduling.services.practitioner_day import PractitionerDay
from scheduling.views.board import Group, Visit


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without a patient; `what` is one of `free`, `break`, `away` and `closed`."""

    what: str
    interval: Interval
    clinic_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """Something of the day, and the clinic whose clock tells its time."""

    entry: Visit | Group | Gap
    clinic: Clinic

    @property
    def kind(self) -> str:
        return type(self.entry).__name__.lower()

    @property
    def start(self) -> datetime:
        return self.entry.interval.start

    @property
    def until(self) -> datetime:
        return self.entry.interval.end

    @property
    def visits(self) -> list[Visit]:
        if isinstance(self.entry, Gap):
            return []
        return [self.entry] if isinstance(self.entry, Visit) else self.entry.visits

    def is_over(self, now: datetime) -> bool:
        """Tell whether nothing is left to do: everybody was seen, or will not come."""
        if isinstance(self.entry, Group) and self.entry.slot:
            return False  # somebody may still be booked into it
        return bool(self.visits) and all(is_over(visit, now) for visit in self.visits)


def is_over(visit: Visit, now: datetime) -> bool:
    """Tell whether the visit is done with; one that was cancelled is seen in its place until its time has passed."""
    status = visit.appointment.status
    if status == Status.CANCELLED:
        return visit.appointment.ends_at <= now
    return status in {Status.COMPLETED, Status.NO_SHOW}


def lines_of(
    visits: Iterable[Visit], day: PractitionerDay | None, clinics: Mapping[int, Clinic], now: datetime
) -> list[Line]:
    """Give everything of the day by time; of what lies between the visits, only what is not over."""
    everyone = list(visits)
    alone = [visit for visit in everyone if visit.appointment.slot_capacity == 1]
    slots = day.slots if day else []
    lines = [Line(visit, visit.appointment.clinic) for visit in alone]
    lines += groups_of((visit for visit in everyone if visit.appointment.slot_capacity > 1), slots, clinics)
    # A clinic that is no longer the member's is left out.
    gaps = [gap for gap in gaps_of(day) if gap.clinic_id in clinics and gap.interval.end > now] if day else []
    lines += [Line(gap, clinics[gap.clinic_id]) for gap in gaps]
    return sorted(lines, key=lambda line: (line.start, line.kind))


def groups_of(visits: Iterable[Visit], slots: Iterable[TimeSlot], clinics: Mapping[int, Clinic]) -> list[Line]:
    """Give those who share a slot as one line, with the places that are left."""
    places = {(slot.instants.start, slot.clinic_id): slot for slot in slots if slot.capacity > 1}
    shared: dict[tuple[datetime, int], list[Visit]] = {key: [] for key in places}
    known = dict(clinics)
    for visit in visits:
        known[visit.appointment.clinic_id] = visit.appointment.clinic
        shared.setdefault((visit.appointment.appointment_date, visit.appointment.clinic_id), []).append(visit)
    return [Line(Group(those, places.get(key)), known[key[1]]) for key, those in shared.items() if key[1] in known]


def gaps_of(day: PractitionerDay) -> Iterator[Gap]:
    """Give the breaks between sessions, the absences, and the free times, those that touch as one."""
    yield from breaks_between(day.sessions)
    for absence in day.absences:
        yield Gap("closed" if absence.closed else "away", absence.interval, absence.clinic_id)
    free: dict[int, Interval] = {}
    for slot in day.slots:
        if slot.capacity > 1:
            continue
        whole, before = slot.instants, free.get(slot.clinic_id)
        if before and whole.start <= before.end:
            whole = Interval(before.start, max(before.end, whole.end))
        elif before:
            yield Gap("free", before, slot.clinic_id)
        free[slot.clinic_id] = whole
    for clinic_id, last in free.items():
        yield Gap("free", last, clinic_id)


def breaks_between(sessions: Iterable[Session]) -> Iterator[Gap]:
    end: datetime | None = None
    for session in sessions:
        if end is not None and end < session.start:
            yield Gap("break", Interval(end, session.start), session.hours.clinic_id)
        end = session.end if end is None else max(end, session.end)
