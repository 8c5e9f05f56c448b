"""What is offered, against an oracle that knows no intervals: it walks through time minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.rules import Booking, Diary, Policy, Refusal, refusal
from scheduling.domain.sessions import WeeklyHours, local_day, session_on, sessions_between
from scheduling.domain.slots import Ask, free_slots, grid_times

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
YANGON = ZoneInfo("Asia/Yangon")
TUESDAY = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)


def at(wall, day=TUESDAY, zone=YANGON):
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=zone).astimezone(UTC)


def hours(start="09:00", end="12:00", *, slot=15, capacity=1, clinic=1, zone=YANGON, weekday=1):
    return WeeklyHours(
        1,
        clinic,
        zone,
        weekday,
        time.fromisoformat(start),
        time.fromisoformat(end),
        slot,
        capacity,
        date(2020, 1, 1),
        date(2030, 1, 1),
    )


def walls(weekly, diary, *, buffer=0, now=LONG_AGO, late=0, day=TUESDAY, asked=None, usual=None):
    """The local start of every slot offered on the day, as text."""
    slots = free_slots(
        sessions_between([weekly], day, day),
        diary,
        Policy(now, timedelta(minutes=buffer), timedelta(minutes=late)),
        Ask(day, day, asked=asked and timedelta(minutes=asked), usual=usual and timedelta(minutes=usual)),
    )
    return [f"{slot.start:%H:%M}" for slot in slots]


def booked(start, end, clinic=1):
    return Booking(at(start), at(end), clinic)


def test_buffer_of_15_after_a_visit_to_0930_makes_0945_the_next_start():
    diary = Diary(bookings=Timeline([booked("09:00", "09:30")]))
    assert walls(hours(end="10:30"), diary, buffer=15) == ["09:45", "10:00", "10:15"]


def test_a_visit_over_several_slots_is_offered_only_where_all_of_it_fits():
    assert walls(hours(end="10:00"), Diary(), asked=40) == ["09:00", "09:15"]


def test_time_off_and_closures_drop_what_they_overlap_and_leave_the_grid():
    off = Diary(time_off=Timeline([Interval(at("09:20"), at("09:40"))]))
    closed = Diary(closures={1: Timeline([local_day(TUESDAY, YANGON)]), 2: Timeline([])})
    assert walls(hours(end="10:00"), off) == ["09:00", "09:45"]
    assert walls(hours(end="10:00"), closed) == []


def test_a_visit_at_another_clinic_takes_the_practitioner_s_time():
    diary = Diary(bookings=Timeline([booked("09:00", "09:30", clinic=2)]))
    assert walls(hours(end="10:00"), diary) == ["09:30", "09:45"]


def test_a_group_is_offered_until_its_last_place_and_takes_its_own_length():
    group = hours(end="10:00", slot=30, capacity=3)
    two, three = (Diary(bookings=Timeline([booked("09:00", "09:30")] * taken)) for taken in (2, 3))
    assert walls(group, two, usual=20) == ["09:00", "09:30"]
    assert walls(group, three) == ["09:30"]
    assert walls(group, Diary(), asked=20) == []


def test_a_slot_is_offered_at_its_very_start_and_later_for_walk_ins_only():
    nine = at("09:00")
    assert walls(hours(end="09:30"), Diary(), now=nine) == ["09:00", "09:15"]
    assert walls(hours(end="09:30"), Diary(), now=nine + MINUTE) == ["09:15"]
    assert walls(hours(end="09:30"), Diary(), now=nine + MINUTE, late=1) == ["09:00", "09:15"]


def test_the_tail_of_last_night_belongs_to_today():
    night = hours("23:00", "01:00", slot=60, weekday=(TUESDAY - timedelta(days=1)).weekday())
    assert walls(night, Diary()) == ["00:00"]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), ["01:00", "01:30", "03:00"]),
        ("America/New_York", date(2026, 11, 1), ["01:00", "01:30", "01:00", "01:30", "02:00", "02:30", "03:00"]),
        ("Australia/Lord_Howe", date(2026, 4, 5), ["01:00", "01:30", "01:30", "02:00", "02:30", "03:00"]),
        ("Africa/Casablanca", date(2026, 2, 15), ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]),
        ("Asia/Yangon", date(2026, 3, 8), ["01:00", "01:30", "02:00", "02:30", "03:00"]),
    ],
)
def test_the_grid_counts_elapsed_minutes_through_a_clock_change(zone, day, expected):
    weekly = hours("01:00", "03:30", slot=30, zone=ZoneInfo(zone), weekday=day.weekday())
    assert walls(weekly, Diary(), day=day) == expected


def test_reasons_come_in_their_order():
    session = session_on(TUESDAY, hours(end="10:00", slot=30, capacity=2))
    visit = Interval(at("09:05"), at("09:25"))
    everything_wrong = Diary(
        time_off=Timeline([visit]),
        closures={1: Timeline([visit])},
        bookings=Timeline([booked("09:00", "09:30")]),
    )
    no_closure = Diary(time_off=everything_wrong.time_off, bookings=everything_wrong.bookings)
    no_time_off = Diary(bookings=everything_wrong.bookings)
    on_grid = Interval(at("09:00"), at("09:20"))
    whole = Interval(at("09:30"), at("10:00"))
    policy, later = Policy(LONG_AGO, timedelta(minutes=5)), Policy(at("11:00"))
    asked = [
        refusal(visit, session, everything_wrong, later, clinic_id=1),
        refusal(visit, session, everything_wrong, policy, clinic_id=1),
        refusal(visit, session, no_closure, policy, clinic_id=1),
        refusal(visit, session, no_time_off, policy, clinic_id=1),
        refusal(on_grid, session, no_time_off, policy, clinic_id=1),
        refusal(whole, session, Diary(bookings=Timeline([booked("09:40", "10:00")])), policy, clinic_id=1),
        refusal(whole, session, no_time_off, policy, clinic_id=1),
        refusal(whole, session, Diary(), policy, clinic_id=1, patient=Timeline([whole])),
        refusal(whole, session, Diary(), policy, clinic_id=1, patient=Timeline()),
    ]
    assert asked == [*Refusal, None]


ZONES = ["Asia/Yangon", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca"]
CHANGES = [date(2026, 2, 15), date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), TUESDAY]


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    day=st.sampled_from(CHANGES),
    start=st.integers(0, 95),
    end=st.integers(0, 95),
    slot=st.sampled_from([10, 15, 20, 30, 45]),
    length=st.integers(1, 90),
    capacity=st.integers(1, 3),
    buffer=st.integers(0, 30),
    late=st.integers(0, 20),
    now=st.integers(-300, 1500),
    busy=st.lists(st.tuples(st.integers(0, 1500), st.integers(5, 60), st.integers(1, 2)), max_size=4),
    seats=st.lists(st.integers(0, 3), max_size=4),
    off=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 90)), max_size=2),
)
def test_offers_equal_those_of_a_walk_through_every_minute(
    zone, day, start, end, slot, length, capacity, buffer, late, now, busy, seats, off
):
    weekly = hours(
        f"{start // 4:02}:{start % 4 * 15:02}",
        f"{end // 4:02}:{end % 4 * 15:02}",
        slot=slot,
        capacity=capacity,
        zone=zone,
        weekday=day.weekday(),
    )
    midnight = local_day(day, zone).start
    moment = midnight + now * MINUTE
    bookings = [Booking(midnight + s * MINUTE, midnight + (s + n) * MINUTE, clinic) for s, n, clinic in busy]
    opens = datetime.combine(day, weekly.start_time, tzinfo=zone).astimezone(UTC)
    minutes = slot if capacity > 1 else length
    bookings += [Booking(b := opens + seat * slot * MINUTE, b + minutes * MINUTE, 1) for seat in seats]
    time_off = [Interval(midnight + s * MINUTE, midnight + (s + n) * MINUTE) for s, n in off]
    offered = free_slots(
        sessions_between([weekly], day, day),
        Diary(Timeline(time_off), {}, Timeline(bookings)),
        Policy(moment, buffer * MINUTE, late * MINUTE),
        Ask(day, day, usual=length * MINUTE),
    )

    closing_day = day + timedelta(days=weekly.end_time <= weekly.start_time)
    closes = datetime.combine(closing_day, weekly.end_time, tzinfo=zone).astimezone(UTC)
    expected = []
    candidate = opens
    while candidate < closes:
        inside = [candidate + n * MINUTE for n in range(minutes)]
        margin = [candidate + n * MINUTE for n in range(-buffer, minutes + buffer)]
        same = [b for b in bookings if (b.start, b.end, b.clinic_id) == (candidate, inside[-1] + MINUTE, 1)]
        other = [b for b in bookings if b not in same]
        if (
            candidate.astimezone(zone).date() == day
            and (candidate - opens) // MINUTE % slot == 0
            and inside[-1] < closes
            and moment <= candidate + late * MINUTE
            and not any(o.start <= m < o.end for o in time_off for m in inside)
            and not any(b.start <= m < b.end for b in other for m in margin)
            and len(same) < capacity
        ):
            expected.append((candidate, len(same)))
        candidate += MINUTE
    assert [(slot.start.astimezone(UTC), slot.booked) for slot in offered] == expected


def test_the_grid_says_of_each_start_what_stands_in_its_way():
    diary = Diary(
        time_off=Timeline([Interval(at("11:30"), at("12:00"))]),
        bookings=Timeline([booked("10:00", "10:30")]),
    )
    weekly = hours(start="09:00", end="12:00", slot=30)
    policy = Policy(at("09:10"), buffer=timedelta(minutes=10))
    times = grid_times(sessions_between([weekly], TUESDAY, TUESDAY), diary, policy, Ask(TUESDAY, TUESDAY))
    assert [(f"{time.slot.start:%H:%M}", time.refusal) for time in times] == [
        ("09:00", Refusal.IN_THE_PAST),
        ("09:30", Refusal.BUFFER_CONFLICT),
        ("10:00", Refusal.SLOT_TAKEN),
        ("10:30", Refusal.BUFFER_CONFLICT),
        ("11:00", None),
        ("11:30", Refusal.PRACTITIONER_UNAVAILABLE),
    ]


def test_what_the_grid_does_not_refuse_is_what_is_offered():
    diary = Diary(bookings=Timeline([booked("10:00", "10:30"), booked("11:15", "11:30")]))
    sessions = sessions_between([hours(), hours(start="13:00", end="15:00", slot=40)], TUESDAY, TUESDAY)
    policy, ask = Policy(at("09:20"), buffer=timedelta(minutes=5)), Ask(TUESDAY, TUESDAY)
    times = grid_times(sessions, diary, policy, ask)
    assert [time.slot for time in times if time.refusal is None] == free_slots(sessions, diary, policy, ask)
