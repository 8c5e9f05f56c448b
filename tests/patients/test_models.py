"""The search name follows the name, whoever writes it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.forms import modelform_factory

from patients.models import NameWord, Patient
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return PatientFactory(name="Khin")


def search_name(patient):
    return Patient.objects.values_list("search_name", flat=True).get(pk=patient.pk)


def test_when_a_patient_is_added(patient):
    assert search_name(patient) == " khin "


def test_when_one_is_saved(patient):
    patient.name = "Daw Khin"
    patient.save()
    assert search_name(patient) == " khin | daw "


def test_when_the_name_alone_is_saved(patient):
    patient.name = "Zaw"
    patient.save(update_fields=["name"])
    assert search_name(patient) == " zaw "


def test_when_some_fields_were_left_in_the_database(patient):
    for field in ("name", "search_name"):
        loaded = Patient.objects.defer(field).get()
        loaded.is_active = False
        loaded.save()
    loaded.name = "Zaw"
    loaded.save()
    assert search_name(patient) == " zaw "


def test_when_many_are_updated_at_once(patient):
    Patient.objects.update(name="Zaw")
    assert search_name(patient) == " zaw "


def test_when_many_are_added_at_once(patient):
    (added,) = Patient.objects.bulk_create([Patient(organization=patient.organization, name="Zaw", record_number="2")])
    assert search_name(added) == " zaw "


def test_when_one_that_is_there_is_added_again(patient):
    patient.name = "Zaw"
    Patient.objects.bulk_create([patient], update_conflicts=True, unique_fields=["id"], update_fields=["name"])
    assert search_name(patient) == " zaw "


def test_when_many_are_changed_at_once(patient):
    patient.name = "Zaw"
    Patient.objects.bulk_update([patient], ["name"])
    assert search_name(patient) == " zaw "


def test_when_a_form_changes_the_name(patient):
    form = modelform_factory(Patient, fields=["name"])({"name": "Zaw"}, instance=patient)
    assert form.is_valid()
    form.save()
    assert search_name(patient) == " zaw "


def test_when_a_changed_patient_is_checked(patient):
    patient.name = "Zaw"
    patient.full_clean()
    assert patient.search_name == " zaw "


def test_a_patient_without_a_name_is_refused(patient):
    patient.name = None
    with pytest.raises(ValidationError) as refused:
        patient.full_clean()
    assert list(refused.value.message_dict) == ["name"]


def test_the_database_refuses_a_name_without_it(patient):
    with (
        pytest.raises(IntegrityError, match="patient_search_name_follows_name"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE patients_patient SET name = 'Zaw' WHERE id = %s", [patient.pk])


@pytest.mark.usefixtures("patient")
def test_the_database_refuses_a_name_of_its_own_making():
    with pytest.raises(IntegrityError, match="patient_search_name_follows_name"):
        Patient.objects.update(name=Concat("name", Value(" Zaw")))


def test_those_who_were_there_before_are_filled_in_batches(patient, monkeypatch):
    migration = import_module("patients.migrations.0003_fill_search_name")
    monkeypatch.setattr(migration, "BATCH", 2)
    PatientFactory.create_batch(4, name="Daw Khin", organization=patient.organization)
    with connection.schema_editor() as editor:
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("ALTER TABLE patients_patient DROP CONSTRAINT patient_search_name_follows_name")
        editor.execute("UPDATE patients_patient SET search_name = '', search_name_of = ''")
        migration.fill(apps, editor)
    assert list(Patient.objects.order_by("id").values_list("search_name", flat=True)) == [" khin "] + 4 * [
        " khin | daw "
    ]
    assert set(Patient.objects.values_list("search_name_of", flat=True)) == {"Khin", "Daw Khin"}


def words():
    return sorted(NameWord.objects.values_list("word", flat=True))


def test_the_words_of_a_name_are_noted_once_and_without_its_title(patient):
    PatientFactory(name="Daw Khin Aye", organization=patient.organization)
    assert words() == ["aye", "khin"]


def test_the_words_of_a_changed_name_are_noted():
    PatientFactory(name="Khin")
    Patient.objects.update(name="Zaw")
    assert words() == ["khin", "zaw"]


def test_a_word_too_long_to_compare_is_not_noted():
    PatientFactory(name="x" * 101)
    assert words() == []


def test_the_names_before_are_written_anew_and_back(patient):
    migration = import_module("patients.migrations.0007_fill_name_words")
    PatientFactory(name="Mg Mg Soe", organization=patient.organization)
    PatientFactory(name="Maung Maung", organization=patient.organization)
    with connection.cursor() as cursor:
        cursor.execute(migration.EMPTY)
        assert list(Patient.objects.order_by("id").values_list("search_name", flat=True)) == [
            *(" khin ", " mg soe | mg ", " maung | maung ")
        ]
        cursor.execute("DELETE FROM patients_nameword")
        cursor.execute(migration.FILL)
    forms = Patient.objects.order_by("id").values_list("search_name", flat=True)
    assert list(forms) == [" khin ", " maung soe | maung ", " maung | maung "]
    assert words() == ["khin", "maung", "soe"]
