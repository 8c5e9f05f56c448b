"""Two records of one patient become one, and for a day two again."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey
from django.utils import timezone

from clinics.models import ActivityEvent
from patients.models import Patient, PatientPair
from patients.search import find_patients
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import PatientMerge
from scheduling.services import EncounterService
from scheduling.services.links import appointment_of, token_of
from scheduling.services.merging import (
    FOLLOW,
    STAY,
    histories_of,
    likely_pairs,
    merge,
    overlaps,
    tell_apart,
    undo_merge,
)
from tests.factories import (
    AppointmentFactory,
    EncounterFactory,
    NotificationFactory,
    OrganizationFactory,
    PatientFactory,
    UserFactory,
)
from tests.practice import NINE, SIX, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def day():
    """The practice with a second record `twin` of its patient, who has a visit, an encounter and a message."""
    day = practice()
    day.actor = UserFactory()
    day.twin = PatientFactory(organization=day.organization, record_number="OLD-77", phone="+959250088870")
    day.visit = AppointmentFactory(
        practitioner=day.practitioner, clinic=day.clinic, patient=day.twin, appointment_date=NINE
    )
    day.encounter = EncounterFactory(appointment=day.visit, patient=day.twin, practitioner=day.practitioner)
    day.message = NotificationFactory(appointment=day.visit, patient=day.twin)
    return day


def merged(day, kept=None, other=None, **given):
    kept, other = kept or day.patient, other or day.twin
    return merge(day.organization, actor=day.actor, kept_id=kept.pk, merged_id=other.pk, **given)


def undone(day, done):
    return undo_merge(day.organization, actor=day.actor, merge_id=done.pk)


def refusal(call, *args, **given):
    with pytest.raises(AppointmentError) as refused:
        call(*args, **given)
    return refused.value.code


def fresh(row):
    return type(row)._base_manager.get(pk=row.pk)


def kinds_of(patient):
    events = ActivityEvent.objects.filter(target_type__model="patient", target_id=patient.pk)
    return [event.kind for event in events]


def relations_to_patients():
    return {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is Patient
    }


def test_every_relation_to_a_patient_either_follows_or_stays():
    """A new one fails here: say in FOLLOW or STAY what a merge does with its rows."""
    assert relations_to_patients() == {*FOLLOW, *STAY}


class TestMerging:
    def test_everything_follows_and_the_other_record_stays_without_being_active(self, day):
        merged(day)
        assert {fresh(row).patient for row in (day.visit, day.encounter, day.message)} == {day.patient}
        twin = fresh(day.twin)
        assert (twin.is_active, twin.merged_into, twin.record_number) == (False, day.patient, "OLD-77")

    def test_both_records_tell_of_it(self, day):
        merged(day)
        assert (kinds_of(day.patient), kinds_of(day.twin)) == (["PATIENT_MERGED"], ["PATIENT_MERGED"])
        event = ActivityEvent.objects.get(target_type__model="patient", target_id=day.twin.pk)
        moved = {"appointment": 1, "encounter": 1, "notification": 1}
        assert event.new == {"merged": "OLD-77", "kept": day.patient.record_number, "moved": moved}
        assert event.actor == day.actor

    def test_the_chosen_fields_are_taken_from_the_other(self, day):
        Patient.objects.filter(pk=day.twin.pk).update(birth_date=date(1980, 5, 1), birth_date_estimated=True)
        name = day.patient.name
        done = merged(day, from_merged=["phone", "birth_date"])
        kept = fresh(day.patient)
        assert (kept.name, str(kept.phone), kept.birth_date) == (name, "+959250088870", date(1980, 5, 1))
        assert kept.birth_date_estimated
        assert done.changed["birth_date"] == [None, "1980-05-01"]

    def test_the_old_number_finds_who_it_is_now(self, day):
        merged(day)
        assert find_patients(day.organization, "OLD-77") == [day.patient]

    def test_the_patient_s_link_goes_on_working(self, day):
        token = token_of(day.visit)
        merged(day)
        assert appointment_of(token).patient == day.patient

    def test_who_was_seen_is_counted_once(self, day):
        for patient in (day.patient, day.twin):
            before = NINE - timedelta(days=7) + (AN_HOUR if patient == day.twin else timedelta(0))
            AppointmentFactory(
                practitioner=day.practitioner,
                clinic=day.clinic,
                patient=patient,
                appointment_date=before,
                status="completed",
            )
        range_ = {"start_date": (NINE - timedelta(days=7)).date(), "end_date": NINE.date()}
        assert day.service.get_appointment_stats(**range_).patients_seen == 2
        merged(day)
        assert day.service.get_appointment_stats(**range_).patients_seen == 1

    def test_what_still_names_the_other_record_lands_on_the_kept_one(self, day):
        merged(day)
        assert day.book(NINE + AN_HOUR, patient_id=day.twin.pk).patient == day.patient
        opened = EncounterService(day.organization).open(patient_id=day.twin.pk, practitioner_id=day.practitioner.pk)
        assert opened.patient == day.patient

    def test_a_chain_leads_to_its_end(self, day):
        third = PatientFactory(organization=day.organization)
        merged(day)
        merged(day, kept=third, other=day.patient)
        assert (fresh(day.twin).merged_into, fresh(day.patient).merged_into) == (third, third)
        assert fresh(day.visit).patient == third
        assert find_patients(day.organization, "OLD-77") == [third]


class TestRefused:
    def test_with_itself(self, day):
        assert refusal(merged, day, other=day.patient) == Code.INVALID_TRANSITION

    def test_of_another_organization(self, day):
        stranger = PatientFactory(organization=OrganizationFactory())
        assert refusal(merged, day, other=stranger) == Code.PATIENT_NOT_FOUND
        assert refusal(merged, day, kept=stranger, other=day.twin) == Code.PATIENT_NOT_FOUND

    def test_twice(self, day):
        merged(day)
        assert refusal(merged, day) == Code.STALE_VERSION
        assert refusal(merged, day, kept=day.twin, other=day.patient) == Code.STALE_VERSION
        assert PatientMerge.objects.count() == 1

    @pytest.mark.parametrize(("after", "is_refused"), [(0, True), (15, True), (30, False)])
    def test_while_visits_overlap(self, day, after, is_refused):
        own = AppointmentFactory(
            practitioner__organization=day.organization,
            clinic=day.clinic,
            patient=day.patient,
            appointment_date=NINE + minutes(after),
        )
        if is_refused:
            assert refusal(merged, day) == Code.PATIENT_CONFLICT
            assert overlaps(day.patient, day.twin) == [(own, day.visit)]
            assert fresh(day.twin).is_active
        else:
            assert merged(day).merged == day.twin

    def test_the_database_keeps_a_merged_record_from_being_active(self, day):
        merged(day)
        with pytest.raises(IntegrityError, match="patient_merged_is_not_active"), transaction.atomic():
            Patient.objects.filter(pk=day.twin.pk).update(is_active=True)

    def test_the_database_keeps_organizations_apart(self, day):
        stranger = PatientFactory(organization=OrganizationFactory())
        Patient.objects.filter(pk=day.twin.pk).update(is_active=False)
        with pytest.raises(IntegrityError, match="same_organization"), transaction.atomic():
            Patient.objects.filter(pk=day.twin.pk).update(merged_into=stranger)


class TestUndoing:
    def test_exactly_what_followed_goes_back(self, day):
        own = AppointmentFactory(
            practitioner=day.practitioner,
            clinic=day.clinic,
            patient=day.patient,
            appointment_date=NINE + 2 * AN_HOUR,
        )
        done = merged(day)
        later = day.book(NINE + 4 * AN_HOUR, patient_id=day.patient.pk)
        undone(day, done)
        assert {fresh(row).patient for row in (day.visit, day.encounter, day.message)} == {day.twin}
        assert {fresh(row).patient for row in (own, later)} == {day.patient}
        assert (fresh(day.twin).is_active, fresh(day.twin).merged_into) == (True, None)
        assert kinds_of(day.twin) == ["PATIENT_MERGED", "PATIENT_MERGE_UNDONE"]

    def test_what_became_of_a_visit_since_goes_with_it(self, day):
        second = AppointmentFactory(
            practitioner=day.practitioner, clinic=day.clinic, patient=day.twin, appointment_date=NINE + AN_HOUR
        )
        done = merged(day)
        message = NotificationFactory(appointment=second, patient=day.patient)
        opened = EncounterFactory(appointment=second, patient=day.patient, practitioner=day.practitioner)
        undone(day, done)
        assert (fresh(message).patient, fresh(opened).patient) == (day.twin, day.twin)

    def test_fields_go_back_where_nobody_has_changed_them(self, day):
        phone, email = str(day.patient.phone), day.patient.email
        Patient.objects.filter(pk=day.twin.pk).update(email="nwe@example.org")
        done = merged(day, from_merged=["phone", "email"])
        Patient.objects.filter(pk=day.patient.pk).update(email="new@example.org")
        undone(day, done)
        assert (str(fresh(day.patient).phone), fresh(day.patient).email) == (phone, "new@example.org")
        assert email != "new@example.org"

    def test_only_for_a_day(self, day, time_machine):
        done = merged(day)
        time_machine.move_to(SIX + timedelta(days=1))
        assert refusal(undone, day, done) == Code.UNDO_EXPIRED
        assert fresh(day.visit).patient == day.patient

    def test_once(self, day):
        done = merged(day)
        undone(day, done)
        assert refusal(undone, day, done) == Code.UNDO_EXPIRED

    def test_a_chain_is_undone_from_its_end(self, day):
        third = PatientFactory(organization=day.organization)
        first, second = merged(day), merged(day, kept=third, other=day.patient)
        assert refusal(undone, day, first) == Code.UNDO_EXPIRED
        undone(day, second)
        assert fresh(day.twin).merged_into == day.patient
        undone(day, first)
        assert fresh(day.visit).patient == day.twin

    def test_not_by_another_organization(self, day):
        done = merged(day)
        code = refusal(undo_merge, OrganizationFactory(), actor=None, merge_id=done.pk)
        assert code == Code.PATIENT_NOT_FOUND

    def test_it_can_be_merged_again(self, day):
        undone(day, merged(day))
        assert merged(day).merged == day.twin


class TestToldApart:
    def test_it_is_remembered_once_whichever_comes_first(self, day):
        keys = [day.patient.pk, day.twin.pk]
        for one, other in (keys, keys[::-1]):
            tell_apart(day.organization, actor=day.actor, first_id=one, second_id=other)
        assert [(pair.first_id, pair.second_id) for pair in PatientPair.objects.all()] == [tuple(sorted(keys))]
        assert (kinds_of(day.patient), kinds_of(day.twin)) == (["PATIENTS_TOLD_APART"], ["PATIENTS_TOLD_APART"])

    def test_nobody_from_itself(self, day):
        given = {"first_id": day.twin.pk, "second_id": day.twin.pk}
        assert refusal(tell_apart, day.organization, actor=None, **given) == Code.PATIENT_NOT_FOUND


@pytest.mark.parametrize("count", [1, 3])
def test_histories_take_two_queries(day, count, django_assert_num_queries):
    others = PatientFactory.create_batch(count, organization=day.organization)
    with django_assert_num_queries(2):
        found = histories_of([day.twin.pk, *(other.pk for other in others)])
    assert (found[day.twin.pk].appointments, found[day.twin.pk].encounters) == (1, 1)
    assert timezone.localtime(found[day.twin.pk].last_visit) == NINE


class TestPairsThatTookLongToFind:
    @pytest.fixture
    def slow(self, monkeypatch, day):
        monkeypatch.setattr("scheduling.services.merging.TOO_LONG", 0)
        PatientFactory(organization=day.organization, name=day.twin.name, phone=day.twin.phone)
        yield day
        cache.delete(f"pairs:{day.organization.pk}")

    def test_they_are_kept_without_those_who_were_seen_to_since(self, slow, monkeypatch):
        (pair,) = likely_pairs(slow.organization)
        monkeypatch.setattr("scheduling.services.merging.find_pairs", None)
        assert likely_pairs(slow.organization) == [pair]
        tell_apart(slow.organization, actor=None, first_id=pair.first, second_id=pair.second)
        assert likely_pairs(slow.organization) == []
