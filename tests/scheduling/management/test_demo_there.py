"""Who and what is in the demo, and what can be booked in it."""

from collections import Counter
from datetime import time as wall
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.db.models import Count, F
from django.test import RequestFactory

from clinics.models import ActivityEvent, Clinic, Membership, Organization, Practitioner, Specialty, User
from patients.models import Patient
from scheduling.management.demo.places import PASSWORD
from scheduling.models import (
    Appointment,
    AppointmentType,
    ClinicClosure,
    Schedule,
    TimeOff,
    WorkingHours,
)
from scheduling.services import AppointmentService
from tests.scheduling.management.conftest import WEDNESDAY, seed

pytestmark = pytest.mark.django_db

LOGINS = {
    "Yankin Health": {
        "desk@yankin.example": "front_desk",
        "doctor@yankin.example": "practitioner",
        "admin@yankin.example": "administrator",
        "both@yankin.example": "front_desk",
    },
    "Shwe Pyi Clinics": {
        "desk@shwepyi.example": "front_desk",
        "doctor@shwepyi.example": "practitioner",
        "admin@shwepyi.example": "administrator",
        "both@yankin.example": "administrator",
    },
}


@pytest.mark.usefixtures("wednesday")
def test_the_clinics_and_those_who_work_there():
    organization = Organization.objects.get(name="Yankin Health")
    assert list(Clinic.objects.filter(organization=organization).values_list("name", "timezone")) == [
        ("Yankin Clinic", "Asia/Yangon"),
        ("Yankin Mandalay", "Asia/Yangon"),
        ("Yankin Singapore", "Asia/Singapore"),
    ]
    practitioners = Practitioner.objects.filter(organization=organization)
    assert practitioners.count() == 12
    assert Specialty.objects.filter(organization=organization).count() == 5
    assert [
        practitioner.name
        for practitioner in practitioners.annotate(clinics=Count("assignments__clinic", distinct=True))
        if practitioner.clinics == 2
    ] == ["Dr Thida Win"]
    assert set(
        Schedule.objects.filter(capacity=10).values_list("assignment__practitioner__name", "working_hours__weekday")
    ) == {("Ei Phyu", 0), ("Ei Phyu", 2), ("Ei Phyu", 4)}
    nights = WorkingHours.objects.filter(end_time__lt=F("start_time"))
    assert set(nights.values_list("start_time", "end_time")) == {(wall(22), wall(7))}
    assert set(nights.values_list("weekday", flat=True)) == set(range(7))
    assert AppointmentType.objects.filter(organization=organization).count() == 5
    assert AppointmentType.objects.get(organization=organization, is_default=True).code == "follow-up"


def test_absences_in_the_coming_weeks(wednesday):
    coming = WEDNESDAY + timedelta(weeks=4)
    assert TimeOff.objects.filter(starts_at__range=(WEDNESDAY, coming)).count() >= 3
    assert ClinicClosure.objects.filter(date__range=(wednesday, coming.date())).count() >= 1
    assert not ClinicClosure.objects.filter(clinic__name="Yankin Clinic").exists()


@pytest.mark.usefixtures("wednesday")
def test_the_patients():
    patients = list(Patient.objects.filter(organization__name="Yankin Health"))
    burmese = [patient for patient in patients if patient.name[0] > "က"]
    phones = Counter(str(patient.phone) for patient in patients if patient.phone)
    assert len(patients) == 300
    assert 50 < len(burmese) < 150
    assert all(patient.phone.is_valid() for patient in patients if patient.phone)
    assert any(count > 1 for count in phones.values())
    assert any(not patient.phone for patient in patients)
    assert {patient.language for patient in patients} == {"my", "en"}
    assert any(patient.birth_date_estimated for patient in patients)
    assert all(patient.email.endswith("example.com") for patient in patients if patient.email)
    # A Daw is no girl, and a Mg no grandfather.
    assert all(patient.birth_date.year < 1993 for patient in patients if patient.name.startswith(("Daw ", "U ")))
    assert all(patient.birth_date.year > 2010 for patient in patients if patient.name.startswith("Mg "))


@pytest.mark.usefixtures("wednesday")
def test_the_logins_are_printed_by_organization_and_open_the_door():
    printed = seed().printed
    for organization, logins in LOGINS.items():
        _before, _, after = printed.partition(f"{organization}\n")
        for line, (email, role) in zip(after.splitlines(), logins.items(), strict=False):
            assert line.split() == [email, *PASSWORD.split(), role]
            assert Membership.objects.get(organization__name=organization, user__email=email).role == role
            assert authenticate(RequestFactory().post("/login/"), username=email, password=PASSWORD).email == email
    operator = authenticate(RequestFactory().post("/login/"), username="operator@yankin.example", password=PASSWORD)
    assert operator.is_superuser
    assert not Membership.objects.filter(user=operator).exists()


@pytest.mark.usefixtures("wednesday")
def test_nobody_else_can_sign_in():
    open_doors = {user.email for user in User.objects.all() if user.has_usable_password()}
    assert open_doors == {"operator@yankin.example", *LOGINS["Yankin Health"], *LOGINS["Shwe Pyi Clinics"]}


@pytest.mark.usefixtures("wednesday")
def test_the_second_organization_has_its_own_rows():
    second = Organization.objects.get(name="Shwe Pyi Clinics")
    assert Clinic.objects.filter(organization=second).count() == 1
    assert Practitioner.objects.filter(organization=second).count() == 2
    assert Patient.objects.filter(organization=second).count() == 45
    appointments = Appointment.objects.filter(organization=second)
    assert appointments.exists()
    assert not appointments.exclude(patient__organization=second, practitioner__organization=second).exists()
    assert ActivityEvent.objects.filter(organization=second, kind="APPOINTMENT_CREATED").count() == appointments.count()


def test_any_dermatologist_this_week(wednesday):
    organization = Organization.objects.get(name="Yankin Health")
    skin = Specialty.objects.get(organization=organization, name="Dermatology")
    service = AppointmentService(organization)
    free = {
        clinic.name: {
            slot.practitioner_id
            for slots in service.get_clinic_slots_range(
                clinic_id=clinic.pk,
                start_date=wednesday,
                end_date=wednesday + timedelta(days=6),
                specialty_id=skin.pk,
            ).values()
            for slot in slots
        }
        for clinic in Clinic.objects.filter(organization=organization)
    }
    assert {name: len(people) for name, people in free.items()} == {
        "Yankin Clinic": 1,
        "Yankin Mandalay": 1,
        "Yankin Singapore": 0,
    }


def test_there_is_something_free_every_day(wednesday):
    organization = Organization.objects.get(name="Yankin Health")
    service = AppointmentService(organization)
    for day in (wednesday + timedelta(days=n) for n in range(29)):
        free = service.get_available_clinics(date=day)
        assert sum(len(clinic.free_slots) for clinic in free) >= 10, day
        assert free[0].clinic.name == "Yankin Clinic"


# By hand, and in another way than the product's: each row told by the database's own clock of its clinic.
OF_THE_WEEK = """
  FROM scheduling_appointment a JOIN clinics_clinic c ON c.id = a.clinic_id
       LEFT JOIN scheduling_appointmenttype t ON t.id = a.appointment_type_id
 WHERE a.organization_id = %(organization)s
   AND (a.appointment_date AT TIME ZONE c.timezone)::date BETWEEN %(first)s AND %(last)s
   AND (%(clinic)s::bigint IS NULL OR a.clinic_id = %(clinic)s)
   AND (%(practitioner)s::bigint IS NULL OR a.practitioner_id = %(practitioner)s)
"""


def by_hand(columns, end="", **asked):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} {OF_THE_WEEK} {end}", asked)
        return cursor.fetchall()


@pytest.mark.parametrize("of", ["everything", "a clinic", "a practitioner"])
def test_its_statistics_are_those_counted_by_hand(wednesday, of):
    organization = Organization.objects.get(name="Yankin Health")
    first, last = wednesday - timedelta(days=3), wednesday + timedelta(days=3)
    clinic = Clinic.objects.get(name="Yankin Singapore").pk if of == "a clinic" else None
    doctor = Practitioner.objects.get(user__email="doctor@yankin.example").pk if of == "a practitioner" else None
    found = AppointmentService(organization).get_appointment_stats(
        start_date=first, end_date=last, clinic_id=clinic, practitioner_id=doctor
    )
    asked = {"organization": organization.pk, "first": first, "last": last, "clinic": clinic, "practitioner": doctor}
    ((total, completed, missed, cancelled, seen),) = by_hand(
        """count(*), count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'no-show'),
           count(*) FILTER (WHERE status = 'cancelled'),
           count(DISTINCT a.patient_id) FILTER (WHERE status = 'completed')""",
        **asked,
    )
    assert (found.total, found.patients_seen) == (total, seen)
    assert min(total, completed, missed, seen) > 0
    assert found.average_per_day == total / 7
    assert found.no_show_rate == 100 * missed / (completed + missed)
    assert found.completion_rate == 100 * completed / (completed + missed)
    assert found.cancellation_rate == 100 * cancelled / total
    assert some(found.by_status) == dict(by_hand("status, count(*)", "GROUP BY 1", **asked))
    assert some(found.by_type) == dict(by_hand("t.code, count(*)", "GROUP BY 1", **asked))
    assert some(found.by_cancellation_reason) == dict(
        by_hand("cancellation_reason, count(*)", "AND status = 'cancelled' GROUP BY 1", **asked)
    )
    local = "a.appointment_date AT TIME ZONE c.timezone"
    assert some(found.by_day) == dict(by_hand(f"({local})::date, count(*)", "GROUP BY 1", **asked))
    hours = by_hand(
        f"extract(isodow FROM {local})::int - 1, extract(hour FROM {local})::int, count(*)",
        "AND status <> 'cancelled' GROUP BY 1, 2",
        **asked,
    )
    assert found.busiest == {(weekday, hour): count for weekday, hour, count in hours}


def some(counts):
    return {key: count for key, count in counts.items() if count}
