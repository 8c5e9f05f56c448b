"""The week of a schedule: its rows as the domain counts them, and what is wrong with them in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.days import dated
from clinics.models import ClinicAssignment
from scheduling.domain.sessions import ONE_DAY, WeeklyHours
from scheduling.domain.weeks import Clash, ever_comes, fits_a_slot, on_the_clock
from scheduling.models import Schedule, WorkingHours
from scheduling.models.schedule import Weekday

type Dates = tuple[date, date | None]


def weekly(row: WorkingHours, schedule: Schedule, dates: Dates | None = None) -> WeeklyHours:
    """Give a row as the domain counts it; `dates` are those of the assignment as it is about to be."""
    assignment = schedule.assignment
    starts_on, ends_on = dates or (assignment.starts_on, assignment.ends_on)
    return WeeklyHours(
        practitioner_id=assignment.practitioner_id,
        clinic_id=assignment.clinic_id,
        zone=assignment.clinic.zone,
        weekday=row.weekday,
        start_time=row.start_time,
        end_time=row.end_time,
        slot_minutes=schedule.slot_minutes,
        capacity=schedule.capacity,
        first_day=max(schedule.valid_from, starts_on),
        last_day=min(schedule.valid_until or date.max, ends_on or date.max),
    )


def other_hours(schedule: Schedule) -> list[WeeklyHours]:
    """Give the hours that the practitioner has at the same clinic by every other schedule."""
    assignment = schedule.assignment
    rows = _rows(Q(practitioner=assignment.practitioner_id, clinic=assignment.clinic_id))
    return [weekly(row, row.schedule) for row in rows.exclude(schedule=schedule.pk)]


def hours_by(assignments: Iterable[ClinicAssignment], dates: Mapping[int, Dates]) -> dict[int, list[WeeklyHours]]:
    """Give the hours of each assignment, as they are on the `dates` it is about to have."""
    hours: dict[int, list[WeeklyHours]] = {assignment.pk: [] for assignment in assignments}
    for row in _rows(Q(pk__in=hours)):
        key = row.schedule.assignment_id
        hours[key].append(weekly(row, row.schedule, dates.get(key)))
    return hours


def _rows(assignments: Q) -> Any:
    of_them = ClinicAssignment.objects.filter(assignments)
    return WorkingHours.objects.filter(schedule__assignment__in=of_them).select_related("schedule__assignment__clinic")


def described(hours: WeeklyHours) -> str:
    return _("%(day)s %(start)s to %(end)s") % {
        "day": Weekday(hours.weekday).label,
        "start": f"{hours.start_time:%H:%M}",
        "end": f"{hours.end_time:%H:%M}",
    }


def week_in_words(rows: Iterable[WorkingHours]) -> str:
    """Say a whole week shortly: Monday to Friday 09:00 to 12:00, 13:00 to 17:00; Saturday 09:00 to 12:00."""
    sessions: dict[int, list[str]] = {}
    for row in sorted(rows, key=lambda each: (each.weekday, each.start_time)):
        words = _("%(start)s to %(end)s") % {"start": f"{row.start_time:%H:%M}", "end": f"{row.end_time:%H:%M}"}
        sessions.setdefault(row.weekday, []).append(words)
    runs: list[list[int]] = []
    for day, own in sessions.items():
        if runs and runs[-1][-1] == day - 1 and sessions[runs[-1][-1]] == own:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "; ".join(f"{_days(run)} {', '.join(sessions[run[0]])}" for run in runs)


def _days(run: list[int]) -> str:
    first, last = Weekday(run[0]).label, Weekday(run[-1]).label
    if len(run) == 1:
        return str(first)
    words = _("%(first)s and %(last)s") if len(run) == 2 else _("%(first)s to %(last)s")  # noqa: PLR2004 a pair
    return words % {"first": first, "last": last}


def schedule_in_words(schedule: Schedule) -> str:
    """Say the week, the dates and the slots of a schedule, whose `working_hours` are at hand."""
    week = week_in_words(schedule.working_hours.all()) or _("no hours")
    dates = _("from %(day)s") % {"day": dated(schedule.valid_from, "j F Y")}
    if schedule.valid_until == schedule.valid_from:
        dates = dated(schedule.valid_from, "j F Y")
    elif schedule.valid_until:
        dates += " " + _("until %(day)s") % {"day": dated(schedule.valid_until, "j F Y")}
    slots = ngettext("%d minute", "%d minutes", schedule.slot_minutes) % schedule.slot_minutes
    seats = ngettext("%d patient", "%d patients", schedule.capacity) % schedule.capacity
    return f"{week} ({dates}; {slots}, {seats})"


def clash_in_words(clash: Clash, *, elsewhere: bool) -> str:
    """Say which hours are over each other, and when that is for the first time."""
    words = (
        _("%(one)s overlaps %(other)s of another schedule of this practitioner at this clinic, first on %(day)s.")
        if elsewhere
        else _("%(one)s overlaps %(other)s, first on %(day)s.")
    )
    day = dated(clash.day, "j F Y")
    return words % {"one": described(clash.one), "other": described(clash.other), "day": day}


def nothing_to_offer(hours: WeeklyHours) -> str:
    """Say why the session offers no slot at all; empty when it offers one."""
    if not fits_a_slot(hours):
        return _("No slot of %(minutes)s minutes fits into %(hours)s.") % {
            "minutes": hours.slot_minutes,
            "hours": described(hours),
        }
    return ""


def never_comes(hours: WeeklyHours) -> str:
    """Say that no such weekday is in the dates of schedule and assignment; empty when there is one."""
    if ever_comes(hours):
        return ""
    return _("%(hours)s never comes: that day is not among the dates of schedule and assignment.") % {
        "hours": described(hours)
    }


def into_the_next_day(hours: WeeklyHours) -> str:
    """Say that the session ends on the next day; empty when it does not."""
    start, end = on_the_clock(hours)
    if hours.end_time > hours.start_time:
        return ""
    words = (
        _("%(hours)s lasts 24 hours, and ends on %(next)s.")
        if end - start == ONE_DAY
        else _("%(hours)s ends on %(next)s.")
    )
    return words % {"hours": described(hours), "next": Weekday((hours.weekday + 1) % 7).label}
