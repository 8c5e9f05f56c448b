"""Adding a patient under the next record number."""

import pytest

from clinics.models import ActivityEvent
from patients.models import Patient
from tests.factories import OrganizationFactory, PatientFactory

pytestmark = pytest.mark.django_db


def register(organization, name="Daw Nwe Ni"):
    return Patient.objects.register(organization, actor=None, name=name)


def test_numbers_count_on():
    organization = OrganizationFactory()
    assert [register(organization).record_number for _ in range(2)] == ["MR-000001", "MR-000002"]


def test_each_organization_counts_its_own():
    assert [register(OrganizationFactory()).record_number for _ in range(2)] == ["MR-000001", "MR-000001"]


def test_numbers_in_use_are_passed_over():
    organization = OrganizationFactory()
    PatientFactory(organization=organization, record_number="MR-000001")
    assert register(organization).record_number == "MR-000002"


def test_one_event_tells_of_it():
    patient = register(OrganizationFactory())
    event = ActivityEvent.objects.get()
    assert (event.kind, event.target) == ("PATIENT_CREATED", patient)
    assert event.new == {"name": "Daw Nwe Ni", "record_number": "MR-000001"}
