"""The least that is valid of everything; what is related stays in one organization."""

from tests.factories.clinics import (
    ClinicAssignmentFactory,
    ClinicFactory,
    MembershipFactory,
    OrganizationFactory,
    PractitionerFactory,
    SpecialtyFactory,
    UserFactory,
)
from tests.factories.patients import PatientFactory
from tests.factories.scheduling import (
    AppointmentFactory,
    AppointmentTypeFactory,
    CalendarFeedFactory,
    ClinicClosureFactory,
    DisplacementFactory,
    EncounterFactory,
    ExportFileFactory,
    ImportFileFactory,
    NotificationFactory,
    ScheduleFactory,
    TimeOffFactory,
    WorkingHoursFactory,
)

__all__ = [
    "AppointmentFactory",
    "AppointmentTypeFactory",
    "CalendarFeedFactory",
    "ClinicAssignmentFactory",
    "ClinicClosureFactory",
    "ClinicFactory",
    "DisplacementFactory",
    "EncounterFactory",
    "ExportFileFactory",
    "ImportFileFactory",
    "MembershipFactory",
    "NotificationFactory",
    "OrganizationFactory",
    "PatientFactory",
    "PractitionerFactory",
    "ScheduleFactory",
    "SpecialtyFactory",
    "TimeOffFactory",
    "UserFactory",
    "WorkingHoursFactory",
]
