"""Clinics, types, hours and absences on their way in: what is new, what is known, what is refused and why."""

from datetime import UTC, date, datetime, time

import pytest

from clinics.models import ActivityEvent, Clinic
from scheduling.models import (
    AppointmentType,
    ClinicClosure,
    Displacement,
    ImportKind,
    Schedule,
    TimeOff,
    WorkingHours,
)
from tests.factories import (
    AppointmentTypeFactory,
    ClinicAssignmentFactory,
    ClinicFactory,
    OrganizationFactory,
    PractitionerFactory,
    ScheduleFactory,
    SpecialtyFactory,
    WorkingHoursFactory,
)
from tests.practice import practice
from tests.records import bring, brought, checked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def house():
    house = practice(organization=OrganizationFactory(timezone="Asia/Yangon"), name="Yankin Clinic")
    house.practitioner.name = "Dr Aye"
    house.practitioner.save()
    return house


def events(kind):
    return list(ActivityEvent.objects.filter(kind=kind).order_by("pk").values_list("new", flat=True))


class TestClinics:
    HEAD = "name,timezone,address,active"

    def test_come_in_with_what_the_file_says(self):
        organization = OrganizationFactory(timezone="Asia/Yangon")
        lines = (self.HEAD, 'North,Asia/Singapore,"1 Long Road\nSingapore",no', "South,,,")
        assert bring(organization, ImportKind.CLINICS, *lines) == (2, 0, [])
        fields = ("name", "timezone", "address", "is_active")
        assert list(Clinic.objects.order_by("name").values_list(*fields)) == [
            ("North", "Asia/Singapore", "1 Long Road\nSingapore", False),
            ("South", "Asia/Yangon", "", True),
        ]
        assert [event["name"] for event in events("CLINIC_CREATED")] == ["North", "South"]

    def test_one_that_is_here_stays_as_it_is(self, house):
        ClinicFactory(organization=OrganizationFactory(), name="South")
        lines = (self.HEAD, "yankin  clinic,Asia/Singapore,,no", "South,,,", "south,,,")
        assert bring(house.organization, ImportKind.CLINICS, *lines) == (1, 2, [])
        assert Clinic.objects.get(pk=house.clinic.pk).is_active

    def test_what_cannot_be(self, house):
        lines = (self.HEAD, ",,,", "North,Mars/Olympus,,", "North,,,perhaps")
        created, known, problems = bring(house.organization, ImportKind.CLINICS, *lines)
        assert (created, known) == (0, 0)
        assert [problem[:2] for problem in problems] == [(3, "timezone"), (4, "active")]


class TestTypes:
    HEAD = "code,name,minutes,encounter_type,default"

    def test_come_in_with_what_the_file_says(self, house):
        lines = (self.HEAD, "new,New patient,40,consultation,yes", "follow-up,,,,")
        assert bring(house.organization, ImportKind.APPOINTMENT_TYPES, *lines) == (2, 0, [])
        fields = ("code", "name", "duration", "encounter_type", "is_default")
        assert list(AppointmentType.objects.order_by("code").values_list(*fields)) == [
            ("follow-up", "follow-up", None, "", False),
            ("new", "New patient", 40, "consultation", True),
        ]
        assert bring(house.organization, ImportKind.APPOINTMENT_TYPES, *lines) == (0, 2, [])

    def test_there_is_one_default(self, house):
        AppointmentTypeFactory(organization=house.organization, code="usual", is_default=True)
        lines = (self.HEAD, "new,,,,yes", "follow up,,,,", "long,,1441,,")
        assert bring(house.organization, ImportKind.APPOINTMENT_TYPES, *lines) == (
            0,
            0,
            [
                (2, "default", "Another type is the default. Take the mark away there first."),
                (
                    3,
                    "code",
                    "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
                ),
                (4, "minutes", "This is not a number of minutes from 1 to 1440."),
            ],
        )


OVER = "Monday 16:00 to 18:00 overlaps Monday 09:00 to 17:00"


class TestWorkingHours:
    HEAD = (
        "practitioner,specialty,clinic,assigned_from,valid_from,valid_until,slot_minutes,capacity,"
        "weekday,start_time,end_time"
    )

    def weeks(self):
        fields = ("schedule__valid_from", "schedule__slot_minutes", "weekday", "start_time", "end_time")
        return list(WorkingHours.objects.order_by("schedule", "weekday", "start_time").values_list(*fields))

    def test_rows_that_are_the_same_up_to_capacity_are_one_schedule(self, house):
        Schedule.objects.all().delete()
        lines = (
            self.HEAD,
            "Dr Aye,,Yankin Clinic,,2030-01-01,,30,2,0,09:00,12:00",
            "Dr Aye,,Yankin Clinic,,2030-01-01,,30,2,Tue,13:00,00:30",
            "Dr Aye,,Yankin Clinic,,2030-01-01,2030-06-30,15,1,wednesday,9:00,12:00",
        )
        assert bring(house.organization, ImportKind.WORKING_HOURS, *lines) == (3, 0, [])
        assert self.weeks() == [
            (date(2030, 1, 1), 30, 0, time(9), time(12)),
            (date(2030, 1, 1), 30, 1, time(13), time(0, 30)),
            (date(2030, 1, 1), 15, 2, time(9), time(12)),
        ]
        assert Schedule.objects.count() == 2
        first, second = events("SCHEDULE_CREATED")
        assert first["week"] == ["Monday 09:00 to 12:00", "Tuesday 13:00 to 00:30"]
        assert (second["week"], second["slot_minutes"]) == (["Wednesday 09:00 to 12:00"], 15)
        assert bring(house.organization, ImportKind.WORKING_HOURS, *lines) == (0, 3, [])
        assert Schedule.objects.count() == 2

    def test_hours_are_added_to_a_schedule_that_is_here(self, house):
        since = house.schedule.valid_from
        here = f"Dr Aye,,Yankin Clinic,,{since},,30"
        lines = (self.HEAD, f"{here},,0,09:00,17:00", f"{here},,4,08:00,09:00")
        assert bring(house.organization, ImportKind.WORKING_HOURS, *lines) == (1, 1, [])
        event = ActivityEvent.objects.get(kind="SCHEDULE_CHANGED")
        assert event.old == {"week": ["Monday 09:00 to 17:00"]}
        assert event.new == {"week": ["Monday 09:00 to 17:00", "Friday 08:00 to 09:00"]}

    def test_a_schedule_without_hours(self, house):
        lines = (self.HEAD, "Dr Aye,,Yankin Clinic,,2035-01-01,,30,1,,,")
        assert bring(house.organization, ImportKind.WORKING_HOURS, *lines) == (1, 0, [])
        assert bring(house.organization, ImportKind.WORKING_HOURS, *lines) == (0, 1, [])
        assert Schedule.objects.filter(valid_from=date(2035, 1, 1), working_hours=None).count() == 1

    def test_two_schedules_that_say_the_same_are_both_known(self, house):
        other = ScheduleFactory(assignment=house.assignment)
        WorkingHoursFactory(schedule=other, weekday=3)
        since = house.schedule.valid_from
        lines = (self.HEAD, *(f"Dr Aye,,Yankin Clinic,,{since},,30,1,{day},09:00,17:00" for day in (0, 3)))
        assert bring(house.organization, ImportKind.WORKING_HOURS, *lines) == (0, 2, [])

    def test_what_cannot_be(self, house):
        here = "Dr Aye,,Yankin Clinic,,2030-01-01,"
        lines = (
            self.HEAD,
            f"{here},20,1,0,16:00,18:00",
            f"{here},60,1,1,09:00,09:30",
            f"{here},60,1,7,09:00,10:00",
            f"{here},60,1,,09:00,10:00",
            f"{here},60,1,2,,10:00",
            f"{here}2029-12-31,60,1,2,09:00,10:00",
            "Dr Ba,,Yankin Clinic,,2030-01-01,,60,1,2,09:00,10:00",
            "Dr Aye,,North,,2030-01-01,,60,1,2,09:00,10:00",
            "Dr Aye,,Yankin Clinic,2029-05-05,2030-01-01,,60,1,2,09:00,10:00",
            f"{here},60,1,3,09:00,11:00",
            f"{here},60,1,3,10:00,12:00",
        )
        created, known, problems = bring(house.organization, ImportKind.WORKING_HOURS, *lines)
        assert (created, known) == (1, 0)
        assert problems == [
            (
                2,
                "start_time",
                f"{OVER} of another schedule of this practitioner at this clinic, first on 7 January 2030.",
            ),
            (3, "end_time", "No slot of 60 minutes fits into Tuesday 09:00 to 09:30."),
            (4, "weekday", "This is not a weekday: 0 for Monday to 6 for Sunday."),
            (5, "weekday", "This is needed."),
            (6, "start_time", "This is needed."),
            (7, "valid_until", "This is before its start."),
            (8, "practitioner", "There is no practitioner of this name. Bring, or add, the practitioners first."),
            (9, "clinic", "There is no clinic of this name. Bring, or add, the clinics first."),
            (
                10,
                "clinic",
                "The practitioner is not assigned to this clinic then. Bring, or add, the assignments first.",
            ),
            (12, "start_time", "Thursday 10:00 to 12:00 overlaps Thursday 09:00 to 11:00, first on 3 January 2030."),
        ]

    def test_which_of_several_assignments_is_said_by_its_first_day(self, house):
        house.assignment.ends_on = date(2030, 6, 30)
        house.assignment.save()
        later = ClinicAssignmentFactory(
            practitioner=house.practitioner, clinic=house.clinic, starts_on=date(2030, 9, 1)
        )
        lines = (
            self.HEAD,
            "Dr Aye,,Yankin Clinic,2030-09-01,2030-01-01,,30,1,4,09:00,12:00",
            "Dr Aye,,Yankin Clinic,,2030-01-01,,30,1,4,09:00,12:00",
        )
        created, _known, problems = bring(house.organization, ImportKind.WORKING_HOURS, *lines)
        assert (created, [problem[:2] for problem in problems]) == (1, [(3, "assigned_from")])
        assert later.schedules.count() == 1

    def test_two_of_one_name_are_told_apart_by_specialty(self, house):
        skin = SpecialtyFactory(organization=house.organization, name="Skin")
        other = PractitionerFactory(organization=house.organization, name="Dr Aye", specialty=skin)
        assignment = ClinicAssignmentFactory(practitioner=other, clinic=house.clinic)
        lines = (self.HEAD, *(f"Dr Aye,{said},Yankin Clinic,,2030-01-01,,30,1,0,09:00,12:00" for said in ("skin", "")))
        created, _known, problems = bring(house.organization, ImportKind.WORKING_HOURS, *lines)
        assert (created, [problem[:2] for problem in problems]) == (1, [(3, "specialty")])
        assert assignment.schedules.count() == 1


class TestTimeOff:
    HEAD = "practitioner,specialty,starts_at,ends_at,reason"

    def test_comes_in_on_the_organizations_clock_or_as_it_says(self, house):
        lines = (
            self.HEAD,
            "Dr Aye,,2030-02-01 00:00,2030-02-02 00:00,Wedding",
            "Dr Aye,,2030-03-01 09:00:00+08:00,2030-03-01 10:00:00+08:00,",
        )
        assert bring(house.organization, ImportKind.TIME_OFF, *lines) == (2, 0, [])
        assert list(TimeOff.objects.order_by("starts_at").values_list("starts_at", "reason")) == [
            (datetime(2030, 1, 31, 17, 30, tzinfo=UTC), "Wedding"),
            (datetime(2030, 3, 1, 1, tzinfo=UTC), ""),
        ]
        assert bring(house.organization, ImportKind.TIME_OFF, *lines) == (0, 2, [])

    def test_visits_that_it_leaves_outside_are_followed_up(self, house):
        visit = house.book()
        lines = (self.HEAD, "Dr Aye,,2030-01-07 08:00,2030-01-07 12:00,")
        assert bring(house.organization, ImportKind.TIME_OFF, *lines) == (1, 0, [])
        assert list(Displacement.objects.values_list("appointment", flat=True)) == [visit.pk]

    def test_what_cannot_be(self, house):
        lines = (self.HEAD, "Dr Aye,,2030-02-02 00:00,2030-02-02 00:00,", "Dr Ba,,2030-02-02 00:00,2030-02-03 00:00,")
        _created, _known, problems = bring(house.organization, ImportKind.TIME_OFF, *lines)
        assert [problem[:2] for problem in problems] == [(2, "ends_at"), (3, "practitioner")]


class TestClosures:
    HEAD = "clinic,date,reason"

    def test_come_in_once(self, house):
        lines = (self.HEAD, "Yankin Clinic,2030-01-04,Independence Day", "Yankin Clinic,4/1/2030,Again")
        assert bring(house.organization, ImportKind.CLOSURES, *lines) == (1, 1, [])
        assert list(ClinicClosure.objects.values_list("date", "reason")) == [(date(2030, 1, 4), "Independence Day")]
        assert bring(house.organization, ImportKind.CLOSURES, *lines) == (0, 2, [])

    def test_visits_that_it_leaves_outside_are_followed_up(self, house):
        visit = house.book()
        assert bring(house.organization, ImportKind.CLOSURES, self.HEAD, "Yankin Clinic,2030-01-07,") == (1, 0, [])
        assert list(Displacement.objects.values_list("appointment", flat=True)) == [visit.pk]


@pytest.mark.parametrize(
    ("kind", "lines", "model"),
    [
        (ImportKind.CLINICS, (TestClinics.HEAD, "North,,,"), Clinic),
        (ImportKind.APPOINTMENT_TYPES, (TestTypes.HEAD, "new,,,,"), AppointmentType),
        (
            ImportKind.WORKING_HOURS,
            (TestWorkingHours.HEAD, "Dr Aye,,Yankin Clinic,,2030-01-01,,30,1,4,09:00,12:00"),
            WorkingHours,
        ),
        (ImportKind.TIME_OFF, (TestTimeOff.HEAD, "Dr Aye,,2030-02-01 00:00,2030-02-02 00:00,"), TimeOff),
        (ImportKind.CLOSURES, (TestClosures.HEAD, "Yankin Clinic,2030-01-04,"), ClinicClosure),
    ],
)
def test_a_look_counts_and_writes_nothing(house, kind, lines, model):
    import_file = brought(house.organization, kind, *lines)
    before = model.objects.count(), ActivityEvent.objects.count()
    assert checked(import_file) == (1, 0, 0)
    assert (model.objects.count(), ActivityEvent.objects.count()) == before
