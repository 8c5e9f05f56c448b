"""What the settings of an organization come to, each in a sentence with an example that the real rule works out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import time_format
from django.utils.translation import gettext as _

from clinics.days import dated
from clinics.models import Organization
from clinics.models.organization import MAX_POLICY_MINUTES
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.rules import Booking, Diary, Policy, refusal
from scheduling.domain.sessions import Session, WeeklyHours
from scheduling.domain.slots import Ask, free_slots
from scheduling.services.availability import policy_of
from scheduling.services.notifications import notice_of, wait_of

# A Monday in a clinic whose clock never changes: from eight to five, a start every quarter of an hour.
DAY = date(2030, 1, 7)
EIGHT, NINE = (datetime.combine(DAY, time(hour), tzinfo=UTC) for hour in (8, 9))
HALF_AN_HOUR = timedelta(minutes=30)
HOURS = WeeklyHours(
    practitioner_id=1,
    clinic_id=1,
    zone=ZoneInfo("UTC"),
    weekday=DAY.weekday(),
    start_time=time(8),
    end_time=time(17),
    slot_minutes=15,
    capacity=1,
    first_day=DAY,
    last_day=DAY,
)
SESSION = Session(EIGHT, EIGHT + timedelta(hours=9), HOURS)


def meanings_of(organization: Organization) -> dict[str, str]:
    """Give, by the name of the setting, what the values as they stand in `organization` come to."""
    return {
        "buffer_minutes": _buffer(organization),
        "late_start_minutes": _late_start(organization),
        "encounter_opens": _encounter(organization),
        "automatic_no_show": _no_show(organization),
        "patient_wait_minutes": _wait(organization),
        "reminder_hours": _reminder(organization),
    }


def _buffer(organization: Organization) -> str:
    booked = Booking(NINE, NINE + HALF_AN_HOUR, clinic_id=1)
    policy = policy_of(organization, EIGHT)
    slots = free_slots([SESSION], Diary(bookings=Timeline([booked])), policy, Ask(DAY, DAY, asked=HALF_AN_HOUR))
    before = [slot.start for slot in slots if slot.start < booked.start]
    after = [slot.start for slot in slots if slot.start > booked.start]
    said = {"start": _clock(booked.start), "end": _clock(booked.end)}
    next_one = (
        _("%(start)s–%(end)s booked: next start %(next)s.") % {**said, "next": _clock(after[0])}  # noqa: RUF001
        if after
        else _("%(start)s–%(end)s booked: nothing else that day.") % said  # noqa: RUF001 a range
    )
    if not before:
        return next_one
    last = _("Before it, half an hour can start at %(last)s at the latest.") % {"last": _clock(before[-1])}
    return f"{next_one} {last}"


def _late_start(organization: Organization) -> str:
    policy, late = policy_of(organization, NINE), 0
    while late < MAX_POLICY_MINUTES and _is_offered(policy, late + 1):
        late += 1
    if not late:
        return _("A time can be booked until it begins: %(start)s until %(start)s.") % {"start": _clock(NINE)}
    words = _("Somebody walks in: %(start)s can still be booked at %(until)s, not a minute later.")
    return words % {"start": _clock(NINE), "until": _clock(NINE + timedelta(minutes=late))}


def _is_offered(policy: Policy, late: int) -> bool:
    """Tell whether nine o'clock is still to be had so many minutes after it."""
    visit, now = Interval(NINE, NINE + HALF_AN_HOUR), NINE + timedelta(minutes=late)
    return refusal(visit, SESSION, Diary(), replace(policy, now=now), clinic_id=1) is None


def _encounter(organization: Organization) -> str:
    opens = Organization.EncounterOpens
    words: dict[str, str] = {
        opens.ARRIVED: _("“Arrived” on the board opens the record of the visit."),
        opens.IN_PROGRESS: _("“Start” on the board opens the record of the visit; “Arrived” does not yet."),
        opens.BY_HAND: _("Nothing opens by itself: the button on the appointment's page does."),
    }
    return words.get(organization.encounter_opens, "")


def _no_show(organization: Organization) -> str:
    if organization.automatic_no_show:
        return _("Who has not come when the clinic's day ends is a no-show within a quarter of an hour.")
    return _("Who has not come when the clinic's day ends stands on the follow-up list until somebody decides.")


def _wait(organization: Organization) -> str:
    if not (organization.email_notifications or organization.sms_notifications):
        return _("Patients are told nothing: both e-mail and SMS are off.")
    told = NINE + wait_of(organization)
    if told == NINE:
        return _("Booked at %(start)s: told at once. What is taken back afterwards needs a second message.") % {
            "start": _clock(NINE)
        }
    words = _("Booked at %(start)s: told at %(told)s. Taken back before then: nothing is sent.")
    return words % {"start": _clock(NINE), "told": _clock(told)}


def _reminder(organization: Organization) -> str:
    if not (organization.email_notifications or organization.sms_notifications):
        return _("Nobody is reminded: both e-mail and SMS are off.")
    notice = notice_of(organization)
    if not notice:
        return _("Nobody is reminded.")
    words = _("A visit on %(visit)s: reminded on %(told)s. Booked after that: not reminded.")
    return words % {"visit": _day(NINE), "told": _day(NINE - notice)}


def _clock(moment: datetime) -> str:
    return time_format(moment, "H:i")


def _day(moment: datetime) -> str:
    return dated(moment, "l j F, H:i") if abs(moment - NINE) > timedelta(days=6) else dated(moment, "l H:i")
