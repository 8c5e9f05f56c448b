"""How often nobody came, by what might tell it beforehand: counted in the database, in three queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from clinics.models import ActivityEvent
from scheduling.domain.no_shows import LATEST, LEADS, MOST, Outlook, group_of
from scheduling.enums import EventKind, MessageKind, NotificationStatus, Status
from scheduling.models import Appointment, AppointmentQuerySet, Notification
from scheduling.services.clocks import Clocks, date_of, hour_of, wall_clock, weekday_of
from scheduling.services.status import UNDO, UNDONE

KNOWN = (Status.COMPLETED, Status.NO_SHOW)
"""The statuses in which the outcome of a visit is known."""

EARLIER = timedelta(days=LEADS[-1] + 2)
"""How long before a visit it matters on which date it was booked: further back all are one group of lead times."""

FEWEST = 10
"""With fewer known outcomes a rate says nothing yet."""


class Reminded(StrEnum):
    """What became of a visit's reminder: whether it went out, and when the patient confirmed."""

    CONFIRMED_AFTER = auto()
    CONFIRMED_BEFORE = auto()
    UNCONFIRMED = auto()
    FAILED = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Rate:
    """How many visits were missed, of those whose outcome is known."""

    missed: int = 0
    known: int = 0

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.missed + other.missed, self.known + other.known)

    @property
    def percent(self) -> float | None:
        """The rate, not rounded; None where no outcome is known."""
        return 100 * self.missed / self.known if self.known else None

    @property
    def is_few(self) -> bool:
        return self.known < FEWEST


@dataclass(frozen=True, slots=True)
class NoShows:
    """The rates by what each visit was like; without a type, or where the import does not say, the key is None.

    Weekdays are counted from Monday, 0, hours are those of each clinic's clock, and lead times are the groups of
    `scheduling.domain.no_shows.LEADS`. The points are those of the call list's rule, `MOST` and more as one.
    """

    total: Rate
    by_weekday: dict[int, Rate]
    by_hour: dict[int, Rate]
    by_type: dict[str | None, Rate]
    by_lead: dict[int | None, Rate]
    by_points: dict[int | None, Rate]
    by_reminder: dict[Reminded | None, Rate]


def with_lately(rows: AppointmentQuerySet, among: AppointmentQuerySet) -> AppointmentQuerySet:
    """Annotate `lately`: the latest known outcomes of the patient before the visit, of those `among`."""
    before = among.filter(
        patient=OuterRef("patient"), status__in=KNOWN, appointment_date__lt=OuterRef("appointment_date")
    )
    latest = before.order_by("-appointment_date", "-id").values("status")[:LATEST]
    return rows.annotate(lately=ArraySubquery(latest))


def outlook_of(lead: int, lately: Iterable[str]) -> Outlook:
    """Give what the rule looks at, of the days from booking to visit and what `with_lately` annotates."""
    return Outlook([status == Status.NO_SHOW for status in lately], lead)


def count_no_shows(rows: AppointmentQuerySet, among: AppointmentQuerySet, clocks: Clocks) -> NoShows:
    """Count those of the rows whose outcome is known; the patients' visits before are looked up `among` others.

    The `clocks` are those of the rows' clinics, over the rows' dates and the `EARLIER` days before.
    """
    known = rows.filter(status__in=KNOWN)
    start, booked = wall_clock("appointment_date", clocks), wall_clock("created_at", clocks)
    when = _rates(
        known.annotate(weekday=weekday_of(start) - 1, hour=hour_of(start)), "weekday", "hour", "appointment_type__name"
    )
    # When something was booked that came with the import, nobody knows.
    led = with_lately(known, among).annotate(lead=date_of(start) - date_of(booked))
    outlooks = [
        (None if imported else outlook_of(lead.days, lately), rate)
        for (imported, lead, lately), rate in _rates(led, "imported", "lead", "lately")
    ]
    reminders = _rates(_with_reminders(known), "reminded")
    return NoShows(
        total=sum((rate for _key, rate in when), Rate()),
        by_weekday=_by(lambda key: key[0], when),
        by_hour=_by(lambda key: key[1], when),
        by_type=_by(lambda key: key[2], when),
        by_lead=_by(lambda outlook: outlook and group_of(outlook.lead), outlooks),
        by_points=_by(lambda outlook: outlook and min(outlook.points, MOST), outlooks),
        by_reminder=_by(lambda key: Reminded(key[0]) if key[0] else None, reminders),
    )


def _rates(rows: AppointmentQuerySet, *names: str) -> list[tuple[tuple[Any, ...], Rate]]:
    missed = Count("pk", filter=Q(status=Status.NO_SHOW))
    found = rows.order_by().values_list(*names).annotate(missed=missed, known=Count("pk"))
    return [(tuple(key), Rate(missed, known)) for *key, missed, known in found]


def _by[K](key_of: Callable[[Any], K], rates: Iterable[tuple[Any, Rate]]) -> dict[K, Rate]:
    missed, known = Counter[K](), Counter[K]()
    for key, rate in rates:
        missed[key_of(key)] += rate.missed
        known[key_of(key)] += rate.known
    return {key: Rate(missed[key], count) for key, count in known.items()}


def _with_reminders(rows: AppointmentQuerySet) -> AppointmentQuerySet:
    reminders = Notification.objects.filter(appointment=OuterRef("pk"), kind=MessageKind.REMINDER)
    sent = reminders.filter(status=NotificationStatus.SENT).order_by("sent_at").values("sent_at")[:1]
    confirmed = _confirmations()
    return rows.annotate(reminded_at=Subquery(sent)).annotate(
        reminded=Case(
            When(imported=True, then=Value(None)),
            When(
                Exists(confirmed.filter(created_at__gte=OuterRef("reminded_at"))), then=Value(Reminded.CONFIRMED_AFTER)
            ),
            When(Q(Exists(confirmed), reminded_at__isnull=False), then=Value(Reminded.CONFIRMED_BEFORE)),
            When(reminded_at__isnull=False, then=Value(Reminded.UNCONFIRMED)),
            When(Exists(reminders.filter(status=NotificationStatus.FAILED)), then=Value(Reminded.FAILED)),
            default=Value(Reminded.NONE),
        )
    )


def _confirmations() -> QuerySet[ActivityEvent]:
    """Give the steps to confirmed of a visit, the outer row, that nobody took back; an undo is no step."""
    steps = ActivityEvent.objects.filter(
        target_type=ContentType.objects.get_for_model(Appointment), kind=EventKind.STATUS_CHANGED
    )
    undos = steps.annotate(undone=Cast(KT(f"new__{UNDONE}"), BigIntegerField())).filter(
        target_id=OuterRef("target_id"), undone=OuterRef("pk")
    )
    confirmed = steps.filter(target_id=OuterRef("pk"), new__status=Status.CONFIRMED).exclude(reason=UNDO)
    return confirmed.filter(~Exists(undos))
