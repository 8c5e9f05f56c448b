"""Many who would move into one slot, and two who would change places."""

import pytest

from clinics.models import ActivityEvent
from scheduling.models import Appointment
from tests.concurrency.conftest import at_once
from tests.factories import PatientFactory
from tests.practice import NINE, minutes, practice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday"), pytest.mark.concurrency]

CLIENTS = 20
WANTED = NINE + minutes(15 * CLIENTS)


def booked(day, number):
    patient = PatientFactory(organization=day.organization)
    return day.book(NINE + minutes(15 * number), patient_id=patient.pk)


def test_twenty_move_to_one_slot_and_nineteen_keep_theirs(told):
    day = practice(slot_minutes=15)
    appointments = [booked(day, number) for number in range(CLIENTS)]
    before = {appointment.pk: appointment.appointment_date for appointment in appointments}
    storm = at_once(
        [
            lambda pk=appointment.pk: day.service.update_appointment(appointment_id=pk, appointment_date=WANTED)
            for appointment in appointments
        ]
    )
    told(storm)
    assert (storm.won, storm.lost) == (1, {"slot_taken"})
    after = dict(Appointment.objects.values_list("pk", "appointment_date"))
    moved = [pk for pk, start in after.items() if start != before[pk]]
    assert [after[pk] for pk in moved] == [WANTED]
    assert ActivityEvent.objects.filter(kind="APPOINTMENT_RESCHEDULED").count() == 1


def test_two_practitioners_patients_cross_without_a_deadlock(told):
    """Each goes to the other's practitioner: both need both rows, from opposite sides."""
    day = practice(slot_minutes=15)
    there = practice(organization=day.organization, slot_minutes=15)
    calls = []
    for number in range(CLIENTS // 2):
        for here, other in ((day, there), (there, day)):
            appointment = booked(here, 2 * number)
            wanted = {"practitioner_id": other.practitioner.pk, "clinic_id": other.clinic.pk}
            start = NINE + minutes(15 * (2 * number + 1))
            calls.append(
                lambda pk=appointment.pk, start=start, wanted=wanted: day.service.update_appointment(
                    appointment_id=pk, appointment_date=start, **wanted
                )
            )
    storm = at_once(calls)
    told(storm)
    assert (storm.won, storm.lost) == (CLIENTS, set())
