"""Nothing that has history is deleted: each relation says so, and the administration says it kindly."""

import pytest
from django.apps import apps
from django.db.models import CASCADE, PROTECT, ForeignKey
from django.db.models.deletion import ProtectedError
from pytest_django.asserts import assertContains

from clinics.models import TenantModel
from patients.models import Patient, PatientPair
from scheduling.models import PatientMerge
from tests.factories import AppointmentFactory, PatientFactory
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db

PARTS = {
    # What is nothing without its whole, and no history of its own.
    ("clinics.accountletter", "membership"),
    ("clinics.membershipclinic", "membership"),
    ("clinics.membershipclinic", "clinic"),
    ("scheduling.displacement", "appointment"),
    ("scheduling.exportpart", "export_file"),
    ("scheduling.importcontent", "import_file"),
    ("scheduling.importproblem", "import_file"),
    ("scheduling.schedule", "assignment"),
    ("scheduling.timeoff", "practitioner"),
    ("scheduling.clinicclosure", "clinic"),
    ("scheduling.calendarfeed", "practitioner"),
}


def relations():
    """Give every foreign key to a row of an organization, with what becomes of it."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey) and issubclass(field.related_model, TenantModel):
                yield (model._meta.label_lower, field.name), field.remote_field.on_delete


def test_every_relation_to_a_row_of_an_organization_protects_it_or_is_a_part_of_it():
    kinds = dict(relations())
    assert {each for each, on_delete in kinds.items() if on_delete is CASCADE} == PARTS
    assert set(kinds.values()) <= {CASCADE, PROTECT}


@pytest.mark.parametrize("has", ["a visit", "a merge", "a pair"])
def test_a_patient_with_history_stays(clinic_day, has):
    patient, other = PatientFactory.create_batch(2, organization=clinic_day.organization)
    if has == "a visit":
        AppointmentFactory(practitioner=clinic_day.practitioner, clinic=clinic_day.clinic, patient=patient)
    elif has == "a merge":
        PatientMerge.objects.create(organization=clinic_day.organization, kept=patient, merged=other)
    else:
        PatientPair.objects.create(organization=clinic_day.organization, first=patient, second=other)
    office = signed_in(clinic_day.organization, "administrator")
    answer = office.post(f"/admin/patients/patient/{patient.pk}/delete/", {"post": "yes"}, follow=True)
    assertContains(answer, "cannot be deleted")
    assertContains(answer, "Take the mark at “active” away instead.")
    assert Patient.objects.filter(pk=patient.pk).exists()
    with pytest.raises(ProtectedError):
        patient.delete()


def test_a_merged_record_cannot_be_made_active_by_hand(clinic_day):
    kept = PatientFactory(organization=clinic_day.organization)
    merged = PatientFactory(organization=clinic_day.organization, is_active=False, merged_into=kept, name="Ma Hnin")
    office = signed_in(clinic_day.organization, "administrator")
    said = {"name": "Ma Hnin", "language": "my", "is_active": "on"}
    answer = office.post(f"/admin/patients/patient/{merged.pk}/change/", said)
    assert answer.status_code == 302
    assert not Patient.objects.get(pk=merged.pk).is_active
