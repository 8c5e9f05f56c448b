"""The race for a slot: first that it is one, then that nobody books twice."""

import threading
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import Count, QuerySet
from pytest_django.asserts import assertContains

from clinics.models import ActivityEvent, Practitioner
from scheduling.exceptions import REFUSALS, AppointmentError, Code
from scheduling.models import Appointment
from scheduling.services import booking
from tests.concurrency.conftest import at_once
from tests.factories import (
    ClinicAssignmentFactory,
    ClinicFactory,
    PatientFactory,
    PractitionerFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday"), pytest.mark.concurrency]

CLIENTS = 50
GUARDS = (
    "appointment_practitioner_overlap",
    "appointment_practitioner_elsewhere",
    "appointment_slot_of_one_length",
    "appointment_seat_once",
    "appointment_patient_overlap",
)


@contextmanager
def without_constraints():
    guards = [guard for guard in Appointment._meta.constraints if guard.name in GUARDS]
    with connection.schema_editor() as editor:
        for guard in guards:
            editor.remove_constraint(Appointment, guard)
    try:
        yield
    finally:
        Appointment.objects.all().delete()
        with connection.schema_editor() as editor:
            for guard in guards:
                editor.add_constraint(Appointment, guard)


@pytest.fixture
def without_locks(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)


@pytest.fixture
def all_checked_before_one_writes(monkeypatch):
    """Hold each booking between its check and its write until the others have come as far."""
    line = threading.Barrier(2)
    plan = booking.plan

    def plan_and_wait(*args, **kwargs):
        visit = plan(*args, **kwargs)
        line.wait(timeout=10)
        return visit

    monkeypatch.setattr(booking, "plan", plan_and_wait)


def for_one_slot(day, clients):
    patients = PatientFactory.create_batch(clients, organization=day.organization)
    return [lambda patient=patient: day.book(patient_id=patient.pk) for patient in patients]


@pytest.mark.usefixtures("without_locks", "all_checked_before_one_writes")
class TestTheRaceIsReal:
    def test_without_locks_and_constraints_a_slot_is_booked_twice(self):
        day = practice()
        with without_constraints():
            assert at_once(for_one_slot(day, 2)).won == 2
            assert Appointment.objects.occupying().count() == 2

    def test_without_locks_the_constraints_still_refuse(self):
        day = practice()
        storm = at_once(for_one_slot(day, 2))
        assert (storm.won, storm.lost) == (1, {"slot_taken"})
        assert Appointment.objects.occupying().count() == 1


@pytest.mark.parametrize("capacity", [1, 3])
def test_one_slot_is_booked_to_its_capacity(capacity, told):
    day = practice(capacity=capacity)
    storm = at_once(for_one_slot(day, CLIENTS))
    told(storm)
    assert (storm.won, storm.lost) == (capacity, {"slot_taken"})
    assert sorted(Appointment.objects.values_list("seat", flat=True)) == list(range(1, capacity + 1))
    assert ActivityEvent.objects.count() == capacity


def test_one_patient_is_booked_in_one_place(told):
    day = practice()
    calls = []
    for _ in range(CLIENTS):
        practitioner = PractitionerFactory(organization=day.organization)
        assignment = ClinicAssignmentFactory(practitioner=practitioner, clinic=day.clinic)
        WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment))
        calls.append(lambda practitioner=practitioner: day.book(practitioner_id=practitioner.pk))
    storm = at_once(calls)
    told(storm)
    assert (storm.won, storm.lost) == (1, {"patient_conflict"})
    assert Appointment.objects.count() == ActivityEvent.objects.count() == 1


def test_two_clinics_do_not_share_a_practitioner(told):
    day = practice()
    elsewhere = ClinicFactory(organization=day.organization)
    assignment = ClinicAssignmentFactory(practitioner=day.practitioner, clinic=elsewhere)
    WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment))
    patients = PatientFactory.create_batch(20, organization=day.organization)
    storm = at_once(
        [
            lambda patient=patient, clinic=clinic: day.book(patient_id=patient.pk, clinic_id=clinic.pk)
            for patient, clinic in zip(patients, [day.clinic, elsewhere] * 10, strict=True)
        ]
    )
    told(storm)
    assert (storm.won, storm.lost) == (1, {"slot_taken"})


def test_a_form_sent_many_times_books_once(told):
    day = practice()
    storm = at_once([lambda: day.book(request_id="one form")] * 20)
    told(storm)
    assert (storm.won, storm.lost) == (20, set())
    assert Appointment.objects.count() == ActivityEvent.objects.count() == 1


def test_a_whole_morning_is_booked_without_a_deadlock(told):
    """Patients and practitioners crosswise: each client wants another pair, many want the same half hour."""
    days = [practice()]
    days += [practice(organization=days[0].organization) for _ in range(4)]
    patients = PatientFactory.create_batch(5, organization=days[0].organization)
    calls = [
        lambda day=day, patient=patient, start=start: day.book(start, patient_id=patient.pk)
        for start in (NINE, NINE + minutes(30))
        for day in days
        for patient in patients
    ]
    storm = at_once(calls)
    told(storm)
    assert storm.lost <= {"slot_taken", "patient_conflict"}
    assert Appointment.objects.count() == storm.won >= 2
    for owner in ("practitioner", "patient"):
        crowded = (
            Appointment.objects.values(owner, "appointment_date").annotate(visits=Count("pk")).filter(visits__gt=1)
        )
        assert list(crowded) == []


@contextmanager
def practitioners_locked():
    """Let somebody else hold every practitioner's row, in a transaction that does not end."""
    held, done = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                list(Practitioner.objects.select_for_update(no_key=True))
                held.set()
                done.wait(timeout=30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(timeout=30)
        yield
    finally:
        done.set()
        holder.join()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("scheduling.services.contention.LOCK_TIMEOUT", "50ms")


@pytest.mark.usefixtures("impatient")
def test_who_waits_too_long_is_told_to_try_again():
    day = practice()
    with practitioners_locked(), pytest.raises(AppointmentError) as refused:
        day.book()
    assert refused.value.code == "try_again"
    assert Appointment.objects.count() == 0


@pytest.mark.usefixtures("impatient")
def test_the_page_keeps_what_was_chosen_and_the_same_form_books_a_moment_later():
    day = practice()
    desk = signed_in(day.organization)
    form = {
        "patient": day.patient.pk,
        "practitioner": day.practitioner.pk,
        "clinic": day.clinic.pk,
        "start": NINE.isoformat(),
        "request_id": "6b4b0d3e-0f4e-4f0c-9b56-2d3f7f3f9a11",
        "notes": "brings the old X-ray",
    }
    with practitioners_locked():
        answer = desk.post("/book/", form)
    for kept in (REFUSALS[Code.TRY_AGAIN][0], form["request_id"], form["notes"], "Book 09:00"):
        assertContains(answer, kept, status_code=503)
    assert Appointment.objects.count() == 0
    desk.post("/book/", form)
    assert [visit.notes for visit in Appointment.objects.all()] == [form["notes"]]
