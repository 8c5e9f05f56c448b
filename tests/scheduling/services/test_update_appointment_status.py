"""Every step that an appointment may take, every one that it may not, and what a step leaves behind."""

from datetime import UTC

import pytest
from django.db import transaction

from clinics.models import ActivityEvent
from scheduling.enums import CancellationReason, Status
from scheduling.exceptions import AppointmentError
from scheduling.lifecycle import TRANSITIONS
from scheduling.models import Appointment
from scheduling.services import AppointmentService
from scheduling.signals import appointment_status_changed
from tests.factories import AppointmentFactory, OrganizationFactory, PatientFactory, UserFactory
from tests.practice import NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

STEPS = [(old, new) for old in Status for new in Status]
LEGAL = [(old, new) for old, new in STEPS if new in TRANSITIONS[old]]


@pytest.fixture
def nine_o_clock(time_machine, clinic_day):
    time_machine.move_to(NINE.astimezone(UTC), tick=False)
    return clinic_day


def at_nine(day, status="booked", **given):
    given = {"patient": day.patient, "practitioner": day.practitioner, "clinic": day.clinic, **given}
    return AppointmentFactory(appointment_date=NINE, status=status, **given)


def step(day, appointment, status, **given):
    if status == "cancelled":
        given = {"cancellation_reason": "patient_request", **given}
    return day.service.update_appointment_status(appointment_id=appointment.pk, status=status, **given)


def refusal(day, appointment, status, **given):
    before = Appointment.objects.filter(pk=appointment.pk).values().get()
    with pytest.raises(AppointmentError) as caught, transaction.atomic():
        day.service.update_appointment_status(appointment_id=appointment.pk, status=status, **given)
    assert Appointment.objects.filter(pk=appointment.pk).values().get() == before
    assert not ActivityEvent.objects.exists()
    return caught.value.code, caught.value.field


@pytest.mark.parametrize(("old", "new"), LEGAL)
def test_a_legal_step_is_taken_with_one_event(nine_o_clock, old, new):
    appointment = step(nine_o_clock, at_nine(nine_o_clock, old), new)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.version) == (new, 2)
    event = ActivityEvent.objects.get()
    assert (event.kind, event.target) == ("APPOINTMENT_STATUS_CHANGED", appointment)
    assert (event.old["status"], event.new["status"]) == (old, new)
    assert event.priority == ("high" if new == "cancelled" else "normal")


@pytest.mark.parametrize(("old", "new"), [step for step in STEPS if step not in LEGAL])
def test_any_other_is_refused(nine_o_clock, old, new):
    given = {"cancellation_reason": "patient_request"}
    assert refusal(nine_o_clock, at_nine(nine_o_clock, old), new, **given) == ("invalid_transition", "status")


@pytest.mark.parametrize("nonsense", ["", "Booked", None, 1, "\0", ["booked"]])
def test_what_is_no_status(nine_o_clock, nonsense):
    assert refusal(nine_o_clock, at_nine(nine_o_clock), nonsense) == ("invalid_transition", "status")


class TestWhoAndWhich:
    def test_the_event_says_who_and_why(self, nine_o_clock):
        actor, appointment = UserFactory(), at_nine(nine_o_clock)
        AppointmentService(nine_o_clock.organization, actor=actor).update_appointment_status(
            appointment_id=appointment.pk, status="confirmed", reason="Called back"
        )
        assert ActivityEvent.objects.values_list("actor", "reason").get() == (actor.pk, "Called back")

    def test_a_signal_tells_of_it_in_the_same_transaction(self, nine_o_clock):
        told = []

        def receiver(appointment, event, **_):
            told.append((appointment.status, event.new["status"]))

        appointment_status_changed.connect(receiver)
        try:
            step(nine_o_clock, at_nine(nine_o_clock), "confirmed")
        finally:
            appointment_status_changed.disconnect(receiver)
        assert told == [("confirmed", "confirmed")]

    @pytest.mark.parametrize("key", [0, -1, None, "x", 10**30])
    def test_one_that_does_not_exist(self, clinic_day, key):
        with pytest.raises(AppointmentError) as caught:
            clinic_day.service.update_appointment_status(appointment_id=key, status="booked")
        assert caught.value.code == "appointment_not_found"

    def test_another_organizations_is_not_found(self, clinic_day):
        stranger = AppointmentService(OrganizationFactory())
        with pytest.raises(AppointmentError) as caught:
            stranger.update_appointment_status(appointment_id=at_nine(clinic_day).pk, status="confirmed")
        assert caught.value.code == "appointment_not_found"

    def test_a_stale_version_is_said_before_anything_else(self, nine_o_clock):
        appointment = at_nine(nine_o_clock, "completed")
        assert refusal(nine_o_clock, appointment, "x", expected_version=2) == ("stale_version", "expected_version")

    def test_the_version_that_was_seen_is_accepted(self, nine_o_clock):
        assert step(nine_o_clock, at_nine(nine_o_clock), "confirmed", expected_version=1).version == 2


class TestCancelling:
    @pytest.mark.parametrize("cause", CancellationReason.values)
    def test_each_cause_is_kept(self, nine_o_clock, cause):
        appointment = step(
            nine_o_clock, at_nine(nine_o_clock), "cancelled", cancellation_reason=cause, reason="No bus today"
        )
        appointment.refresh_from_db()
        assert appointment.cancellation_reason == cause
        event = ActivityEvent.objects.get()
        assert (event.new["cancellation_reason"], event.reason) == (cause, "No bus today")

    @pytest.mark.parametrize("cause", [None, "", "weather", 1, ["other"]])
    def test_without_a_cause_it_is_refused(self, nine_o_clock, cause):
        code = refusal(nine_o_clock, at_nine(nine_o_clock), "cancelled", cancellation_reason=cause)
        assert code == ("cancellation_reason_required", "cancellation_reason")

    @pytest.mark.parametrize("words", ["", "   "])
    def test_another_cause_is_said_in_words(self, nine_o_clock, words):
        given = {"cancellation_reason": "other", "reason": words}
        assert refusal(nine_o_clock, at_nine(nine_o_clock), "cancelled", **given) == (
            "cancellation_reason_required",
            "reason",
        )

    @pytest.mark.parametrize("words", ["\0", "\ud800", "x" * 2001, None, 7])
    def test_words_that_cannot_be_kept(self, nine_o_clock, words):
        given = {"cancellation_reason": "emergency", "reason": words}
        assert refusal(nine_o_clock, at_nine(nine_o_clock), "cancelled", **given) == ("invalid_text", "reason")

    @pytest.mark.parametrize("freeing", ["cancelled", "no-show"])
    def test_the_slot_is_offered_again(self, nine_o_clock, freeing):
        appointment = at_nine(nine_o_clock)
        assert "09:00" not in nine_o_clock.starts()
        step(nine_o_clock, appointment, freeing)
        assert "09:00" in nine_o_clock.starts()


class TestArriving:
    def test_it_stamps_the_hour(self, nine_o_clock):
        assert step(nine_o_clock, at_nine(nine_o_clock), "arrived").checked_in_at == NINE

    def test_nobody_fails_to_come_before_the_visit_begins(self, clinic_day):
        assert refusal(clinic_day, at_nine(clinic_day), "no-show") == ("invalid_transition", "status")


class TestComingLate:
    def test_into_a_slot_that_is_still_free(self, nine_o_clock):
        assert step(nine_o_clock, at_nine(nine_o_clock, "no-show"), "arrived").status == "arrived"

    def test_into_a_slot_that_somebody_has(self, nine_o_clock):
        late = at_nine(nine_o_clock, "no-show")
        at_nine(nine_o_clock, patient=PatientFactory(organization=nine_o_clock.organization))
        assert refusal(nine_o_clock, late, "arrived") == ("slot_taken", "appointment_date")

    def test_too_near_another_visit(self, nine_o_clock):
        late = at_nine(nine_o_clock, "no-show")
        nine_o_clock.organization.buffer_minutes = 10
        nine_o_clock.organization.save()
        AppointmentFactory(
            practitioner=nine_o_clock.practitioner, clinic=nine_o_clock.clinic, appointment_date=NINE + minutes(30)
        )
        assert refusal(nine_o_clock, late, "arrived") == ("buffer_conflict", "appointment_date")

    def test_while_the_patient_is_elsewhere(self, nine_o_clock):
        late = at_nine(nine_o_clock, "no-show")
        other = practice(organization=nine_o_clock.organization)
        at_nine(other, patient=nine_o_clock.patient)
        assert refusal(nine_o_clock, late, "arrived") == ("patient_conflict", "patient_id")

    def test_into_another_place_of_a_shared_slot(self, nine_o_clock):
        late = at_nine(nine_o_clock, "no-show", slot_capacity=2)
        other = PatientFactory(organization=nine_o_clock.organization)
        at_nine(nine_o_clock, patient=other, slot_capacity=2)
        assert step(nine_o_clock, late, "arrived").seat == 2

    def test_neither_closures_nor_hours_are_asked_again(self, nine_o_clock):
        late = at_nine(nine_o_clock, "no-show")
        nine_o_clock.hours.delete()
        assert step(nine_o_clock, late, "arrived").status == "arrived"
