"""Which patients a query finds."""

from datetime import date

import pytest

from patients.models import Patient
from patients.search import find_patients
from tests.factories import OrganizationFactory, PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def khin():
    return PatientFactory(
        name="Daw Khin Myat Noe", phone="+959250088870", record_number="MR-004182", birth_date=date(1971, 3, 4)
    )


@pytest.mark.parametrize(
    "query",
    [
        "khin",
        "noe daw",
        "MYAT  khin",
        "8870",
        "၈၈၇၀",
        "09 250 088 870",
        "09250088870",
        "+95 9 250 088 870",
        "4182",
        "mr-004182",
        "1971-03-04",
        "khin 8870",
        "Khin 1971-03-04",
    ],
)
def test_she_is_found_by(khin, query):
    assert find_patients(khin.organization, query) == [khin]


@pytest.mark.parametrize("query", ["", "   ", "khin zaw", "8871", "%", "_", "1971-03-05", "1971-13-04", "khin 9999"])
def test_she_is_not_found_by(khin, query):
    assert find_patients(khin.organization, query) == []


@pytest.mark.usefixtures("khin")
def test_nobody_of_another_organization():
    assert find_patients(OrganizationFactory(), "khin") == []


def test_nobody_who_is_no_longer_active(khin):
    Patient.objects.update(is_active=False)
    assert find_patients(khin.organization, "khin") == []


def test_names_that_begin_so_come_first_then_by_name(khin):
    organization = khin.organization
    zaw, aye = (PatientFactory(organization=organization, name=name) for name in ("Khin Zaw", "Khin Aye"))
    assert find_patients(organization, "khin") == [aye, zaw, khin]


def test_no_more_than_ten():
    organization = OrganizationFactory()
    PatientFactory.create_batch(12, organization=organization, name="Khin")
    assert len(find_patients(organization, "khin")) == 10
