import re
from datetime import time

import pytest
from django.test import Client

from clinics.models import Role
from tests.factories import (
    AppointmentFactory,
    ClinicAssignmentFactory,
    MembershipFactory,
    PractitionerFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.practice import NINE


def signed_in(organization, role=Role.FRONT_DESK, clinics=(), user=None):
    """Give a browser in which a member of the organization has signed in."""
    given = {"user": user} if user else {}
    membership = MembershipFactory(organization=organization, role=role, **given)
    membership.clinics.set(clinics, through_defaults={"organization": organization})
    browser = Client()
    browser.force_login(membership.user, backend="clinics.authentication.MemberBackend")
    browser.user = membership.user
    return browser


def colleague_of(day, name="Dr Zaw", *, specialty=None, clinic=None, since=time(9), until=time(17)):
    practitioner = PractitionerFactory(organization=day.organization, name=name, specialty=specialty)
    assignment = ClinicAssignmentFactory(practitioner=practitioner, clinic=clinic or day.clinic)
    WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment), start_time=since, end_time=until)
    return practitioner


def taken(day, start=NINE, **given):
    return AppointmentFactory(practitioner=day.practitioner, clinic=day.clinic, appointment_date=start, **given)


def hidden_fields(html):
    """Give what the page's own form would send."""
    form = re.search(r'<form class="confirm".*?</form>', html, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


@pytest.fixture
def desk(clinic_day):
    return signed_in(clinic_day.organization)


@pytest.fixture
def form(clinic_day):
    """What the rendered form sends when Monday, nine o'clock, is booked."""
    return {
        "patient": clinic_day.patient.pk,
        "practitioner": clinic_day.practitioner.pk,
        "clinic": clinic_day.clinic.pk,
        "type": "",
        "start": "2030-01-07T09:00:00+06:30",
        "request_id": "6b4b0d3e-0f4e-4f0c-9b56-2d3f7f3f9a11",
        "notes": "",
    }
