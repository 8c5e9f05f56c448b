"""What becomes of a visit, decided by its name and by who is to come, before anything has happened to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from scheduling.domain.intervals import Interval
from scheduling.enums import CancellationReason, Status
from scheduling.management.demo import chance
from scheduling.models import Appointment

CANCELLED, NO_SHOW, REQUESTED, CONFIRMED = 0.085, 0.068, 0.09, 0.5  # parts of all
# Who books for today comes; nobody forgets what was agreed an hour ago.
AHEAD = timedelta(hours=10)

# What makes a no-show likelier than the part of all, and what less likely; all of it together comes to about one.
FORGETFUL, FORGETS, REMEMBERS = 0.14, 3.6, 0.62  # the part of the patients, then how often, and how often the others
BY_LEAD = ((2, 0.55), (7, 0.85), (14, 1.2), (28, 1.8))  # booked at most so many days before
BY_HOUR = ((9, 1.25), (17, 0.9), (24, 1.2))  # on the clinic's clock, before that hour
SAID_SO, SAID_NOTHING = 0.6, 1.35  # whether the patient confirmed
WAS_REMINDED, WAS_NOT = 0.75, 1.08

REASONS = (
    *((CancellationReason.PATIENT_REQUEST, "Has to work."),) * 4,
    *((CancellationReason.PATIENT_REQUEST, ""),) * 7,
    (CancellationReason.PATIENT_REQUEST, "Feels better."),
    *((CancellationReason.PRACTICE_REQUEST, "The doctor is called to the hospital."),) * 2,
    (CancellationReason.EMERGENCY, "Taken to the general hospital."),
    *((CancellationReason.DUPLICATE, ""),) * 2,
    (CancellationReason.ENTERED_IN_ERROR, ""),
    (CancellationReason.OTHER, "The road is flooded."),
    (CancellationReason.OTHER, "Sees a doctor in the home village."),
)

ORDER = {
    Status.PENDING: 0,
    Status.BOOKED: 1,
    Status.CONFIRMED: 2,
    Status.ARRIVED: 3,
    Status.IN_PROGRESS: 4,
    Status.COMPLETED: 5,
    Status.CANCELLED: 5,
    Status.NO_SHOW: 5,
}
"""How far a life has come: no step leads back."""


class Step(NamedTuple):
    status: Status
    at: datetime
    cancellation_reason: str = ""
    reason: str = ""


class Life(NamedTuple):
    first: Status
    steps: list[Step]


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


class Prospect(NamedTuple):
    """What is known of a visit beforehand: who is to come, at which hour of the clinic's clock, reminded or not."""

    record_number: str
    hour: int
    reminded: bool

    def forgetting(self, lead: timedelta, *, confirmed: bool) -> float:
        """Give how much likelier than the usual visit it is that nobody comes."""
        forgets = chance("forgets", self.record_number).random() < FORGETFUL
        return (
            (FORGETS if forgets else REMEMBERS)
            * next((factor for days, factor in BY_LEAD if lead < timedelta(days=days + 1)), BY_LEAD[-1][1])
            * next(factor for hour, factor in BY_HOUR if self.hour < hour)
            * (SAID_SO if confirmed else SAID_NOTHING)
            * (WAS_REMINDED if self.reminded else WAS_NOT)
        )


def prospect_of(appointment: Appointment) -> Prospect:
    """Give that of a visit whose patient and clinic are loaded with it."""
    reminded = is_reminded(appointment) and reminder_at(appointment) >= appointment.created_at
    return Prospect(appointment.patient.record_number, appointment.local_start.hour, reminded)


def is_reminded(appointment: Appointment) -> bool:
    """Tell whether the patient has an address that reminders reach, and the organization sends some."""
    organization = appointment.organization
    return bool(appointment.patient.email and organization.email_notifications and organization.reminder_hours)


def reminder_at(appointment: Appointment) -> datetime:
    return appointment.appointment_date - timedelta(hours=appointment.organization.reminder_hours)


def life_of(name: str, visit: Interval, booked_at: datetime, prospect: Prospect) -> Life:
    """Give how it is booked, pending or booked, and every later step with its minute, in order."""
    random = chance("life", name)
    steps: list[Step] = []
    answered_at = booked_at + minutes(random.randrange(30, 40 * 60))
    requested = random.random() < REQUESTED and answered_at < visit.start - 2 * AHEAD
    if requested:
        steps.append(Step(Status.BOOKED, answered_at))
    confirmed_at = visit.start - minutes(random.randrange(3 * 60, 40 * 60))
    confirms = random.random() < CONFIRMED and confirmed_at > (answered_at if requested else booked_at)
    if confirms:
        steps.append(Step(Status.CONFIRMED, confirmed_at))
    lot = random.random()
    if visit.start - booked_at > AHEAD:
        if lot < CANCELLED:
            last = cancelled(random, visit, booked_at)
            steps = [step for step in steps if step.at < last.at]
            return Life(Status.PENDING if requested else Status.BOOKED, [*steps, last])
        if lot < CANCELLED + NO_SHOW * prospect.forgetting(visit.start - booked_at, confirmed=confirms):
            steps.append(Step(Status.NO_SHOW, visit.start + minutes(random.randrange(12, 30))))
            return Life(Status.PENDING if requested else Status.BOOKED, steps)
    arrived_at = max(visit.start - minutes(round(random.gauss(11, 8))), booked_at + minutes(2))
    arrived_at = min(arrived_at, visit.start + minutes(9))
    steps += [Step(Status.ARRIVED, arrived_at), *attendance(name, visit, arrived_at)]
    return Life(Status.PENDING if requested else Status.BOOKED, steps)


def cancelled(random: Random, visit: Interval, booked_at: datetime) -> Step:
    """Cancel at some time before the visit, mostly near it; what was an error is seen at once."""
    reason, text = random.choice(REASONS)
    whole = (visit.start - booked_at) // minutes(1)
    at_once = reason in {CancellationReason.DUPLICATE, CancellationReason.ENTERED_IN_ERROR}
    after = random.randrange(2, 30) if at_once else int(whole * random.random() ** 0.4)
    return Step(Status.CANCELLED, booked_at + minutes(max(2, min(after, whole - 1))), reason, text)


def attendance(name: str, visit: Interval, arrived_at: datetime) -> list[Step]:
    """Give the visit of somebody who has come: it begins about when it should, and ends before the next."""
    random = chance("attendance", name)
    begun_at = max(visit.start + minutes(random.randrange(5)), arrived_at + minutes(2))
    ended_at = max(visit.end - minutes(random.randrange(4)), begun_at + minutes(4))
    return [Step(Status.IN_PROGRESS, begun_at), Step(Status.COMPLETED, ended_at)]


def rest_of_life(appointment: Appointment) -> list[Step]:
    """Give the steps that an appointment of ours, as it stands, has before it."""
    name = str(appointment.request_id)
    visit = Interval(appointment.appointment_date, appointment.ends_at)
    if appointment.checked_in_at:
        steps = attendance(name, visit, appointment.checked_in_at)
    else:
        steps = life_of(name, visit, appointment.created_at, prospect_of(appointment)).steps
    reached = ORDER[Status(appointment.status)]
    return [step for step in steps if ORDER[step.status] > reached]
