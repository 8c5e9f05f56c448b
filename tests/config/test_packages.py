"""The packages that lag behind Django, proven on the version that is locked."""

import django
import pytest
from axes.models import AccessAttempt
from import_export import resources
from tablib import Dataset

from patients.models import Patient
from tests.factories import OrganizationFactory, PatientFactory, UserFactory

pytestmark = pytest.mark.django_db


class PatientResource(resources.ModelResource):
    class Meta:
        model = Patient
        exclude = ("id",)
        import_id_fields = ("record_number",)


def test_they_are_proven_on_django_6_1():
    assert django.VERSION[:2] == (6, 1)


def test_import_export_refuses_a_bad_row_and_writes_a_good_one():
    organization = OrganizationFactory()
    patients = PatientResource()
    header = ("organization", "record_number", "name", "birth_date", "phone")
    good = (organization.pk, "MR-1", "Daw Khin Myat Noe", "1971-03-04", "+959793502281")
    bad = (organization.pk, "MR-2", "U Ba Thein", "yesterday", "")
    refused = patients.import_data(
        Dataset(good, bad, headers=header), use_transactions=True, rollback_on_validation_errors=True
    )
    assert (refused.has_validation_errors() or refused.has_errors(), Patient.objects.count()) == (True, 0)
    patients.import_data(Dataset(good, headers=header), raise_errors=True)
    assert Patient.objects.get().name == "Daw Khin Myat Noe"


def test_phonenumber_field_keeps_e164():
    patient = PatientFactory(phone="+95 9 793 502 281")
    patient.refresh_from_db()
    assert patient.phone.as_e164 == "+959793502281"


def test_axes_counts_failures_by_name_and_address(client):
    user = UserFactory()
    for _ in range(4):
        client.post("/login/", {"username": user.email, "password": "wrong"})
    assert AccessAttempt.objects.get().failures_since_start == 4
    fifth = client.post("/login/", {"username": user.email, "password": "wrong"})
    assert fifth.status_code == 429
    assert client.post("/login/", {"username": UserFactory().email, "password": "wrong"}).status_code != 429
