"""Cancelling, moving and editing an appointment: the forms, what they write, and what they refuse."""

import re

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Role
from scheduling.models import Appointment
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicAssignmentFactory,
    MembershipFactory,
    PatientFactory,
    ScheduleFactory,
    UserFactory,
    WorkingHoursFactory,
)
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db

TEN = NINE + minutes(60)
AT_TEN = "2030-01-07T10:00:00+06:30"


@pytest.fixture
def visit(clinic_day):
    return clinic_day.book()


@pytest.fixture
def doctor(clinic_day):
    clinic_day.practitioner.user = UserFactory(name="Dr Aye Chan")
    clinic_day.practitioner.save(update_fields=["user"])
    return signed_in(clinic_day.organization, Role.PRACTITIONER, user=clinic_day.practitioner.user)


def colleague(clinic_day):
    """Give somebody of the same clinic and hours."""
    other = practice(organization=clinic_day.organization)
    schedule = ScheduleFactory(
        assignment=ClinicAssignmentFactory(practitioner=other.practitioner, clinic=clinic_day.clinic)
    )
    WorkingHoursFactory(schedule=schedule)
    return other.practitioner


def saved(visit):
    return Appointment.objects.get(pk=visit.pk)


def cancel(browser, visit, cause="patient_request", version=1, **said):
    sent = {"cancellation_reason": cause, "expected_version": version, **said}
    return browser.post(f"/appointments/{visit.pk}/cancel/", sent)


def move(browser, visit, start=AT_TEN, version=1, **said):
    given = {"practitioner": visit.practitioner_id, "clinic": visit.clinic_id, "start": start, **said}
    return browser.post(f"/appointments/{visit.pk}/move/", {"expected_version": version, **given})


def edit(browser, visit, version=1, **said):
    return browser.post(f"/appointments/{visit.pk}/edit/", {"expected_version": version, **said})


class TestCancelling:
    def test_the_reason_and_the_words_are_kept(self, desk, visit):
        answer = cancel(desk, visit, "emergency", reason="The doctor is ill")
        assertRedirects(answer, f"/appointments/{visit.pk}/", status_code=303)
        event = ActivityEvent.objects.latest("id")
        assert (saved(visit).status, saved(visit).cancellation_reason) == ("cancelled", "emergency")
        assert (event.reason, event.priority, event.actor) == ("The doctor is ill", "high", desk.user)

    def test_afterwards_it_is_said_without_a_name(self, desk, visit):
        page = desk.get(cancel(desk, visit)["Location"])
        said = [str(message) for message in page.context["messages"]]
        assert said == ["Cancelled: Monday 7 January, 09:00. The time is free again."]

    @pytest.mark.parametrize("cause", ["", "nonsense"])
    def test_without_a_reason_the_field_is_named_and_the_words_stay(self, desk, visit, cause):
        answer = cancel(desk, visit, cause, reason="The daughter rang")
        assertContains(answer, '<a href="#id_cancellation_reason">', status_code=422)
        assertContains(answer, "The daughter rang", status_code=422)
        assert saved(visit).status == "booked"

    def test_other_needs_words(self, desk, visit):
        assertContains(cancel(desk, visit, "other", reason="  "), "Say in words why", status_code=422)
        assert cancel(desk, visit, "other", reason="Moved to Mandalay").status_code == 303

    def test_who_will_be_told(self, clinic_day, desk, doctor, visit):
        clinic_day.patient.email = "thida@gmail.com"
        clinic_day.patient.save()
        coordinator = MembershipFactory(organization=clinic_day.organization, told_of_cancellations=True).user
        page = desk.get(f"/appointments/{visit.pk}/cancel/")
        told = [(who.patient or who.user, [str(channel) for channel in who.channels]) for who in page.context["told"]]
        assert told == [
            (clinic_day.patient, ["email"]),
            (doctor.user, ["in-app", "email"]),
            (coordinator, ["in-app", "email"]),
        ]
        assertContains(page, f"{clinic_day.patient}, after 2 minutes: what is undone by then is never sent")
        assertContains(page, "Dr Aye Chan, at once")

    def test_a_patient_without_an_address_has_to_be_called(self, desk, visit):
        page = desk.get(f"/appointments/{visit.pk}/cancel/")
        assertContains(page, "Nobody.")
        assertContains(page, "somebody should call")

    def test_a_stale_form_shows_what_has_changed_and_keeps_the_words(self, desk, visit):
        move(desk, visit)
        answer = cancel(desk, visit, "duplicate", reason="Twice")
        assertContains(answer, "From Mon 7 January, 09:00 to Mon 7 January, 10:00.", status_code=409)
        assertContains(answer, "Twice", status_code=409)
        assertContains(answer, 'name="expected_version" value="2"', status_code=409)
        assert saved(visit).status == "booked"

    def test_twice(self, desk, visit):
        cancel(desk, visit)
        answer = cancel(desk, visit)
        assertContains(answer, "Somebody else was quicker", status_code=409)
        assert saved(visit).version == 2

    def test_what_cannot_be_cancelled_says_so_at_once(self, clinic_day, desk):
        begun = AppointmentFactory(
            patient=clinic_day.patient,
            practitioner=clinic_day.practitioner,
            clinic=clinic_day.clinic,
            status="in-progress",
        )
        assert desk.get(f"/appointments/{begun.pk}/cancel/").status_code == 409

    def test_a_practitioner_may_not(self, doctor, visit):
        assert (doctor.get(f"/appointments/{visit.pk}/cancel/").status_code, cancel(doctor, visit).status_code) == (
            403,
            403,
        )

    def test_another_organizations_is_not_there(self, visit):
        stranger = signed_in(practice().organization)
        assert cancel(stranger, visit).status_code == 404
        assert saved(visit).status == "booked"


class TestMoving:
    def test_the_old_time_stands_on_top_and_is_not_offered_again(self, desk, visit):
        page = desk.get(f"/appointments/{visit.pk}/move/")
        starts = [f"{chip.slot.start:%H:%M}" for part in page.context["page"].choices for chip in part.chips]
        assertContains(page, '<div class="pinned is-booked">')
        assert (starts[:3], "09:00" in starts) == (["09:30", "10:00", "10:30"], False)

    def test_nothing_is_chosen_until_somebody_chooses(self, desk, visit):
        assertNotContains(desk.get(f"/appointments/{visit.pk}/move/"), 'id="move-button"')

    def test_the_move_is_read_back_from_where_to_where(self, desk, visit):
        page = desk.get(f"/appointments/{visit.pk}/move/", {"date": "2030-01-07", "at": "10:00"})
        said = re.sub("<[^>]+>", "", re.search('id="say"[^>]*>(.*?)</p>', page.content.decode(), re.DOTALL)[1])
        assert said.strip() == f"{visit.patient} moves from Monday 7 January, 09:00 to Monday 7 January, 10:00."
        assertContains(page, "Move to 10:00")

    def test_it_moves_and_frees_the_old_time(self, clinic_day, desk, visit):
        assertRedirects(move(desk, visit), f"/appointments/{visit.pk}/", status_code=303)
        assert (saved(visit).appointment_date, saved(visit).version) == (TEN, 2)
        assert clinic_day.starts()[:3] == ["09:00", "09:30", "10:30"]

    def test_it_does_not_stand_in_its_own_way(self, desk, clinic_day):
        long = clinic_day.book(duration=60)
        assert move(desk, long, "2030-01-07T09:30:00+06:30").status_code == 303
        assert saved(long).duration == 60

    def test_its_own_length_decides_what_is_offered(self, desk, clinic_day):
        long = clinic_day.book(duration=60)
        page = desk.get(f"/appointments/{long.pk}/move/")
        starts = [f"{chip.slot.start:%H:%M}" for part in page.context["page"].choices for chip in part.chips]
        assert (starts[-1], "09:30" in starts) == ("16:00", True)

    def test_a_time_that_cannot_be_had_explains_itself(self, desk, clinic_day, visit):
        clinic_day.book(TEN, patient_id=PatientFactory(organization=clinic_day.organization).pk)
        page = desk.get(f"/appointments/{visit.pk}/move/", {"date": "2030-01-07", "at": "10:00"})
        assertContains(page, "This time is taken.")
        assertNotContains(page, 'id="move-button"')
        assert [f"{other.slot.start:%H:%M}" for other in page.context["others"]] == ["09:30", "10:30", "11:00"]

    def test_a_lost_slot_leaves_it_where_it_was_and_offers_the_nearest(self, desk, clinic_day, visit):
        clinic_day.book(TEN, patient_id=PatientFactory(organization=clinic_day.organization).pk)
        answer = move(desk, visit)
        assertContains(answer, "10:00 with", status_code=409)
        assertContains(answer, "the appointment is still where it was", status_code=409)
        assert [f"{other.slot.start:%H:%M}" for other in answer.context["others"]] == ["09:30", "10:30", "11:00"]
        assert all("/move/?" in other.url for other in answer.context["others"])
        assert saved(visit).appointment_date == NINE

    def test_another_practitioner_needs_the_patients_word(self, desk, clinic_day, visit):
        other = colleague(clinic_day)
        page = desk.get(
            f"/appointments/{visit.pk}/move/", {"practitioner": other.pk, "date": "2030-01-07", "at": "09:00"}
        )
        assertContains(page, f"The patient agrees to see {other}")
        answer = move(desk, visit, practitioner=other.pk)
        assertContains(answer, "Ask the patient", status_code=422)
        assert saved(visit).practitioner == clinic_day.practitioner
        assert move(desk, visit, practitioner=other.pk, agreed="on").status_code == 303
        assert saved(visit).practitioner == other
        assert ActivityEvent.objects.latest("id").new["patient_agreed"] is True

    def test_another_clinic_and_its_clock(self, desk, clinic_day, visit):
        there = practice(organization=clinic_day.organization, timezone="Asia/Bangkok")
        page = desk.get(f"/appointments/{visit.pk}/move/", {"clinic": there.clinic.pk, "date": "2030-01-07"})
        shown = page.context["page"]
        assert (shown.clinic, shown.practitioner) == (there.clinic, there.practitioner)
        move(
            desk,
            visit,
            "2030-01-07T10:00:00+07:00",
            clinic=there.clinic.pk,
            practitioner=there.practitioner.pk,
            agreed="on",
        )
        page = desk.get(f"/appointments/{visit.pk}/")
        assertContains(page, "From Mon 7 January, 09:00 (Asia/Yangon) to Mon 7 January, 10:00.")
        assertContains(page, f"From {clinic_day.clinic} to {there.clinic}.")

    @pytest.mark.parametrize("field", ["clinic", "practitioner"])
    def test_what_is_another_organizations_does_not_exist(self, desk, visit, field):
        abroad = practice()
        key = getattr(abroad, field).pk
        assert desk.get(f"/appointments/{visit.pk}/move/", {field: key}).status_code == 404
        assertContains(move(desk, visit, **{field: key}), "There is no such", status_code=422)

    @pytest.mark.parametrize("start", ["", "ten", "2030-01-07T10:00", "9999-99-99T00:00+00:00"])
    def test_a_time_that_is_none(self, desk, visit, start):
        assertContains(move(desk, visit, start), "This needs another look", status_code=422)
        assert saved(visit).appointment_date == NINE

    def test_a_stale_form_shows_what_has_changed(self, desk, visit):
        edit(desk, visit, notes="Deaf on the left")
        answer = move(desk, visit)
        assertContains(answer, "Note changed", status_code=409)
        assertContains(answer, 'name="expected_version" value="2"', status_code=409)
        assert saved(visit).appointment_date == NINE

    def test_where_it_has_been_cancelled_the_page_says_so(self, desk, visit):
        cancel(desk, visit)
        assertContains(move(desk, visit), "Somebody else was quicker", status_code=409)
        assertContains(desk.get(f"/appointments/{visit.pk}/move/"), "is not moved any more", status_code=409)

    def test_what_was_confirmed_waits_to_be_confirmed_again(self, desk, clinic_day, visit):
        clinic_day.service.update_appointment_status(appointment_id=visit.pk, status="confirmed")
        page = desk.get(f"/appointments/{visit.pk}/move/", {"date": "2030-01-07", "at": "10:00"})
        assertContains(page, "the new one waits to be confirmed")
        move(desk, visit, version=2)
        assert saved(visit).status == "booked"
        assertContains(desk.get(f"/appointments/{visit.pk}/"), "has not confirmed the new time yet")

    def test_a_practitioner_may_not(self, doctor, visit):
        assert move(doctor, visit).status_code == 403


class TestEditing:
    def test_type_and_note(self, desk, clinic_day, visit):
        AppointmentTypeFactory(organization=clinic_day.organization, code="procedure", duration=60)
        assert edit(desk, visit, type="procedure", notes="Fasting").status_code == 303
        assert (saved(visit).appointment_type.code, saved(visit).notes, saved(visit).duration) == (
            "procedure",
            "Fasting",
            30,
        )

    def test_what_changes_nothing_leaves_no_trace(self, desk, visit):
        answer = edit(desk, visit, notes="")
        page = desk.get(answer["Location"])
        assert (saved(visit).version, list(page.context["messages"])) == (1, [])

    def test_a_type_of_another_organization_does_not_exist(self, desk, visit):
        AppointmentTypeFactory(code="abroad")
        assertContains(edit(desk, visit, type="abroad"), "There is no such type", status_code=422)

    def test_a_note_that_is_too_long_is_named(self, desk, visit):
        assertContains(edit(desk, visit, notes="x" * 2001), '<a href="#id_notes">', status_code=422)

    def test_a_stale_form_keeps_what_was_written_beside_what_is_there(self, desk, visit):
        edit(desk, visit, notes="Deaf on the left")
        answer = edit(desk, visit, notes="Deaf on the right")
        for said in ("Deaf on the right", "Deaf on the left", "Note changed", 'name="expected_version" value="2"'):
            assertContains(answer, said, status_code=409)
        assert saved(visit).notes == "Deaf on the left"
        assert edit(desk, visit, version=2, notes="Deaf on the right").status_code == 303

    def test_of_a_completed_visit_only_the_note(self, desk, clinic_day):
        AppointmentTypeFactory(organization=clinic_day.organization, code="procedure")
        over = AppointmentFactory(
            patient=clinic_day.patient,
            practitioner=clinic_day.practitioner,
            clinic=clinic_day.clinic,
            status="completed",
        )
        assertNotContains(desk.get(f"/appointments/{over.pk}/edit/"), "<select")
        assert edit(desk, over, type="procedure").status_code == 409
        assert edit(desk, over, notes="Came with her son").status_code == 303
        assert (saved(over).notes, saved(over).appointment_type) == ("Came with her son", None)

    def test_a_practitioner_may_not(self, doctor, visit):
        assert edit(doctor, visit, notes="x").status_code == 403
