"""A clinic to try: the same one every time, and none of it twice."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from clinics.models import Clinic, ClinicAssignment, Membership, Organization, Practitioner, Specialty, User
from patients.models import Patient
from scheduling.exceptions import AppointmentError
from scheduling.management import demo
from scheduling.models import Appointment, AppointmentType, Schedule, WorkingHours
from scheduling.services import AppointmentService

OPENED = date(2020, 1, 1)
DAYS_WITH_APPOINTMENTS = 3
BUSY = 0.55  # the part of the offered slots that the demo books


class Command(BaseCommand):
    help = "Make the demo clinic, and appointments for today and the days after where there are none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="also where DEBUG is off")

    def handle(self, *_args: Any, force: bool, **_options: Any) -> None:
        if not (settings.DEBUG or force):
            raise CommandError("This is not a place to try things: DEBUG is off. Use --force if you are sure.")
        organization = Organization.objects.filter(name=demo.ORGANIZATION).first()
        if organization is None:
            with transaction.atomic():
                organization = make_organization()
        book_days(organization)
        width = max(len(email) for email in demo.LOGINS)
        for email, (_name, role, _practitioner) in demo.LOGINS.items():
            self.stdout.write(f"  {email:{width}}  {demo.PASSWORD}  {role or 'superuser'}")


def make_organization() -> Organization:
    """Make everything but appointments."""
    random = Random(demo.SEED)  # noqa: S311 the same clinic every time
    organization = Organization.objects.create(
        name=demo.ORGANIZATION, timezone="Asia/Yangon", phone_region="MM", late_start_minutes=5
    )
    clinics = {
        name: Clinic.objects.create(organization=organization, name=name, timezone="Asia/Yangon", address=address)
        for name, address in demo.CLINICS.items()
    }
    for code, name, minutes, encounter, default in demo.TYPES:
        AppointmentType.objects.create(
            organization=organization,
            code=code,
            name=name,
            duration=minutes,
            encounter_type=encounter,
            is_default=default,
        )
    practitioners = {
        name: make_practitioner(organization, clinics, name, specialty, hours)
        for name, (specialty, hours) in demo.PRACTITIONERS.items()
    }
    make_logins(organization, practitioners)
    make_patients(organization, random)
    return organization


def make_practitioner(
    organization: Organization, clinics: dict[str, Clinic], name: str, specialty: str, hours: tuple[demo.Hours, ...]
) -> Practitioner:
    practitioner = Practitioner.objects.create(
        organization=organization,
        name=name,
        specialty=Specialty.objects.get_or_create(organization=organization, name=specialty)[0],
    )
    for row in hours:
        assignment, _ = ClinicAssignment.objects.get_or_create(
            organization=organization,
            practitioner=practitioner,
            clinic=clinics[row.clinic],
            defaults={"starts_on": OPENED},
        )
        schedule = Schedule.objects.create(
            assignment=assignment, valid_from=OPENED, slot_minutes=row.slot_minutes, capacity=row.capacity
        )
        WorkingHours.objects.bulk_create(
            WorkingHours(schedule=schedule, weekday=int(weekday), start_time=start, end_time=end)
            for weekday in row.weekdays
            for start, end in row.sessions
        )
    return practitioner


def make_logins(organization: Organization, practitioners: dict[str, Practitioner]) -> None:
    for email, (name, role, practitioner) in demo.LOGINS.items():
        if User.objects.filter(email=email).exists():
            continue  # somebody's own by now
        if role is None:
            User.objects.create_superuser(email, demo.PASSWORD, name=name)
            continue
        user = User.objects.create_user(email, demo.PASSWORD, name=name, is_staff=role == "administrator")
        Membership.objects.create(organization=organization, user=user, role=role)
        if practitioner:
            Practitioner.objects.filter(pk=practitioners[practitioner].pk).update(user=user)


def make_patients(organization: Organization, random: Random) -> None:
    patients = []
    for number in range(1, demo.PATIENTS + 1):
        burmese = random.random() < 0.3  # noqa: PLR2004 the part of the names in Burmese letters
        parts = random.sample(demo.BURMESE_NAMES if burmese else demo.NAMES, random.choice((2, 2, 3)))
        title = random.choice(demo.BURMESE_HONORIFICS if burmese else demo.HONORIFICS)
        born = date(1935, 1, 1) + timedelta(days=random.randrange(88 * 365))
        estimated = random.random() < 0.1  # noqa: PLR2004 who knows the age alone
        patients.append(
            Patient(
                organization=organization,
                name=title + "".join(parts) if burmese else " ".join(filter(None, (title, *parts))),
                record_number=f"MR-{number:06}",
                birth_date=born.replace(month=1, day=1) if estimated else born,
                birth_date_estimated=estimated,
                phone=f"+9597{random.randrange(10**8):08}",
                language="my" if burmese else random.choice(("my", "en")),
            )
        )
    Patient.objects.bulk_create(patients)
    organization.last_record_number = demo.PATIENTS
    organization.save(update_fields=["last_record_number"])


def book_days(organization: Organization) -> None:
    """Book about half of what is offered today and on the days after; leave alone what has appointments already."""
    patients = list(Patient.objects.filter(organization=organization).order_by("pk"))
    desk = User.objects.filter(memberships__organization=organization).order_by("pk").first()
    service = AppointmentService(organization, actor=desk)
    for clinic in Clinic.objects.filter(organization=organization).order_by("pk"):
        today = timezone.now().astimezone(clinic.zone).date()
        for day in (today + timedelta(days=n) for n in range(DAYS_WITH_APPOINTMENTS)):
            if not Appointment.objects.filter(clinic=clinic).on_local_day(day, clinic.zone).exists():
                book_day(service, clinic, day, patients)


def book_day(service: AppointmentService, clinic: Clinic, day: date, patients: list[Patient]) -> None:
    random = Random(f"{demo.SEED} {clinic.name} {day}")  # noqa: S311 the same day every time
    with transaction.atomic():
        offered = service.get_clinic_slots_range(clinic_id=clinic.pk, start_date=day, end_date=day)[day]
        for slot in offered:
            if random.random() > BUSY:
                continue
            try:
                service.create_appointment(
                    patient_id=random.choice(patients).pk,
                    practitioner_id=slot.practitioner_id,
                    clinic_id=clinic.pk,
                    appointment_date=slot.start,
                    appointment_type=random.choice(("follow-up", "follow-up", "follow-up", "vaccination")),
                    notes=random.choice(demo.NOTES),
                    status=random.choice(("booked", "booked", "booked", "booked", "pending")),
                )
            except AppointmentError:
                continue  # the patient is elsewhere at that time, or a longer visit took the slot
