"""One small clinic in Yangon, on a Monday morning at six, with Dr Aye in from nine to five."""

from datetime import datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from scheduling.services import AppointmentService
from tests.factories import (
    ClinicAssignmentFactory,
    ClinicFactory,
    OrganizationFactory,
    PatientFactory,
    PractitionerFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)

YANGON = ZoneInfo("Asia/Yangon")
SIX = datetime(2030, 1, 7, 6, tzinfo=YANGON)
NINE = datetime(2030, 1, 7, 9, tzinfo=YANGON)
MONDAY = NINE.date()


def practice(*, organization=None, slot_minutes=30, capacity=1, start=time(9), end=time(17), **clinic):
    """Give an organization with one clinic and a practitioner who works there on Mondays."""
    organization = organization or OrganizationFactory()
    clinic = ClinicFactory(organization=organization, **clinic)
    practitioner = PractitionerFactory(organization=organization)
    assignment = ClinicAssignmentFactory(practitioner=practitioner, clinic=clinic)
    schedule = ScheduleFactory(assignment=assignment, slot_minutes=slot_minutes, capacity=capacity)
    hours = WorkingHoursFactory(schedule=schedule, start_time=start, end_time=end)
    patient = PatientFactory(organization=organization)
    service = AppointmentService(organization)

    def book(start=NINE, **changes):
        given = {"patient_id": patient.pk, "practitioner_id": practitioner.pk, "clinic_id": clinic.pk, **changes}
        return service.create_appointment(appointment_date=start, **given)

    def explain(start=NINE, **changes):
        given = {"practitioner_id": practitioner.pk, "clinic_id": clinic.pk, **changes}
        refused = service.explain_slot(appointment_date=start, **given)
        return None if refused is None else refused.code

    def starts(day=MONDAY, **changes):
        slots = service.get_practitioner_slots(practitioner_id=practitioner.pk, date=day, **changes)
        return [f"{slot.start:%H:%M}" for slot in slots]

    return SimpleNamespace(**locals())


def minutes(count):
    return timedelta(minutes=count)
