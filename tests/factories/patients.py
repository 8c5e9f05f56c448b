import factory

from patients.models import Patient
from tests.factories.clinics import OrganizationFactory, TenantFactory


class PatientFactory(TenantFactory):
    class Meta:
        model = Patient

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Patient {n}")
    record_number = factory.Sequence(lambda n: f"T-{n:06}")
