"""The call list: whom to ring about a day at a clinic, likeliest no-shows first, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import ActivityEvent, Clinic, Membership, Organization, User, record_event
from scheduling.domain.intervals import Interval
from scheduling.domain.no_shows import Outlook
from scheduling.domain.sessions import local_day
from scheduling.enums import CancellationReason, EventKind, Status
from scheduling.exceptions import AppointmentError, Code
from scheduling.lifecycle import EXPECTED
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.services.contention import contended
from scheduling.services.locking import lock
from scheduling.services.no_shows import outlook_of, with_lately
from scheduling.services.status import UNDONE

NO_ANSWER = "no answer"
"""The reason that the event of such a call gives; kept in the audit trail, so not translated when it is written."""

DOUBLE_TAP = timedelta(minutes=1)

ANSWERS = (Status.CONFIRMED, Status.CANCELLED)
LISTED = (Status.PENDING, Status.BOOKED, *ANSWERS)

MOVED = Q(kind=EventKind.RESCHEDULED) & (Q(old__has_key="appointment_date") | Q(old__has_key="clinic_id"))
"""The events of visits that were given another time, or another clinic."""


@contended
def note_no_answer(
    organization: Organization, actor: User | None, appointment_id: Any, *, expected_version: int | None
) -> ActivityEvent:
    """Record that the patient was called and did not answer; the appointment stays as it is, in its version too.

    The same again within a minute is a double tap: the event that there is already is given.
    """
    now = timezone.now()
    appointment = lock(organization, appointment_id, expected_version=expected_version)
    check_callable(appointment, now)
    if appointment.status != Status.BOOKED:
        raise AppointmentError(Code.INVALID_TRANSITION, _("The patient has confirmed already."))
    if not appointment.patient.phone:
        raise AppointmentError(Code.INVALID_TRANSITION, _("The patient has no phone."))
    events = ActivityEvent.objects.filter(
        target_type=ContentType.objects.get_for_model(Appointment), target_id=appointment.pk
    )
    latest = events.order_by("id").last()
    if latest and latest.kind == EventKind.CALLED and latest.actor == actor and now - latest.created_at < DOUBLE_TAP:
        return latest
    return record_event(kind=EventKind.CALLED, target=appointment, actor=actor, reason=NO_ANSWER)


def check_callable(appointment: Appointment, now: datetime) -> None:
    """Refuse what no call can be about: somebody who is not expected, or a visit that has begun."""
    if appointment.status not in EXPECTED or appointment.appointment_date <= now:
        raise AppointmentError(Code.INVALID_TRANSITION, _("Nobody is expected any more: there is nothing to call for."))


@dataclass(frozen=True, slots=True)
class Call:
    """A visit with what speaks for a no-show, when its patient was called in vain, and the answer that was given.

    `moved_from` is its time on the list's day, where the answer was to move it away from there.
    """

    appointment: Appointment
    outlook: Outlook
    unanswered: list[datetime]
    answer: ActivityEvent | None
    moved_from: datetime | None = None

    @property
    def phone(self) -> str:
        return str(self.appointment.patient.phone)

    @property
    def called_at(self) -> datetime | None:
        """When the patient was last called in vain."""
        return self.unanswered[-1] if self.unanswered else None


@dataclass(frozen=True)
class CallList:
    """The visits of a date at one clinic, as far as the member sees them, at the instant `now`.

    A request is not on it: nobody has promised anything yet, and the list of requests calls about that.
    """

    membership: Membership
    clinic: Clinic
    day: date
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def to_call(self) -> list[Call]:
        """Those that are booked, still to come and not tried today, likeliest no-shows first."""
        return [call for call in self._open if call.phone and not self._tried_today(call)]

    @cached_property
    def tried(self) -> list[Call]:
        """Those that were called today in vain."""
        return [call for call in self._open if call.phone and self._tried_today(call)]

    @cached_property
    def without_phone(self) -> list[Call]:
        """Those whom only somebody else can ask, or their e-mail: they keep nobody from being called."""
        return [call for call in self._open if not call.phone]

    @cached_property
    def reached(self) -> list[Call]:
        """Those who have said today to somebody here that they come, cannot, or come another day; the latest first."""
        answered = [call for call in self._calls if call.answer]
        return sorted(answered, key=lambda call: call.answer.pk if call.answer else 0, reverse=True)

    @property
    def total(self) -> int:
        """How many are, or were, to be called today."""
        return len(self._open) + len(self.reached)

    @property
    def confirmed_before(self) -> int:
        """How many had confirmed by themselves, or before today."""
        return sum(call.appointment.status == Status.CONFIRMED and not call.answer for call in self._calls)

    @property
    def requests(self) -> int:
        return sum(call.appointment.status == Status.PENDING for call in self._calls)

    @cached_property
    def _open(self) -> list[Call]:
        coming = [
            call
            for call in self._calls
            if call.appointment.status == Status.BOOKED and not call.moved_from
            if call.appointment.appointment_date > self.now
        ]
        return sorted(coming, key=lambda call: -call.outlook.points)  # and by time among equals

    @cached_property
    def _calls(self) -> list[Call]:
        visible = visible_appointments(self.membership)
        here = visible.filter(clinic=self.clinic, status__in=LISTED).on_local_day(self.day, self.clinic.zone)
        moves = ActivityEvent.objects.filter(
            MOVED,
            organization=self.clinic.organization_id,
            target_type=ContentType.objects.get_for_model(Appointment),
            created_at__gte=self._today_began,
            actor__isnull=False,
        )
        # A union, so that each half is found by its own index.
        keys = here.order_by().values("pk").union(moves.order_by().values("target_id"))
        rows = visible.filter(pk__in=keys, imported=False)
        rows = with_lately(rows, among=visible).with_names()
        # A name that was not loaded with the rows would be one more query for each of them.
        appointments = list(rows.fetch_mode(models.FETCH_RAISE).order_by("appointment_date", "id"))
        told = self._told({appointment.pk for appointment in appointments})
        calls = [self._call(appointment, told[appointment.pk]) for appointment in appointments]
        return [call for call in calls if call.moved_from or self._is_listed(call.appointment)]

    def _is_listed(self, appointment: Appointment) -> bool:
        return appointment.status in LISTED and self._is_here(appointment.appointment_date, appointment.clinic_id)

    def _is_here(self, start: datetime, clinic_id: int) -> bool:
        return clinic_id == self.clinic.pk and self._whole.start <= start < self._whole.end

    def _call(self, appointment: Any, told: list[ActivityEvent]) -> Call:
        # Neither what was taken back nor the taking back is an answer: what was said before them still stands.
        undone = {event.new.get(UNDONE) for event in told}
        steps = [event for event in told if event.kind == EventKind.STATUS_CHANGED and UNDONE not in event.new]
        answers = [event for event in steps if event.pk not in undone]
        answer = answers[-1] if answers and self._is_answer(appointment, answers[-1]) else None
        moves = [event for event in told if event.kind == EventKind.RESCHEDULED]
        moved_from = None
        if not self._is_listed(appointment) and appointment.status != Status.PENDING:
            answer, moved_from = self._moved_away(appointment, moves)
        # Who has another time since then was reached, or is to be called about that one.
        since = moves[-1].pk if moves else 0
        unanswered = [event.created_at for event in told if event.kind == EventKind.CALLED and event.pk > since]
        booked_on = appointment.created_at.astimezone(appointment.clinic.zone).date()
        outlook = outlook_of((appointment.local_start.date() - booked_on).days, appointment.lately)
        return Call(appointment, outlook, unanswered, answer, moved_from)

    def _moved_away(
        self, appointment: Appointment, moves: list[ActivityEvent]
    ) -> tuple[ActivityEvent, datetime] | tuple[None, None]:
        """Give the move of today, by somebody here, that took the visit from this list, and its time until then."""
        start, clinic_id = appointment.appointment_date, appointment.clinic_id
        for event in reversed(moves):
            if event.created_at < self._today_began:
                break
            was_here = self._is_here(start, clinic_id)
            start = datetime.fromisoformat(event.old.get("appointment_date", start.isoformat()))
            clinic_id = event.old.get("clinic_id", clinic_id)
            if self._is_here(start, clinic_id) and not was_here and event.actor_id:
                return event, start
        return None, None

    def _is_answer(self, appointment: Appointment, event: ActivityEvent) -> bool:
        """Tell whether that is how things stand, and the patient said so to somebody here."""
        if event.actor_id is None or event.new["status"] != appointment.status or appointment.status not in ANSWERS:
            return False
        return appointment.cancellation_reason in {"", CancellationReason.PATIENT_REQUEST}

    def _told(self, keys: set[int]) -> defaultdict[int, list[ActivityEvent]]:
        """Give the calls about each, and what has been said today, in the order in which it happened."""
        events = ActivityEvent.objects.filter(
            Q(kind=EventKind.CALLED) | Q(kind=EventKind.STATUS_CHANGED, created_at__gte=self._today_began) | MOVED,
            target_type=ContentType.objects.get_for_model(Appointment),
            target_id__in=keys,
        )
        told: defaultdict[int, list[ActivityEvent]] = defaultdict(list)
        for event in events.order_by("id"):
            told[event.target_id].append(event)
        return told

    @cached_property
    def _whole(self) -> Interval:
        return local_day(self.day, self.clinic.zone)

    def _tried_today(self, call: Call) -> bool:
        return call.called_at is not None and call.called_at >= self._today_began

    @cached_property
    def _today_began(self) -> datetime:
        return local_day(self.now.astimezone(self.clinic.zone).date(), self.clinic.zone).start
