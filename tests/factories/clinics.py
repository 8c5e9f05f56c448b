from datetime import date

import factory
from factory.django import DjangoModelFactory

from clinics.models import Clinic, ClinicAssignment, Membership, Organization, Practitioner, Role, Specialty, User

LONG_AGO = date(2000, 1, 1)
PASSWORD = "the cat sat on the mat"  # noqa: S105 it opens nothing but tests


class TenantFactory(DjangoModelFactory):
    """Takes the organization of whatever row it is given, else makes one."""

    class Meta:
        abstract = True

    @classmethod
    def _generate(cls, strategy, params):
        given = (getattr(value, "organization", None) for value in params.values())
        params.setdefault("organization", next((organization for organization in given if organization), None))
        if params["organization"] is None:
            del params["organization"]
        return super()._generate(strategy, params)


def same_organization(of: str):
    return factory.SubFactory(of, organization=factory.SelfAttribute("..organization"))


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    timezone = "Asia/Yangon"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@medaius.example")
    name = factory.Sequence(lambda n: f"User {n}")
    password = factory.django.Password(PASSWORD)


class ClinicFactory(TenantFactory):
    class Meta:
        model = Clinic

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Clinic {n}")
    timezone = factory.SelfAttribute("organization.timezone")


class MembershipFactory(TenantFactory):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.FRONT_DESK


class SpecialtyFactory(TenantFactory):
    class Meta:
        model = Specialty

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Specialty {n}")


class PractitionerFactory(TenantFactory):
    class Meta:
        model = Practitioner

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Dr {n}")


class ClinicAssignmentFactory(TenantFactory):
    class Meta:
        model = ClinicAssignment

    organization = factory.SubFactory(OrganizationFactory)
    practitioner = same_organization("tests.factories.PractitionerFactory")
    clinic = same_organization("tests.factories.ClinicFactory")
    starts_on = LONG_AGO
