"""Taking a change of status back: everything it brought along, within ten minutes, if nothing has happened since."""

import pytest
from django.db import transaction

from clinics.models import ActivityEvent
from scheduling.exceptions import AppointmentError
from scheduling.lifecycle import TRANSITIONS
from scheduling.models import Appointment, Encounter
from tests.factories import AppointmentFactory, PatientFactory
from tests.practice import NINE, minutes, practice

pytestmark = pytest.mark.django_db

LEGAL = [(old, new) for old, after in TRANSITIONS.items() for new in after]


@pytest.fixture
def day(clinic_day, time_machine):
    time_machine.move_to(NINE, tick=False)
    return clinic_day


def at_nine(day, status="booked", **given):
    given = {"patient": day.patient, "practitioner": day.practitioner, "clinic": day.clinic, **given}
    return AppointmentFactory(appointment_date=NINE, status=status, **given)


def step(day, appointment, status):
    cause = {"cancellation_reason": "duplicate"} if status == "cancelled" else {}
    return day.service.update_appointment_status(appointment_id=appointment.pk, status=status, **cause)


def undo(day, appointment, **given):
    return day.service.undo_status_change(appointment_id=appointment.pk, **given)


def refusal(day, appointment, **given):
    before = (list(Appointment.objects.values()), ActivityEvent.objects.count())
    with pytest.raises(AppointmentError) as caught, transaction.atomic():
        undo(day, appointment, **given)
    assert (list(Appointment.objects.values()), ActivityEvent.objects.count()) == before
    return caught.value.code


@pytest.mark.parametrize(("old", "new"), LEGAL)
def test_every_step_can_be_taken_back(day, old, new):
    appointment = at_nine(day, old)
    before = Appointment.objects.values().get()
    step(day, appointment, new)
    undo(day, appointment)
    assert Appointment.objects.values().get() == {**before, "version": 3}
    event = ActivityEvent.objects.latest("id")
    assert (event.kind, event.reason) == ("APPOINTMENT_STATUS_CHANGED", "undo")
    assert (event.old["status"], event.new["status"]) == (new, old)


class TestLimits:
    @pytest.mark.parametrize(("seconds", "outcome"), [(600, "booked"), (601, "undo_expired")])
    def test_ten_minutes(self, day, time_machine, seconds, outcome):
        appointment = at_nine(day)
        step(day, appointment, "arrived")
        time_machine.move_to(NINE + minutes(seconds / 60), tick=False)
        done = undo(day, appointment).status if outcome == "booked" else refusal(day, appointment)
        assert done == outcome

    def test_only_once(self, day):
        appointment = at_nine(day)
        step(day, appointment, "arrived")
        undo(day, appointment)
        assert refusal(day, appointment) == "undo_expired"

    def test_only_the_latest_event_of_any_kind(self, day):
        appointment = at_nine(day)
        step(day, appointment, "confirmed")
        day.service.update_appointment(appointment_id=appointment.pk, notes="By bus")
        assert refusal(day, appointment) == "undo_expired"

    def test_a_booking_is_no_change_of_status(self, day):
        assert refusal(day, day.book(NINE + minutes(60))) == "undo_expired"

    def test_without_any_event(self, day):
        assert refusal(day, at_nine(day)) == "undo_expired"

    def test_a_stale_version_is_said_first(self, day):
        assert refusal(day, at_nine(day), expected_version=7) == "stale_version"

    def test_another_organizations_is_not_found(self, day):
        stranger = practice()
        assert refusal(stranger, at_nine(day)) == "appointment_not_found"

    def test_whoever_writes_undo_as_a_reason_can_still_undo(self, day):
        appointment = at_nine(day)
        day.service.update_appointment_status(appointment_id=appointment.pk, status="confirmed", reason="undo")
        assert undo(day, appointment).status == "booked"


class TestComingBack:
    @pytest.mark.parametrize("freeing", ["cancelled", "no-show"])
    def test_into_a_slot_that_somebody_has_by_now(self, day, freeing):
        appointment = at_nine(day)
        step(day, appointment, freeing)
        at_nine(day, patient=PatientFactory(organization=day.organization))
        assert refusal(day, appointment) == "slot_taken"

    def test_while_the_patient_is_elsewhere_by_now(self, day):
        appointment = at_nine(day)
        step(day, appointment, "cancelled")
        at_nine(practice(organization=day.organization), patient=day.patient)
        assert refusal(day, appointment) == "patient_conflict"

    def test_too_near_another_by_now(self, day):
        appointment = at_nine(day)
        step(day, appointment, "cancelled")
        day.organization.buffer_minutes = 10
        day.organization.save()
        AppointmentFactory(practitioner=day.practitioner, clinic=day.clinic, appointment_date=NINE + minutes(30))
        assert refusal(day, appointment) == "buffer_conflict"

    def test_into_another_place_of_a_shared_slot(self, day):
        appointment = at_nine(day, slot_capacity=2)
        step(day, appointment, "cancelled")
        at_nine(day, patient=PatientFactory(organization=day.organization), slot_capacity=2)
        assert undo(day, appointment).seat == 2


class TestEncounters:
    def test_what_it_had_opened_is_voided(self, day):
        appointment = at_nine(day, "arrived")
        step(day, appointment, "in-progress")
        undo(day, appointment)
        assert Encounter.objects.get().status == "voided"
        assert step(day, appointment, "in-progress").encounters.exclude(status="voided").count() == 1

    def test_what_it_had_finalized_is_open_again(self, day):
        appointment = at_nine(day, "arrived")
        for status in ("in-progress", "completed"):
            step(day, appointment, status)
        undo(day, appointment)
        assert Encounter.objects.values_list("status", "finalized_at").get() == ("open", None)
