"""The demo run again: the same, and then further on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import ActivityEvent, Clinic, Organization, Practitioner, User
from patients.models import Patient
from scheduling.management.demo.seeding import Seeding
from scheduling.models import (
    Appointment,
)
from scheduling.services import AppointmentService
from tests.scheduling.management.conftest import WEDNESDAY, contents, seed, waiting, yankin

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("wednesday")
def test_a_second_run_in_the_same_minute_writes_nothing():
    before = contents()
    told = seed().told
    assert contents() == before
    assert "Yankin Health: 0 appointments booked, 0 older ones brought up to date" in told


@pytest.mark.usefixtures("wednesday")
def test_it_is_the_same_every_time():
    first = told_without_keys()
    Organization.objects.update(name="Another")
    seed()
    assert told_without_keys() == first


def told_without_keys():
    """Give what the demo says, in the words of people: rows have other keys in another database."""
    organization = Organization.objects.get(name="Yankin Health")
    patients = Patient.objects.filter(organization=organization).order_by("record_number")
    appointments = Appointment.objects.filter(organization=organization).order_by("request_id")
    about = ("request_id", "appointment_date", "duration", "status", "seat", "notes", "checked_in_at", "created_at")
    events = ActivityEvent.objects.filter(organization=organization).order_by("created_at", "id")
    return [
        list(patients.values_list("name", "record_number", "birth_date", "phone", "email", "language")),
        list(
            appointments.values_list(*about, "patient__record_number", "appointment_type__code", "cancellation_reason")
        ),
        sorted(events.values_list("kind", "created_at", "actor__email", "reason", "priority", "new__status")),
    ]


@pytest.mark.usefixtures("wednesday")
def test_an_interrupted_run_is_simply_repeated(monkeypatch):
    whole = told_without_keys()
    Organization.objects.update(name="Another")
    seed_days, weeks = Seeding.seed_days, []

    def cut_off(*arguments, **options):
        weeks.append(arguments)
        if len(weeks) == 2:
            raise KeyboardInterrupt
        seed_days(*arguments, **options)

    monkeypatch.setattr(Seeding, "seed_days", cut_off)
    with pytest.raises(KeyboardInterrupt):
        seed()
    assert Appointment.objects.filter(organization__name="Yankin Health").exists()
    monkeypatch.undo()
    seed()
    assert told_without_keys() == whole


@pytest.mark.usefixtures("wednesday")
def test_a_later_run_goes_on(time_machine):
    kept = list(Appointment.objects.values_list("request_id", "patient_id", "appointment_date", "created_at"))
    later = WEDNESDAY + timedelta(days=3)
    time_machine.move_to(later, tick=False)
    told = seed().told
    assert set(kept) <= set(
        Appointment.objects.values_list("request_id", "patient_id", "appointment_date", "created_at")
    )
    assert Appointment.objects.count() > len(kept)
    waiting_for_an_outcome = ["pending", "booked", "confirmed", "arrived", "in-progress"]
    forgotten = Appointment.objects.filter(ends_at__lt=later - timedelta(minutes=30), status__in=waiting_for_an_outcome)
    assert not forgotten.exists()
    assert any(wait > timedelta(minutes=15) for wait in (later - arrived for arrived in waiting(yankin())))
    assert yankin(later.date() + timedelta(days=5)).exists()
    assert "0 older ones" not in told.splitlines()[0]
    assert Patient.objects.filter(organization__name="Yankin Health").count() == 300
    before = contents()
    seed()
    assert contents() == before


def test_a_later_run_leaves_alone_what_people_did(wednesday, time_machine):
    organization = Organization.objects.get(name="Yankin Health")
    user = User.objects.get(email="desk@yankin.example")
    clinic = Clinic.objects.get(name="Yankin Clinic")
    service = AppointmentService(organization, actor=user)
    slot = service.get_clinic_slots_range(clinic_id=clinic.pk, start_date=wednesday, end_date=wednesday)[wednesday][-1]
    booked = service.create_appointment(
        patient_id=Patient.objects.register(organization, actor=user, name="Daw Nobody Else").pk,
        practitioner_id=slot.practitioner_id,
        clinic_id=clinic.pk,
        appointment_date=slot.start,
        notes="Booked by a person.",
    )
    # As the service writes a change: the row in its new version.
    changed = yankin().filter(status="booked", appointment_date__gt=timezone.now()).exclude(pk=booked.pk).first()
    Appointment.objects.filter(pk=changed.pk).update(status="confirmed", version=changed.version + 1)
    theirs = Appointment.objects.filter(pk__in=[booked.pk, changed.pk]).order_by("pk")
    before, events = list(theirs.values()), events_about(theirs)
    time_machine.move_to(WEDNESDAY + timedelta(days=21), tick=False)
    seed()
    assert list(theirs.values()) == before
    assert events_about(theirs) == events
    over = Appointment.objects.filter(
        practitioner_id=slot.practitioner_id, appointment_date__lt=booked.ends_at, ends_at__gt=slot.start
    ).occupying()
    assert list(over) == [booked]


def events_about(appointments):
    return ActivityEvent.objects.filter(target_id__in=appointments.values("pk")).count()


@pytest.mark.usefixtures("wednesday")
def test_an_absence_that_somebody_deleted_stays_away(time_machine):
    practitioner = Practitioner.objects.get(name="Dr Nang Mo Hom")
    deleted = list(practitioner.time_off.values_list("starts_at", flat=True))
    practitioner.time_off.all().delete()
    time_machine.move_to(WEDNESDAY + timedelta(days=1), tick=False)
    seed()
    assert deleted
    assert not practitioner.time_off.filter(starts_at__in=deleted).exists()


@pytest.mark.usefixtures("wednesday")
def test_a_practitioner_whom_somebody_added_is_not_booked(time_machine):
    practitioner = Practitioner.objects.get(name="Dr Zaw Lin Htet")
    Practitioner.objects.filter(pk=practitioner.pk).update(name="Dr Somebody Else")
    booked = practitioner.appointments.count()
    time_machine.move_to(WEDNESDAY + timedelta(days=4), tick=False)
    seed()
    assert practitioner.appointments.count() == booked
