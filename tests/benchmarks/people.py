"""The organizations, their clinics, and those who work there: few rows, written as the site writes them."""

from dataclasses import dataclass, field
from datetime import date

from clinics.models import Clinic, ClinicAssignment, Membership, Organization, Practitioner, Role, Specialty, User
from scheduling.models import AppointmentType, Schedule, WorkingHours
from tests.benchmarks.world import STAGE

SINCE = date(2020, 1, 1)
DESK = "desk@bench.example"
TYPES = ("new-patient", "follow-up", "procedure")


@dataclass
class Place:
    """The keys of an organization's rows; `patients`: the first one's, and how many there are."""

    organization: int
    types: list[int]
    clinics: list[int]
    practitioners: list[list[int]] = field(repr=False)  # of each clinic
    patients: tuple[int, int] = (0, 0)
    stride: int = 1  # from one visit's patient to the next one's: nobody is due twice at a time


def add(tenants):
    """Add all of the organizations; give the place of each."""
    places = [_place(tenant) for tenant in tenants]
    desk = User.objects.create_user(DESK, name="Desk")
    Membership.objects.create(organization_id=places[0].organization, user=desk, role=Role.FRONT_DESK)
    return places


def _place(tenant):
    organization = Organization.objects.create(name=tenant.name, timezone=tenant.zone)
    specialties = [Specialty(organization=organization, name=f"Specialty {n}") for n in range(5)]
    Specialty.objects.bulk_create(specialties)
    types = [
        AppointmentType(organization=organization, code=code, name=code, is_default=code == TYPES[1]) for code in TYPES
    ]
    AppointmentType.objects.bulk_create(types)
    clinics = [
        Clinic(organization=organization, name=f"Clinic {n:02}", timezone=tenant.zone)
        for n in range(1, len(tenant.sites) + 1)
    ]
    Clinic.objects.bulk_create(clinics)
    practitioners = [
        _staff(organization, specialties, clinic, site) for clinic, site in zip(clinics, tenant.sites, strict=True)
    ]
    return Place(organization.pk, [each.pk for each in types], [clinic.pk for clinic in clinics], practitioners)


def _staff(organization, specialties, clinic, site):
    """Add those who work at the clinic, every day of the week; those of the stage sign in."""
    those = [
        Practitioner(
            organization=organization,
            name=f"Dr {clinic.pk}-{n:02}",
            specialty=specialties[n % len(specialties)],
            user=_user(clinic, n) if organization.name == STAGE else None,
        )
        for n in range(site.practitioners)
    ]
    Practitioner.objects.bulk_create(those)
    assignments = [
        ClinicAssignment(organization=organization, practitioner=each, clinic=clinic, starts_on=SINCE) for each in those
    ]
    ClinicAssignment.objects.bulk_create(assignments)
    schedules = [Schedule(assignment=each, valid_from=SINCE, slot_minutes=site.slot_minutes) for each in assignments]
    Schedule.objects.bulk_create(schedules)
    hours = [
        WorkingHours(schedule=each, weekday=weekday, start_time=site.opens, end_time=site.closes)
        for each in schedules
        for weekday in range(7)
    ]
    WorkingHours.objects.bulk_create(hours)
    return [each.pk for each in those]


def _user(clinic, number):
    email = f"doctor{clinic.pk}-{number}@bench.example"
    user = User.objects.create_user(email, name=f"Doctor {clinic.pk}-{number}")
    Membership.objects.create(organization_id=clinic.organization_id, user=user, role=Role.PRACTITIONER)
    return user
