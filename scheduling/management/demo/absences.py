"""Holidays and closed days, week by week: each week's are its own, and made once."""

from __future__ import annotations

from datetime import date, time, timedelta

from django.db.models import Max

from clinics.models import Clinic, Organization, Practitioner
from scheduling.domain.intervals import Interval
from scheduling.domain.sessions import ONE_DAY, instant
from scheduling.management.demo.places import Tenant
from scheduling.models import Appointment, ClinicClosure, TimeOff

WEEK = timedelta(days=7)
WEEKS_AHEAD = 6  # further than anybody books, so that nobody is booked already
HOLIDAYS = ("Annual leave", "Conference in Bangkok", "Family wedding")
CLOSED = ("Water pipes are repaired", "Training of the staff")


def make_absences(organization: Organization, tenant: Tenant, since: date, today: date) -> None:
    """Make those of the weeks from `since` on that come after the last there is: what somebody deletes stays away."""
    own = TimeOff.objects.filter(practitioner__organization=organization, reason__in=HOLIDAYS)
    last = own.aggregate(last=Max("starts_at"))["last"]
    monday = monday_of(max(since, last.date() + ONE_DAY + WEEK) if last else since)
    clinics = {clinic.name: clinic for clinic in Clinic.objects.filter(organization=organization)}
    people = {person.name: person for person in Practitioner.objects.filter(organization=organization)}
    while monday <= monday_of(today) + WEEKS_AHEAD * WEEK:
        make_holiday(tenant, people, clinics, monday)
        close_clinics(tenant, clinics, monday)
        monday += WEEK


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def make_holiday(tenant: Tenant, people: dict[str, Practitioner], clinics: dict[str, Clinic], monday: date) -> None:
    """Send on holiday whose turn it is this week."""
    week = monday.toordinal() // 7
    turns = [(name, *person.away) for name, person in tenant.practitioners.items() if person.away]
    name, weekday, days = turns[week % len(turns)]
    practitioner = people.get(name)
    zone = next(iter(clinics.values())).zone
    first = monday + timedelta(days=weekday)
    away = Interval(instant(first, time.min, zone), instant(first + timedelta(days=days), time.min, zone))
    if practitioner is None or is_booked(away, practitioner=practitioner):
        return
    TimeOff.objects.create(
        practitioner=practitioner, starts_at=away.start, ends_at=away.end, reason=HOLIDAYS[week % len(HOLIDAYS)]
    )


def close_clinics(tenant: Tenant, clinics: dict[str, Clinic], monday: date) -> None:
    week = monday.toordinal() // 7
    for name, place in tenant.clinics.items():
        clinic = clinics.get(name)
        if clinic is None or place.closed_every is None or week % place.closed_every:
            continue
        day = monday + timedelta(days=place.closed_weekday)
        whole = Interval(instant(day, time.min, clinic.zone), instant(day + ONE_DAY, time.min, clinic.zone))
        if not is_booked(whole, clinic=clinic):
            reason = CLOSED[week // place.closed_every % len(CLOSED)]
            ClinicClosure.objects.get_or_create(clinic=clinic, date=day, defaults={"reason": reason})


def is_booked(when: Interval, **whose: Clinic | Practitioner) -> bool:
    return Appointment.objects.occupying().overlapping(when).filter(**whose).exists()
