import secrets
from datetime import UTC, date, datetime, time, timedelta

import factory
from factory.django import DjangoModelFactory

from clinics.models import record_event
from scheduling.domain.rules import Refusal
from scheduling.enums import Channel, EventKind
from scheduling.models import (
    Appointment,
    AppointmentType,
    CalendarFeed,
    ClinicClosure,
    Displacement,
    Encounter,
    ExportFile,
    ImportFile,
    Notification,
    Schedule,
    TimeOff,
    WorkingHours,
)
from tests.factories.clinics import LONG_AGO, OrganizationFactory, TenantFactory, UserFactory, same_organization

SOME_MONDAY = datetime(2030, 1, 7, 2, 30, tzinfo=UTC)  # 9:00 in Yangon


class ScheduleFactory(DjangoModelFactory):
    class Meta:
        model = Schedule

    assignment = factory.SubFactory("tests.factories.ClinicAssignmentFactory")
    valid_from = LONG_AGO
    slot_minutes = 30
    capacity = 1


class WorkingHoursFactory(DjangoModelFactory):
    class Meta:
        model = WorkingHours

    schedule = factory.SubFactory(ScheduleFactory)
    weekday = 0
    start_time = time(9)
    end_time = time(17)


class TimeOffFactory(DjangoModelFactory):
    class Meta:
        model = TimeOff

    practitioner = factory.SubFactory("tests.factories.PractitionerFactory")
    starts_at = SOME_MONDAY
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + timedelta(hours=1))


class ClinicClosureFactory(DjangoModelFactory):
    class Meta:
        model = ClinicClosure

    clinic = factory.SubFactory("tests.factories.ClinicFactory")
    date = date(2030, 1, 7)


class AppointmentTypeFactory(TenantFactory):
    class Meta:
        model = AppointmentType

    organization = factory.SubFactory(OrganizationFactory)
    code = factory.Sequence(lambda n: f"type-{n}")
    name = factory.SelfAttribute("code")


class AppointmentFactory(TenantFactory):
    class Meta:
        model = Appointment

    organization = factory.SubFactory(OrganizationFactory)
    patient = same_organization("tests.factories.PatientFactory")
    practitioner = same_organization("tests.factories.PractitionerFactory")
    clinic = same_organization("tests.factories.ClinicFactory")
    appointment_date = SOME_MONDAY
    duration = 30
    ends_at = factory.LazyAttribute(lambda row: row.appointment_date + timedelta(minutes=row.duration))
    seat = 1
    slot_capacity = 1


class EncounterFactory(TenantFactory):
    class Meta:
        model = Encounter

    organization = factory.SubFactory(OrganizationFactory)
    patient = factory.LazyAttribute(lambda row: row.appointment.patient)
    practitioner = factory.LazyAttribute(lambda row: row.appointment.practitioner)
    appointment = same_organization("tests.factories.AppointmentFactory")


class NotificationFactory(TenantFactory):
    class Meta:
        model = Notification

    organization = factory.SubFactory(OrganizationFactory)
    appointment = same_organization("tests.factories.AppointmentFactory")
    event = factory.LazyAttribute(lambda row: record_event(kind=EventKind.CREATED, target=row.appointment, actor=None))
    patient = factory.LazyAttribute(lambda row: None if row.user else row.appointment.patient)
    user = None
    channel = Channel.EMAIL
    due_at = SOME_MONDAY


class CalendarFeedFactory(TenantFactory):
    class Meta:
        model = CalendarFeed

    practitioner = same_organization("tests.factories.PractitionerFactory")
    organization = factory.SubFactory(OrganizationFactory)
    user = factory.LazyAttribute(lambda row: row.practitioner.user or UserFactory())
    secret = factory.LazyFunction(secrets.token_urlsafe)


class DisplacementFactory(TenantFactory):
    class Meta:
        model = Displacement

    organization = factory.SubFactory(OrganizationFactory)
    appointment = same_organization("tests.factories.AppointmentFactory")
    reason = Refusal.OUTSIDE_SCHEDULE


class ExportFileFactory(TenantFactory):
    class Meta:
        model = ExportFile

    organization = factory.SubFactory(OrganizationFactory)
    file_name = "yankin-health.zip"


class ImportFileFactory(TenantFactory):
    class Meta:
        model = ImportFile

    organization = factory.SubFactory(OrganizationFactory)
    kind = "patients"
    file_name = "patients.csv"
    state = "imported"
