"""What a schedule comes to: the next time that can be booked, as the desk will find it."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.days import dated
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.sessions import sessions_between
from scheduling.models import Schedule
from scheduling.services import AppointmentService
from scheduling.services.week import weekly

# Looked through one after the other: the next slot is mostly near, and a whole year is much to count.
STRETCHES = (14, 90, 262)  # days
A_DAY = timedelta(days=1)


def offer_in_words(schedule: Schedule) -> tuple[bool, str]:
    """Tell whether anything can be booked within a year of the schedule's first day to come, and what in words."""
    assignment = schedule.assignment
    today = timezone.now().astimezone(assignment.clinic.zone).date()
    first = max(today, schedule.valid_from, assignment.starts_on)
    if reason := _shut(schedule, first):
        return False, reason
    service = AppointmentService(assignment.organization)
    week = [weekly(row, schedule) for row in schedule.working_hours.all()]
    for days in STRETCHES:
        last = first + timedelta(days=days - 1)
        offered = service.get_practitioner_slots_range(
            practitioner_id=assignment.practitioner_id,
            clinic_id=assignment.clinic_id,
            start_date=first,
            end_date=last,
        )
        # At one clinic no two schedules share a time: what starts in a session of this one is its own.
        own = Timeline(sessions_between(week, first, last))
        for all_slots in offered.values():
            slots = [slot for slot in all_slots if any(own.near(Interval(slot.start, slot.end)))]
            if slots:
                return True, _("Next bookable: %(start)s (%(slots)s).") % {
                    "start": dated(slots[0].start, "l j F Y H:i"),
                    "slots": ngettext("%d slot that day", "%d slots that day", len(slots)) % len(slots),
                }
        first = last + A_DAY
    return False, _("Nothing can be booked within a year: no session of it is left free.")


def _shut(schedule: Schedule, first: date) -> str:
    """Say what keeps the schedule from offering anything; empty when nothing is known to."""
    assignment = schedule.assignment
    last = min(schedule.valid_until or date.max, assignment.ends_on or date.max)
    if not schedule.working_hours.exists():
        return _("Nothing can be booked yet: the week has no hours.")
    if not assignment.practitioner.is_active:
        return _("Nothing can be booked: the practitioner is not active.")
    if not assignment.clinic.is_active:
        return _("Nothing can be booked: the clinic is not active.")
    if last < first:
        return _("Nothing can be booked: the dates of schedule and assignment have passed, or never meet.")
    return ""
