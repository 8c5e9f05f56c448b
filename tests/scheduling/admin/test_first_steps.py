"""What the first page of the administration asks for, until somebody can be booked."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from scheduling.models import AppointmentType, WorkingHours
from tests.administration import administrator, superuser
from tests.factories import AppointmentTypeFactory, ClinicFactory, OrganizationFactory, PractitionerFactory
from tests.practice import practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

TITLE = "To the first appointment at"


def open_steps(organization):
    steps = administrator(organization).get("/admin/").context["first_steps"]
    return [step.url.split("/")[3] for step in steps if not step.done]


def test_an_empty_organization_lacks_everything():
    organization = OrganizationFactory(name="Yankin Health")
    assert open_steps(organization) == ["clinic", "practitioner", "appointmenttype", "schedule"]
    answer = administrator(organization).get("/admin/")
    assertContains(answer, f"{TITLE} Yankin Health")
    assertContains(answer, 'href="/admin/clinics/clinic/add/"')


def test_what_is_done_is_marked_and_what_others_have_is_not_counted():
    organization = ClinicFactory().organization
    practice()
    assert open_steps(organization) == ["practitioner", "appointmenttype", "schedule"]


def test_a_practitioner_who_works_nowhere_is_to_be_assigned():
    organization = ClinicFactory().organization
    PractitionerFactory(organization=organization)
    assert open_steps(organization) == ["clinicassignment", "appointmenttype", "schedule"]


def test_once_all_is_done_they_are_gone():
    house = practice()
    AppointmentTypeFactory(organization=house.organization)
    assertNotContains(administrator(house.organization).get("/admin/"), TITLE)


def test_a_schedule_without_hours_or_a_closed_clinic_is_not_enough():
    house = practice()
    AppointmentTypeFactory(organization=house.organization)
    WorkingHours.objects.all().delete()
    assert open_steps(house.organization) == ["schedule"]
    house.clinic.is_active = False
    house.clinic.save(update_fields=["is_active"])
    assert open_steps(house.organization) == ["clinic", "clinicassignment", "schedule"]
    assert AppointmentType.objects.count() == 1


def test_a_superuser_has_none():
    assertNotContains(superuser().get("/admin/"), TITLE)
