"""A day as lines: what lies between the visits, and who shares a slot."""

from types import SimpleNamespace

import pytest

from scheduling.domain.intervals import Interval
from scheduling.domain.slots import TimeSlot
from scheduling.services.practitioner_day import Absence, PractitionerDay
from scheduling.views.board import Visit
from scheduling.views.lines import gaps_of, is_over, lines_of
from tests.practice import NINE, YANGON, minutes

HERE, THERE = 1, 2


def session(start, end, clinic=HERE):
    return SimpleNamespace(**span(start, end), hours=SimpleNamespace(clinic_id=clinic))


def span(start, end):
    return {"start": NINE + minutes(start), "end": NINE + minutes(end)}


def slot(start, end, clinic=HERE, capacity=1, booked=0):
    return TimeSlot(**span(start, end), practitioner_id=1, clinic_id=clinic, capacity=capacity, booked=booked)


def day(*slots, sessions=(), absences=()):
    return PractitionerDay(list(sessions), list(absences), list(slots))


def visit(start=0, status="booked", capacity=1, clinic=HERE, length=20):
    place = SimpleNamespace(pk=clinic, zone=YANGON)
    begins = NINE + minutes(start)
    return Visit(
        SimpleNamespace(
            appointment_date=begins,
            ends_at=begins + minutes(length),
            status=status,
            slot_capacity=capacity,
            clinic=place,
            clinic_id=clinic,
        )
    )


def drawn(gaps):
    return [(gap.what, gap.interval.start, gap.interval.end) for gap in gaps]


def lines(*visits, hours=None, now=NINE, clinics=(HERE, THERE)):
    return lines_of(visits, hours, {key: SimpleNamespace(pk=key) for key in clinics}, now)


def gap(what, start, end):
    return what, NINE + minutes(start), NINE + minutes(end)


class TestGaps:
    def test_free_times_that_touch_or_overlap_are_one(self):
        free = day(slot(0, 20), slot(20, 40), slot(30, 60), slot(80, 100))
        assert drawn(gaps_of(free)) == [gap("free", 0, 60), gap("free", 80, 100)]

    def test_those_of_two_clinics_are_two(self):
        assert drawn(gaps_of(day(slot(0, 20), slot(20, 40, THERE)))) == [gap("free", 0, 20), gap("free", 20, 40)]

    def test_a_break_lies_between_sessions(self):
        sessions = [session(0, 180), session(240, 480), session(300, 360, THERE), session(480, 500)]
        assert drawn(gaps_of(day(sessions=sessions))) == [gap("break", 180, 240)]

    @pytest.mark.parametrize(("closed", "what"), [(False, "away"), (True, "closed")])
    def test_an_absence_says_why(self, closed, what):
        absence = Absence(Interval(**span(60, 120)), HERE, closed=closed)
        assert drawn(gaps_of(day(absences=[absence]))) == [gap(what, 60, 120)]

    def test_one_that_is_over_is_left_out(self):
        hours = day(sessions=[session(0, 60), session(120, 180)])
        assert len(lines(hours=hours, now=NINE + minutes(119))) == 1
        assert lines(hours=hours, now=NINE + minutes(120)) == []

    def test_at_a_clinic_that_is_no_longer_ones_own_there_is_none(self):
        assert lines(hours=day(slot(0, 20, THERE), slot(0, 20, THERE, capacity=3)), clinics=[HERE]) == []


class TestGroups:
    def test_those_who_share_a_slot_are_one_line_with_the_places_left(self):
        (line,) = lines(visit(capacity=6), visit(capacity=6), hours=day(slot(0, 20, capacity=6, booked=2)))
        assert (line.kind, len(line.visits), line.entry.taken, line.entry.capacity) == ("group", 2, 2, 6)

    def test_a_group_that_nobody_has_joined_yet(self):
        (line,) = lines(hours=day(slot(0, 20, capacity=6)))
        assert (line.kind, line.visits, line.is_over(NINE + minutes(60))) == ("group", [], False)

    def test_it_is_over_when_all_of_it_is(self):
        one_left = lines(visit(capacity=2, status="completed"), visit(capacity=2, status="arrived"))
        assert [line.is_over(NINE) for line in one_left] == [False]
        all_seen = lines(visit(capacity=2, status="completed"), visit(capacity=2, status="no-show"))
        assert [line.is_over(NINE) for line in all_seen] == [True]


def test_everything_stands_by_time():
    hours = day(slot(20, 40), slot(60, 80, capacity=3))
    assert [line.kind for line in lines(visit(40), visit(0), hours=hours)] == ["visit", "gap", "visit", "group"]


@pytest.mark.parametrize(
    ("status", "over"), [("completed", True), ("no-show", True), ("arrived", False), ("booked", False)]
)
def test_who_is_done_with(status, over):
    assert is_over(visit(status=status), NINE + minutes(600)) is over


def test_a_cancelled_visit_is_seen_until_its_time_has_passed():
    assert not is_over(visit(status="cancelled"), NINE + minutes(19))
    assert is_over(visit(status="cancelled"), NINE + minutes(20))
