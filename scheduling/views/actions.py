"""What can be done to an appointment: one table, read by the buttons, by what they send and by the tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.days import dated
from clinics.permissions import Action
from scheduling.enums import FREEING, Status
from scheduling.lifecycle import MOVABLE, TRANSITIONS
from scheduling.models import Appointment


def no_guard(appointment: Appointment, now: datetime) -> str:  # noqa: ARG001 a guard's signature
    return ""


def on_the_day(appointment: Appointment, now: datetime) -> str:
    """Say why nobody can arrive now: it is another day at the clinic."""
    start = appointment.local_start
    if now.astimezone(start.tzinfo).date() == start.date():
        return ""
    return _("Check-in is offered on the day of the visit, %(day)s.") % {"day": dated(start, "l j F")}


def from_the_start(appointment: Appointment, now: datetime) -> str:
    """Say why the visit cannot have been missed: it has not begun."""
    if now >= appointment.appointment_date:
        return ""
    when = dated(appointment.local_start, "l j F, H:i")
    return _("No-show is offered from the visit's start on: %(when)s.") % {"when": when}


@dataclass(frozen=True, slots=True)
class Step:
    """A button that gives the appointment the status `to`.

    `key` presses it, `done` is said afterwards, and `guard` tells why it is not offered now; empty where it is. Its
    icon is that of the status.
    """

    to: Status
    needs: Action
    label: Promise
    done: Promise
    key: str
    guard: Callable[[Appointment, datetime], str] = no_guard


STEPS: Mapping[Status, Step] = {
    step.to: step
    for step in (
        Step(
            Status.COMPLETED,
            Action.COMPLETE,
            gettext_lazy("Complete the visit"),
            gettext_lazy("The visit of %(when)s is completed."),
            "d",
        ),
        Step(
            Status.IN_PROGRESS,
            Action.START,
            gettext_lazy("Start the visit"),
            gettext_lazy("The visit of %(when)s has started."),
            "s",
        ),
        Step(
            Status.ARRIVED,
            Action.CHECK_IN,
            gettext_lazy("Check in"),
            gettext_lazy("Checked in for %(when)s."),
            "c",
            on_the_day,
        ),
        Step(
            Status.BOOKED,
            Action.CONFIRM_REQUESTS,
            gettext_lazy("Confirm the request"),
            gettext_lazy("Booked: %(when)s."),
            "b",
        ),
        Step(
            Status.CONFIRMED,
            Action.BOOK,
            gettext_lazy("The patient will come"),
            gettext_lazy("Confirmed: %(when)s."),
            "f",
        ),
        Step(
            Status.NO_SHOW,
            Action.MARK_NO_SHOW,
            gettext_lazy("No-show"),
            gettext_lazy("Nobody came at %(when)s. The time is free again."),
            "m",
            from_the_start,
        ),
        Step(
            Status.CANCELLED,
            Action.CANCEL,
            gettext_lazy("Cancel the appointment"),
            gettext_lazy("Cancelled: %(when)s. The time is free again."),
            "x",
        ),
    )
}
"""The buttons, likeliest first. Which of them an appointment has, `scheduling.lifecycle.TRANSITIONS` says."""


@dataclass(frozen=True, slots=True)
class Change:
    """A link to a form that changes the appointment, while it has one of the statuses."""

    route: str
    needs: Action
    label: Promise
    icon: str
    key: str
    statuses: Collection[Status]


CHANGES = (
    Change("appointment_move", Action.MOVE, gettext_lazy("Reschedule"), "move", "r", MOVABLE),
    Change("appointment_edit", Action.MOVE, gettext_lazy("Edit type or note"), "note", "e", tuple(Status)),
)

NO_LONGER: Mapping[Status, tuple[tuple[Action, Promise], ...]] = {
    Status.ARRIVED: (
        (Action.MARK_NO_SHOW, gettext_lazy("No-show is no longer offered: the patient is here.")),
        (Action.MOVE, gettext_lazy("Rescheduling is no longer offered: the patient is here.")),
    ),
    Status.IN_PROGRESS: ((Action.CANCEL, gettext_lazy("Cancelling is no longer offered: the visit has begun.")),),
    Status.COMPLETED: ((Action.SEE_APPOINTMENTS, gettext_lazy("The visit is over: its time and status stay.")),),
    Status.CANCELLED: (
        (Action.SEE_APPOINTMENTS, gettext_lazy("It is cancelled, and its time is free for others: it is not revived.")),
    ),
    Status.NO_SHOW: ((Action.MOVE, gettext_lazy("Its time has passed. For another one, book again.")),),
}
"""What members who may do something are told where the status rules it out."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What a member can do to an appointment now, and in words why not the rest."""

    likeliest: Step | None
    others: list[Step]
    cancel: Step | None
    changes: list[Change]
    reasons: list[str]

    @property
    def buttons(self) -> tuple[object, ...]:
        """Name what is offered, to tell whether two appointments are offered the same."""
        others, changes = tuple(step.to for step in self.others), tuple(change.route for change in self.changes)
        return self.likeliest and self.likeliest.to, others, self.cancel and self.cancel.to, changes

    def __bool__(self) -> bool:
        return bool(self.likeliest or self.others or self.cancel or self.changes)


def offers_of(appointment: Appointment, may: Collection[Action], now: datetime) -> Offers:
    """Give the buttons that the lifecycle, the member's actions and the hour allow."""
    status = Status(appointment.status)
    mine = [step for step in STEPS.values() if step.to in TRANSITIONS[status] and step.needs in may]
    guarded = [(step, step.guard(appointment, now)) for step in mine]
    steps = [step for step, why in guarded if not why]
    ahead = [step for step in steps if step.to not in FREEING]
    return Offers(
        likeliest=next(iter(ahead), None),
        others=[step for step in steps if step not in ahead[:1] and step.to != Status.CANCELLED],
        cancel=next((step for step in steps if step.to == Status.CANCELLED), None),
        changes=[change for change in CHANGES if change.needs in may and status in change.statuses],
        reasons=[why for _step, why in guarded if why]
        + [str(words) for action, words in NO_LONGER.get(status, ()) if action in may],
    )
