import io
from datetime import datetime
from types import SimpleNamespace

import pytest
import time_machine as clock
from django.core.management import call_command
from django.utils import timezone

from clinics.models import ActivityEvent, Clinic, ClinicAssignment, Membership, Organization, Practitioner, User
from patients.models import Patient
from scheduling.models import Appointment, ClinicClosure, Encounter, TimeOff
from tests.practice import YANGON

WEDNESDAY = datetime(2030, 1, 9, 9, 30, tzinfo=YANGON)
SMALL = {"patients": 300, "days_back": 4, "days_ahead": 5}
MODELS = (
    *(Organization, User, Membership, Clinic, Practitioner, ClinicAssignment, TimeOff, ClinicClosure),
    *(Patient, Appointment, ActivityEvent, Encounter),
)


def seed(**options):
    """Seed a small demo at the time it is; give what was printed, and what was told on the way."""
    printed, told = io.StringIO(), io.StringIO()
    call_command("seed_demo", force=True, stdout=printed, stderr=told, **{**SMALL, **options})
    return SimpleNamespace(printed=printed.getvalue(), told=told.getvalue())


def contents():
    return {model: list(model.objects.order_by("pk").values()) for model in MODELS}


def yankin(day=None):
    """Give the appointments of the main clinic on a date, today by default."""
    clinic = Clinic.objects.get(name="Yankin Clinic")
    return Appointment.objects.filter(clinic=clinic).on_local_day(
        day or timezone.now().astimezone(YANGON).date(), clinic.zone
    )


def waiting(appointments):
    return appointments.filter(status="arrived").values_list("checked_in_at", flat=True)


@pytest.fixture(scope="module")
def seeded(request, django_db_blocker):
    """A small demo of that Wednesday, made once for the tests of a file, each of which undoes what it does to it."""
    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock():
        with clock.travel(WEDNESDAY, tick=False):
            seed()
        yield WEDNESDAY
        # An audit trail cannot be deleted, but for tests it can be emptied.
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def wednesday(seeded, time_machine):
    time_machine.move_to(seeded, tick=False)
    return seeded.date()
