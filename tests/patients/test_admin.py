"""Patients in the administration."""

import pytest
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import ActivityEvent
from patients.models import Patient
from tests.administration import administrator, errors_of, events, told, url
from tests.factories import AppointmentFactory, OrganizationFactory, PatientFactory

pytestmark = pytest.mark.django_db

ADD, LIST = url(Patient, "add"), url(Patient, "changelist")
PATIENT = {"name": "Daw Khin  Myat Noe", "phone": "09 250 088 870", "birth_date": "1971-03-04", "language": "my"}


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def office(organization):
    return administrator(organization)


def test_a_patient_is_registered_under_the_next_number(office, organization):
    assertRedirects(office.post(ADD, PATIENT), LIST)
    patient = Patient.objects.get()
    assert (patient.organization, patient.record_number) == (organization, "MR-000001")
    assert (patient.name, str(patient.phone)) == ("Daw Khin Myat Noe", "+959250088870")
    event = ActivityEvent.objects.get()
    assert (event.kind, event.actor, event.target) == ("PATIENT_CREATED", office.user, patient)


def test_a_change_is_told_of_and_the_number_stays(office, organization):
    patient = PatientFactory(organization=organization, name="Old name")
    sent = {**PATIENT, "record_number": "MR-999999", "is_active": "on"}
    assertRedirects(office.post(url(patient), sent), LIST)
    number = patient.record_number
    patient.refresh_from_db()
    assert (patient.name, patient.record_number) == ("Daw Khin Myat Noe", number)
    event = ActivityEvent.objects.get()
    assert (event.kind, event.old["name"], event.new["phone"]) == ("PATIENT_CHANGED", "Old name", "+959250088870")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\0"),
        ("phone", "12"),
        ("birth_date", "1800-01-01"),
        ("birth_date", "2999-01-01"),
        ("email", "khin"),
        ("language", "xx"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(office, field, value):
    assert list(errors_of(office.post(ADD, {**PATIENT, field: value}))) == [field]
    assert not Patient.objects.exists()


@pytest.mark.parametrize("query", ["khin", "8870", "၈၈၇၀", "T-77"])
def test_one_is_found_by_name_phone_and_number(office, organization, query):
    patient = PatientFactory(
        organization=organization, name="Daw Khin Myat Noe", phone="+959250088870", record_number="T-77"
    )
    PatientFactory(organization=organization, name="U Ba")
    assert list(office.get(LIST, {"q": query}).context["cl"].result_list) == [patient]


def test_one_with_appointments_is_not_deleted(office, organization):
    patient = PatientFactory(organization=organization, name="Daw Khin")
    AppointmentFactory(patient=patient)
    answer = office.post(url(patient, "delete"), {"post": "yes"})
    words = "Daw Khin cannot be deleted: appointments refer to it. Take the mark at “active” away instead."
    assert told(answer) == [words]
    assert Patient.objects.exists()


def test_one_without_is_deleted_and_told_of(office, organization):
    patient = PatientFactory(organization=organization)
    assertContains(office.get(url(patient, "delete")), "Are you sure")
    assertRedirects(office.post(url(patient, "delete"), {"post": "yes"}), LIST)
    assert events() == ["PATIENT_DELETED"]


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(office, organization, django_assert_num_queries):
    for rows in (1, 2):
        for _ in range(rows):
            PatientFactory(organization=organization)
        with django_assert_num_queries(4):
            office.get(LIST)
