"""A merge beside bookings for the record that goes: nothing may be left on it."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections, transaction

from patients.models import Patient
from scheduling.models import Appointment, Encounter
from scheduling.services import EncounterService
from scheduling.services.merging import merge
from tests.concurrency.conftest import at_once
from tests.factories import AppointmentFactory, PatientFactory
from tests.practice import NINE, SIX, minutes, practice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday"), pytest.mark.concurrency]
ROUNDS = 5


@pytest.fixture
def day():
    return practice(slot_minutes=15)


def merging(day, kept, other):
    return lambda: merge(day.organization, actor=None, kept_id=kept.pk, merged_id=other.pk)


def twins(day):
    return PatientFactory.create_batch(2, organization=day.organization)


def test_whatever_is_booked_meanwhile_is_the_kept_record_s(day):
    for number in range(ROUNDS):
        kept, other = twins(day)
        at = [NINE + minutes(15 * (number * 4 + each)) for each in range(4)]
        bookings = [lambda start=start, other=other: day.book(start, patient_id=other.pk) for start in at]
        storm = at_once([merging(day, kept, other), *bookings])
        assert storm.lost == set()
        assert Appointment.objects.filter(patient=kept).count() == len(at)
        assert not Appointment.objects.filter(patient=other).exists()


def test_a_visit_of_each_at_the_same_time_never_ends_on_one_record(day):
    second = practice(organization=day.organization)
    for number in range(ROUNDS):
        kept, other = twins(day)
        start = NINE + minutes(30 * number)
        AppointmentFactory(practitioner=day.practitioner, clinic=day.clinic, patient=kept, appointment_date=start)
        storm = at_once([merging(day, kept, other), lambda other=other, at=start: second.book(at, patient_id=other.pk)])
        # Whoever is first wins; the other is told of the visit at that time.
        assert (storm.won, storm.lost) == (1, {"patient_conflict"})


def test_an_encounter_that_is_opened_meanwhile_is_the_kept_record_s(day):
    service = EncounterService(day.organization)
    for _round in range(ROUNDS):
        kept, other = twins(day)
        opening = {"patient_id": other.pk, "practitioner_id": day.practitioner.pk}
        storm = at_once([merging(day, kept, other), *[lambda opening=opening: service.open(**opening)] * 3])
        assert storm.lost == set()
        assert Encounter.objects.filter(patient=kept).count() == 3


def test_of_two_merges_that_cross_one_wins(day):
    for _round in range(ROUNDS):
        one, other = twins(day)
        storm = at_once([merging(day, one, other), merging(day, other, one)])
        assert (storm.won, storm.lost) == (1, {"stale_version"})


def test_a_row_that_is_written_past_the_service_is_waited_for(day):
    """Whoever refers to the record before the merge began, an import for one, has committed before rows are moved."""
    kept, other = twins(day)
    before = SIX - timedelta(days=7)
    written, go_on = threading.Event(), threading.Event()

    def bring_in():
        try:
            with transaction.atomic():
                AppointmentFactory(
                    practitioner=day.practitioner,
                    clinic=day.clinic,
                    patient=other,
                    appointment_date=before,
                    status="completed",
                    imported=True,
                )
                connections["default"].check_constraints()
                written.set()
                go_on.wait(timeout=10)
        finally:
            connections.close_all()

    bringing = threading.Thread(target=bring_in)
    bringing.start()
    assert written.wait(timeout=10)
    threading.Thread(target=lambda: (time.sleep(0.5), go_on.set())).start()
    merging(day, kept, other)()
    bringing.join()
    assert Patient.objects.get(pk=other.pk).merged_into == kept
    assert Appointment.objects.get(appointment_date=before).patient == kept
