"""The entries of the board, drawn by their templates once for each kind, and then filled in.

A board has hundreds of cards, of a few kinds: the same buttons, the same words, other patients. A template takes as
long for the last of them as for the first, and that was nearly all of the time that a board took. So it draws one of
each kind with blanks, which are kept; what is filled in is escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from clinics.days import dated
from clinics.models import Practitioner
from patients.written import split_phone, written_name
from scheduling.views.actions import Offers
from scheduling.views.board import Cell, Free, Visit

KINDS_KEPT = 2000

# A blank is a number, since addresses take nothing else for a key, and longer than any that stands in a template.
BLANKS = {
    blank: f"91827364500000{place}"
    for place, blank in enumerate(
        (
            "key",
            "version",
            "css",
            "start",
            "clock",
            "name",
            "patient",
            "minutes",
            "last4",
            "type",
            "since",
            "id",
            "url",
        ),
        start=100,
    )
}
_NAMES = {number: f"%({blank})s" for blank, number in BLANKS.items()}
_BLANK = re.compile("|".join(_NAMES))


@dataclass(frozen=True, slots=True)
class VisitKind:
    """Whatever shapes the card of a visit: two of one kind differ only in what is filled in."""

    language: str
    status: str
    buttons: tuple[object, ...]
    since: str
    has_type: bool
    has_phone: bool
    has_notes: bool
    can_undo: bool
    offers: Offers | None = field(compare=False)

    @classmethod
    def of(cls, visit: Visit, language: str) -> VisitKind:
        appointment, offers = visit.appointment, visit.offers
        since = "late" if visit.late else ""
        if visit.waited is not None:
            since = "waits long" if visit.waits_long else "waits"
        return cls(
            language,
            str(appointment.status),
            offers.buttons if offers else (),
            since,
            has_type=appointment.appointment_type_id is not None,
            has_phone=bool(visit.phone),
            has_notes=bool(appointment.notes),
            can_undo=visit.can_undo,
            offers=offers,
        )


@lru_cache(maxsize=KINDS_KEPT)
def _visit_frame(kind: VisitKind) -> str:
    blank = SimpleNamespace(**BLANKS)
    appointment = SimpleNamespace(pk=blank.key, version=blank.version, patient=blank.patient)
    return _frame("includes/visit.html", {"kind": kind, "blank": blank, "a": appointment})


@lru_cache(maxsize=KINDS_KEPT)
def _free_frame(language: str) -> str:  # noqa: ARG001 it is the one that is spoken now
    return _frame("includes/free.html", {"blank": SimpleNamespace(**BLANKS)})


def _frame(template: str, context: Mapping[str, object]) -> str:
    """Give what the template draws, as a format with its blanks by name."""
    drawn = render_to_string(template, dict(context)).strip().replace("%", "%%")
    return _BLANK.sub(lambda found: _NAMES[found[0]], drawn)


@dataclass(frozen=True, slots=True)
class Cards:
    """Draws the cards of one board in the language that is spoken, with times on the clock of the clinic."""

    clock: Callable[[datetime], str]
    zone: ZoneInfo
    language: str

    @classmethod
    def at(cls, zone: ZoneInfo) -> Cards:
        # Many begin at the same time.
        return cls(cache(lambda moment: dated(moment.astimezone(zone), "H:i")), zone, get_language() or "")

    def draw(self, cell: Cell, who: Practitioner) -> SafeString | None:
        """Give the card of a visit or of a free time; None for what is drawn with the board."""
        if isinstance(cell.entry, Visit):
            return self._visit(cell.entry, cell.css)
        return self._free(cell.entry, cell.css, who) if isinstance(cell.entry, Free) else None

    def _visit(self, visit: Visit, css: str) -> SafeString:
        appointment = visit.appointment
        patient = appointment.patient
        filled = {
            "key": appointment.pk,
            "version": appointment.version,
            "css": css,
            "start": appointment.appointment_date.astimezone(self.zone).isoformat(),
            "clock": self.clock(appointment.appointment_date),
            "name": written_name(patient),
            "patient": conditional_escape(str(patient)),
            "minutes": appointment.duration,
            "last4": conditional_escape(split_phone(visit.phone)[1]),
            "type": conditional_escape(str(appointment.appointment_type)),
            "since": visit.late if visit.waited is None else visit.waited,
        }
        return mark_safe(_visit_frame(VisitKind.of(visit, self.language)) % filled)  # noqa: S308 escaped above

    def _free(self, free: Free, css: str, who: Practitioner) -> SafeString:
        start = free.slot.start
        filled = {
            "css": css,
            "id": f"f-{who.pk}-{int(start.timestamp())}",
            "clock": self.clock(start),
            "name": conditional_escape(str(who)),
            "url": conditional_escape(free.url),
        }
        return mark_safe(_free_frame(self.language) % filled)  # noqa: S308 escaped above
