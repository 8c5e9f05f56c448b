"""Encounters: opened by a step or by hand, linked, finalized, each way with one event for each change."""

import pytest
from django.db import transaction

from clinics.models import ActivityEvent
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, Encounter
from scheduling.services import EncounterService
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    EncounterFactory,
    OrganizationFactory,
    PatientFactory,
    UserFactory,
)
from tests.practice import NINE, practice

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def day(clinic_day, time_machine):
    time_machine.move_to(NINE, tick=False)
    clinic_day.encounters = EncounterService(clinic_day.organization, actor=UserFactory())
    return clinic_day


def at_nine(day, status="booked", **given):
    given = {"patient": day.patient, "practitioner": day.practitioner, "clinic": day.clinic, **given}
    return AppointmentFactory(appointment_date=NINE, status=status, **given)


def step(day, appointment, status):
    return day.service.update_appointment_status(appointment_id=appointment.pk, status=status)


def opens(day, when):
    day.organization.encounter_opens = when
    day.organization.save()


def kinds():
    return list(ActivityEvent.objects.order_by("id").values_list("kind", flat=True))


def refusal(call, **given):
    before = (list(Appointment.objects.values()), list(Encounter.objects.values()), ActivityEvent.objects.count())
    with pytest.raises(AppointmentError) as caught, transaction.atomic():
        call(**given)
    after = (list(Appointment.objects.values()), list(Encounter.objects.values()), ActivityEvent.objects.count())
    assert after == before
    return caught.value.code


class TestOpenedByAStep:
    @pytest.mark.parametrize(
        ("when", "opened"), [("arrived", [1, 1, 1]), ("in-progress", [0, 1, 1]), ("by-hand", [0, 0, 0])]
    )
    def test_when_the_organization_says(self, day, when, opened):
        opens(day, when)
        appointment = at_nine(day)
        counts = []
        for status in ("arrived", "in-progress", "completed"):
            step(day, appointment, status)
            counts.append(Encounter.objects.count())
        assert counts == opened
        assert Appointment.objects.get().status == "completed"
        assert kinds() == ["APPOINTMENT_STATUS_CHANGED"] * 3

    def test_it_carries_patient_practitioner_date_and_type_over(self, day):
        kind = AppointmentTypeFactory(organization=day.organization, encounter_type="outpatient")
        step(day, at_nine(day, "arrived", appointment_type=kind), "in-progress")
        encounter = Encounter.objects.get()
        assert (encounter.patient, encounter.practitioner) == (day.patient, day.practitioner)
        assert (encounter.encounter_date, encounter.encounter_type) == (NINE, "outpatient")
        assert (encounter.status, encounter.opened_at) == ("open", NINE)

    def test_one_opened_by_hand_before_is_kept(self, day):
        encounter = EncounterFactory(appointment=at_nine(day, "arrived"))
        step(day, encounter.appointment, "in-progress")
        assert Encounter.objects.get() == encounter

    def test_completing_finalizes_it(self, day):
        encounter = EncounterFactory(appointment=at_nine(day, "in-progress"))
        step(day, encounter.appointment, "completed")
        encounter.refresh_from_db()
        assert (encounter.status, encounter.finalized_at) == ("finalized", NINE)


class TestOpenedByHand:
    def test_for_whoever_walks_in(self, day):
        encounter = day.encounters.open(patient_id=day.patient.pk, practitioner_id=day.practitioner.pk)
        assert (encounter.status, encounter.appointment) == ("open", None)
        event = ActivityEvent.objects.get()
        assert (event.kind, event.target, event.actor) == ("ENCOUNTER_OPENED", encounter, day.encounters.actor)

    def test_for_an_appointment_twice_it_is_one(self, day):
        appointment = at_nine(day, "arrived")
        wanted = {"patient_id": day.patient.pk, "practitioner_id": day.practitioner.pk}
        first, second = (day.encounters.open(**wanted, appointment_id=appointment.pk) for _ in range(2))
        assert first == second == Encounter.objects.get()
        assert kinds() == ["ENCOUNTER_OPENED"]

    @pytest.mark.parametrize("status", ["cancelled", "no-show"])
    def test_not_for_a_visit_that_does_not_take_place(self, day, status):
        wanted = {"patient_id": day.patient.pk, "practitioner_id": day.practitioner.pk}
        code = refusal(day.encounters.open, **wanted, appointment_id=at_nine(day, status).pk)
        assert code == "invalid_transition"

    def test_not_for_another_patients_appointment(self, day):
        other = at_nine(day, patient=PatientFactory(organization=day.organization))
        wanted = {"patient_id": day.patient.pk, "practitioner_id": day.practitioner.pk}
        assert refusal(day.encounters.open, **wanted, appointment_id=other.pk) == "appointment_not_found"

    @pytest.mark.parametrize(
        ("field", "code"),
        [
            ("patient_id", "patient_not_found"),
            ("practitioner_id", "practitioner_not_found"),
            ("appointment_id", "appointment_not_found"),
        ],
    )
    def test_another_organizations_rows_are_not_found(self, day, field, code):
        stranger = practice()
        theirs = {
            "patient_id": stranger.patient.pk,
            "practitioner_id": stranger.practitioner.pk,
            "appointment_id": at_nine(stranger).pk,
        }
        ours = {"patient_id": day.patient.pk, "practitioner_id": day.practitioner.pk}
        assert refusal(day.encounters.open, **{**ours, field: theirs[field]}) == code


class TestLinked:
    def test_it_takes_date_and_type_of_the_appointment(self, day):
        kind = AppointmentTypeFactory(organization=day.organization, encounter_type="outpatient")
        appointment = at_nine(day, "arrived", appointment_type=kind)
        encounter = day.encounters.open(patient_id=day.patient.pk, practitioner_id=day.practitioner.pk)
        for _time in range(2):
            day.encounters.link(encounter_id=encounter.pk, appointment_id=appointment.pk)
        encounter.refresh_from_db()
        assert (encounter.appointment, encounter.encounter_date) == (appointment, NINE)
        assert encounter.encounter_type == "outpatient"
        assert kinds() == ["ENCOUNTER_OPENED", "ENCOUNTER_LINKED"]

    def test_not_to_a_second_appointment_nor_to_one_that_has_an_encounter(self, day):
        linked = EncounterFactory(appointment=at_nine(day, "arrived"))
        free = EncounterFactory(appointment=None, patient=day.patient, practitioner=day.practitioner)
        other = practice(organization=day.organization)
        another = at_nine(other, "completed", patient=day.patient)
        give = day.encounters.link
        assert refusal(give, encounter_id=free.pk, appointment_id=linked.appointment_id) == "invalid_transition"
        assert refusal(give, encounter_id=linked.pk, appointment_id=another.pk) == "invalid_transition"

    def test_not_to_another_patients_appointment(self, day):
        free = EncounterFactory(appointment=None, patient=day.patient, practitioner=day.practitioner)
        other = at_nine(day, patient=PatientFactory(organization=day.organization))
        code = refusal(day.encounters.link, encounter_id=free.pk, appointment_id=other.pk)
        assert code == "appointment_not_found"


class TestFinalized:
    @pytest.mark.parametrize(("status", "events"), [("in-progress", 1), ("arrived", 2)])
    def test_it_completes_the_appointment(self, day, status, events):
        encounter = EncounterFactory(appointment=at_nine(day, status))
        assert day.encounters.finalize(encounter_id=encounter.pk).status == "finalized"
        assert Appointment.objects.get().status == "completed"
        assert kinds() == ["APPOINTMENT_STATUS_CHANGED"] * events

    def test_twice_it_is_once(self, day):
        encounter = EncounterFactory(appointment=at_nine(day, "in-progress"))
        for _time in range(2):
            day.encounters.finalize(encounter_id=encounter.pk)
        assert kinds() == ["APPOINTMENT_STATUS_CHANGED"]

    def test_of_an_appointment_completed_before(self, day):
        encounter = EncounterFactory(appointment=at_nine(day, "completed"))
        day.encounters.finalize(encounter_id=encounter.pk)
        assert kinds() == ["ENCOUNTER_FINALIZED"]

    def test_without_an_appointment(self, day):
        encounter = EncounterFactory(appointment=None, patient=day.patient, practitioner=day.practitioner)
        assert day.encounters.finalize(encounter_id=encounter.pk).finalized_at == NINE
        assert kinds() == ["ENCOUNTER_FINALIZED"]

    @pytest.mark.parametrize("status", ["pending", "booked", "confirmed", "cancelled", "no-show"])
    def test_not_before_the_patient_has_come(self, day, status):
        encounter = EncounterFactory(appointment=at_nine(day, status))
        assert refusal(day.encounters.finalize, encounter_id=encounter.pk) == "invalid_transition"

    def test_not_one_that_was_taken_back(self, day):
        encounter = EncounterFactory(appointment=at_nine(day, "arrived"), status="voided")
        assert refusal(day.encounters.finalize, encounter_id=encounter.pk) == "invalid_transition"

    def test_undone_it_is_open_and_the_visit_goes_on(self, day):
        encounter = EncounterFactory(appointment=at_nine(day, "in-progress"))
        day.encounters.finalize(encounter_id=encounter.pk)
        assert day.service.undo_status_change(appointment_id=encounter.appointment_id).status == "in-progress"
        encounter.refresh_from_db()
        assert encounter.status == "open"

    @pytest.mark.parametrize("key", [0, -1, None, "x", 10**30])
    def test_one_that_does_not_exist(self, day, key):
        assert refusal(day.encounters.finalize, encounter_id=key) == "encounter_not_found"

    def test_another_organizations_is_not_found(self, day):
        encounter = EncounterFactory(appointment=at_nine(day, "in-progress"))
        stranger = EncounterService(OrganizationFactory())
        assert refusal(stranger.finalize, encounter_id=encounter.pk) == "encounter_not_found"
