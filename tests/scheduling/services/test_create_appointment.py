"""Booking: each refusal by its code, in order; and what one booking leaves behind."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection, transaction

from clinics.models import ActivityEvent
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, Notification
from scheduling.services import AppointmentService
from scheduling.signals import appointment_created
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicClosureFactory,
    ClinicFactory,
    MembershipFactory,
    OrganizationFactory,
    PatientFactory,
    PractitionerFactory,
    TimeOffFactory,
    UserFactory,
)
from tests.practice import NINE, SIX, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

TYPED_IN_ERROR = (0, -1, None, "", "x", "\0", 10**30, 1.5, True, b"1", [])


def refusal(book, **changes):
    before = (Appointment.objects.count(), ActivityEvent.objects.count())
    with pytest.raises(AppointmentError) as caught, transaction.atomic():
        book(**changes)
    assert (Appointment.objects.count(), ActivityEvent.objects.count()) == before
    assert str(caught.value.message)
    return caught.value.code, caught.value.field


class TestWhatIsWritten:
    def test_the_appointment(self, clinic_day):
        appointment = clinic_day.book()
        appointment.refresh_from_db()
        assert appointment.appointment_date == NINE
        assert appointment.ends_at == NINE + minutes(30)
        assert (appointment.duration, appointment.status, appointment.version) == (30, "booked", 1)
        assert (appointment.seat, appointment.slot_capacity, appointment.imported) == (1, 1, False)
        assert appointment.organization == clinic_day.organization

    def test_one_event_says_who_with_whom_when_and_by_whom(self, clinic_day):
        actor = UserFactory()
        appointment = AppointmentService(clinic_day.organization, actor=actor).create_appointment(
            patient_id=clinic_day.patient.pk,
            practitioner_id=clinic_day.practitioner.pk,
            clinic_id=clinic_day.clinic.pk,
            appointment_date=NINE,
        )
        event = ActivityEvent.objects.get()
        assert (event.kind, event.target, event.actor) == ("APPOINTMENT_CREATED", appointment, actor)
        assert (event.organization, event.priority, event.old) == (clinic_day.organization, "normal", {})
        assert event.new == {
            "patient_id": clinic_day.patient.pk,
            "practitioner_id": clinic_day.practitioner.pk,
            "clinic_id": clinic_day.clinic.pk,
            "appointment_date": "2030-01-07T02:30:00+00:00",
            "duration": 30,
            "appointment_type": None,
            "status": "booked",
        }

    def test_a_signal_announces_it_within_the_transaction(self, clinic_day):
        heard = []

        def receiver(*, appointment, event, **_):
            heard.append((appointment, event, connection.in_atomic_block))

        appointment_created.connect(receiver)
        try:
            appointment = clinic_day.book()
        finally:
            appointment_created.disconnect(receiver)
        assert heard == [(appointment, ActivityEvent.objects.get(), True)]

    def test_a_request_is_saved_as_pending(self, clinic_day):
        assert clinic_day.book(status="pending").status == "pending"

    def test_another_zone_names_the_same_instant(self, clinic_day):
        assert clinic_day.book(NINE.astimezone(UTC)).appointment_date == NINE

    def test_it_takes_a_constant_number_of_queries(self, clinic_day, django_assert_num_queries):
        clinic_day.book(NINE + minutes(30), patient_id=PatientFactory(organization=clinic_day.organization).pk)
        with django_assert_num_queries(12):
            clinic_day.book()

    def test_with_everything_it_takes_two_more(self, clinic_day, django_assert_num_queries):
        """A form's name, a patient and a practitioner who are told: whom to tell, and what."""
        member = MembershipFactory(organization=clinic_day.organization, role="practitioner")
        clinic_day.practitioner.user = member.user
        clinic_day.practitioner.save()
        patients = [PatientFactory(organization=clinic_day.organization, email=f"{n}@example.com") for n in range(2)]
        clinic_day.book(NINE + minutes(30), patient_id=patients[0].pk, request_id="form-1")
        with django_assert_num_queries(14):
            clinic_day.book(patient_id=patients[1].pk, request_id="form-2")
        assert Notification.objects.count() == 6


class TestLength:
    def test_the_one_given_counts_first(self, clinic_day):
        AppointmentTypeFactory(organization=clinic_day.organization, code="long", duration=60)
        assert clinic_day.book(duration=90, appointment_type="long").duration == 90

    def test_then_the_types(self, clinic_day):
        AppointmentTypeFactory(organization=clinic_day.organization, code="long", duration=60)
        assert clinic_day.book(appointment_type="long").duration == 60

    def test_then_the_default_types(self, clinic_day):
        kind = AppointmentTypeFactory(organization=clinic_day.organization, duration=20, is_default=True)
        appointment = clinic_day.book()
        assert (appointment.duration, appointment.appointment_type) == (20, kind)

    def test_then_the_slots(self, clinic_day):
        AppointmentTypeFactory(organization=clinic_day.organization, code="any")
        assert clinic_day.book(appointment_type="any").duration == 30

    def test_in_a_group_the_slots_own(self):
        group = practice(capacity=2)
        AppointmentTypeFactory(organization=group.organization, code="long", duration=60)
        assert group.book(appointment_type="long").duration == 30


class TestRefusals:
    @pytest.mark.parametrize("patient_id", TYPED_IN_ERROR)
    def test_an_unknown_patient(self, clinic_day, patient_id):
        assert refusal(clinic_day.book, patient_id=patient_id) == ("patient_not_found", "patient_id")

    @pytest.mark.parametrize("practitioner_id", TYPED_IN_ERROR)
    def test_an_unknown_practitioner(self, clinic_day, practitioner_id):
        expected = ("practitioner_not_found", "practitioner_id")
        assert refusal(clinic_day.book, practitioner_id=practitioner_id) == expected

    @pytest.mark.parametrize("clinic_id", TYPED_IN_ERROR)
    def test_an_unknown_clinic(self, clinic_day, clinic_id):
        assert refusal(clinic_day.book, clinic_id=clinic_id) == ("clinic_not_found", "clinic_id")

    @pytest.mark.parametrize(
        ("field", "factory", "code"),
        [
            ("patient_id", PatientFactory, "patient_not_found"),
            ("practitioner_id", PractitionerFactory, "practitioner_not_found"),
            ("clinic_id", ClinicFactory, "clinic_not_found"),
        ],
    )
    def test_another_organizations_row_is_not_found(self, clinic_day, field, factory, code):
        assert refusal(clinic_day.book, **{field: factory().pk}) == (code, field)

    def test_a_deactivated_patient_is_not_found(self, clinic_day):
        patient = PatientFactory(organization=clinic_day.organization, is_active=False)
        assert refusal(clinic_day.book, patient_id=patient.pk) == ("patient_not_found", "patient_id")

    def test_an_inactive_practitioner(self, clinic_day):
        type(clinic_day.practitioner).objects.update(is_active=False)
        assert refusal(clinic_day.book) == ("practitioner_unavailable", "practitioner_id")

    def test_an_inactive_clinic(self, clinic_day):
        type(clinic_day.clinic).objects.update(is_active=False)
        assert refusal(clinic_day.book) == ("clinic_closed", "appointment_date")

    def test_a_clinic_without_assignment(self, clinic_day):
        elsewhere = ClinicFactory(organization=clinic_day.organization)
        assert refusal(clinic_day.book, clinic_id=elsewhere.pk) == ("clinic_not_assigned", "clinic_id")

    def test_an_assignment_that_has_ended(self, clinic_day):
        type(clinic_day.assignment).objects.update(ends_on=date(2030, 1, 6))
        assert refusal(clinic_day.book) == ("clinic_not_assigned", "clinic_id")

    @pytest.mark.parametrize("code", ["unknown", "", "\0", "\ud800", 7])
    def test_an_unknown_type(self, clinic_day, code):
        assert refusal(clinic_day.book, appointment_type=code) == ("appointment_type_not_found", "appointment_type")

    def test_another_organizations_type(self, clinic_day):
        code = AppointmentTypeFactory(code="elsewhere").code
        assert refusal(clinic_day.book, appointment_type=code) == ("appointment_type_not_found", "appointment_type")

    @pytest.mark.parametrize("duration", [0, -5, 1441, 10_000, 30.0, "30", True])
    def test_a_length_that_is_none(self, clinic_day, duration):
        assert refusal(clinic_day.book, duration=duration) == ("invalid_duration", "duration")

    @pytest.mark.parametrize(
        "start",
        [
            datetime(2030, 1, 7, 9),  # noqa: DTZ001 a naive one is the case
            datetime.min.replace(tzinfo=UTC),
            datetime.max.replace(tzinfo=UTC),
            date(2030, 1, 7),
            "2030-01-07T09:00+06:30",
            None,
        ],
    )
    def test_a_date_that_is_none(self, clinic_day, start):
        assert refusal(clinic_day.book, start=start) == ("invalid_date", "appointment_date")

    def test_the_past(self, clinic_day):
        assert refusal(clinic_day.book, start=NINE - minutes(7 * 24 * 60)) == ("in_the_past", "appointment_date")

    def test_a_closed_clinic(self, clinic_day):
        ClinicClosureFactory(clinic=clinic_day.clinic)
        assert refusal(clinic_day.book) == ("clinic_closed", "appointment_date")

    def test_time_off(self, clinic_day):
        TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE - minutes(20), ends_at=NINE + minutes(1))
        assert refusal(clinic_day.book) == ("practitioner_unavailable", "appointment_date")

    @pytest.mark.parametrize(
        "start", [NINE + minutes(10), NINE - minutes(30), NINE + minutes(8 * 60), NINE + minutes(24 * 60)]
    )
    def test_outside_the_schedule(self, clinic_day, start):
        assert refusal(clinic_day.book, start=start) == ("outside_schedule", "appointment_date")

    def test_a_visit_that_does_not_fit(self, clinic_day):
        start = NINE + minutes(7 * 60 + 30)
        assert refusal(clinic_day.book, start=start, duration=31) == ("outside_schedule", "appointment_date")

    def test_another_length_in_a_group(self):
        group = practice(capacity=3)
        assert refusal(group.book, duration=20) == ("invalid_duration", "duration")

    def test_a_taken_slot(self, clinic_day):
        AppointmentFactory(practitioner=clinic_day.practitioner, clinic=clinic_day.clinic, appointment_date=NINE)
        assert refusal(clinic_day.book) == ("slot_taken", "appointment_date")

    def test_a_practitioner_busy_at_another_clinic(self, clinic_day):
        AppointmentFactory(practitioner=clinic_day.practitioner, appointment_date=NINE + minutes(10))
        assert refusal(clinic_day.book) == ("slot_taken", "appointment_date")

    def test_a_visit_within_the_buffer(self, clinic_day):
        type(clinic_day.organization).objects.update(buffer_minutes=15)
        AppointmentFactory(practitioner=clinic_day.practitioner, appointment_date=NINE + minutes(30))
        assert refusal(clinic_day.book) == ("buffer_conflict", "appointment_date")

    def test_a_patient_who_is_elsewhere(self, clinic_day):
        AppointmentFactory(patient=clinic_day.patient, appointment_date=NINE + minutes(20))
        assert refusal(clinic_day.book) == ("patient_conflict", "patient_id")

    @pytest.mark.parametrize("status", ["confirmed", "cancelled", "lost", None])
    def test_a_status_that_nothing_starts_with(self, clinic_day, status):
        assert refusal(clinic_day.book, status=status) == ("invalid_transition", "status")

    @pytest.mark.parametrize("notes", ["\0", "\ud800", "x" * 2001, None])
    def test_notes_that_cannot_be_kept(self, clinic_day, notes):
        assert refusal(clinic_day.book, notes=notes) == ("invalid_text", "notes")


class TestOrder:
    """When everything is wrong at once, each refusal is said as soon as those before it are mended."""

    def test_one_after_the_other(self):
        org = OrganizationFactory(buffer_minutes=15)
        group = practice(organization=org, capacity=2)
        yesterday = NINE.replace(hour=3)
        wrong = {
            "patient_id": 0,
            "practitioner_id": 0,
            "clinic_id": 0,
            "appointment_type": "?",
            "duration": 0,
            "start": None,
        }
        TimeOffFactory(practitioner=group.practitioner, starts_at=SIX, ends_at=NINE + minutes(5))
        closure = ClinicClosureFactory(clinic=group.clinic)
        steps = [
            ("patient_not_found", {"patient_id": group.patient.pk}),
            ("practitioner_not_found", {"practitioner_id": group.practitioner.pk}),
            ("clinic_not_found", {"clinic_id": ClinicFactory(organization=org).pk}),
            ("clinic_not_assigned", {"clinic_id": group.clinic.pk}),
            ("appointment_type_not_found", {"appointment_type": None}),
            ("invalid_duration", {"duration": 20}),
            ("invalid_date", {"start": yesterday}),
            ("in_the_past", {"start": NINE + minutes(1)}),
        ]
        for code, mended in steps:
            assert refusal(group.book, **wrong)[0] == code
            wrong |= mended
        assert refusal(group.book, **wrong)[0] == "clinic_closed"
        closure.delete()
        assert refusal(group.book, **wrong)[0] == "practitioner_unavailable"
        wrong["start"] = NINE + minutes(31)
        assert refusal(group.book, **wrong)[0] == "outside_schedule"
        wrong["start"] = NINE + minutes(30)
        elsewhere = AppointmentFactory(
            practitioner=group.practitioner, patient=group.patient, appointment_date=NINE + minutes(40)
        )
        assert refusal(group.book, **wrong)[0] == "invalid_duration"
        wrong["duration"] = None
        assert refusal(group.book, **wrong)[0] == "slot_taken"
        elsewhere.delete()
        AppointmentFactory(practitioner=group.practitioner, appointment_date=NINE + minutes(70))
        AppointmentFactory(patient=group.patient, appointment_date=NINE + minutes(40))
        assert refusal(group.book, **wrong)[0] == "buffer_conflict"
        type(org).objects.update(buffer_minutes=0)
        assert refusal(group.book, **wrong)[0] == "patient_conflict"


class TestGroups:
    def test_seats_are_filled_up_to_the_capacity(self):
        group = practice(capacity=3)
        patients = PatientFactory.create_batch(4, organization=group.organization)
        booked = [group.book(patient_id=patient.pk) for patient in patients[:3]]
        assert [(row.seat, row.slot_capacity) for row in booked] == [(1, 3), (2, 3), (3, 3)]
        assert refusal(group.book, patient_id=patients[3].pk) == ("slot_taken", "appointment_date")

    def test_a_freed_seat_is_given_again(self):
        group = practice(capacity=2)
        patients = PatientFactory.create_batch(3, organization=group.organization)
        first = group.book(patient_id=patients[0].pk)
        group.book(patient_id=patients[1].pk)
        Appointment.objects.filter(pk=first.pk).update(status="cancelled")
        assert group.book(patient_id=patients[2].pk).seat == 1


class TestResubmission:
    def test_the_same_form_gives_the_first_result(self, clinic_day):
        first = clinic_day.book(request_id="form-1")
        assert clinic_day.book(NINE.astimezone(UTC), request_id="form-1") == first
        assert (Appointment.objects.count(), ActivityEvent.objects.count()) == (1, 1)

    def test_another_body_under_it_is_refused(self, clinic_day):
        clinic_day.book(request_id="form-1")
        assert refusal(clinic_day.book, start=NINE + minutes(60), request_id="form-1") == (
            "stale_version",
            "request_id",
        )

    @pytest.mark.parametrize("request_id", ["\0", "a\0b", "\ud800", "x" * 65])
    def test_a_name_that_cannot_be_kept_is_refused(self, clinic_day, request_id):
        assert refusal(clinic_day.book, request_id=request_id) == ("invalid_text", "request_id")

    def test_it_is_the_organizations_own(self, clinic_day):
        clinic_day.book(request_id="form-1")
        other = practice()
        assert other.book(request_id="form-1").organization == other.organization


class TestLateStart:
    def test_a_slot_is_had_at_its_very_start(self, clinic_day, time_machine):
        time_machine.move_to(NINE, tick=False)
        assert clinic_day.book().appointment_date == NINE

    def test_and_not_later(self, clinic_day, time_machine):
        time_machine.move_to(NINE + minutes(1), tick=False)
        assert refusal(clinic_day.book) == ("in_the_past", "appointment_date")

    def test_unless_walk_ins_are_let_in(self, clinic_day, time_machine):
        type(clinic_day.organization).objects.update(late_start_minutes=10)
        time_machine.move_to(NINE + minutes(10), tick=False)
        assert clinic_day.book().appointment_date == NINE


def test_the_tail_of_a_night_session_belongs_to_an_assignment_that_has_ended():
    night = practice(start=time(22), end=time(6))
    type(night.assignment).objects.update(ends_on=date(2030, 1, 7))
    assert night.book(NINE.replace(day=8, hour=3)).local_start.isoformat() == "2030-01-08T03:00:00+06:30"
