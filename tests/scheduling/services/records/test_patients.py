"""Patients on their way in, where records were merged."""

import pytest

from patients.models import Patient
from tests.factories import OrganizationFactory, PatientFactory
from tests.records import bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged():
    organization = OrganizationFactory()
    kept = PatientFactory(organization=organization, name="Daw Khin Myat Noe")
    return PatientFactory(organization=organization, name="Khin Noe", is_active=False, merged_into=kept)


@pytest.mark.parametrize("name", ["Khin Noe", "Daw Khin Myat Noe"])
def test_a_merged_record_is_known_by_either_name(merged, name):
    row = f"{merged.record_number},{name}"
    assert bring(merged.organization, "patients", "record_number,name", row) == (0, 1, [])
    assert Patient.objects.count() == 2


def test_its_number_is_not_given_to_somebody_else(merged):
    created, known, problems = bring(
        merged.organization, "patients", "record_number,name", f"{merged.record_number},U Zaw Min"
    )
    assert (created, known, len(problems)) == (0, 0, 1)
