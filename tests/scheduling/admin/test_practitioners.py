"""Practitioners, where they are assigned, and when they are away."""

from datetime import UTC, date, datetime, time

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, ClinicAssignment, Practitioner
from scheduling.models import Schedule, TimeOff
from tests.administration import administrator, errors_of, events, no_rows, told, url
from tests.factories import (
    ClinicAssignmentFactory,
    ClinicFactory,
    MembershipFactory,
    PractitionerFactory,
    ScheduleFactory,
    SpecialtyFactory,
    TimeOffFactory,
    UserFactory,
    WorkingHoursFactory,
)
from tests.practice import practice

pytestmark = pytest.mark.django_db

ADD, LIST = url(Practitioner, "add"), url(Practitioner, "changelist")
ASSIGN = url(ClinicAssignment, "add")
NONE = no_rows("assignments", "time_off")
ONCE = "The practitioner is assigned to this clinic in that time already."


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


def assigned(*rows, initial=()):
    """Give the fields of a practitioner's assignments: those that are there first."""
    fields = {**NONE, "assignments-TOTAL_FORMS": len(initial) + len(rows), "assignments-INITIAL_FORMS": len(initial)}
    for number, row in enumerate(initial):
        fields |= {
            f"assignments-{number}-id": row.pk,
            f"assignments-{number}-practitioner": row.practitioner_id,
            f"assignments-{number}-starts_on": row.starts_on,
            f"assignments-{number}-ends_on": row.ends_on or "",
        }
    for number, (clinic, starts_on, ends_on) in enumerate(rows, len(initial)):
        named = {"clinic": clinic.pk, "starts_on": starts_on, "ends_on": ends_on}
        fields |= {f"assignments-{number}-{name}": value for name, value in named.items()}
    return fields


def away(*rows):
    fields = {**NONE, "time_off-TOTAL_FORMS": len(rows)}
    for number, (start, end) in enumerate(rows):
        for name, moment in (("starts_at", start), ("ends_at", end)):
            day, wall = moment.split(" ")
            fields |= {f"time_off-{number}-{name}_0": day, f"time_off-{number}-{name}_1": wall}
    return fields


def test_one_page_adds_a_practitioner_and_where_they_work(office, clinic_day):
    specialty = SpecialtyFactory(organization=clinic_day.organization)
    sent = {"name": "Dr Su", "specialty": specialty.pk, "is_active": "on"}
    assertRedirects(office.post(ADD, {**sent, **assigned((clinic_day.clinic, "2030-01-01", ""))}), LIST)
    practitioner = Practitioner.objects.get(name="Dr Su")
    assignment = practitioner.assignments.get()
    assert (practitioner.organization, assignment.organization) == (clinic_day.organization,) * 2
    assert assignment.clinic == clinic_day.clinic
    assert events() == ["CLINIC_ASSIGNMENT_CREATED", "PRACTITIONER_CREATED"]


def test_the_user_is_a_member_and_nobody_else(office, clinic_day):
    member = MembershipFactory(organization=clinic_day.organization).user
    stranger = UserFactory()
    answer = office.get(ADD)
    assertContains(answer, member.email)
    assertNotContains(answer, stranger.email)
    refused = office.post(ADD, {"name": "Dr Su", "user": stranger.pk, **NONE})
    assert list(errors_of(refused)) == ["user"]


def test_one_user_is_one_practitioner(office, clinic_day):
    member = MembershipFactory(organization=clinic_day.organization).user
    PractitionerFactory(organization=clinic_day.organization, user=member)
    answer = office.post(ADD, {"name": "Dr Su", "user": member.pk, **NONE})
    assert errors_of(answer) == {"user": ["This user is another practitioner already."]}


@pytest.mark.parametrize("field", ["specialty", "assignments-0-clinic"])
def test_another_organizations_row_is_refused_at_the_field(office, field):
    foreign = practice()
    wrong = {
        "specialty": SpecialtyFactory(organization=foreign.organization).pk,
        "assignments-0-clinic": foreign.clinic.pk,
    }
    sent = {"name": "Dr Su", **assigned((foreign.clinic, "2030-01-01", "")), "assignments-TOTAL_FORMS": 0}
    if field.startswith("assignments"):
        sent["assignments-TOTAL_FORMS"] = 1
    answer = office.post(ADD, {**sent, field: wrong[field]})
    assert list(errors_of(answer)) == [field.replace("assignments-", "")]
    assert not Practitioner.objects.filter(name="Dr Su").exists()


def test_a_practitioner_is_taken_out_of_use(office, clinic_day):
    sent = {"name": clinic_day.practitioner.name, **assigned(initial=[clinic_day.assignment])}
    assertRedirects(office.post(url(clinic_day.practitioner), sent), LIST)
    assert clinic_day.starts() == []
    event = ActivityEvent.objects.get()
    assert (event.kind, event.old, event.new) == ("PRACTITIONER_CHANGED", {"is_active": True}, {"is_active": False})


@pytest.mark.parametrize("booked", [True, False])
def test_one_with_history_is_not_deleted(office, clinic_day, booked):
    practitioner = clinic_day.practitioner if booked else PractitionerFactory(organization=clinic_day.organization)
    if booked:
        clinic_day.book()
    answer = office.post(url(practitioner, "delete"), {"post": "yes"})
    assert Practitioner.objects.filter(pk=practitioner.pk).exists() == booked
    if booked:
        assert "cannot be deleted: appointments and clinic assignments refer to it." in told(answer)[0]


def test_two_assignments_to_one_clinic_at_a_time_are_refused_at_the_row(office, clinic_day):
    rows = [(clinic_day.clinic, "2030-01-01", "2030-06-30"), (clinic_day.clinic, "2030-06-30", "")]
    answer = office.post(ADD, {"name": "Dr Su", **assigned(*rows)})
    assert errors_of(answer) == {"1-starts_on": [ONCE]}
    follows = [(clinic_day.clinic, "2030-01-01", "2030-06-30"), (clinic_day.clinic, "2030-07-01", "")]
    assertRedirects(office.post(ADD, {"name": "Dr Su", **assigned(*follows)}), LIST)


def test_an_assignment_over_another_is_refused_at_the_field(office, clinic_day):
    sent = {"practitioner": clinic_day.practitioner.pk, "clinic": clinic_day.clinic.pk, "starts_on": "2030-01-01"}
    assert errors_of(office.post(ASSIGN, sent)) == {"starts_on": [ONCE]}


def test_an_assignment_that_ends_before_it_starts(office, clinic_day):
    there = ClinicFactory(organization=clinic_day.organization)
    sent = {"practitioner": clinic_day.practitioner.pk, "clinic": there.pk}
    answer = office.post(ASSIGN, {**sent, "starts_on": "2030-01-02", "ends_on": "2030-01-01"})
    assert errors_of(answer) == {"ends_on": ["This is before its start."]}
    inline = office.post(ADD, {"name": "Dr Su", **assigned((there, "2030-01-02", "2030-01-01"))})
    assert errors_of(inline) == {"0-ends_on": ["This is before its start."]}


@pytest.mark.parametrize("field", ["practitioner", "clinic"])
def test_an_assignment_of_another_organizations_row_is_refused(office, clinic_day, field):
    sent = {"practitioner": clinic_day.practitioner.pk, "clinic": clinic_day.clinic.pk, "starts_on": "2030-01-01"}
    answer = office.post(ASSIGN, {**sent, field: getattr(practice(), field).pk})
    assert list(errors_of(answer)) == [field]
    assert ClinicAssignment.objects.filter(organization=clinic_day.organization).count() == 1


def test_an_assignment_keeps_its_practitioner_and_clinic(office, clinic_day):
    there = ClinicFactory(organization=clinic_day.organization)
    office.post(url(clinic_day.assignment), {"clinic": there.pk, "starts_on": "2030-01-01", "ends_on": "2030-12-31"})
    clinic_day.assignment.refresh_from_db()
    assert (clinic_day.assignment.clinic, clinic_day.assignment.ends_on) == (clinic_day.clinic, date(2030, 12, 31))
    event = ActivityEvent.objects.get()
    assert (event.kind, event.old) == ("CLINIC_ASSIGNMENT_CHANGED", {"starts_on": "2000-01-01", "ends_on": None})


def test_a_later_end_is_refused_where_it_brings_hours_over_each_other(office, clinic_day):
    """Two schedules of an assignment that had ended before either began."""
    assignment = clinic_day.assignment
    ClinicAssignment.objects.filter(pk=assignment.pk).update(ends_on=date(2029, 12, 31))
    Schedule.objects.filter(pk=clinic_day.schedule.pk).update(valid_from=date(2030, 1, 1))
    WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment, valid_from=date(2030, 2, 1)))
    assignment.refresh_from_db()
    longer = {"starts_on": assignment.starts_on, "ends_on": "2030-12-31"}
    for address, sent, field in (
        (url(assignment), longer, "ends_on"),
        (
            url(clinic_day.practitioner),
            {"name": "Dr Aye", **assigned(initial=[assignment]), "assignments-0-ends_on": "2030-12-31"},
            "0-ends_on",
        ),
    ):
        assert "first on 4 February 2030" in errors_of(office.post(address, sent))[field][0]
    assertRedirects(
        office.post(url(assignment), {**longer, "ends_on": "2030-01-31"}), url(ClinicAssignment, "changelist")
    )


def test_an_assignment_meets_the_night_of_the_one_before(office, clinic_day):
    sunday, monday_after = date(2030, 1, 13), date(2030, 1, 14)
    ClinicAssignment.objects.filter(pk=clinic_day.assignment.pk).update(ends_on=sunday)
    WorkingHoursFactory(schedule=clinic_day.schedule, weekday=6, start_time=time(22), end_time=time(6))
    later = ClinicAssignmentFactory(
        practitioner=clinic_day.practitioner, clinic=clinic_day.clinic, starts_on=date(2030, 1, 15)
    )
    WorkingHoursFactory(schedule=ScheduleFactory(assignment=later), start_time=time(5), end_time=time(8))
    answer = office.post(url(later), {"starts_on": monday_after})
    assert "overlaps Sunday 22:00 to 06:00" in errors_of(answer)["ends_on"][0]


def test_an_assignment_with_appointments_is_not_deleted_but_ended(office, clinic_day):
    clinic_day.book()
    answer = office.post(url(clinic_day.assignment, "delete"), {"post": "yes"})
    assert "appointments refer to it. Give it an end instead." in told(answer)[0]
    assert ClinicAssignment.objects.filter(pk=clinic_day.assignment.pk).exists()


def test_an_assignment_without_is_deleted_with_its_schedules(office, clinic_day):
    office.post(url(clinic_day.assignment, "delete"), {"post": "yes"})
    assert not ClinicAssignment.objects.filter(pk=clinic_day.assignment.pk).exists()
    assert events() == ["CLINIC_ASSIGNMENT_DELETED"]


def test_time_off_is_entered_on_the_organizations_clock_and_says_so(office, clinic_day):
    assertContains(office.get(url(TimeOff, "add")), "Asia/Yangon time", count=2)
    sent = {"name": "Dr Aye", "is_active": "on", **assigned(initial=[clinic_day.assignment])}
    there = {key: value for key, value in away(("2030-01-07 09:00", "2030-01-07 12:00")).items() if "time_off" in key}
    assertRedirects(office.post(url(clinic_day.practitioner), {**sent, **there}), LIST)
    time_off = TimeOff.objects.get()
    assert time_off.starts_at == datetime(2030, 1, 7, 2, 30, tzinfo=UTC)
    assert clinic_day.starts()[0] == "12:00"
    assert events() == ["TIME_OFF_CREATED", "PRACTITIONER_CHANGED"]
    assertContains(office.get(url(time_off)), 'value="09:00:00"')


def test_time_off_on_its_own_page(office, clinic_day):
    times = {"starts_at_0": "2030-01-07", "starts_at_1": "09:00", "ends_at_0": "2030-01-07", "ends_at_1": "10:00"}
    assertRedirects(
        office.post(url(TimeOff, "add"), {"practitioner": clinic_day.practitioner.pk, **times}),
        url(TimeOff, "changelist"),
    )
    assertContains(office.get(url(TimeOff, "changelist")), "7 January 2030, 09:00")
    time_off = TimeOff.objects.get()
    office.post(url(time_off), {"practitioner": clinic_day.practitioner.pk, **times, "ends_at_1": "11:00"})
    office.post(url(time_off, "delete"), {"post": "yes"})
    assert events() == ["TIME_OFF_CREATED", "TIME_OFF_CHANGED", "TIME_OFF_DELETED"]


def test_time_off_taken_out_of_the_practitioners_page(office, clinic_day):
    time_off = TimeOffFactory(practitioner=clinic_day.practitioner)
    sent = {"name": clinic_day.practitioner.name, "is_active": "on", **assigned(initial=[clinic_day.assignment])}
    row = {"id": time_off.pk, "practitioner": clinic_day.practitioner.pk, "DELETE": "on"}
    rows = {"time_off-TOTAL_FORMS": 1, "time_off-INITIAL_FORMS": 1}
    office.post(url(clinic_day.practitioner), {**sent, **rows, **{f"time_off-0-{name}": row[name] for name in row}})
    assert not TimeOff.objects.exists()
    assert events() == ["TIME_OFF_DELETED"]


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2030-01-07 12:00", "2030-01-07 12:00", "ends_at"),
        ("2030-01-07 12:00", "2030-01-07 11:00", "ends_at"),
        ("0001-01-01 00:00", "2030-01-07 11:00", "starts_at"),
        ("2030-01-07 12:00", "9999-12-31 23:59", "ends_at"),
        ("2030-01-07 25:00", "2030-01-08 12:00", "starts_at"),
        ("yesterday 12:00", "2030-01-08 12:00", "starts_at"),
    ],
)
def test_time_off_that_is_none_is_refused_at_the_field(office, clinic_day, start, end, field):
    sent = {"practitioner": clinic_day.practitioner.pk}
    for name, moment in (("starts_at", start), ("ends_at", end)):
        sent[f"{name}_0"], sent[f"{name}_1"] = moment.split(" ")
    assert list(errors_of(office.post(url(TimeOff, "add"), sent))) == [field]
    assert list(errors_of(office.post(ADD, {"name": "Dr Su", **away((start, end))}))) == [f"0-{field}"]


def test_another_organizations_practitioner_is_given_no_time_off(office):
    foreign = practice()
    times = {"starts_at_0": "2030-01-07", "starts_at_1": "09:00", "ends_at_0": "2030-01-07", "ends_at_1": "10:00"}
    answer = office.post(url(TimeOff, "add"), {"practitioner": foreign.practitioner.pk, **times})
    assert list(errors_of(answer)) == ["practitioner"]
    assert foreign.starts()[0] == "09:00"


def test_what_is_over_is_not_on_the_practitioners_page(office, clinic_day):
    TimeOffFactory(practitioner=clinic_day.practitioner, reason="Long ago", starts_at=datetime(2020, 1, 1, tzinfo=UTC))
    TimeOffFactory(practitioner=clinic_day.practitioner, reason="Next week")
    answer = office.get(url(clinic_day.practitioner))
    assertContains(answer, "Next week")
    assertNotContains(answer, "Long ago")


def test_time_off_in_an_hour_that_a_clock_change_skips(office, clinic_day):
    clinic_day.organization.timezone = "Europe/Berlin"
    clinic_day.organization.save(update_fields=["timezone"])
    sent = {"starts_at_0": "2030-03-31", "starts_at_1": "02:30", "ends_at_0": "2030-03-31", "ends_at_1": "05:00"}
    answer = office.post(url(TimeOff, "add"), {"practitioner": clinic_day.practitioner.pk, **sent})
    assert "interpreted in time zone Europe/Berlin" in errors_of(answer)["starts_at"][0]


@pytest.mark.parametrize(("model", "queries"), [(Practitioner, 6), (ClinicAssignment, 9), (TimeOff, 8)])
def test_a_list_takes_the_same_queries_for_one_row_and_for_three(
    office, clinic_day, django_assert_num_queries, model, queries
):
    for rows in (1, 2):
        for _ in range(rows):
            TimeOffFactory(practitioner=practice(organization=clinic_day.organization).practitioner)
        with django_assert_num_queries(queries):
            office.get(url(model, "changelist"))


def test_an_assignment_is_from_today_unless_said_otherwise(office):
    (works_at, _time_off) = office.get(url(Practitioner, "add")).context["inline_admin_formsets"]
    assert works_at.formset.forms[0]["starts_on"].value() == date(2030, 1, 7)
