"""Changes that give time or take it: shown before they are saved, and never saved over visits without being told to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import ngettext

from clinics.admin import administered
from clinics.models import Organization, Practitioner
from scheduling.domain.rules import Refusal
from scheduling.domain.slots import TimeSlot
from scheduling.exceptions import Code
from scheduling.forms import message_of
from scheduling.models import Appointment
from scheduling.services.effects import Effect, Picture, picture_of, settle

PREVIEW = "_preview"
LEAVE = "_leave_outside"
"""What a form sends: to look at the effect alone; and the keys of the visits that may be left outside."""


class Shown(Exception):  # noqa: N818 it is no error
    """Raised once a change is written, to have it taken back and its effect shown."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A visit that the change would leave outside, and why in words."""

    appointment: Appointment
    why: str


@dataclass(frozen=True, slots=True)
class Day:
    """One practitioner's slots of a day: which stay, which come and which go."""

    day: date
    kept: list[TimeSlot]
    added: list[TimeSlot]
    gone: list[TimeSlot]

    @property
    def total(self) -> int:
        """How many there will be."""
        return len(self.kept) + len(self.added)

    @property
    def slots(self) -> list[tuple[str, TimeSlot]]:
        """All of them by time, each with the element that marks it."""
        marked = (("span", self.kept), ("ins", self.added), ("del", self.gone))
        told = [(mark, slot) for mark, slots in marked for slot in slots]
        return sorted(told, key=lambda each: each[1].start)


@dataclass(frozen=True, slots=True)
class Row:
    practitioner: Practitioner
    days: list[Day]


class Look:
    """A change of one request: its effect, and whether what it leaves outside was agreed to."""

    def __init__(self, request: HttpRequest, organization: Organization, practitioner_ids: list[int]) -> None:
        self.organization = organization
        self.practitioner_ids = practitioner_ids
        self.now = timezone.now()
        self.only_looks = PREVIEW in request.POST
        self.agreed = {key for key in request.POST.get(LEAVE, "").split() if key}
        self.first: date | None = getattr(request, "first_day", None)
        self.before = self._picture()
        self.effect: Effect | None = None

    def take(self) -> Effect:
        """Compare with how it was; raise `Shown` where the change is not to be kept as it is."""
        self.effect = Effect.between(self.before, self._picture())
        if self.only_looks or {str(key) for key in self.effect.outside} - self.agreed:
            raise Shown
        settle(self.organization.pk, self.effect)
        return self.effect

    def _picture(self) -> Picture:
        return picture_of(self.organization.pk, self.practitioner_ids, self.now, self.first)

    # For the page

    @property
    def outside(self) -> list[Outside]:
        assert self.effect is not None  # noqa: S101 the page is drawn after `take`
        reasons = self.effect.outside
        rows = Appointment.objects.filter(pk__in=reasons).with_names().order_by("appointment_date", "seat", "pk")
        return [Outside(row, why(reasons[row.pk])) for row in rows]

    @property
    def leave(self) -> str:
        assert self.effect is not None  # noqa: S101
        return " ".join(str(key) for key in self.effect.outside)

    @property
    def rows(self) -> list[Row]:
        """The practitioners whose slots change, by name; with one alone, that one."""
        assert self.effect is not None  # noqa: S101
        effect = self.effect
        cells: defaultdict[tuple[int, date], Day] = defaultdict(lambda: Day(effect.days[0], [], [], []))
        touched = {slot.practitioner_id for slot in (*effect.added, *effect.gone)}
        for name in ("kept", "added", "gone"):
            for slot in getattr(effect, name):
                getattr(cells[slot.practitioner_id, slot.start.date()], name).append(slot)
        shown = touched if len(self.practitioner_ids) > 1 else self.practitioner_ids
        people = Practitioner.objects.filter(pk__in=shown).order_by("name", "pk")
        return [
            Row(
                person,
                [
                    Day(day, *(getattr(cells[person.pk, day], name) for name in ("kept", "added", "gone")))
                    for day in effect.days
                ],
            )
            for person in people
        ]


def why(reason: Refusal) -> str:
    return str(message_of(Code(reason)))


def looked_at(request: HttpRequest, practitioner_ids: list[int], view: Callable[[], Any]) -> Any:
    """Give the answer of `view`, whose change is taken back where it is only looked at or leaves visits outside.

    Then `view` is asked once more, to draw its form as it was sent, with the effect above it.
    """
    organization = administered(request)
    if organization is None:  # a superuser, who sees no visits
        if PREVIEW in request.POST:
            request.shows = None  # type: ignore[attr-defined] # there is nothing to show, and nothing is saved
        return view()
    look = request.look = Look(request, organization, practitioner_ids)  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            return view()
    except Shown:
        request.shows = look  # type: ignore[attr-defined]
        if request.resolver_match and str(request.resolver_match.url_name).endswith("_delete"):
            request.POST = QueryDict()  # Django's page deletes whatever is sent to it
        return view()


def take_effect(request: HttpRequest) -> None:
    """Once a change is written: keep it with what follows from it, or raise `Shown`."""
    look: Look | None = getattr(request, "look", None)
    if look is not None and (outside := look.take().outside):
        count = len(outside)
        words = ngettext(
            "%d booked visit is outside now: give it another time on the follow-up list, or its day to a colleague.",
            "%d booked visits are outside now: give them other times on the follow-up list, or their days to others.",
            count,
        )
        messages.warning(request, format_html('<a href="{}">{}</a>', reverse("follow_up"), words % count))
