"""An organization with all but its appointments, and the users who stand in the events."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from clinics.models import Clinic, ClinicAssignment, Membership, Organization, Practitioner, Role, Specialty, User
from scheduling.management.demo.patients import make_patients
from scheduling.management.demo.places import OPENED, OPERATOR, PASSWORD, TYPES, Hours, Person, Place, Tenant
from scheduling.models import AppointmentType, Schedule, WorkingHours


def make_organization(tenant: Tenant, patients: int, now: datetime) -> Organization:
    """Make everything but absences and appointments, with so many patients."""
    organization = Organization.objects.create(
        name=tenant.name, timezone="Asia/Yangon", phone_region="MM", late_start_minutes=5
    )
    clinics = {name: make_clinic(organization, name, place) for name, place in tenant.clinics.items()}
    for code, name, minutes, encounter, default in TYPES:
        AppointmentType.objects.create(
            organization=organization,
            code=code,
            name=name,
            duration=minutes,
            encounter_type=encounter,
            is_default=default,
        )
    logins = make_logins(organization, tenant)
    for name, person in tenant.practitioners.items():
        user = logins.get(name) or make_user(
            organization, email_of(name, tenant), name, Role.PRACTITIONER, password=None
        )
        make_practitioner(organization, clinics, name, person, user)
    for name in tenant.staff:
        make_user(organization, email_of(name, tenant), name, Role.FRONT_DESK, password=None)
    make_patients(organization, tenant, patients, now.astimezone(ZoneInfo(organization.timezone)).date())
    return organization


def make_clinic(organization: Organization, name: str, place: Place) -> Clinic:
    return Clinic.objects.create(organization=organization, name=name, timezone=place.timezone, address=place.address)


def make_practitioner(
    organization: Organization, clinics: dict[str, Clinic], name: str, person: Person, user: User
) -> None:
    practitioner = Practitioner.objects.create(
        organization=organization,
        name=name,
        specialty=Specialty.objects.get_or_create(organization=organization, name=person.specialty)[0],
        user=user,
    )
    for hours in person.hours:
        make_hours(practitioner, clinics[hours.clinic], hours)


def make_hours(practitioner: Practitioner, clinic: Clinic, hours: Hours) -> None:
    assignment, _ = ClinicAssignment.objects.get_or_create(
        organization_id=practitioner.organization_id,
        practitioner=practitioner,
        clinic=clinic,
        defaults={"starts_on": OPENED},
    )
    schedule = Schedule.objects.create(
        assignment=assignment, valid_from=OPENED, slot_minutes=hours.slot_minutes, capacity=hours.capacity
    )
    WorkingHours.objects.bulk_create(
        WorkingHours(schedule=schedule, weekday=int(weekday), start_time=start, end_time=end)
        for weekday in hours.weekdays
        for start, end in hours.sessions
    )


def make_logins(organization: Organization, tenant: Tenant) -> dict[str, User]:
    """Give the users of those practitioners who have a login, by name."""
    users = {}
    for login in tenant.logins:
        user = make_user(organization, login.email, login.name, login.role, password=PASSWORD)
        if login.practitioner:
            users[login.practitioner] = user
    return users


def make_user(organization: Organization, email: str, name: str, role: Role, *, password: str | None) -> User:
    """Give the user of that address, made where there is none, as a member; without a password nobody signs in."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    if role == Role.ADMINISTRATOR and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    Membership.objects.get_or_create(organization=organization, user=user, defaults={"role": role})
    return user


def make_operator() -> None:
    email, name = OPERATOR
    if not User.objects.filter(email=email).exists():  # else it is somebody's own by now
        User.objects.create_superuser(email, PASSWORD, name=name)


def email_of(name: str, tenant: Tenant) -> str:
    return f"{slugify(name.removeprefix('Dr ')).replace('-', '.')}@{tenant.domain}"
