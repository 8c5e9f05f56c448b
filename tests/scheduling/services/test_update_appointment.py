"""Moving and editing: what a change leaves behind, and what it is refused for."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import transaction

from clinics.models import ActivityEvent
from scheduling.enums import Status
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment
from scheduling.services import AppointmentService
from scheduling.signals import appointment_changed
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
    TimeOffFactory,
    UserFactory,
    WorkingHoursFactory,
)
from tests.practice import NINE, SIX, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

TEN = NINE + minutes(60)
MOVABLE = ("pending", "booked", "confirmed")


@pytest.fixture
def appointment(clinic_day):
    return at_nine(clinic_day)


def at_nine(day, **given):
    rows = {"patient": day.patient, "practitioner": day.practitioner, "clinic": day.clinic, **given}
    return AppointmentFactory(appointment_date=NINE, **rows)


def change(day, appointment, **wanted):
    return day.service.update_appointment(appointment_id=appointment.pk, **wanted)


def refusal(day, appointment, **wanted):
    before = list(Appointment.objects.order_by("pk").values())
    with pytest.raises(AppointmentError) as caught, transaction.atomic():
        change(day, appointment, **wanted)
    assert list(Appointment.objects.order_by("pk").values()) == before
    assert not ActivityEvent.objects.exists()
    return caught.value.code, caught.value.field


def colleague(day, clinic=None):
    practitioner = PractitionerFactory(organization=day.organization)
    assignment = ClinicAssignmentFactory(practitioner=practitioner, clinic=clinic or day.clinic)
    WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment))
    return practitioner


class TestMoving:
    def test_to_another_time_it_keeps_its_length(self, clinic_day):
        appointment = at_nine(clinic_day, duration=60)
        change(clinic_day, appointment, appointment_date=TEN)
        appointment.refresh_from_db()
        assert (appointment.appointment_date, appointment.ends_at) == (TEN, TEN + minutes(60))
        assert (appointment.duration, appointment.version) == (60, 2)

    def test_the_old_time_is_free_and_the_new_one_taken(self, clinic_day, appointment):
        change(clinic_day, appointment, appointment_date=TEN)
        assert "09:00" in clinic_day.starts()
        assert "10:00" not in clinic_day.starts()

    def test_it_never_stands_in_its_own_way(self, clinic_day):
        appointment = at_nine(clinic_day, duration=60)
        assert change(clinic_day, appointment, appointment_date=NINE + minutes(30)).duration == 60

    def test_longer(self, clinic_day, appointment):
        assert change(clinic_day, appointment, duration=90).ends_at == NINE + minutes(90)

    def test_to_a_colleague_who_is_asked_of_the_patient(self, clinic_day, appointment):
        other = colleague(clinic_day)
        assert change(clinic_day, appointment, practitioner_id=other.pk).practitioner == other
        event = ActivityEvent.objects.get()
        assert event.old == {"practitioner_id": clinic_day.practitioner.pk}
        assert event.new == {"practitioner_id": other.pk, "patient_agreed": True}

    def test_to_another_clinic(self, clinic_day, appointment):
        there = ClinicFactory(organization=clinic_day.organization)
        assignment = ClinicAssignmentFactory(practitioner=clinic_day.practitioner, clinic=there)
        WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment))
        assert change(clinic_day, appointment, clinic_id=there.pk).clinic == there

    def test_into_a_shared_slot_it_takes_the_next_place(self, clinic_day, appointment):
        type(clinic_day.schedule).objects.update(capacity=2)
        other = PatientFactory(organization=clinic_day.organization)
        AppointmentFactory(
            patient=other,
            practitioner=clinic_day.practitioner,
            clinic=clinic_day.clinic,
            appointment_date=TEN,
            slot_capacity=2,
        )
        moved = change(clinic_day, appointment, appointment_date=TEN)
        assert (moved.seat, moved.slot_capacity) == (2, 2)

    def test_one_event_says_old_and_new(self, clinic_day, appointment):
        actor = UserFactory()
        AppointmentService(clinic_day.organization, actor=actor).update_appointment(
            appointment_id=appointment.pk, appointment_date=TEN, notes="By bus"
        )
        event = ActivityEvent.objects.get()
        assert (event.kind, event.actor) == ("APPOINTMENT_RESCHEDULED", actor)
        assert event.old == {"appointment_date": NINE.astimezone(UTC).isoformat(), "notes": ""}
        assert event.new == {"appointment_date": TEN.astimezone(UTC).isoformat(), "notes": "By bus"}

    def test_a_signal_tells_of_it(self, clinic_day, appointment):
        told = []

        def receiver(appointment, event, **_):
            told.append((appointment.appointment_date, event.kind))

        appointment_changed.connect(receiver)
        try:
            change(clinic_day, appointment, appointment_date=TEN)
        finally:
            appointment_changed.disconnect(receiver)
        assert told == [(TEN, "APPOINTMENT_RESCHEDULED")]

    @pytest.mark.parametrize(
        ("wanted", "status"),
        [({"appointment_date": TEN}, "booked"), ({"duration": 60}, "confirmed"), ({"notes": "x"}, "confirmed")],
    )
    def test_a_confirmed_one_is_to_be_confirmed_again_for_another_time(self, clinic_day, wanted, status):
        assert change(clinic_day, at_nine(clinic_day, status="confirmed"), **wanted).status == status

    def test_a_confirmed_one_is_to_be_confirmed_again_with_another_practitioner(self, clinic_day):
        moved = change(clinic_day, at_nine(clinic_day, status="confirmed"), practitioner_id=colleague(clinic_day).pk)
        assert moved.status == "booked"
        assert ActivityEvent.objects.get().new["status"] == "booked"

    @pytest.mark.parametrize("status", Status.values)
    def test_only_before_the_patient_has_come(self, clinic_day, status):
        appointment = at_nine(clinic_day, status=status)
        if status in MOVABLE:
            assert change(clinic_day, appointment, appointment_date=TEN).appointment_date == TEN
        else:
            assert refusal(clinic_day, appointment, appointment_date=TEN) == ("invalid_transition", "status")


class TestEditing:
    @pytest.mark.parametrize("status", Status.values)
    def test_a_note_can_always_be_written(self, clinic_day, status):
        assert change(clinic_day, at_nine(clinic_day, status=status), notes="Hard of hearing").version == 2
        event = ActivityEvent.objects.get()
        assert (event.kind, event.old, event.new) == (
            "APPOINTMENT_UPDATED", {"notes": ""}, {"notes": "Hard of hearing"},
        )  # fmt: skip

    @pytest.mark.parametrize("status", Status.values)
    def test_the_type_can_be_another_until_it_is_completed(self, clinic_day, status):
        AppointmentTypeFactory(organization=clinic_day.organization, code="review", duration=60)
        appointment = at_nine(clinic_day, status=status)
        if status == "completed":
            code = refusal(clinic_day, appointment, appointment_type="review")
            assert code == ("invalid_transition", "appointment_type")
        else:
            changed = change(clinic_day, appointment, appointment_type="review")
            assert (changed.appointment_type.code, changed.duration) == ("review", 30)

    @pytest.mark.parametrize("notes", ["\0", "\ud800", "x" * 2001, None, 7])
    def test_a_note_that_cannot_be_kept(self, clinic_day, appointment, notes):
        assert refusal(clinic_day, appointment, notes=notes) == ("invalid_text", "notes")

    @pytest.mark.parametrize(
        "same",
        [
            {},
            {"appointment_date": NINE},
            {"appointment_date": NINE.astimezone(UTC)},
            {"duration": 30},
            {"duration": None},
            {"notes": ""},
        ],
    )
    def test_what_changes_nothing_leaves_nothing(self, clinic_day, appointment, same):
        assert change(clinic_day, appointment, **same).version == 1
        assert not ActivityEvent.objects.exists()

    def test_what_cannot_be_changed_is_no_argument(self, clinic_day, appointment):
        with pytest.raises(TypeError):
            change(clinic_day, appointment, status="booked")


class TestRefusals:
    @pytest.mark.parametrize(
        ("wanted", "refused"),
        [
            ({"practitioner_id": 0}, ("practitioner_not_found", "practitioner_id")),
            ({"practitioner_id": None}, ("practitioner_not_found", "practitioner_id")),
            ({"clinic_id": 0}, ("clinic_not_found", "clinic_id")),
            ({"appointment_type": "none"}, ("appointment_type_not_found", "appointment_type")),
            ({"appointment_date": TEN, "appointment_type": "none"}, ("appointment_type_not_found", "appointment_type")),
            *(
                ({"duration": minutes}, ("invalid_duration", "duration"))
                for minutes in (0, -5, 10_000, "30", True, 1.5)
            ),
            ({"appointment_date": datetime(2030, 1, 7, 10)}, ("invalid_date", "appointment_date")),  # noqa: DTZ001
            ({"appointment_date": None}, ("invalid_date", "appointment_date")),
            ({"appointment_date": date(2030, 1, 7)}, ("invalid_date", "appointment_date")),
            ({"appointment_date": SIX - minutes(1)}, ("in_the_past", "appointment_date")),
            ({"appointment_date": NINE + minutes(7)}, ("outside_schedule", "appointment_date")),
            ({"duration": 24 * 60}, ("outside_schedule", "appointment_date")),
        ],
    )
    def test_as_for_a_new_booking(self, clinic_day, appointment, wanted, refused):
        assert refusal(clinic_day, appointment, **wanted) == refused

    def test_a_time_that_somebody_has(self, clinic_day, appointment):
        AppointmentFactory(practitioner=clinic_day.practitioner, clinic=clinic_day.clinic, appointment_date=TEN)
        assert refusal(clinic_day, appointment, appointment_date=TEN) == ("slot_taken", "appointment_date")

    def test_too_near_another(self, clinic_day, appointment):
        clinic_day.organization.buffer_minutes = 10
        clinic_day.organization.save()
        AppointmentFactory(practitioner=clinic_day.practitioner, clinic=clinic_day.clinic, appointment_date=TEN)
        wanted = {"appointment_date": TEN + minutes(30)}
        assert refusal(clinic_day, appointment, **wanted) == ("buffer_conflict", "appointment_date")

    def test_a_patient_who_is_elsewhere(self, clinic_day, appointment):
        elsewhere = practice(organization=clinic_day.organization)
        AppointmentFactory(
            patient=clinic_day.patient,
            practitioner=elsewhere.practitioner,
            clinic=elsewhere.clinic,
            appointment_date=TEN,
        )
        assert refusal(clinic_day, appointment, appointment_date=TEN) == ("patient_conflict", "patient_id")

    def test_a_closed_clinic_and_a_practitioner_away(self, clinic_day, appointment):
        TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=TEN)
        assert refusal(clinic_day, appointment, appointment_date=TEN)[0] == "practitioner_unavailable"
        ClinicClosureFactory(clinic=clinic_day.clinic, date=NINE.date())
        assert refusal(clinic_day, appointment, appointment_date=TEN)[0] == "clinic_closed"

    def test_a_group_of_another_length(self, clinic_day):
        appointment = at_nine(clinic_day, duration=60)
        group = practice(organization=clinic_day.organization, capacity=8, start=time(13))
        wanted = {"practitioner_id": group.practitioner.pk, "clinic_id": group.clinic.pk}
        code = refusal(clinic_day, appointment, appointment_date=NINE + minutes(240), **wanted)
        assert code == ("invalid_duration", "duration")

    def test_another_organizations_rows_are_not_found(self, clinic_day, appointment):
        stranger = practice()
        assert refusal(clinic_day, appointment, practitioner_id=stranger.practitioner.pk)[0] == "practitioner_not_found"
        assert refusal(clinic_day, appointment, clinic_id=stranger.clinic.pk)[0] == "clinic_not_found"
        with pytest.raises(AppointmentError) as caught:
            AppointmentService(OrganizationFactory()).update_appointment(appointment_id=appointment.pk, notes="x")
        assert caught.value.code == "appointment_not_found"

    def test_a_stale_version_is_said_before_anything_else(self, clinic_day):
        appointment = at_nine(clinic_day, status="completed")
        refused = refusal(clinic_day, appointment, expected_version=7, appointment_date=None)
        assert refused == ("stale_version", "expected_version")

    def test_the_version_that_was_seen_is_accepted(self, clinic_day, appointment):
        assert change(clinic_day, appointment, expected_version=1, appointment_date=TEN).version == 2
