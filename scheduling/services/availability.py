"""Everything in the way of a visit, loaded in a constant number of queries; then the domain's arithmetic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db.models import DateField, DateTimeField, Q, Value

from clinics.models import Clinic, Organization
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.rules import Booking, Diary, Policy
from scheduling.domain.sessions import Session, WeeklyHours, local_day, sessions_between
from scheduling.domain.slots import Ask, GridTime, TimeSlot, free_slots, grid_times
from scheduling.models import Appointment, AppointmentType, ClinicClosure, TimeOff, WorkingHours
from scheduling.services.lookups import checked_length, is_key

# Around the asked dates: a session began up to two dates before, zones are up to 14 hours off, and a visit takes up to
# a day.
BEFORE, AFTER = timedelta(days=3), timedelta(days=5)


@dataclass(frozen=True, slots=True)
class ClinicAvailability:
    """A clinic and what it offers on the asked date, by start; never without."""

    clinic: Clinic
    free_slots: list[TimeSlot]


@dataclass(frozen=True, slots=True)
class Length:
    """What the length of a visit depends on: the one asked for, and the type's usual one."""

    asked: timedelta | None = None
    usual: timedelta | None = None

    @classmethod
    def of(cls, duration: Any, appointment_type: AppointmentType | None) -> Self:
        """Take both from what was given; refuse a `duration` that is not 1 to 1440 whole minutes."""
        minutes = appointment_type.duration if appointment_type else None
        return cls(checked_length(duration), timedelta(minutes=minutes) if minutes else None)


@dataclass(frozen=True, slots=True)
class Availability:
    """The sessions of some practitioners, each's by start, and their diaries, for the local dates `first` to `last`."""

    first: date
    last: date
    policy: Policy
    sessions: dict[int, list[Session]]
    diaries: dict[int, Diary]

    def slots(self, length: Length) -> list[TimeSlot]:
        """Give what all of them offer, by start, then practitioner."""
        ask = self._ask(length)
        offered: list[TimeSlot] = []
        for practitioner_id, sessions in self.sessions.items():
            offered += free_slots(sessions, self.diaries[practitioner_id], self.policy, ask)
        return sorted(offered, key=attrgetter("start", "practitioner_id", "clinic_id"))

    def times(self, length: Length) -> list[GridTime]:
        """Give every time on their grids, offered or not, by start, then practitioner."""
        ask = self._ask(length)
        times: list[GridTime] = []
        for practitioner_id, sessions in self.sessions.items():
            times += grid_times(sessions, self.diaries[practitioner_id], self.policy, ask)
        return sorted(times, key=attrgetter("slot.start", "slot.practitioner_id", "slot.clinic_id"))

    def _ask(self, length: Length) -> Ask:
        return Ask(self.first, self.last, asked=length.asked, usual=length.usual)


def policy_of(organization: Organization, now: datetime) -> Policy:
    return Policy(
        now=now,
        buffer=timedelta(minutes=organization.buffer_minutes),
        late_start=timedelta(minutes=organization.late_start_minutes),
    )


def load(
    policy: Policy,
    first: date,
    last: date,
    weekly: list[WeeklyHours],
    *,
    exclude_appointment_id: int | None = None,
) -> Availability:
    """Load what stands in the way of the weekly hours, in two queries."""
    sessions = sessions_between(weekly, first, last)
    somewhen = datetime.combine(first, time.min, tzinfo=UTC)  # without a session nothing is in the way
    busy = Interval(
        min((session.start for session in sessions), default=somewhen) - policy.buffer,
        max((session.end for session in sessions), default=somewhen) + policy.buffer,
    )
    diaries = load_diaries(
        {hours.practitioner_id for hours in weekly},
        {hours.clinic_id: hours.zone for hours in weekly},
        first,
        last,
        busy,
        exclude_appointment_id=exclude_appointment_id,
    )
    by_practitioner = _by_owner((session.hours.practitioner_id, session) for session in sessions)
    return Availability(first, last, policy, by_practitioner, diaries)


def load_weekly_hours(
    organization_id: int,
    first: date,
    last: date,
    *,
    practitioner_id: int | None = None,
    clinic_id: int | None = None,
    specialty_id: int | None = None,
) -> list[WeeklyHours]:
    """Load in one query the hours, valid at some time from `first` to `last`, of active practitioners and clinics."""
    if specialty_id is not None and not is_key(specialty_id):
        return []  # as for one that nobody has
    given = {
        "schedule__assignment__practitioner": practitioner_id,
        "schedule__assignment__clinic": clinic_id,
        "schedule__assignment__practitioner__specialty": specialty_id,
    }
    rows = WorkingHours.objects.filter(
        Q(schedule__valid_until=None) | Q(schedule__valid_until__gte=first - BEFORE),
        Q(schedule__assignment__ends_on=None) | Q(schedule__assignment__ends_on__gte=first - BEFORE),
        schedule__valid_from__lte=last,
        schedule__assignment__starts_on__lte=last,
        schedule__assignment__practitioner__is_active=True,
        schedule__assignment__clinic__is_active=True,
        schedule__assignment__organization=organization_id,
        **{field: value for field, value in given.items() if value is not None},
    ).values_list(
        "schedule__assignment__practitioner_id",
        "schedule__assignment__clinic_id",
        "schedule__assignment__clinic__timezone",
        "weekday",
        "start_time",
        "end_time",
        "schedule__slot_minutes",
        "schedule__capacity",
        "schedule__valid_from",
        "schedule__valid_until",
        "schedule__assignment__starts_on",
        "schedule__assignment__ends_on",
    )
    return [
        WeeklyHours(
            practitioner_id=practitioner_id,
            clinic_id=clinic_id,
            zone=ZoneInfo(timezone),
            weekday=weekday,
            start_time=start_time,
            end_time=end_time,
            slot_minutes=slot_minutes,
            capacity=capacity,
            first_day=max(valid_from, starts_on),
            last_day=min(valid_until or date.max, ends_on or date.max),
        )
        for (
            practitioner_id,
            clinic_id,
            timezone,
            weekday,
            start_time,
            end_time,
            slot_minutes,
            capacity,
            valid_from,
            valid_until,
            starts_on,
            ends_on,
        ) in rows
    ]


def load_diaries(
    practitioner_ids: Collection[int],
    zones: dict[int, ZoneInfo],
    first: date,
    last: date,
    busy: Interval,
    *,
    exclude_appointment_id: int | None = None,
) -> dict[int, Diary]:
    """Load in two queries what stands in the way of each practitioner: absences on the dates, bookings within `busy`.

    `zones` are those of the clinics asked for.
    """
    appointments = Appointment.objects.occupying().overlapping(busy).filter(practitioner__in=practitioner_ids)
    if exclude_appointment_id is not None:
        appointments = appointments.exclude(pk=exclude_appointment_id)
    rows = appointments.values_list("practitioner_id", "appointment_date", "ends_at", "clinic_id", "seat")
    bookings = _by_owner((row[0], Booking._make(row[1:])) for row in rows)
    time_off, closures = _load_absences(practitioner_ids, zones, first, last)
    closed = {clinic_id: Timeline(days) for clinic_id, days in closures.items()}
    return {
        practitioner_id: Diary(Timeline(time_off[practitioner_id]), closed, Timeline(bookings[practitioner_id]))
        for practitioner_id in practitioner_ids
    }


def _load_absences(
    practitioner_ids: Collection[int], zones: dict[int, ZoneInfo], first: date, last: date
) -> tuple[defaultdict[int, list[Interval]], defaultdict[int, list[Interval]]]:
    """Load in one query the time off of each practitioner, and the closures of each clinic as whole days."""
    around = Interval(
        datetime.combine(first, time.min, tzinfo=UTC) - BEFORE, datetime.combine(last, time.min, tzinfo=UTC) + AFTER
    )
    off = TimeOff.objects.filter(
        practitioner__in=practitioner_ids, starts_at__lt=around.end, ends_at__gt=around.start
    ).values_list("practitioner_id", "starts_at", "ends_at", Value(None, output_field=DateField()))
    no_time = Value(None, output_field=DateTimeField())
    closed = ClinicClosure.objects.filter(
        clinic__in=zones, date__gte=first - BEFORE, date__lte=last + AFTER
    ).values_list("clinic_id", no_time, no_time, "date")
    rows = list(off.union(closed, all=True).order_by())
    return (
        _by_owner((owner, Interval(start, end)) for owner, start, end, day in rows if day is None),
        _by_owner((owner, local_day(day, zones[owner])) for owner, _start, _end, day in rows if day is not None),
    )


def _by_owner[T](pairs: Iterable[tuple[int, T]]) -> defaultdict[int, list[T]]:
    groups: defaultdict[int, list[T]] = defaultdict(list)
    for owner, value in pairs:
        groups[owner].append(value)
    return groups


def by_date[T: (TimeSlot, GridTime)](slots: Iterable[T], first: date, last: date) -> dict[date, list[T]]:
    """Give the slots by local date, every date from `first` to `last` present."""
    days: dict[date, list[T]] = {first + timedelta(days=n): [] for n in range((last - first).days + 1)}
    for slot in slots:
        days[slot.start.date()].append(slot)
    return days


def by_clinic(slots: Iterable[TimeSlot], clinics: Iterable[Clinic]) -> list[ClinicAvailability]:
    """Give each of the clinics that offers something with what it offers."""
    offered = _by_owner((slot.clinic_id, slot) for slot in slots)
    return [ClinicAvailability(clinic, offered[clinic.pk]) for clinic in clinics if offered[clinic.pk]]
