"""Schedules with their weeks on their way in: a session a row."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinics.models import Clinic, ClinicAssignment, Practitioner, record_event
from scheduling.domain.sessions import WeeklyHours
from scheduling.domain.weeks import find_clash
from scheduling.models import ImportKind, Schedule, WorkingHours
from scheduling.models.schedule import Weekday
from scheduling.services.records.house import House, hours_changed, record_created
from scheduling.services.records.incoming import Arrival, Incoming, Outcome, Row
from scheduling.services.records.places import read_minutes
from scheduling.services.records.values import read_date, read_time, read_whole
from scheduling.services.week import clash_in_words, described, nothing_to_offer, weekly

MOST_PATIENTS = 1000  # in a slot

type Frame = tuple[int, date, date | None, int, int]
"""What makes sessions one schedule: assignment, first and last day, minutes of a slot, patients in it."""


@dataclass(slots=True)
class SaidSession:
    """What a row says; without a `weekday` it is a schedule that has no hours yet."""

    practitioner: Practitioner | None
    clinic: Clinic | None
    assigned_from: date | None
    valid_from: date
    valid_until: date | None
    slot_minutes: int
    capacity: int
    weekday: int | None
    start_time: time | None
    end_time: time | None


class WorkingHoursRecords(Incoming):
    """A schedule is known by all that a row says up to the weekday, a session of it by weekday and start."""

    kind = ImportKind.WORKING_HOURS

    def __init__(self, arrival: Arrival) -> None:
        super().__init__(arrival)
        self.house = House(self.organization)

    def read(self, row: Row) -> None:
        day = partial(read_date, order=self.arrival.options.date_order)
        said = row.said = SaidSession(
            practitioner=self.house.practitioner(row),
            clinic=self.house.clinic(row),
            assigned_from=row.read("assigned_from", day, None),
            valid_from=row.need("valid_from", day) or date.max,
            valid_until=row.read("valid_until", day, None),
            slot_minutes=row.need("slot_minutes", read_minutes) or 1,
            capacity=row.read("capacity", _capacity, 1),
            weekday=row.read("weekday", _weekday, None),
            start_time=None,
            end_time=None,
        )
        if row.cells.get("weekday"):
            said.start_time, said.end_time = row.need("start_time", read_time), row.need("end_time", read_time)
        elif row.cells.get("start_time") or row.cells.get("end_time"):
            row.refuse("weekday", _("This is needed."))
        if said.valid_until and said.valid_until < said.valid_from and not row.problems:
            row.refuse("valid_until", _("This is before its start."))

    def take(self, rows: list[Row]) -> None:
        good = [row for row in rows if row.outcome is None]
        concerned = {row.said.practitioner.pk for row in good}
        with hours_changed(self.organization, concerned):
            weeks = _Weeks(self.arrival, concerned)
            for row in good:
                weeks.take(row)
            weeks.record()


class _Weeks:
    """The weeks of some practitioners, as a batch of rows adds to them."""

    def __init__(self, arrival: Arrival, practitioner_ids: set[int]) -> None:
        self.arrival = arrival
        self.assignments: defaultdict[tuple[int, int], list[ClinicAssignment]] = defaultdict(list)
        assignments = ClinicAssignment.objects.filter(practitioner__in=practitioner_ids).order_by("starts_on")
        for assignment in assignments.select_related("clinic"):
            self.assignments[assignment.practitioner_id, assignment.clinic_id].append(assignment)
        self.schedules: dict[Frame, Schedule] = {}
        self.hours: defaultdict[tuple[int, int], list[WeeklyHours]] = defaultdict(list)
        self.rows: defaultdict[Frame, list[WorkingHours]] = defaultdict(list)
        self.before: dict[Frame, list[str] | None] = {}
        """Of each schedule that is added to, its week as it was; None where it is new."""
        schedules = Schedule.objects.filter(assignment__practitioner__in=practitioner_ids).order_by("-pk")
        for schedule in schedules.select_related("assignment__clinic").prefetch_related("working_hours"):
            self._know(schedule, list(schedule.working_hours.all()))

    def _know(self, schedule: Schedule, rows: list[WorkingHours]) -> None:
        self.schedules[_frame(schedule)] = schedule
        self.rows[_frame(schedule)] += rows
        self.hours[_place(schedule)] += [weekly(row, schedule) for row in rows]

    def take(self, row: Row) -> None:
        assignment = self._assignment(row)
        if assignment is None:
            return
        said = row.said
        wanted = Schedule(
            assignment=assignment,
            valid_from=said.valid_from,
            valid_until=said.valid_until,
            slot_minutes=said.slot_minutes,
            capacity=said.capacity,
        )
        schedule = self.schedules.get(_frame(wanted))
        if said.weekday is None:
            row.outcome = Outcome.KNOWN if schedule else Outcome.CREATED
            self._begun(schedule or wanted)
        else:
            self._take_session(row, schedule or wanted)

    def _take_session(self, row: Row, schedule: Schedule) -> None:
        said, frame = row.said, _frame(schedule)
        session = WorkingHours(weekday=said.weekday, start_time=said.start_time, end_time=said.end_time)
        if any(_is_same(session, other) for other in self.rows[frame]):
            row.outcome = Outcome.KNOWN
            return
        hours = weekly(session, schedule)
        if reason := nothing_to_offer(hours):
            row.refuse("end_time", reason)
        own = [weekly(other, schedule) for other in self.rows[frame]]
        for elsewhere, against in ((False, own), (True, self.hours[_place(schedule)])):
            if row.outcome is None and (clash := find_clash([hours], against)):
                row.refuse("start_time", clash_in_words(clash, elsewhere=elsewhere))
        if row.outcome is None:
            session.schedule = self._begun(schedule)
            self.before.setdefault(frame, self._week(frame))
            session.save()
            self.rows[frame].append(session)
            self.hours[_place(schedule)].append(hours)
            row.outcome = Outcome.CREATED

    def _begun(self, schedule: Schedule) -> Schedule:
        if schedule.pk is None:
            schedule.save()
            self._know(schedule, [])
            self.before[_frame(schedule)] = None
        return schedule

    def _assignment(self, row: Row) -> ClinicAssignment | None:
        """Give the assignment that the row is of: the one that begins then, or is there in the schedule's time."""
        said = row.said
        there = self.assignments[said.practitioner.pk, said.clinic.pk]
        if said.assigned_from:
            found = [each for each in there if each.starts_on == said.assigned_from]
        else:
            found = [each for each in there if _share_a_day(each, said)]
        if not found:
            words = _("The practitioner is not assigned to this clinic then. Bring, or add, the assignments first.")
            row.refuse("clinic", words)
        elif len(found) > 1:
            row.refuse("assigned_from", _("There are several assignments then: say when the one meant begins."))
        return found[0] if len(found) == 1 else None

    def record(self) -> None:
        """Leave an event for each schedule that has come, or come to more hours, with its whole week."""
        for frame, before in self.before.items():
            schedule, week = self.schedules[frame], self._week(frame)
            if before is None:
                record_created(self.arrival, schedule, {**_told(schedule), "week": week})
            else:
                record_event(
                    kind="SCHEDULE_CHANGED",
                    target=schedule,
                    actor=self.arrival.actor,
                    organization=self.arrival.organization,
                    old={"week": before},
                    new={"week": week},
                    reason=self.arrival.file_name,
                )

    def _week(self, frame: Frame) -> list[str]:
        rows = sorted(self.rows[frame], key=lambda each: (each.weekday, each.start_time))
        return [described(weekly(row, self.schedules[frame])) for row in rows]


def _frame(schedule: Schedule) -> Frame:
    return (
        schedule.assignment_id,
        schedule.valid_from,
        schedule.valid_until,
        schedule.slot_minutes,
        schedule.capacity,
    )


def _place(schedule: Schedule) -> tuple[int, int]:
    return schedule.assignment.practitioner_id, schedule.assignment.clinic_id


def _told(schedule: Schedule) -> dict[str, object]:
    names = ("assignment_id", "valid_from", "valid_until", "slot_minutes", "capacity")
    return {name: getattr(schedule, name) for name in names}


def _is_same(one: WorkingHours, other: WorkingHours) -> bool:
    return (one.weekday, one.start_time, one.end_time) == (other.weekday, other.start_time, other.end_time)


def _share_a_day(assignment: ClinicAssignment, said: SaidSession) -> bool:
    ends_on, valid_until = assignment.ends_on or date.max, said.valid_until or date.max
    return assignment.starts_on <= valid_until and said.valid_from <= ends_on


def _weekday(cell: str) -> int:
    """Read 0 to 6, Monday being 0, or the English name of a day."""
    said = cell.strip().casefold()
    names = [day.name.casefold() for day in Weekday]
    if len(said) >= 3:  # noqa: PLR2004 letters
        found = [number for number, name in enumerate(names) if name.startswith(said)]
    else:
        found = [number for number in Weekday.values if number == read_whole(cell)]
    if not found:
        raise ValidationError(_("This is not a weekday: 0 for Monday to 6 for Sunday."))
    return found[0]


def _capacity(cell: str) -> int:
    patients = read_whole(cell)
    if not 1 <= patients <= MOST_PATIENTS:
        raise ValidationError(_("This is not a number of patients from 1 to 1000."))
    return patients
