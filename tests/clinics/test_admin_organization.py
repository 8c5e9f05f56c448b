"""The organization, its clinics, its specialties, and what the audit trail keeps of them."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Clinic, Organization, Specialty
from tests.administration import administrator, errors_of, events, superuser, told, url
from tests.factories import (
    ClinicFactory,
    MembershipFactory,
    OrganizationFactory,
    PractitionerFactory,
    SpecialtyFactory,
)
from tests.practice import practice

pytestmark = pytest.mark.django_db

HOUSE = {
    "name": "Yankin Health",
    "timezone": "Asia/Yangon",
    "phone_region": "MM",
    "buffer_minutes": 0,
    "late_start_minutes": 5,
    "encounter_opens": "arrived",
    "patient_wait_minutes": 2,
    "reminder_hours": 24,
}
CLINIC = {"name": "Yankin Clinic", "timezone": "Asia/Yangon", "address": "12 Yankin Road", "is_active": "on"}


@pytest.fixture
def office():
    return administrator(OrganizationFactory())


@pytest.fixture
def organization(office):
    return office.membership.organization


def test_an_administrator_edits_ones_own_organization(office, organization):
    assertRedirects(office.post(url(organization), HOUSE), url(Organization, "changelist"))
    organization.refresh_from_db()
    assert (organization.name, organization.late_start_minutes) == ("Yankin Health", 5)
    event = ActivityEvent.objects.get()
    assert (event.kind, event.target, event.actor) == ("ORGANIZATION_CHANGED", organization, office.user)
    assert (event.old["late_start_minutes"], event.new["late_start_minutes"]) == (0, 5)


def test_who_is_told_what_is_the_organizations_to_say(office, organization):
    told = {"sms_notifications": "on", "patient_wait_minutes": "၁၀", "reminder_hours": "0", "automatic_no_show": "on"}
    office.post(url(organization), {**HOUSE, **told})
    organization.refresh_from_db()
    assert (organization.email_notifications, organization.practitioner_emails) == (False, False)
    assert (organization.sms_notifications, organization.automatic_no_show) == (True, True)
    assert (organization.patient_wait_minutes, organization.reminder_hours) == (10, 0)


def test_but_neither_adds_nor_deletes_one(office, organization):
    assert office.get(url(Organization, "add")).status_code == 403
    assert office.post(url(Organization, "add"), HOUSE).status_code == 403
    assert office.post(url(organization, "delete"), {"post": "yes"}).status_code == 403
    assert Organization.objects.count() == 1


def test_a_superuser_adds_one():
    assertRedirects(superuser().post(url(Organization, "add"), HOUSE), url(Organization, "changelist"))
    assert ActivityEvent.objects.get().organization == Organization.objects.get(name="Yankin Health")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("timezone", "Mars/Olympus", "Mars/Olympus is not the name of a time zone, such as Asia/Yangon."),
        ("phone_region", "XX", "XX is not the code of a country with telephones, such as MM."),
        ("buffer_minutes", "1441", "Ensure this value is less than or equal to 1440."),
        ("name", "", "This field is required."),
    ],
)
def test_what_is_wrong_with_it_is_said_at_the_field(office, organization, field, value, words):
    answer = office.post(url(organization), {**HOUSE, field: value})
    assert errors_of(answer) == {field: [words]}
    assert events() == []


def test_a_clinic_is_added_to_ones_own_organization(office, organization):
    sent = {**CLINIC, "organization": OrganizationFactory().pk}
    assertRedirects(office.post(url(Clinic, "add"), sent), url(Clinic, "changelist"))
    clinic = Clinic.objects.get()
    assert (clinic.organization, clinic.name) == (organization, "Yankin Clinic")
    assert ActivityEvent.objects.get().new == {**CLINIC, "is_active": True}


def test_a_new_clinic_begins_with_the_organizations_zone(office, organization):
    organization.timezone = "Asia/Kolkata"
    organization.save(update_fields=["timezone"])
    assertContains(office.get(url(Clinic, "add")), 'value="Asia/Kolkata"')
    assertNotContains(office.get(url(Clinic, "add")), 'name="organization"')


def test_a_bad_zone_of_a_clinic_is_said_at_the_field(office):
    answer = office.post(url(Clinic, "add"), {**CLINIC, "timezone": "Yangon"})
    assert errors_of(answer) == {"timezone": ["Yangon is not the name of a time zone, such as Asia/Yangon."]}


def test_a_change_that_changes_nothing_leaves_no_event(office, organization):
    clinic = ClinicFactory(organization=organization, name="Yankin Clinic", address="12 Yankin Road")
    office.post(url(clinic), CLINIC)
    assert events() == []


def test_its_history_tells_who_changed_what(office, organization):
    clinic = ClinicFactory(organization=organization, name="Old name", address="12 Yankin Road")
    office.post(url(clinic), CLINIC)
    answer = office.get(url(clinic, "history"))
    for said in ("Clinic changed", "<i>Name</i> <del>Old name</del> → <ins>Yankin Clinic</ins>", office.user.name):
        assertContains(answer, said)


def test_a_clinic_without_history_is_deleted_and_told_of(office, organization):
    clinic = ClinicFactory(organization=organization, name="Yankin Clinic")
    assertContains(office.get(url(clinic, "delete")), "Are you sure")
    assertRedirects(office.post(url(clinic, "delete"), {"post": "yes"}), url(Clinic, "changelist"))
    event = ActivityEvent.objects.get()
    assert (event.kind, event.target_id, event.old["name"]) == ("CLINIC_DELETED", clinic.pk, "Yankin Clinic")


@pytest.mark.usefixtures("monday")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_clinic_with_history_is_not_deleted(method):
    house = practice(name="Yankin Clinic")
    house.book()
    office = administrator(house.organization)
    answer = getattr(office, method)(url(house.clinic, "delete"), {"post": "yes"})
    assertRedirects(answer, url(house.clinic), fetch_redirect_response=False)
    (words,) = told(answer)
    assert words.startswith("Yankin Clinic cannot be deleted: appointments and clinic assignments refer to it.")
    assert words.endswith("Take the mark at “active” away instead.")


def test_a_clinic_that_limits_a_membership_is_not_deleted(office, organization):
    clinic = ClinicFactory(organization=organization, name="Yankin Clinic")
    member = MembershipFactory(organization=organization)
    member.clinics.set([clinic], through_defaults={"organization": organization})
    answer = office.post(url(clinic, "delete"), {"post": "yes"})
    assert "members refer to it" in told(answer)[0]
    assert Clinic.objects.filter(pk=clinic.pk).exists()


def test_a_specialty_once(office, organization):
    SpecialtyFactory(organization=organization, name="Dermatology")
    answer = office.post(url(Specialty, "add"), {"name": "Dermatology"})
    assert errors_of(answer) == {"name": ["There is a specialty of this name already."]}


def test_a_specialty_that_another_organization_has_too(office):
    SpecialtyFactory(name="Dermatology")
    assertRedirects(office.post(url(Specialty, "add"), {"name": "Dermatology"}), url(Specialty, "changelist"))


def test_a_specialty_that_practitioners_have_is_not_deleted(office, organization):
    specialty = SpecialtyFactory(organization=organization, name="Dermatology")
    PractitionerFactory(organization=organization, specialty=specialty)
    answer = office.post(url(specialty, "delete"), {"post": "yes"})
    assert told(answer) == ["Dermatology cannot be deleted: practitioners refer to it."]


def test_the_trail_is_only_read(office):
    office.post(url(Clinic, "add"), CLINIC)
    event = ActivityEvent.objects.get()
    assert office.get(url(ActivityEvent, "add")).status_code == 403
    assert office.post(url(event), {"kind": "NOTHING"}).status_code == 403
    assert office.post(url(event, "delete"), {"post": "yes"}).status_code == 403
    assert office.get(url(ActivityEvent, "changelist")).context["action_form"] is None
    assertContains(office.get(url(event)), "Yankin Clinic")


def test_the_trail_leads_to_what_it_tells_of(office):
    office.post(url(Clinic, "add"), CLINIC)
    assertContains(office.get(url(ActivityEvent, "changelist")), f'href="{url(Clinic.objects.get())}"')
    narrowed = office.get(url(ActivityEvent, "changelist"), {"about": "clinics.specialty"})
    assert list(narrowed.context["cl"].result_list) == []


def test_text_that_cannot_be_kept_is_refused_at_the_field(office):
    answer = office.post(url(Clinic, "add"), {**CLINIC, "name": "Yan\0kin"})
    assert list(errors_of(answer)) == ["name"]


@pytest.mark.parametrize(("model", "queries"), [(Clinic, 4), (Specialty, 4), (ActivityEvent, 7)])
def test_a_list_takes_the_same_queries_for_one_row_and_for_three(
    office, organization, django_assert_num_queries, model, queries
):
    for rows in (1, 2):
        for _ in range(rows):
            SpecialtyFactory(organization=organization)
            office.post(url(Clinic, "add"), CLINIC)
        office.get(url(model, "changelist"))
        with django_assert_num_queries(queries):
            office.get(url(model, "changelist"))
