"""The booking page: what it proposes, what it books, what it refuses."""

import re
from datetime import date, timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Role
from scheduling.models import Appointment
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicClosureFactory,
    ClinicFactory,
    SpecialtyFactory,
    TimeOffFactory,
)
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, hidden_fields, signed_in, taken

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


class TestProposing:
    def test_what_the_patient_has_already_is_said(self, clinic_day, desk):
        visit = clinic_day.book(NINE + minutes(60))
        Appointment.objects.update(created_at=NINE - minutes(24 * 60))  # not just now: of that it is warned
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk})
        assertContains(answer, f'Booked already: <a href="/appointments/{visit.pk}/">')
        assertContains(answer, f'href="/patients/{clinic_day.patient.pk}/"')

    def test_the_first_free_time_is_chosen_and_read_back(self, clinic_day, desk):
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk})
        assertContains(answer, f"<b>{clinic_day.patient}</b> sees <b>{clinic_day.practitioner}</b>")
        assertContains(answer, "Monday 7 January, at 09:00")
        assertContains(answer, "Book 09:00")

    def test_days_say_how_much_is_free(self, clinic_day, desk):
        taken(clinic_day)
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk})
        assert [(chip.day.day, chip.free) for chip in answer.context["page"].days] == [
            (7, 15), (8, 0), (9, 0), (10, 0), (11, 0), (12, 0), (13, 0),
        ]  # fmt: skip

    def test_whoever_comes_back_sees_what_was_just_booked_before_anything_is_under_enter(self, clinic_day, desk, form):
        desk.post("/book/", form)
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk})
        assertContains(answer, "Booked just now")
        assertNotContains(answer, '<button id="book-button" class="btn go big" autofocus')

    def test_whoever_is_asked_for_by_name_is_never_quietly_another(self, clinic_day, desk):
        colleague_of(clinic_day)
        type(clinic_day.practitioner).objects.filter(pk=clinic_day.practitioner.pk).update(is_active=False)
        asked = {"patient": clinic_day.patient.pk, "practitioner": clinic_day.practitioner.pk}
        answer = desk.get("/book/", asked)
        assertContains(answer, f"<b>{clinic_day.practitioner}</b> sees nobody at {clinic_day.clinic} any more.")
        assertNotContains(answer, 'id="book-button"')

    def test_a_desk_of_one_clinic_is_not_told_of_visits_at_another(self, clinic_day):
        there = practice(organization=clinic_day.organization)
        visit = taken(there, NINE - timedelta(days=7), patient=clinic_day.patient, status="completed")
        asked = {"patient": clinic_day.patient.pk}
        here = signed_in(clinic_day.organization, clinics=[clinic_day.clinic])
        assertNotContains(here.get("/book/", asked), "last seen")
        assertContains(signed_in(clinic_day.organization).get("/book/", asked), f"by {visit.practitioner}")

    def test_the_note_has_its_place_while_a_time_explains_itself(self, clinic_day, desk):
        asked = {"patient": clinic_day.patient.pk, "at": "2030-01-07T09:41"}
        assertContains(desk.get("/book/", asked), f'id="notes-{clinic_day.patient.pk}"')

    def test_without_a_patient_nothing_can_be_booked_yet(self, desk):
        assertNotContains(desk.get("/book/"), 'id="book-button"')

    def test_the_usual_practitioner_and_type_are_preset(self, clinic_day, desk):
        usual = colleague_of(clinic_day)
        AppointmentTypeFactory(organization=clinic_day.organization, code="first", is_default=True)
        review = AppointmentTypeFactory(organization=clinic_day.organization, code="review")
        AppointmentFactory(
            patient=clinic_day.patient,
            practitioner=usual,
            clinic=clinic_day.clinic,
            appointment_type=review,
            appointment_date=NINE - timedelta(days=70),
            status="completed",
        )
        page = desk.get("/book/", {"patient": clinic_day.patient.pk}).context["page"]
        assert (page.practitioner, page.kind) == (usual, review)

    def test_a_day_with_nothing_free_points_at_the_next_that_has(self, clinic_day, desk):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=date(2030, 1, 7))
        assert desk.get("/book/", {"patient": clinic_day.patient.pk}).context["page"].day == date(2030, 1, 14)
        assertContains(desk.get("/book/", {"date": "2030-01-08"}), "has nothing free on Tuesday 8 January")

    @pytest.mark.parametrize("at", ["2030-01-07T09:30", "2030-01-07T09:30:00+06:30", "2030-01-07T03:00:00+00:00"])
    def test_a_typed_time_is_read_back(self, clinic_day, desk, at):
        assertContains(desk.get("/book/", {"patient": clinic_day.patient.pk, "at": at}), "Book 09:30")

    @pytest.mark.parametrize("at", ["9:30", "၉:၃၀", "09.30"])
    def test_a_time_without_a_date_is_of_the_chosen_day(self, clinic_day, desk, at):
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk, "date": "2030-01-14", "at": at})
        assertContains(answer, "Monday 14 January, at 09:30")

    def test_a_time_that_cannot_be_had_says_why_and_what_can(self, clinic_day, desk):
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk, "at": "2030-01-07T09:41"})
        assertContains(answer, "has no slot that starts then")
        assertNotContains(answer, 'id="book-button"')
        assert [f"{other.slot.start:%H:%M}" for other in answer.context["others"]] == ["09:30", "10:00", "09:00"]

    def test_a_patient_who_is_elsewhere_then_is_told_before_booking(self, clinic_day, desk):
        taken(practice(organization=clinic_day.organization), patient=clinic_day.patient)
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk, "practitioner": clinic_day.practitioner.pk})
        assertContains(answer, "The patient has another appointment at that time.")

    def test_htmx_gets_the_picker_alone_a_boosted_link_the_page(self, desk):
        assert desk.get("/book/", headers=HTMX).content.strip().startswith(b'<div id="booking"')
        assertContains(desk.get("/book/", headers={**HTMX, "HX-Boosted": "true"}), "<!doctype html>")

    def test_the_page_takes_its_choices_as_its_address_a_panel_does_not(self, clinic_day, desk):
        asked = {"patient": clinic_day.patient.pk}
        assertContains(desk.get("/book/", asked), '<div hx-push-url="true">')
        panel = desk.get("/book/", asked, headers={**HTMX, "HX-Target": "panel"})
        assertNotContains(panel, 'hx-push-url="true"')
        assertContains(panel, "X-Panel")
        assertContains(panel, "<h2 tabindex")
        assertNotContains(panel, "<h1")
        later = desk.get("/book/", asked, headers={**HTMX, "HX-Target": "booking", "X-Panel": "true"})
        assertContains(later, "X-Panel")
        assertNotContains(desk.get("/book/", asked, headers=HTMX), "X-Panel")

    def test_a_panel_has_the_focus_whatever_opened_it(self, desk):
        opened = {**HTMX, "HX-Target": "panel", "HX-Trigger": "slot-3"}
        assertContains(desk.get("/book/", headers=opened), "autofocus")

    def test_whoever_books_nothing_goes_to_the_day(self, clinic_day, desk):
        answer = desk.get("/book/", {"patient": clinic_day.patient.pk})
        assertContains(answer, f'data-close href="/?date=2030-01-07&amp;clinic={clinic_day.clinic.pk}"')

    @pytest.mark.parametrize("said", ["14/1", "14.1.2030", "၁၄/၁", "+7", "1w", "mon"])
    def test_a_day_as_people_write_it(self, desk, said):
        assert desk.get("/book/", {"date": said}).context["page"].day == date(2030, 1, 14)

    def test_today_is_the_clinics(self, clinic_day, desk):
        type(clinic_day.clinic).objects.filter(pk=clinic_day.clinic.pk).update(timezone="Pacific/Honolulu")
        assert desk.get("/book/", {"date": "t"}).context["page"].day == date(2030, 1, 6)

    def test_what_says_no_day_is_refused_by_name(self, desk):
        answer = desk.get("/book/", {"date": "someday"})
        assertContains(answer, "Write a day as 23/11", status_code=422)
        assertContains(answer, 'href="#other-date"', status_code=422)

    def test_keys_for_the_day_before_and_the_day_after(self, desk):
        html = desk.get("/book/", {"date": "2030-01-08"}).content.decode()
        found = re.findall(r'id="(day-[^"]*|later)"[^>]*? data-key="([^"]*)"', html)
        assert found == [("day-2030-01-07", "[ t"), ("day-2030-01-09", "]")]
        html = desk.get("/book/", {"date": "2030-01-13"}).content.decode()
        assert re.search(r'id="later"[^>]*? data-key="\]"', html)

    def test_no_inline_script_or_style(self, clinic_day, desk):
        html = desk.get("/book/", {"patient": clinic_day.patient.pk}).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", html)

    def test_addresses_name_nobody(self, clinic_day, desk):
        html = desk.get("/book/", {"patient": clinic_day.patient.pk}).content.decode()
        links = re.findall(r'href="(/book/[^"]*)"', html)
        assert links
        assert not [link for link in links if "Patient" in link]

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, count, django_assert_num_queries
    ):
        for number in range(count):
            taken(clinic_day, NINE + minutes(60 * number))
            colleague_of(clinic_day)
        asked = {"patient": clinic_day.patient.pk, "clinic": clinic_day.clinic.pk}
        desk.get("/book/", asked)
        with django_assert_num_queries(QUERIES):
            desk.get("/book/", asked)


QUERIES = 9


class TestBooking:
    def test_what_the_page_holds_is_what_is_booked(self, clinic_day, desk):
        page = desk.get("/book/", {"patient": clinic_day.patient.pk}).content.decode()
        answer = desk.post("/book/", {**hidden_fields(page), "notes": "Bring the film"})
        appointment = Appointment.objects.get()
        address = f"/?date=2030-01-07&clinic={clinic_day.clinic.pk}#appointment-{appointment.pk}"
        assertRedirects(answer, address, status_code=303)
        assert appointment.patient == clinic_day.patient
        assert (appointment.appointment_date, appointment.notes) == (NINE, "Bring the film")
        assert ActivityEvent.objects.get().actor == desk.user

    def test_htmx_is_sent_on_with_the_whole_page(self, desk, form):
        answer = desk.post("/book/", form, headers=HTMX)
        assert answer.status_code == 200
        assert answer["HX-Redirect"].startswith("/?date=2030-01-07")

    def test_sent_twice_it_books_once(self, desk, form):
        assert [desk.post("/book/", form).status_code for _ in range(2)] == [303, 303]
        assert Appointment.objects.count() == 1

    def test_the_same_form_with_another_body_books_nothing_more(self, desk, form):
        desk.post("/book/", form)
        answer = desk.post("/book/", {**form, "start": "2030-01-07T10:00:00+06:30"})
        assert (answer.status_code, Appointment.objects.count()) == (409, 1)


class TestLostSlots:
    def test_it_says_why_keeps_the_patient_and_offers_the_nearest(self, clinic_day, desk, form):
        taken(clinic_day)
        answer = desk.post("/book/", {**form, "notes": "Bring the film"})
        assertContains(answer, "This time is taken.", status_code=409)
        assertContains(answer, "Bring the film", status_code=409)
        assertContains(answer, "Book 09:30 instead", status_code=409)
        others = [f"{other.slot.start:%H:%M}" for other in answer.context["alternatives"]]
        assert others == ["09:30", "10:00", "10:30"]
        assert Appointment.objects.count() == 1

    def test_a_colleague_of_the_specialty_at_the_same_time_is_one_of_them(self, clinic_day, desk, form):
        clinic_day.practitioner.specialty = SpecialtyFactory(organization=clinic_day.organization)
        clinic_day.practitioner.save()
        colleague = colleague_of(clinic_day, specialty=clinic_day.practitioner.specialty)
        taken(clinic_day)
        answer = desk.post("/book/", form)
        others = [(f"{other.slot.start:%H:%M}", other.practitioner) for other in answer.context["alternatives"]]
        assert others[:2] == [("09:30", clinic_day.practitioner), ("09:00", colleague)]

    def test_without_a_specialty_nobody_else_is_put_in_their_place(self, clinic_day, desk, form):
        colleague_of(clinic_day)
        taken(clinic_day)
        answer = desk.post("/book/", form)
        assert {other.practitioner for other in answer.context["alternatives"]} == {clinic_day.practitioner}

    def test_a_visit_that_another_tab_has_booked_is_shown_and_no_second_one_proposed(self, desk, form):
        desk.post("/book/", form)
        answer = desk.post("/book/", {**form, "request_id": "6b4b0d3e-0f4e-4f0c-9b56-2d3f7f3f9a12"})
        assertContains(answer, "This visit is booked already", status_code=409)
        assertContains(answer, f'href="/appointments/{Appointment.objects.get().pk}/"', status_code=409)
        assert answer.context["alternatives"] == []
        assertNotContains(answer, "data-enter", status_code=409)

    def test_the_first_alternative_is_one_enter_away(self, clinic_day, desk, form):
        taken(clinic_day)
        refused = desk.post("/book/", form).content.decode()
        assert desk.post("/book/", hidden_fields(refused)).status_code == 303
        assert Appointment.objects.latest("id").appointment_date == NINE + minutes(30)

    def test_htmx_gets_the_picker(self, clinic_day, desk, form):
        taken(clinic_day)
        answer = desk.post("/book/", form, headers=HTMX)
        assert answer.status_code == 409
        assert answer.content.strip().startswith(b'<div id="booking"')

    @pytest.mark.parametrize(
        ("start", "reason"),
        [
            ("2030-01-07T05:00:00+06:30", "This time has passed."),
            ("2030-01-07T09:07:00+06:30", "no slot that starts then"),
            ("2030-01-08T09:00:00+06:30", "no slot that starts then"),
            ("2030-01-07T16:45:00+06:30", "no slot that starts then"),
        ],
    )
    def test_a_time_that_is_none(self, desk, form, start, reason):
        assertContains(desk.post("/book/", {**form, "start": start}), reason, status_code=409)
        assert not Appointment.objects.exists()

    def test_a_closed_clinic(self, clinic_day, desk, form):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=date(2030, 1, 7))
        assertContains(desk.post("/book/", form), "The clinic is closed on that day.", status_code=409)

    def test_a_practitioner_away(self, clinic_day, desk, form):
        TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE, ends_at=NINE + minutes(60))
        answer = desk.post("/book/", form)
        assertContains(answer, "The practitioner is away at that time.", status_code=409)
        assertContains(answer, "Book 10:00 instead", status_code=409)

    def test_a_patient_who_is_elsewhere_is_offered_no_time_at_which_that_is_so(self, clinic_day, desk, form):
        taken(practice(organization=clinic_day.organization), patient=clinic_day.patient, duration=60)
        answer = desk.post("/book/", form)
        assertContains(answer, "The patient has another appointment at that time.", status_code=409)
        assert [f"{o.slot.start:%H:%M}" for o in answer.context["alternatives"]] == ["10:00", "10:30", "11:00"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("patient", value) for value in ("", "0", "-1", "999999", "9" * 40, "x", "\0")),
            *(("practitioner", value) for value in ("", "0", "-1", "999999", "9" * 40, "x", "\0")),
            *(("clinic", value) for value in ("", "0", "-1", "999999", "9" * 40, "x", "\0")),
            *(("type", value) for value in ("unknown", "\0", "x" * 10_000)),
            *(("start", value) for value in ("", "x", "\0", "2030-01-07T09:00", "2030-01-07", "9" * 10_000)),
            *(("start", f"{year}-01-07T09:00:00+06:30") for year in ("0001", "9999", "1899", "2201")),
            ("start", "0001-01-01T00:00:00+14:00"),
            ("start", "9999-12-31T23:59:59-12:00"),
            *(("duration", value) for value in ("0", "-5", "10000", "x", "1.5", "\0", "9" * 40)),
            *(("notes", value) for value in ("\0", "a\x0bb", "\ufffd", "x" * 2001, "x" * 10_000)),
            *(("request_id", value) for value in ("", "x", "\0", "9" * 10_000)),
        ],
    )
    def test_it_is_refused_by_name_and_nothing_is_written(self, desk, form, field, value):
        answer = desk.post("/book/", {**form, field: value})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assertContains(answer, 'role="alert"', status_code=422)
        assert not Appointment.objects.exists()

    def test_lone_surrogates_as_bytes(self, desk, form):
        body = "&".join(f"{name}={value}".replace("+", "%2B") for name, value in form.items()) + "%ED%A0%80"
        answer = desk.post("/book/", body, content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["notes"])

    def test_an_empty_form(self, desk):
        assert desk.post("/book/", {}).status_code == 422

    @pytest.mark.parametrize("field", ["patient", "practitioner", "clinic", "type"])
    def test_a_row_of_another_organization(self, desk, form, field):
        other = practice()
        rows = {"patient": other.patient.pk, "practitioner": other.practitioner.pk, "clinic": other.clinic.pk}
        AppointmentTypeFactory(organization=other.organization, code="theirs")
        theirs = {**rows, "type": "theirs"}[field]
        answer = desk.post("/book/", {**form, field: theirs})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        if field != "patient":
            assert desk.get("/book/", {field: theirs}).status_code == 404
        assert desk.get("/book/", {"patient": other.patient.pk}).status_code == 404
        assert not Appointment.objects.exists()

    @pytest.mark.parametrize("key", ["patient", "clinic", "practitioner", "type"])
    @pytest.mark.parametrize("value", ["0", "999999", "9" * 40, "x", "\0", "-1"])
    def test_an_address_that_names_nothing_is_not_here(self, desk, key, value):
        assert desk.get("/book/", {key: value}).status_code == 404

    @pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31", "2030-02-30", "x", "\0", "1" * 10_000])
    def test_an_address_with_a_date_that_is_none(self, desk, date):
        assertContains(desk.get("/book/", {"date": date}), "#other-date", status_code=422)

    @pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59+00:00", "25:00", "x", "\0", "1" * 10_000])
    def test_an_address_with_a_time_that_is_none(self, desk, at):
        answer = desk.get("/book/", {"date": "2030-01-07", "at": at})
        assertContains(answer, "#other-at", status_code=422)

    def test_the_furthest_dates_can_still_be_looked_at(self, desk):
        assert [desk.get("/book/", {"date": day}).status_code for day in ("1901-01-01", "2199-12-31")] == [200, 200]

    @pytest.mark.usefixtures("monday")
    def test_a_time_that_a_clock_change_skips(self):
        berlin = practice(timezone="Europe/Berlin")
        answer = signed_in(berlin.organization).get("/book/", {"at": "2030-03-31T02:30"})
        assertContains(answer, "has no 02:30 on that day", status_code=422)
        assert answer.context["query"].errors.as_data()["at"][0].code == "invalid_date"


class TestWhoMay:
    def test_a_stranger_is_sent_to_the_door(self, client, form):
        assert client.post("/book/", form)["Location"] == "/login/?next=/book/&ended=1"
        assert not Appointment.objects.exists()

    def test_a_stranger_under_htmx_takes_the_whole_page_there_and_back(self, client):
        at = {**HTMX, "HX-Current-URL": "http://testserver/book/?patient=7"}
        answer = client.get("/book/?patient=7&date=2030-01-07", headers=at)
        assert answer["HX-Redirect"] == "/login/?next=/book/%3Fpatient%3D7&ended=1"

    def test_a_practitioner_does_not_book(self, clinic_day, form):
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assert [doctor.get("/book/").status_code, doctor.post("/book/", form).status_code] == [403, 403]
        assert not Appointment.objects.exists()

    def test_an_administrator_books(self, clinic_day, form):
        assert signed_in(clinic_day.organization, Role.ADMINISTRATOR).post("/book/", form).status_code == 303

    def test_a_desk_books_only_at_its_clinics(self, clinic_day, form):
        there = ClinicFactory(organization=clinic_day.organization)
        browser = signed_in(clinic_day.organization, clinics=[there])
        answer = browser.post("/book/", form)
        assert (answer.status_code, "clinic" in answer.context["form"].errors) == (422, True)
        assert browser.get("/book/", {"clinic": clinic_day.clinic.pk}).status_code == 404
        assert not Appointment.objects.exists()
