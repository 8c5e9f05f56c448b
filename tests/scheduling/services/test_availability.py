"""What is offered: the rules of DESIGN section 5 through the service, in a constant number of queries."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.exceptions import AppointmentError
from scheduling.services import AppointmentService
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicAssignmentFactory,
    ClinicClosureFactory,
    ClinicFactory,
    OrganizationFactory,
    PatientFactory,
    PractitionerFactory,
    ScheduleFactory,
    SpecialtyFactory,
    TimeOffFactory,
    WorkingHoursFactory,
)
from tests.practice import MONDAY, NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
NEXT_MONDAY = MONDAY + timedelta(days=7)


def busy(day, start, duration=30, **changes):
    given = {"practitioner": day.practitioner, "clinic": day.clinic, **changes}
    return AppointmentFactory(appointment_date=start, duration=duration, **given)


class TestPractitionerSlots:
    def test_a_slot_knows_its_times_in_the_clinics_zone(self):
        day = practice(end=time(9, 30))
        (slot,) = day.service.get_practitioner_slots(practitioner_id=day.practitioner.pk, date=MONDAY)
        assert slot.start.isoformat() == "2030-01-07T09:00:00+06:30"
        assert slot.end.isoformat() == "2030-01-07T09:30:00+06:30"
        assert (slot.practitioner_id, slot.clinic_id) == (day.practitioner.pk, day.clinic.pk)
        assert (slot.capacity, slot.booked, slot.remaining) == (1, 0, 1)

    def test_the_buffer_of_the_contracts_example(self):
        day = practice(organization=OrganizationFactory(buffer_minutes=15), slot_minutes=15, end=time(10, 15))
        busy(day, NINE)
        assert day.starts() == ["09:45", "10:00"]

    def test_a_booking_at_another_clinic_takes_the_time_too(self):
        day = practice(end=time(10, 30))
        busy(day, NINE + minutes(30), clinic=ClinicFactory(organization=day.organization))
        assert day.starts() == ["09:00", "10:00"]

    @pytest.mark.parametrize("status", ["cancelled", "no-show"])
    def test_a_freed_time_is_offered(self, status):
        day = practice(end=time(10))
        busy(day, NINE, status=status)
        assert day.starts() == ["09:00", "09:30"]

    def test_an_appointment_can_be_left_out(self):
        day = practice(end=time(10))
        mine = busy(day, NINE)
        assert day.starts(exclude_appointment_id=mine.pk) == ["09:00", "09:30"]

    def test_time_off_and_closures_drop_slots_and_shift_none(self):
        day = practice(end=time(11))
        TimeOffFactory(practitioner=day.practitioner, starts_at=NINE + minutes(40), ends_at=NINE + minutes(70))
        assert day.starts() == ["09:00", "10:30"]
        ClinicClosureFactory(clinic=day.clinic)
        assert day.starts() == []

    def test_a_group_has_places(self):
        day = practice(capacity=3, end=time(9, 30))
        busy(day, NINE, slot_capacity=3)
        (slot,) = day.service.get_practitioner_slots(practitioner_id=day.practitioner.pk, date=MONDAY)
        assert (slot.capacity, slot.booked, slot.remaining) == (3, 1, 2)

    def test_a_long_visit_takes_several_slots(self):
        day = practice(end=time(11))
        busy(day, NINE + minutes(90))
        assert day.starts(duration=60) == ["09:00", "09:30"]

    def test_the_types_length_counts(self):
        day = practice(end=time(10, 30))
        AppointmentTypeFactory(organization=day.organization, code="long", duration=60)
        assert day.starts(appointment_type="long") == ["09:00", "09:30"]

    def test_the_night_belongs_to_the_date_it_starts_on(self):
        night = practice(slot_minutes=120, start=time(22), end=time(4))
        assert night.starts(MONDAY) == ["22:00"]
        assert night.starts(MONDAY + timedelta(days=1)) == ["00:00", "02:00"]

    def test_round_the_clock(self):
        day = practice(slot_minutes=480, start=time(8), end=time(8))
        assert day.starts(MONDAY) == ["08:00", "16:00"]
        assert day.starts(MONDAY + timedelta(days=1)) == ["00:00"]

    def test_validity_and_assignment_dates_are_inclusive(self):
        day = practice(end=time(9, 30))
        type(day.schedule).objects.update(valid_from=NEXT_MONDAY, valid_until=NEXT_MONDAY)
        type(day.assignment).objects.update(starts_on=NEXT_MONDAY, ends_on=NEXT_MONDAY)
        offered = [day.starts(MONDAY + timedelta(days=7 * week)) for week in range(3)]
        assert offered == [[], ["09:00"], []]

    @pytest.mark.parametrize("which", ["practitioner", "clinic"])
    def test_the_inactive_offer_nothing(self, which):
        day = practice()
        row = getattr(day, which)
        type(row).objects.filter(pk=row.pk).update(is_active=False)
        assert day.starts() == []

    def test_two_clinics_in_two_zones(self):
        day = practice(end=time(9, 30))
        tokyo = ClinicFactory(organization=day.organization, timezone="Asia/Tokyo")
        assignment = ClinicAssignmentFactory(practitioner=day.practitioner, clinic=tokyo)
        WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment), start_time=time(15), end_time=time(16))
        slots = day.service.get_practitioner_slots(practitioner_id=day.practitioner.pk, date=MONDAY)
        assert [slot.start.isoformat() for slot in slots] == [
            "2030-01-07T09:00:00+06:30",
            "2030-01-07T15:00:00+09:00",
            "2030-01-07T15:30:00+09:00",
        ]
        assert day.starts(clinic_id=tokyo.pk) == ["15:00", "15:30"]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2030, 3, 10), ["00:00", "01:00", "03:00"]),
        ("America/New_York", date(2030, 11, 3), ["00:00", "01:00", "01:00", "02:00", "03:00"]),
        ("Europe/London", date(2030, 3, 31), ["00:00", "02:00", "03:00"]),
        ("Australia/Lord_Howe", date(2030, 10, 6), ["00:00", "01:00", "02:30"]),
    ],
)
def test_clock_changes(zone, day, expected):
    """Elapsed hours from the session's start: one is skipped, repeated, or, at Lord Howe, half."""
    night = practice(slot_minutes=60, start=time(0), end=time(4), timezone=zone)
    type(night.hours).objects.update(weekday=day.weekday())
    assert night.starts(day) == expected


class TestRanges:
    def test_every_date_is_there(self):
        day = practice(end=time(9, 30))
        slots = day.service.get_practitioner_slots_range(
            practitioner_id=day.practitioner.pk, start_date=MONDAY, end_date=NEXT_MONDAY
        )
        assert list(slots) == [MONDAY + timedelta(days=n) for n in range(8)]
        assert [len(offered) for offered in slots.values()] == [1, 0, 0, 0, 0, 0, 0, 1]

    def test_a_clinics_slots_name_their_practitioner(self):
        day = practice(end=time(9, 30))
        colleague = PractitionerFactory(organization=day.organization)
        assignment = ClinicAssignmentFactory(practitioner=colleague, clinic=day.clinic)
        WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment), end_time=time(9, 30))
        slots = day.service.get_clinic_slots_range(clinic_id=day.clinic.pk, start_date=MONDAY, end_date=MONDAY)
        assert [slot.practitioner_id for slot in slots[MONDAY]] == [day.practitioner.pk, colleague.pk]

    def test_a_specialty_is_asked_for(self):
        day = practice()
        specialty = SpecialtyFactory(organization=day.organization)
        asked = {"clinic_id": day.clinic.pk, "start_date": MONDAY, "end_date": MONDAY}
        assert day.service.get_clinic_slots_range(**asked, specialty_id=specialty.pk) == {MONDAY: []}
        type(day.practitioner).objects.update(specialty=specialty)
        assert len(day.service.get_clinic_slots_range(**asked, specialty_id=specialty.pk)[MONDAY]) == 16

    def test_clinics_without_a_slot_are_left_out(self):
        day = practice(end=time(10))
        practice(organization=day.organization, start=time(1), end=time(5))
        (available,) = day.service.get_available_clinics(date=MONDAY)
        assert available.clinic == day.clinic
        assert [f"{slot.start:%H:%M}" for slot in available.free_slots] == ["09:00", "09:30"]

    def test_anyone_is_asked_at_every_clinic(self):
        day = practice(end=time(9, 30))
        there = practice(organization=day.organization, end=time(9, 30), timezone="Asia/Tokyo")
        practice()
        slots = day.service.get_slots_range(start_date=MONDAY, end_date=MONDAY)[MONDAY]
        assert [(slot.practitioner_id, slot.clinic_id) for slot in slots] == [
            (there.practitioner.pk, there.clinic.pk),
            (day.practitioner.pk, day.clinic.pk),
        ]
        specialty = SpecialtyFactory(organization=day.organization)
        there.practitioner.specialty = specialty
        there.practitioner.save()
        (slot,) = day.service.get_slots_range(start_date=MONDAY, end_date=MONDAY, specialty_id=specialty.pk)[MONDAY]
        assert slot.start.isoformat() == "2030-01-07T09:00:00+09:00"

    def test_the_times_of_a_grid_say_what_stands_in_their_way(self):
        day = practice(end=time(11))
        busy(day, NINE + minutes(30))
        times = day.service.get_practitioner_times_range(
            practitioner_id=day.practitioner.pk, start_date=MONDAY, end_date=NEXT_MONDAY, clinic_id=day.clinic.pk
        )
        assert list(times) == [MONDAY + timedelta(days=n) for n in range(8)]
        assert [(f"{time.start:%H:%M}", time.refusal) for time in times[MONDAY]] == [
            ("09:00", None),
            ("09:30", "slot_taken"),
            ("10:00", None),
            ("10:30", None),
        ]

    def test_another_organization_offers_nothing_here(self):
        practice()
        assert AppointmentService(OrganizationFactory()).get_available_clinics(date=MONDAY) == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"practitioner_id": 0}, "practitioner_not_found"),
            ({"practitioner_id": "x"}, "practitioner_not_found"),
            ({"clinic_id": 0}, "clinic_not_found"),
            ({"appointment_type": "?"}, "appointment_type_not_found"),
            ({"duration": 0}, "invalid_duration"),
            ({"exclude_appointment_id": 0}, "appointment_not_found"),
            ({"end_date": MONDAY - timedelta(days=1)}, "invalid_date"),
            ({"end_date": MONDAY + timedelta(days=366)}, "invalid_date"),
            ({"start_date": date(1, 1, 1)}, "invalid_date"),
            ({"end_date": date.max}, "invalid_date"),
            ({"start_date": "2030-01-07"}, "invalid_date"),
            ({"start_date": datetime(2030, 1, 7, tzinfo=UTC)}, "invalid_date"),
        ],
    )
    def test_a_range(self, changes, code):
        day = practice()
        asked = {"practitioner_id": day.practitioner.pk, "start_date": MONDAY, "end_date": MONDAY, **changes}
        with pytest.raises(AppointmentError) as caught:
            day.service.get_practitioner_slots_range(**asked)
        assert caught.value.code == code

    @pytest.mark.parametrize("specialty_id", [0, -1, "x", "\0", [], 1.5, True, 10**30])
    def test_a_specialty_that_nobody_has_offers_nothing(self, specialty_id):
        day = practice()
        asked = {"clinic_id": day.clinic.pk, "start_date": MONDAY, "end_date": MONDAY, "specialty_id": specialty_id}
        assert day.service.get_clinic_slots_range(**asked) == {MONDAY: []}
        assert day.service.get_available_clinics(date=MONDAY, specialty_id=specialty_id) == []

    @pytest.mark.parametrize("key", [0, "x", "\0", [], 1.5, True])
    def test_an_appointment_to_leave_out_that_does_not_exist(self, key):
        assert practice().explain(exclude_appointment_id=key) == "appointment_not_found"

    def test_a_year_is_not_too_long(self):
        day = practice(end=time(9, 30))
        slots = day.service.get_practitioner_slots_range(
            practitioner_id=day.practitioner.pk, start_date=MONDAY, end_date=MONDAY + timedelta(days=365)
        )
        assert len(slots) == 366

    def test_another_organizations_clinic(self):
        day = practice()
        with pytest.raises(AppointmentError) as caught:
            day.service.get_clinic_slots_range(clinic_id=ClinicFactory().pk, start_date=MONDAY, end_date=MONDAY)
        assert caught.value.code == "clinic_not_found"


class TestTheListAndTheBookingAgree:
    """What is offered can be booked, what can be booked is offered: at every minute of a crowded day."""

    def crowded(self, capacity):
        organization = OrganizationFactory(buffer_minutes=10)
        day = practice(organization=organization, slot_minutes=20, capacity=capacity, end=time(14))
        busy(day, NINE + minutes(40), duration=20, slot_capacity=capacity)
        busy(day, NINE + minutes(110), duration=15, clinic=ClinicFactory(organization=organization))
        busy(day, NINE + minutes(140), duration=20, status="cancelled")
        TimeOffFactory(practitioner=day.practitioner, starts_at=NINE + minutes(165), ends_at=NINE + minutes(170))
        return day

    @pytest.mark.parametrize("capacity", [1, 2])
    @pytest.mark.parametrize("duration", [None, 20, 35])
    def test_explained_as_offered(self, capacity, duration):
        day = self.crowded(capacity)
        offered = set(day.starts(duration=duration))
        bookable = set()
        for minute in range(-30, 330, 5):
            start = NINE + minutes(minute)
            if day.explain(start, duration=duration) is None:
                bookable.add(f"{start:%H:%M}")
        assert bookable == offered
        assert offered or (capacity, duration) == (2, 35)

    def test_everything_offered_can_be_booked_until_nothing_is(self):
        day = self.crowded(2)
        while slots := day.service.get_practitioner_slots(practitioner_id=day.practitioner.pk, date=MONDAY):
            patient = PatientFactory(organization=day.organization)
            booked = day.book(slots[0].start, patient_id=patient.pk)
            assert (booked.appointment_date, booked.seat) == (slots[0].start, slots[0].booked + 1)
        assert day.starts() == []


class TestQueries:
    """One load of everything, however many days, practitioners, clinics and bookings."""

    @pytest.fixture(params=[1, 3])
    def many(self, request):
        day = practice()
        for number in range(request.param):
            clinic = ClinicFactory(organization=day.organization)
            practitioner = PractitionerFactory(organization=day.organization)
            for where in (day.clinic, clinic):
                assignment = ClinicAssignmentFactory(practitioner=practitioner, clinic=where)
                WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment), start_time=time(9 + number))
            busy(day, NINE + minutes(number * 60), practitioner=practitioner)
            TimeOffFactory(practitioner=practitioner, starts_at=NINE)
            ClinicClosureFactory(clinic=day.clinic, date=MONDAY + timedelta(days=number))
        day.last = MONDAY + timedelta(days=request.param * 28)
        return day

    def test_practitioner_slots(self, many, django_assert_num_queries):
        with django_assert_num_queries(4):
            many.service.get_practitioner_slots(practitioner_id=many.practitioner.pk, date=MONDAY)

    def test_practitioner_slots_range(self, many, django_assert_num_queries):
        with django_assert_num_queries(4):
            many.service.get_practitioner_slots_range(
                practitioner_id=many.practitioner.pk, clinic_id=many.clinic.pk, start_date=MONDAY, end_date=many.last
            )

    def test_practitioner_times_range(self, many, django_assert_num_queries):
        with django_assert_num_queries(4):
            many.service.get_practitioner_times_range(
                practitioner_id=many.practitioner.pk, clinic_id=many.clinic.pk, start_date=MONDAY, end_date=many.last
            )

    def test_anyones_slots_range(self, many, django_assert_num_queries):
        with django_assert_num_queries(4):
            many.service.get_slots_range(start_date=MONDAY, end_date=many.last)

    def test_clinic_slots_range(self, many, django_assert_num_queries):
        with django_assert_num_queries(4):
            many.service.get_clinic_slots_range(clinic_id=many.clinic.pk, start_date=MONDAY, end_date=many.last)

    def test_available_clinics(self, many, django_assert_num_queries):
        with django_assert_num_queries(5):
            many.service.get_available_clinics(date=NEXT_MONDAY)

    def test_explain_slot(self, many, django_assert_num_queries):
        with django_assert_num_queries(5):
            many.explain(NINE + timedelta(days=7))

    def test_today_appointments(self, many, django_assert_num_queries):
        with django_assert_num_queries(2):
            rows = list(many.service.get_today_appointments())
            assert all(row.patient.name and row.practitioner.name and row.clinic.name for row in rows)


class TestTodayAppointments:
    def test_by_time_with_the_cancelled_ones(self):
        day = practice()
        late = busy(day, NINE + minutes(60))
        early = busy(day, NINE, status="cancelled")
        busy(day, NINE + timedelta(days=1))
        busy(day, NINE - timedelta(days=1))
        assert list(day.service.get_today_appointments()) == [early, late]

    def test_today_is_the_clinics(self, time_machine):
        """At 01:00 on Tuesday in Yangon it is still Monday in London."""
        day = practice()
        london = ClinicFactory(organization=day.organization, timezone="Europe/London")
        time_machine.move_to(datetime(2030, 1, 8, 1, tzinfo=ZoneInfo("Asia/Yangon")), tick=False)
        here = busy(day, datetime(2030, 1, 8, 9, tzinfo=day.clinic.zone))
        there = busy(day, datetime(2030, 1, 7, 9, tzinfo=london.zone), clinic=london)
        busy(day, NINE)
        busy(day, datetime(2030, 1, 8, 9, tzinfo=london.zone), clinic=london)
        assert list(day.service.get_today_appointments()) == [there, here]

    def test_of_one_practitioner_or_one_clinic(self):
        day = practice()
        elsewhere = practice(organization=day.organization)
        mine, other = busy(day, NINE), busy(elsewhere, NINE)
        assert list(day.service.get_today_appointments(practitioner_id=day.practitioner.pk)) == [mine]
        assert list(day.service.get_today_appointments(clinic_id=elsewhere.clinic.pk)) == [other]

    def test_of_another_date_as_each_clinic_counts_it(self):
        day = practice()
        london = ClinicFactory(organization=day.organization, timezone="Europe/London")
        busy(day, NINE)
        tomorrow = date(2030, 1, 8)
        here = busy(day, datetime(2030, 1, 8, 1, tzinfo=day.clinic.zone), status="cancelled")
        there = busy(day, datetime(2030, 1, 8, 23, tzinfo=london.zone), clinic=london)
        assert list(day.service.get_appointments_on(date=tomorrow)) == [here, there]
        assert list(day.service.get_appointments_on(date=tomorrow, clinic_id=london.pk)) == [there]

    def test_another_organizations_are_not_there(self):
        busy(practice(), NINE)
        assert list(practice().service.get_today_appointments()) == []

    @pytest.mark.parametrize("field", ["practitioner_id", "clinic_id"])
    def test_an_unknown_id_is_refused(self, field):
        with pytest.raises(AppointmentError) as caught:
            practice().service.get_today_appointments(**{field: 0})
        assert caught.value.code == field.replace("_id", "_not_found")
