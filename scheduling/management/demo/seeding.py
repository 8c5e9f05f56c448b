"""A run of the demo, in steps that each stand whole in the database: one that is cut off is simply run again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from clinics.models import Organization, Practitioner
from scheduling.domain.sessions import instant
from scheduling.enums import Status
from scheduling.management.demo.absences import make_absences
from scheduling.management.demo.bookings import Bookings
from scheduling.management.demo.fates import rest_of_life
from scheduling.management.demo.organizations import make_operator, make_organization
from scheduling.management.demo.people import People
from scheduling.management.demo.places import TENANTS, Tenant
from scheduling.management.demo.scenes import set_scene
from scheduling.management.demo.visits import Visit, untouched
from scheduling.management.demo.writing import write
from scheduling.models import Appointment, AppointmentQuerySet

WEEK, A_DAY = timedelta(days=7), timedelta(days=1)
OPEN = (Status.PENDING, Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_PROGRESS)


@dataclass(frozen=True)
class Size:
    """How much is made: patients of the first organization, and days of appointments before and after today."""

    patients: int
    days_back: int
    days_ahead: int


@dataclass(frozen=True)
class Report:
    """Where progress is told: the end of a step always, a count on the way only now and then."""

    done: Callable[[str], None]
    on_the_way: Callable[[str], None]


def seed(now: datetime, size: Size, report: Report) -> None:
    """Bring the demo to `now`, a whole minute."""
    make_operator()
    for tenant in TENANTS:
        seed_tenant(tenant, now, size, report)


def seed_tenant(tenant: Tenant, now: datetime, size: Size, report: Report) -> None:
    patients = round(size.patients * tenant.patients)
    with transaction.atomic():
        organization = Organization.objects.filter(name=tenant.name).first()
        if organization is None:
            organization = make_organization(tenant, patients, now)
            clinics, people = len(tenant.clinics), len(tenant.practitioners)
            report.done(f"{tenant.name}: clinics: {clinics}, practitioners: {people}, patients: {patients:,}")
    Seeding(organization, tenant, now, size, report).run(patients)


class Seeding:
    """One organization's appointments, week by week."""

    def __init__(self, organization: Organization, tenant: Tenant, now: datetime, size: Size, report: Report) -> None:
        self.organization, self.tenant, self.now, self.report = organization, tenant, now, report
        self.zone = ZoneInfo(organization.timezone)
        self.today = now.astimezone(self.zone).date()
        self.first = self.today - timedelta(days=size.days_back)
        self.last = self.today + timedelta(days=size.days_ahead)
        self.booked = self.moved = 0

    def run(self, patients: int) -> None:
        with transaction.atomic():
            make_absences(self.organization, self.tenant, self.first, self.today)
        self.people = People(self.organization, self.tenant, patients, self.instant(self.first))
        self.actors = self.people.actors()
        weeks = -(-((self.last - self.first).days + 1) // WEEK.days)
        for week in range(weeks):
            begin = self.first + week * WEEK
            self.seed_days(begin, min(begin + WEEK - A_DAY, self.last), is_first=week == 0)
            self.report.on_the_way(
                f"{self.tenant.name}: week {week + 1} of {weeks}, {self.booked:,} appointments so far"
            )
        self.report.done(
            f"{self.tenant.name}: {self.booked:,} appointments booked, {self.moved:,} older ones brought up to date"
        )

    @transaction.atomic
    def seed_days(self, first: date, last: date, *, is_first: bool) -> None:
        """Go on with what is there on those dates and book what is new; what is older comes with the first dates."""
        # As the service does it: whoever books while this runs waits, and then sees what is taken.
        own = Practitioner.objects.filter(organization=self.organization).order_by("pk")
        list(own.select_for_update(no_key=True).values_list("pk", flat=True))
        rows = self.rows(None if is_first else first, last)
        there = [
            self.go_on(appointment)
            for appointment in rows.select_related("appointment_type", "patient", "clinic", "organization")
        ]
        new = Bookings(self.people, first, last, self.now).make()
        self.set_scenes([*there, *new])
        write([*there, *new], self.actors, self.now)
        self.booked += len(new)
        self.moved += sum(bool(visit.due) for visit in there)

    def rows(self, first: date | None, last: date) -> AppointmentQuerySet:
        """Give those on these dates that may go on, and all of today's: who has been seen is part of the scene."""
        today = Q(appointment_date__gte=self.now - A_DAY, appointment_date__lt=self.now + A_DAY)
        rows = untouched(self.organization).filter(today | Q(status__in=OPEN))
        rows = rows.filter(appointment_date__lt=self.instant(last + A_DAY))
        return rows if first is None else rows.filter(appointment_date__gte=self.instant(first))

    def go_on(self, appointment: Appointment) -> Visit:
        due = [step for step in rest_of_life(appointment) if step.at <= self.now]
        return Visit(appointment, due)

    def set_scenes(self, visits: list[Visit]) -> None:
        today: defaultdict[int, list[Visit]] = defaultdict(list)
        for visit in visits:
            clinic = self.people.clinics.get(visit.appointment.clinic_id)
            if clinic and visit.appointment.appointment_date.astimezone(clinic.zone).date() == (
                self.now.astimezone(clinic.zone).date()
            ):
                today[clinic.pk].append(visit)
        for of_clinic in today.values():
            set_scene(of_clinic, self.now)

    def instant(self, day: date) -> datetime:
        """Give the midnight with which a day begins for the organization."""
        return instant(day, time.min, self.zone)
