"""Types of appointments are set up here; appointments are only looked at."""

import pytest
from pytest_django.asserts import assertContains, assertRedirects

from scheduling.models import Appointment, AppointmentType
from tests.administration import administrator, errors_of, events, told, url
from tests.factories import AppointmentFactory, AppointmentTypeFactory
from tests.practice import practice

pytestmark = pytest.mark.django_db

ADD, LIST = url(AppointmentType, "add"), url(AppointmentType, "changelist")
TYPE = {"name": "Follow-up", "code": "follow-up", "duration": "20", "encounter_type": "outpatient"}


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


def test_the_first_type_is_offered_as_the_default(office):
    assertContains(office.get(ADD), 'name="is_default" id="id_is_default" checked')
    assertRedirects(office.post(ADD, {**TYPE, "is_default": "on"}), LIST)
    assert AppointmentType.objects.get().is_default
    assert events() == ["APPOINTMENT_TYPE_CREATED"]
    assert b"checked" not in office.get(ADD).content


def test_two_defaults_are_refused_at_the_field(office, clinic_day):
    AppointmentTypeFactory(organization=clinic_day.organization, is_default=True)
    answer = office.post(ADD, {**TYPE, "is_default": "on"})
    assert errors_of(answer) == {"is_default": ["Another type is the default. Take the mark away there first."]}


def test_a_code_is_one_types(office, clinic_day):
    AppointmentTypeFactory(organization=clinic_day.organization, code="follow-up")
    assert errors_of(office.post(ADD, TYPE)) == {"code": ["Another type has this code."]}


def test_another_organizations_defaults_and_codes_are_their_own(office):
    AppointmentTypeFactory(code="follow-up", is_default=True)
    assertRedirects(office.post(ADD, {**TYPE, "is_default": "on"}), LIST)


@pytest.mark.parametrize(
    ("field", "value"), [("code", "follow up"), ("code", ""), ("duration", "0"), ("duration", "1441"), ("name", "")]
)
def test_what_is_wrong_is_said_at_the_field(office, field, value):
    assert list(errors_of(office.post(ADD, {**TYPE, field: value}))) == [field]


def test_a_type_is_changed_and_without_appointments_deleted(office, clinic_day):
    kind = AppointmentTypeFactory(organization=clinic_day.organization)
    office.post(url(kind), {**TYPE, "duration": ""})
    kind.refresh_from_db()
    assert (kind.name, kind.duration) == ("Follow-up", None)
    assertRedirects(office.post(url(kind, "delete"), {"post": "yes"}), LIST)
    assert events() == ["APPOINTMENT_TYPE_CHANGED", "APPOINTMENT_TYPE_DELETED"]


def test_a_type_that_appointments_have_is_not_deleted(office, clinic_day):
    kind = AppointmentTypeFactory(organization=clinic_day.organization, code="follow-up")
    clinic_day.book(appointment_type="follow-up")
    answer = office.post(url(kind, "delete"), {"post": "yes"})
    assert told(answer) == ["Follow-up cannot be deleted: appointments refer to it."]


def test_an_appointment_is_read_and_changed_on_the_site(office, clinic_day):
    appointment = clinic_day.book()
    answer = office.get(url(appointment))
    for said in (f'href="/appointments/{appointment.pk}/"', "7 January 2030 09:00", clinic_day.patient.name, "Booked"):
        assertContains(answer, said)
    before = Appointment.objects.values().get()
    assert office.post(url(appointment), {"status": "cancelled", "notes": "x"}).status_code == 403
    assert office.post(url(appointment, "delete"), {"post": "yes"}).status_code == 403
    assert office.get(url(Appointment, "add")).status_code == 403
    assert Appointment.objects.values().get() == before


def test_its_times_are_the_clinics_not_the_organizations(clinic_day):
    house = practice(organization=clinic_day.organization, timezone="Asia/Kolkata")
    appointment = AppointmentFactory(practitioner=house.practitioner, clinic=house.clinic, patient=house.patient)
    answer = administrator(house.organization).get(url(Appointment, "changelist"))
    assert f"{appointment.local_start:%H:%M}" == "08:00"
    assertContains(answer, "7 January 2030 08:00")


def test_it_is_found_by_its_patient(office, clinic_day):
    appointment = clinic_day.book()
    listed = url(Appointment, "changelist")
    for query in (clinic_day.patient.name, clinic_day.patient.record_number):
        assert list(office.get(listed, {"q": query}).context["cl"].result_list) == [appointment]
    assert list(office.get(listed, {"status__exact": "cancelled"}).context["cl"].result_list) == []


@pytest.mark.parametrize(("model", "queries"), [(AppointmentType, 4), (Appointment, 9)])
def test_a_list_takes_the_same_queries_for_one_row_and_for_three(
    office, clinic_day, django_assert_num_queries, model, queries
):
    for rows in (1, 2):
        for _ in range(rows):
            house = practice(organization=clinic_day.organization)
            kind = AppointmentTypeFactory(organization=clinic_day.organization)
            house.book(appointment_type=kind.code)
        with django_assert_num_queries(queries):
            office.get(url(model, "changelist"))
