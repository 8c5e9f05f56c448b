import pytest

from clinics.models import Clinic, Practitioner, Specialty
from clinics.round_trip import load_together
from tests.factories import ClinicAssignmentFactory, ClinicFactory, OrganizationFactory, PractitionerFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [0, 1, 3])
def test_several_lists_come_in_one_query_each_in_its_order(count, django_assert_num_queries):
    organization = OrganizationFactory()
    for number in range(count):
        clinic = ClinicFactory(organization=organization, name=f"Clinic {9 - number}")
        PractitionerFactory(organization=organization, name=f"Dr {9 - number}")
        ClinicAssignmentFactory(practitioner=PractitionerFactory(organization=organization), clinic=clinic)
    lists = (
        Clinic.objects.filter(organization=organization).order_by("-name"),
        Practitioner.objects.filter(organization=organization),
        Practitioner.objects.filter(assignments__clinic__organization=organization).distinct(),
        Specialty.objects.none(),
    )
    with django_assert_num_queries(1):
        found = load_together(*lists)
    assert found == [list(rows) for rows in lists]


def test_a_row_is_whole():
    clinic = ClinicFactory()
    [[found]] = load_together(Clinic.objects.filter(pk=clinic.pk))
    clinic.refresh_from_db()
    fields = [field.attname for field in Clinic._meta.concrete_fields]
    assert [getattr(found, field) for field in fields] == [getattr(clinic, field) for field in fields]
