"""The day as a sheet of ruled paper: a column for each practitioner, a row for every five minutes.

A stylesheet cannot be told a number without an inline style, which the policy forbids; so places are classes, in hours
and in rows of five minutes: `h2 m6` begins 2:30 after the top of the sheet, `x1 s3` is 75 minutes tall.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clinics.models import Practitioner
from clinics.permissions import Action
from scheduling.domain.intervals import Interval, Span, gaps
from scheduling.domain.slots import TimeSlot
from scheduling.enums import FREEING, Status
from scheduling.lifecycle import EXPECTED
from scheduling.models import Appointment
from scheduling.services.clinic_day import ClinicDay
from scheduling.views.actions import Offers, offers_of

ROW = timedelta(minutes=5)
HOUR = timedelta(hours=1)
ROWS_AN_HOUR = HOUR // ROW
LONG_WAIT = 15  # minutes
LANES = 4
TIGHT = ((5, "tight-5"), (10, "tight-10"), (15, "tight-15"))
"""How short the shortest entry may be, in minutes, for rows of which height."""


def minutes_between(earlier: datetime, later: datetime) -> int:
    return int((later - earlier).total_seconds() // 60)


@dataclass
class Visit:
    """An appointment as the member sees it at this minute; of the patient's `phone` a card shows the end.

    `waited` since the check-in, `late` since its time and `lasts` since it began, in minutes; None where it does not.
    """

    appointment: Appointment
    offers: Offers | None = None
    can_undo: bool = False
    waited: int | None = None
    late: int | None = None
    lasts: int | None = None
    phone: str = ""

    @classmethod
    def of(
        cls,
        appointment: Appointment,
        may: Collection[Action],
        now: datetime,
        *,
        is_today: bool,
        can_undo: bool = False,
        began: datetime | None = None,
    ) -> Self:
        """Look at it now; how long something goes on is told of a day that is still today."""
        status, came = appointment.status, appointment.checked_in_at
        late = minutes_between(appointment.appointment_date, now) if is_today and status in EXPECTED else 0
        return cls(
            appointment,
            offers_of(appointment, may, now),
            can_undo=can_undo,
            waited=minutes_between(came, now) if is_today and came and status == Status.ARRIVED else None,
            late=late if late > 0 else None,
            lasts=minutes_between(began, now) if is_today and began and status == Status.IN_PROGRESS else None,
        )

    @property
    def interval(self) -> Interval:
        return Interval(self.appointment.appointment_date, self.appointment.ends_at)

    @property
    def since(self) -> int | None:
        """How long its status has lasted, in minutes, where that is told."""
        return self.lasts if self.waited is None else self.waited

    @property
    def waits_long(self) -> bool:
        return self.waited is not None and self.waited > LONG_WAIT


@dataclass
class Group:
    """Those who share a slot, and what is left of it."""

    visits: list[Visit]
    slot: TimeSlot | None
    url: str = ""

    @property
    def interval(self) -> Interval:
        return self.visits[0].interval if self.visits else self.slot.instants  # type: ignore[union-attr]

    @property
    def capacity(self) -> int:
        return self.slot.capacity if self.slot else self.visits[0].appointment.slot_capacity

    @property
    def taken(self) -> int:
        return sum(visit.appointment.status not in FREEING for visit in self.visits)

    @property
    def left(self) -> int:
        return self.slot.remaining if self.slot else 0

    @property
    def marks(self) -> list[tuple[int, bool]]:
        """Where the tally's strokes stand, and whether each is taken."""
        return [(4 + 10 * place, place < self.taken) for place in range(min(self.capacity, 20))]

    @property
    def width(self) -> int:
        return 10 * min(self.capacity, 20)


@dataclass
class Free:
    slot: TimeSlot
    until: datetime
    url: str

    @property
    def interval(self) -> Interval:
        whole = self.slot.instants
        return Interval(whole.start, min(whole.end, self.until.astimezone(UTC)))


@dataclass
class Off:
    """Time in which nobody is seen; `label` says why."""

    interval: Interval
    label: str | Promise
    since: datetime | None = None


Entry = Visit | Group | Free | Off


@dataclass
class Cell:
    """An entry and its place on the sheet."""

    entry: Entry
    css: str

    @property
    def kind(self) -> str:
        return type(self.entry).__name__.lower()


@dataclass
class Column:
    practitioner: Practitioner
    cells: list[Cell]
    free: int
    next_free: datetime | None
    ends: datetime | None = None
    cards: list[SafeString | None] = field(default_factory=list)

    @property
    def drawn(self) -> list[tuple[Cell, SafeString | None]]:
        """The cells, each with its card; None where the board draws it."""
        return list(zip(self.cells, self.cards, strict=True))

    @property
    def has_visits(self) -> bool:
        return any(cell.kind in {"visit", "group"} for cell in self.cells)


@dataclass
class Sheet:
    """The paper: the instants that it covers, its hours, and how tall its rows are."""

    interval: Interval
    zone: ZoneInfo
    density: str = ""
    columns: list[Column] = field(default_factory=list)

    def place(self, interval: Interval) -> tuple[int, int]:
        """Give the first row and the number of rows of what happens in `interval`, as far as it is on the sheet."""
        top = max(0, (interval.start - self.interval.start) // ROW)
        bottom = (min(interval.end, self.interval.end) - self.interval.start) // ROW
        return top, max(1, bottom - top)

    @property
    def hours(self) -> list[tuple[datetime, str]]:
        """Each hour on the clinic's clock, and its place."""
        starts = []
        moment = self.interval.start
        while moment < self.interval.end:
            starts.append((moment.astimezone(self.zone), css_of(*self.place(Interval(moment, moment + HOUR)))))
            moment += HOUR
        return starts

    def now_css(self, now: datetime) -> str:
        """Give the place of the line of now; empty where now is not on the sheet."""
        if not self.interval.start <= now < self.interval.end:
            return ""
        return css_of((now - self.interval.start) // ROW, 1)


def css_of(top: int, rows: int) -> str:
    names = (
        ("h", top // ROWS_AN_HOUR),
        ("m", top % ROWS_AN_HOUR),
        ("x", rows // ROWS_AN_HOUR),
        ("s", rows % ROWS_AN_HOUR),
    )
    return " ".join(f"{name}{number}" for name, number in names if number)


def sheet_of(day: ClinicDay, visits: Sequence[Visit], zone: ZoneInfo) -> Sheet:
    """Give the empty sheet on which sessions, visits and free times of the day have room, in whole hours."""
    spans: list[Span] = [session for own in day.sessions.values() for session in own]
    spans += [visit.interval for visit in visits]
    lengths = [visit.interval for visit in visits]
    lengths += [slot.instants for slots in day.slots.values() for slot in slots]
    shortest = min((length.end - length.start for length in lengths), default=HOUR) // timedelta(minutes=1)
    first = min((span.start for span in spans), default=day.whole.start) - day.whole.start
    last = max((span.end for span in spans), default=day.whole.end) - day.whole.start
    top = day.whole.start + max(first // HOUR, 0) * HOUR
    bottom = min(day.whole.start - (-last // HOUR) * HOUR, day.whole.end)
    density = next((name for minutes, name in TIGHT if shortest <= minutes), "")
    return Sheet(Interval(top, bottom), zone, density)


def off_times(day: ClinicDay, practitioner_id: int, sheet: Sheet) -> list[Off]:
    """Give when the practitioner sees nobody: away, closed, or not in."""
    sessions = day.sessions.get(practitioner_id, [])
    away = day.away.get(practitioner_id, [])
    out = [
        Off(interval, _out_label(interval, sessions), _returns(interval, sessions))
        for interval in gaps(sheet.interval, sessions)
    ]
    reason = _("Closed") if day.closed else _("Away")
    on_sheet = [part for part in away if part.overlaps(sheet.interval)]
    return out + [Off(part, reason) for part in on_sheet]


def _out_label(interval: Interval, sessions: Sequence[Span]) -> str | Promise:
    if not sessions:
        return _("Not in")
    if interval.end <= sessions[0].start:
        return _("From")
    return _("Not in") if interval.start >= sessions[-1].end else _("Break")


def _returns(interval: Interval, sessions: Sequence[Span]) -> datetime | None:
    return interval.end if sessions and interval.end <= sessions[0].start else None


def laid_out(entries: Iterable[Any], sheet: Sheet) -> list[Cell]:
    """Give the entries their places; those that share time stand side by side, in up to four lanes."""
    placed = sorted(((*sheet.place(entry.interval), entry) for entry in entries), key=lambda each: (each[0], -each[1]))
    cells: list[Cell] = []
    cluster: list[tuple[int, int, Any, int]] = []
    lanes: list[int] = []  # the row at which each ends
    for top, rows, entry in placed:
        if lanes and top >= max(lanes):
            cells += _side_by_side(cluster, len(lanes))
            cluster, lanes = [], []
        lane = next((number for number, end in enumerate(lanes) if end <= top), len(lanes))
        lane = min(lane, LANES - 1)
        lanes[lane : lane + 1] = [top + rows]
        cluster.append((top, rows, entry, lane))
    return cells + _side_by_side(cluster, len(lanes))


def _side_by_side(cluster: list[tuple[int, int, Any, int]], lanes: int) -> list[Cell]:
    side = f" of{lanes}" if lanes > 1 else ""
    return [Cell(entry, css_of(top, rows) + (f"{side} l{lane}" if side else "")) for top, rows, entry, lane in cluster]


@dataclass(frozen=True, slots=True)
class Count:
    """A number over the board, which filters it: the visits that fit, or the free times."""

    name: str
    label: Promise
    icon: str
    css: str
    is_of_today: bool = False

    def fits(self, visit: Visit) -> bool:
        status = visit.appointment.status
        return {
            "": True,
            "to-come": status in (Status.PENDING, *EXPECTED),
            "arrived": status == Status.ARRIVED,
            "waiting": visit.waits_long,
            "late": visit.late is not None,
            "free": False,
        }[self.name]


COUNTS = (
    Count("", _("all"), "", ""),
    Count("to-come", _("to come"), "booked", "is-booked"),
    Count("arrived", _("arrived"), "arrived", "is-arrived", is_of_today=True),
    Count("waiting", _("waiting over 15 min"), "clock", "is-late", is_of_today=True),
    Count("late", _("late"), "alert", "is-late", is_of_today=True),
    Count("free", _("free"), "plus", ""),
)
