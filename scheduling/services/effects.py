"""What a change of hours, absences or rules comes to: the slots that come and go, and the visits left outside.

Nothing here foresees: the change is made, the same availability code as ever is asked before and after it, and whoever
only wanted to look takes the transaction back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from clinics.models import Organization, User, record_event
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.rules import Diary, Policy, Refusal, refusal
from scheduling.domain.sessions import ONE_DAY, Session
from scheduling.domain.slots import TimeSlot
from scheduling.enums import EventKind
from scheduling.lifecycle import MOVABLE
from scheduling.models import Appointment, Displacement
from scheduling.services.availability import (
    Availability,
    Length,
    load,
    load_weekly_hours,
    policy_of,
)
from scheduling.services.lookups import type_of

DAYS = 14

type Place = tuple[int, int, datetime]
"""Practitioner, clinic and start of a slot."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What some practitioners offer in the days ahead, and which of their visits to come stand outside of their hours.

    `outside` gives the reason by the appointment's key.
    """

    days: list[date]
    offered: Mapping[Place, TimeSlot]
    outside: Mapping[int, Refusal]


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference between two pictures. A slot that only becomes longer or roomier is in `gone` and in `added`."""

    days: list[date]
    kept: list[TimeSlot]
    added: list[TimeSlot]
    gone: list[TimeSlot]
    outside: Mapping[int, Refusal]
    inside_again: frozenset[int]

    @classmethod
    def between(cls, before: Picture, after: Picture) -> Effect:
        old, new = set(before.offered.values()), set(after.offered.values())
        return cls(
            days=after.days,
            kept=_by_start(old & new),
            added=_by_start(new - old),
            gone=_by_start(old - new),
            outside={key: reason for key, reason in after.outside.items() if key not in before.outside},
            inside_again=frozenset(before.outside.keys() - after.outside.keys()),
        )

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.gone or self.outside)


def picture_of(
    organization_id: int, practitioner_ids: Collection[int], now: datetime, first: date | None = None
) -> Picture:
    """Look at `DAYS` days of these practitioners, and at all of their visits that are still to come.

    The days are the next ones, or those from `first` where that is later.

    In a constant number of queries. The days are those of the organization's clock, as it is now in the database.
    """
    organization = Organization.objects.get(pk=organization_id)
    today = now.astimezone(ZoneInfo(organization.timezone)).date()
    start = max(today, first or today)
    last = start + timedelta(days=DAYS - 1)
    visits = list(
        Appointment.objects.filter(
            organization=organization_id,
            practitioner__in=practitioner_ids,
            appointment_date__gt=now,
            status__in=MOVABLE,
            imported=False,
        ).only("practitioner", "clinic", "appointment_date", "ends_at", "seat")
    )
    horizon = max([last, *(visit.appointment_date.date() + ONE_DAY for visit in visits)])
    available = _available(organization, practitioner_ids, today, horizon, now)
    near = Availability(start, last, available.policy, available.sessions, available.diaries)
    length = Length.of(None, type_of(organization, None))
    offered = {(slot.practitioner_id, slot.clinic_id, slot.start): slot for slot in near.slots(length)}
    days = [start + timedelta(days=n) for n in range(DAYS)]
    return Picture(days, offered, _outside(visits, available))


def _available(
    organization: Organization, practitioner_ids: Collection[int], first: date, last: date, now: datetime
) -> Availability:
    weekly = [
        hours for hours in load_weekly_hours(organization.pk, first, last) if hours.practitioner_id in practitioner_ids
    ]
    return load(policy_of(organization, now), first, last, weekly)


def _outside(visits: Iterable[Appointment], available: Availability) -> dict[int, Refusal]:
    sessions = {key: Timeline(own) for key, own in available.sessions.items()}
    found = {}
    for visit in visits:
        own = sessions.get(visit.practitioner_id, Timeline[Session]())
        diary = available.diaries.get(visit.practitioner_id, Diary())
        if reason := _reason(visit, own, diary, available.policy):
            found[visit.pk] = reason
    return found


def _reason(visit: Appointment, sessions: Timeline[Session], diary: Diary, policy: Policy) -> Refusal | None:
    """Say why the visit could not be booked now, were it not for itself and those who came after it."""
    interval = Interval(visit.appointment_date, visit.ends_at)
    here = [each for each in sessions.near(interval) if each.hours.clinic_id == visit.clinic_id]
    session = next((each for each in here if each.offers(interval)), None)
    earlier = Timeline(
        booking
        for booking in diary.bookings.near(interval, policy.buffer)
        if (booking.start, booking.seat) < (visit.appointment_date, visit.seat)
    )
    alone = Diary(diary.time_off, diary.closures, earlier)
    return refusal(interval, session, alone, policy, clinic_id=visit.clinic_id)


def _by_start(slots: Iterable[TimeSlot]) -> list[TimeSlot]:
    return sorted(slots, key=lambda slot: (slot.start, slot.practitioner_id, slot.clinic_id))


def settle(organization_id: int, effect: Effect) -> None:
    """Put the visits that the change leaves outside on the follow-up list, and take off those that are inside again."""
    Displacement.objects.filter(appointment__in=effect.inside_again).delete()
    Displacement.objects.bulk_create(
        [
            Displacement(organization_id=organization_id, appointment_id=key, reason=reason)
            for key, reason in effect.outside.items()
        ],
        update_conflicts=True,
        unique_fields=["appointment"],
        update_fields=["reason", "created_at"],
    )


@transaction.atomic
def keep_outside(appointment: Appointment, *, actor: User) -> None:
    """Take the visit off the follow-up list, to take place as it stands; where it is not on it, nothing happens."""
    gone, _rows = Displacement.objects.filter(appointment=appointment).delete()
    if gone:
        record_event(kind=EventKind.KEPT, target=appointment, actor=actor)
