"""Finding a patient for a booking, or adding one."""

import pytest
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import ActivityEvent, Role
from patients.models import Patient
from tests.factories import PatientFactory
from tests.practice import practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TYPING = {**HTMX, "HX-Trigger-Name": "q"}
IN_PANEL = {**HTMX, "X-Panel": "true"}


class TestFinding:
    def test_whole_page_without_javascript(self, clinic_day, desk):
        patients = PatientFactory.create_batch(2, organization=clinic_day.organization, name="Daw Khin Myat Noe")
        answer = desk.post("/patients/search/", {"q": "myat khin"})
        assertContains(answer, "<!doctype html>")
        for patient in patients:
            assertContains(answer, f'href="/book/?patient={patient.pk}"')

    def test_a_part_for_htmx_that_is_never_pushed(self, clinic_day, desk):
        PatientFactory.create_batch(2, organization=clinic_day.organization, name="Daw Khin Myat Noe")
        answer = desk.post("/patients/search/", {"q": "khin"}, headers=HTMX)
        assert answer.content.strip().startswith(b'<div id="found"')
        assert "HX-Push-Url" not in answer

    def test_the_first_found_has_the_focus_unless_somebody_is_typing(self, clinic_day, desk):
        PatientFactory.create_batch(2, organization=clinic_day.organization, name="Daw Khin Myat Noe")
        assertContains(desk.post("/patients/search/", {"q": "khin"}, headers=HTMX), "autofocus")
        typing = desk.post("/patients/search/", {"q": "khin"}, headers=TYPING)
        assert b"autofocus" not in typing.content

    def test_what_was_chosen_before_is_kept(self, clinic_day, desk):
        PatientFactory(organization=clinic_day.organization)
        chosen = {"practitioner": clinic_day.practitioner.pk, "at": "2030-01-07T09:30:00+06:30", "q": "Patient"}
        answer = desk.post("/patients/search/", chosen)
        assertContains(answer, f"practitioner={clinic_day.practitioner.pk}&amp;at=2030-01-07T09%3A30%2B06%3A30")

    def test_the_only_one_found_is_chosen(self, clinic_day, desk):
        patient = PatientFactory(organization=clinic_day.organization, name="Daw Khin Myat Noe")
        said = {"q": "khin", "practitioner": clinic_day.practitioner.pk}
        address = f"/book/?patient={patient.pk}&practitioner={clinic_day.practitioner.pk}"
        assertRedirects(desk.post("/patients/search/", said), address, status_code=303)
        assert desk.post("/patients/search/", said, headers=HTMX)["HX-Redirect"] == address

    def test_the_only_one_is_only_shown_where_the_name_is_spelt_otherwise(self, clinic_day, desk):
        PatientFactory(organization=clinic_day.organization, name="Daw Khin Myat Noe")
        assertContains(desk.post("/patients/search/", {"q": "daw kin noe"}), "Daw Khin Myat Noe")

    def test_nobody_is_chosen_while_somebody_types(self, clinic_day, desk):
        PatientFactory(organization=clinic_day.organization, name="Daw Khin Myat Noe")
        assertContains(desk.post("/patients/search/", {"q": "khin"}, headers=TYPING), "1 found: Enter takes it.")

    def test_in_a_panel_the_only_one_is_chosen_without_leaving_the_page(self, clinic_day, desk):
        patient = PatientFactory(organization=clinic_day.organization, name="Daw Khin Myat Noe")
        answer = desk.post("/patients/search/", {"q": "khin"}, headers=IN_PANEL)
        assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#booking", "outerHTML")
        assertContains(answer, f"<b>{patient}</b> sees <b>{clinic_day.practitioner}</b>")

    def test_the_box_in_the_header_can_open_the_panel(self, clinic_day, desk):
        opens = {**HTMX, "HX-Target": "panel"}
        several = desk.post("/patients/search/", {"q": "nobody at all"}, headers=opens)
        assert several.content.strip().startswith(b'<div id="booking"')
        patient = PatientFactory(organization=clinic_day.organization, name="Daw Khin Myat Noe")
        one = desk.post("/patients/search/", {"q": "khin"}, headers=opens)
        assertContains(one, f"<b>{patient}</b> sees")
        assert "HX-Retarget" not in one

    def test_nobody(self, desk):
        assertContains(desk.post("/patients/search/", {"q": "nobody at all"}), "Nobody fits.")

    @pytest.mark.parametrize(("query", "field"), [("Daw Nwe Ni", "name"), ("09 250 088 870", "phone")])
    def test_nobody_found_is_begun_as_a_new_patient(self, desk, query, field):
        answer = desk.post("/patients/search/", {"q": query})
        assertContains(answer, f'name="new-{field}" value="{query}"')

    def test_another_organizations_patients_are_not_found(self, desk):
        PatientFactory(name="Daw Khin Myat Noe", organization=practice().organization)
        assertContains(desk.post("/patients/search/", {"q": "Khin"}), "Nobody fits.")

    @pytest.mark.parametrize("query", ["\0", "\ufffd", "x" * 10_000])
    def test_what_cannot_be_read_is_refused(self, desk, query):
        answer = desk.post("/patients/search/", {"q": query}, headers=HTMX)
        assertContains(answer, 'role="alert"', status_code=422)

    def test_only_by_post(self, desk):
        assert desk.get("/patients/search/").status_code == 405

    def test_a_practitioner_does_not_search(self, clinic_day):
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assert doctor.post("/patients/search/", {"q": "Patient"}).status_code == 403

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, count, django_assert_num_queries
    ):
        PatientFactory.create_batch(count, organization=clinic_day.organization, name="Daw Nwe Ni")
        with django_assert_num_queries(QUERIES):
            desk.post("/patients/search/", {"q": "nwe"}, headers=TYPING)


QUERIES = 4


class TestAdding:
    def test_the_patient_is_there_and_the_booking_goes_on(self, clinic_day, desk):
        said = {
            "new-name": "  Daw  Khin Myat Noe ",
            "new-phone": "09 250 088 870",
            "new-birth_date": "1971-03-04",
            "practitioner": clinic_day.practitioner.pk,
        }
        answer = desk.post("/patients/new/", said)
        patient = Patient.objects.get(name="Daw Khin Myat Noe")
        address = f"/book/?patient={patient.pk}&practitioner={clinic_day.practitioner.pk}"
        assertRedirects(answer, address, status_code=303)
        assert (str(patient.phone), patient.birth_date_estimated) == ("+959250088870", False)
        event = ActivityEvent.objects.get()
        assert (event.kind, event.target, event.actor) == ("PATIENT_CREATED", patient, desk.user)

    def test_burmese_digits_and_an_age(self, desk):
        desk.post("/patients/new/", {"new-name": "ဒေါ်ခင်", "new-phone": "၀၉ ၂၅၀ ၀၈၈ ၈၇၀", "new-age": "၄၂"})
        patient = Patient.objects.get(name="ဒေါ်ခင်")
        assert str(patient.phone) == "+959250088870"
        assert (patient.birth_date.year, patient.birth_date_estimated) == (1988, True)

    def test_htmx_is_sent_on(self, desk):
        answer = desk.post("/patients/new/", {"new-name": "Daw Nwe Ni"}, headers=HTMX)
        assert answer["HX-Redirect"] == f"/book/?patient={Patient.objects.get(name='Daw Nwe Ni').pk}"

    def test_in_a_panel_the_booking_goes_on_there(self, clinic_day, desk):
        answer = desk.post("/patients/new/", {"new-name": "Daw Nwe Ni"}, headers=IN_PANEL)
        assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#booking", "outerHTML")
        assertContains(answer, f"<b>Daw Nwe Ni</b> sees <b>{clinic_day.practitioner}</b>")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("name", value) for value in ("\u200b", "\u202e", "...", "a\u202eb")),
            *(("name", value) for value in ("", "   ", "\0", "\ufffd", "x" * 201, "x" * 10_000)),
            *(("phone", value) for value in ("+959790000000;ext=5", "12", "x", "\0", "0" * 10_000)),
            *(("birth_date", value) for value in ("0001-01-01", "9999-12-31", "2031-01-01", "1800-01-01", "x", "\0")),
            *(("age", value) for value in ("-1", "131", "x", "1.5", "9" * 40, "\0")),
        ],
    )
    def test_bad_input_is_refused_by_name_and_nothing_is_written(self, desk, field, value):
        before = Patient.objects.count()
        answer = desk.post("/patients/new/", {"new-name": "Daw Nwe Ni", f"new-{field}": value})
        assert answer.status_code == 422
        assert list(answer.context["new_patient"].errors) == [field]
        assertContains(answer, f'href="#id_new-{field}"', status_code=422)
        assert (Patient.objects.count(), ActivityEvent.objects.count()) == (before, 0)

    def test_somebody_who_may_be_known_already_is_shown_first(self, clinic_day, desk):
        known = PatientFactory(organization=clinic_day.organization, name="Daw Nwe Ni", phone="+959250088870")
        said = {"new-name": "Nwe Ni", "new-phone": "09250088870", "practitioner": clinic_day.practitioner.pk}
        answer = desk.post("/patients/new/", said)
        assertContains(answer, "Is it one of these?", status_code=409)
        address = f"/book/?practitioner={clinic_day.practitioner.pk}&patient={known.pk}"
        assert answer.context["known"] == [(known, address)]
        assert not Patient.objects.filter(name="Nwe Ni").exists()

    def test_whoever_has_seen_them_can_add_all_the_same(self, clinic_day, desk):
        known = PatientFactory(organization=clinic_day.organization, name="Daw Nwe Ni")
        assert desk.post("/patients/new/", {"new-name": "Daw Nwe Ni", "seen": known.pk}).status_code == 303
        assert Patient.objects.filter(name="Daw Nwe Ni").count() == 2

    def test_somebody_added_meanwhile_is_shown_as_well(self, clinic_day, desk):
        known, meanwhile = PatientFactory.create_batch(2, organization=clinic_day.organization, name="Daw Nwe Ni")
        answer = desk.post("/patients/new/", {"new-name": "Daw Nwe Ni", "seen": known.pk})
        assert answer.status_code == 409
        assert {patient for patient, _url in answer.context["known"]} == {known, meanwhile}

    def test_sent_twice_it_adds_once(self, desk):
        answers = [desk.post("/patients/new/", {"new-name": "Daw Nwe Ni"}).status_code for _time in range(2)]
        assert answers == [303, 409]
        assert Patient.objects.filter(name="Daw Nwe Ni").count() == 1

    @pytest.mark.parametrize("seen", ["x", "\0", "9" * 40, "-1"])
    def test_a_tampered_answer_is_none(self, clinic_day, desk, seen):
        PatientFactory(organization=clinic_day.organization, name="Daw Nwe Ni")
        assert desk.post("/patients/new/", {"new-name": "Daw Nwe Ni", "seen": seen}).status_code == 409

    def test_a_foreign_row_among_the_choices_is_refused_by_name(self, desk):
        said = {"new-name": "Daw Nwe Ni", "clinic": practice().clinic.pk}
        assertContains(desk.post("/patients/new/", said), "There is no such clinic.", status_code=422)
        assert not Patient.objects.filter(name="Daw Nwe Ni").exists()

    def test_only_by_post(self, desk):
        assert desk.get("/patients/new/").status_code == 405

    def test_a_practitioner_adds_nobody(self, clinic_day):
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assert doctor.post("/patients/new/", {"new-name": "Daw Nwe Ni"}).status_code == 403
