"""The database refuses, by name, what goes around the service."""

from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinics.models import ActivityEvent, record_event
from scheduling.models import Appointment
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    CalendarFeedFactory,
    ClinicAssignmentFactory,
    ClinicClosureFactory,
    ClinicFactory,
    DisplacementFactory,
    EncounterFactory,
    MembershipFactory,
    NotificationFactory,
    OrganizationFactory,
    PatientFactory,
    PractitionerFactory,
    ScheduleFactory,
    SpecialtyFactory,
    TimeOffFactory,
    UserFactory,
    WorkingHoursFactory,
)

pytestmark = pytest.mark.django_db
NINE = datetime(2030, 1, 7, 2, 30, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)


@contextmanager
def refused_by(constraint):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    assert caught.value.__cause__.diag.constraint_name == constraint


@pytest.fixture
def nine():
    return AppointmentFactory(appointment_date=NINE, duration=30, slot_capacity=3)


def beside(appointment, **changes):
    """Give what another visit of the same practitioner at the same clinic is made of."""
    return {
        "practitioner": appointment.practitioner,
        "clinic": appointment.clinic,
        "appointment_date": appointment.appointment_date,
        "duration": appointment.duration,
        "seat": 2,
        "slot_capacity": 3,
        **changes,
    }


class TestOneVisitAtATime:
    def test_an_overlap_is_refused(self, nine):
        with refused_by("appointment_practitioner_overlap"):
            AppointmentFactory(**beside(nine, appointment_date=NINE + TEN_MINUTES))

    def test_another_clinic_is_refused(self, nine):
        with refused_by("appointment_practitioner_elsewhere"):
            AppointmentFactory(**beside(nine, clinic=ClinicFactory(organization=nine.organization)))

    def test_another_length_at_the_same_start_is_refused(self, nine):
        with refused_by("appointment_slot_of_one_length"):
            AppointmentFactory(**beside(nine, duration=20))

    def test_a_seat_is_given_once(self, nine):
        with refused_by("appointment_seat_once"):
            AppointmentFactory(**beside(nine, seat=1))

    @pytest.mark.parametrize("seat", [0, 4])
    def test_a_seat_is_within_the_capacity(self, nine, seat):
        with refused_by("appointment_seat_within_capacity"):
            AppointmentFactory(**beside(nine, seat=seat))

    def test_a_patient_is_in_one_place(self, nine):
        with refused_by("appointment_patient_overlap"):
            AppointmentFactory(patient=nine.patient, appointment_date=NINE + TEN_MINUTES)

    def test_the_next_visit_may_follow_at_once(self, nine):
        AppointmentFactory(
            **beside(nine, patient=nine.patient, appointment_date=nine.ends_at, seat=1),
        )
        assert Appointment.objects.count() == 2

    @pytest.mark.parametrize("status", ["cancelled", "no-show"])
    def test_a_freed_time_is_free(self, nine, status):
        Appointment.objects.update(status=status)
        AppointmentFactory(**beside(nine, appointment_date=NINE + TEN_MINUTES, seat=1))
        assert Appointment.objects.count() == 2

    def test_imported_history_may_overlap(self):
        past = AppointmentFactory(appointment_date=datetime(2020, 1, 6, 3, tzinfo=UTC), imported=True)
        AppointmentFactory(**beside(past, patient=past.patient, imported=True, seat=1, duration=20))
        assert Appointment.objects.count() == 2

    def test_imported_is_history_alone(self):
        with refused_by("appointment_imported_is_history"):
            AppointmentFactory(imported=True)


class TestOneRow:
    @pytest.mark.parametrize("duration", [-5, 0, 1441])
    def test_a_visit_lasts_one_minute_to_a_day(self, duration):
        with refused_by("appointment_duration_in_a_day"):
            AppointmentFactory(duration=duration)

    def test_the_end_is_the_start_and_the_duration(self):
        with refused_by("appointment_ends_after_duration"):
            AppointmentFactory(duration=30, ends_at=NINE + timedelta(minutes=31))

    def test_the_status_is_a_known_one(self):
        with refused_by("appointment_status_known"):
            AppointmentFactory(status="lost")

    def test_the_reason_for_cancelling_is_a_known_one(self):
        with refused_by("appointment_cancellation_reason_known"):
            AppointmentFactory(cancellation_reason="weather")

    def test_versions_count_from_1(self):
        with refused_by("appointment_version_counts_from_1"):
            AppointmentFactory(version=0)

    def test_the_status_of_an_encounter_is_a_known_one(self):
        with refused_by("encounter_status_known"):
            EncounterFactory(status="lost")

    @pytest.mark.parametrize("field", ["status", "channel"])
    def test_a_notification_has_a_known_status_and_channel(self, field):
        with refused_by(f"notification_{field}_known"):
            NotificationFactory(**{field: "pigeon"})

    def test_a_request_books_once(self, nine):
        request_id = "7f3c1c5e-0000-4000-8000-000000000000"
        Appointment.objects.update(request_id=request_id)
        with refused_by("appointment_request_once"):
            AppointmentFactory(organization=nine.organization, request_id=request_id)

    def test_time_off_ends_after_its_start(self):
        with refused_by("time_off_ends_after_start"):
            TimeOffFactory(starts_at=NINE, ends_at=NINE)

    def test_a_clinic_is_closed_once_a_day(self):
        closure = ClinicClosureFactory()
        with refused_by("clinic_closure_once"):
            ClinicClosureFactory(clinic=closure.clinic)

    @pytest.mark.parametrize(
        ("constraint", "changes"),
        [
            ("schedule_slot_minutes_in_a_day", {"slot_minutes": 0}),
            ("schedule_slot_minutes_in_a_day", {"slot_minutes": 1441}),
            ("schedule_capacity_positive", {"capacity": 0}),
            ("schedule_valid_until_after_from", {"valid_until": "1999-12-31"}),
        ],
    )
    def test_a_schedule_makes_sense(self, constraint, changes):
        assignment = ClinicAssignmentFactory()
        with refused_by(constraint):
            ScheduleFactory(assignment=assignment, **changes)

    def test_a_week_has_seven_days(self):
        schedule = ScheduleFactory()
        with refused_by("working_hours_weekday_known"):
            WorkingHoursFactory(schedule=schedule, weekday=7)

    def test_a_session_starts_once(self):
        monday = WorkingHoursFactory()
        with refused_by("working_hours_start_once"):
            WorkingHoursFactory(schedule=monday.schedule, end_time=time(12))

    def test_an_assignment_is_made_once_at_a_time(self):
        assignment = ClinicAssignmentFactory()
        with refused_by("clinic_assignment_once_at_a_time"):
            ClinicAssignmentFactory(practitioner=assignment.practitioner, clinic=assignment.clinic)

    def test_an_assignment_ends_after_its_start(self):
        row = ClinicAssignmentFactory()
        with refused_by("clinic_assignment_ends_after_start"):
            ClinicAssignmentFactory(
                practitioner=row.practitioner,
                clinic=ClinicFactory(organization=row.organization),
                starts_on="2030-01-02",
                ends_on="2030-01-01",
            )

    def test_an_organization_has_one_default_type(self):
        first = AppointmentTypeFactory(is_default=True)
        with refused_by("appointment_type_one_default"):
            AppointmentTypeFactory(organization=first.organization, is_default=True)

    def test_a_type_code_is_used_once(self):
        first = AppointmentTypeFactory(code="follow-up")
        with refused_by("appointment_type_code_once"):
            AppointmentTypeFactory(organization=first.organization, code="follow-up")

    def test_a_user_has_one_role_in_an_organization(self):
        membership = MembershipFactory()
        with refused_by("membership_one_role"):
            MembershipFactory(organization=membership.organization, user=membership.user, role="practitioner")

    def test_an_address_is_kept_in_small_letters(self):
        with refused_by("user_email_in_small_letters"):
            UserFactory(email="Thiri@medaius.example")

    def test_a_record_number_is_given_once(self):
        patient = PatientFactory(record_number="MR-1")
        with refused_by("patient_record_number_once"):
            PatientFactory(organization=patient.organization, record_number="MR-1")

    def test_a_patient_has_a_name(self):
        organization = OrganizationFactory()
        with refused_by("patient_has_a_name"):
            PatientFactory(organization=organization, name="")

    def test_an_appointment_leads_to_one_encounter(self):
        encounter = EncounterFactory()
        with refused_by("encounter_once_per_appointment"):
            EncounterFactory(appointment=encounter.appointment)

    def test_a_voided_encounter_makes_room(self):
        encounter = EncounterFactory(status="voided")
        assert EncounterFactory(appointment=encounter.appointment).status == "open"

    def test_a_notification_is_owed_once(self):
        owed = NotificationFactory()
        with refused_by("notification_once"):
            NotificationFactory(appointment=owed.appointment, event=owed.event, patient=owed.patient)

    def test_a_notification_has_one_recipient(self):
        owed = NotificationFactory()
        user = UserFactory()
        with refused_by("notification_one_recipient"):
            NotificationFactory(appointment=owed.appointment, event=owed.event, patient=owed.patient, user=user)

    def test_a_sent_notification_has_a_time(self):
        owed = NotificationFactory()
        with refused_by("notification_sent_has_a_time"):
            type(owed).objects.update(status="sent")


ELSEWHERE = {
    "appointment_patient_same_organization": (AppointmentFactory, "patient", PatientFactory),
    "appointment_practitioner_same_organization": (AppointmentFactory, "practitioner", PractitionerFactory),
    "appointment_clinic_same_organization": (AppointmentFactory, "clinic", ClinicFactory),
    "appointment_type_same_organization": (AppointmentFactory, "appointment_type", AppointmentTypeFactory),
    "clinic_assignment_practitioner_same_organization": (ClinicAssignmentFactory, "practitioner", PractitionerFactory),
    "clinic_assignment_clinic_same_organization": (ClinicAssignmentFactory, "clinic", ClinicFactory),
    "practitioner_specialty_same_organization": (PractitionerFactory, "specialty", SpecialtyFactory),
    "encounter_patient_same_organization": (EncounterFactory, "patient", PatientFactory),
    "encounter_practitioner_same_organization": (EncounterFactory, "practitioner", PractitionerFactory),
    "encounter_appointment_same_organization": (EncounterFactory, "appointment", AppointmentFactory),
    "calendar_feed_practitioner_same_organization": (CalendarFeedFactory, "practitioner", PractitionerFactory),
    "displacement_appointment_same_organization": (DisplacementFactory, "appointment", AppointmentFactory),
    "notification_patient_same_organization": (NotificationFactory, "patient", PatientFactory),
}


class TestWallBetweenOrganizations:
    @pytest.mark.parametrize("constraint", ELSEWHERE)
    def test_a_row_of_another_organization_is_refused(self, constraint):
        factory, field, other = ELSEWHERE[constraint]
        row = factory()
        with refused_by(constraint):
            type(row).objects.filter(pk=row.pk).update(**{field: other()})

    @pytest.mark.parametrize("field", ["event", "appointment"])
    def test_a_notification_tells_of_its_own_organization(self, field):
        owed, other = NotificationFactory(), NotificationFactory()
        with refused_by(f"notification_{field}_same_organization"):
            type(owed).objects.filter(pk=owed.pk).update(**{field: getattr(other, field)})

    @pytest.mark.parametrize("field", ["membership", "clinic"])
    def test_a_membership_is_limited_to_clinics_of_its_own(self, field):
        membership, elsewhere = MembershipFactory(), MembershipFactory()
        clinic, clinic_elsewhere = (ClinicFactory(organization=row.organization) for row in (membership, elsewhere))
        given = {"organization": membership.organization, "membership": membership, "clinic": clinic}
        other = {"membership": elsewhere, "clinic": clinic_elsewhere}
        with refused_by(f"membership_clinic_{field}_same_organization"):
            type(membership).clinics.through.objects.create(**{**given, field: other[field]})

    def test_every_key_between_tenant_tables_is_composite(self):
        """No plain foreign key joins two tables that both name their organization.

        But for a letter, which names a membership or an organization: a check forbids it both.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT key.conname FROM pg_constraint key
                WHERE key.contype = 'f' AND array_length(key.conkey, 1) = 1
                  AND key.conrelid <> 'clinics_accountletter'::regclass
                  AND EXISTS (SELECT 1 FROM pg_attribute
                              WHERE attrelid = key.conrelid AND attname = 'organization_id')
                  AND EXISTS (SELECT 1 FROM pg_attribute
                              WHERE attrelid = key.confrelid AND attname = 'organization_id')
                """
            )
            assert cursor.fetchall() == []


class TestAuditTrail:
    @pytest.fixture
    def event(self, nine):
        return record_event(kind="APPOINTMENT_CREATED", target=nine, actor=None)

    def test_an_event_is_never_edited(self, event):
        with refused_by("activity_event_append_only"):
            ActivityEvent.objects.filter(pk=event.pk).update(reason="something else")

    def test_an_event_is_never_deleted(self, event):
        with refused_by("activity_event_append_only"):
            ActivityEvent.objects.filter(pk=event.pk).delete()

    def test_an_event_knows_its_target(self, nine, event):
        assert ActivityEvent.objects.get(pk=event.pk).target == nine
