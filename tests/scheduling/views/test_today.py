"""A practitioner's own day: who is next, what can be done, whose it is, and how it stays true."""

import re
from datetime import datetime, time, timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from scheduling.services import AppointmentService
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicAssignmentFactory,
    ClinicClosureFactory,
    ClinicFactory,
    PatientFactory,
    TimeOffFactory,
    UserFactory,
    WorkingHoursFactory,
)
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
TEN = NINE + minutes(60)
WHO_ASKS = 2
"""The queries by which a request knows who asks: session, user, memberships."""


@pytest.fixture
def doctor(clinic_day):
    """Give the browser of the practice's practitioner."""
    return practising(clinic_day)


@pytest.fixture
def at_ten(clinic_day, time_machine):  # noqa: ARG001 the practice puts the clock to six
    time_machine.move_to(TEN, tick=False)


def practising(day, role=Role.PRACTITIONER):
    day.practitioner.user = UserFactory()
    day.practitioner.save(update_fields=["user"])
    return signed_in(day.organization, role, user=day.practitioner.user)


def visit(day, name, start=NINE, **given):
    patient = PatientFactory(organization=day.organization, name=name)
    place = {"practitioner": day.practitioner, "clinic": day.clinic, "patient": patient}
    return AppointmentFactory(appointment_date=start, **{**place, **given})


def arrived(day, name, start, came):
    return visit(day, name, start, status="arrived", checked_in_at=came)


def page_of(browser, **query):
    return browser.get("/today/", query).context["page"]


def next_of(browser):
    following = page_of(browser).next
    return following and following.appointment.patient.name


def part(answer, name):
    """Give the markup of one part of the page, without the day sheet."""
    html = answer.content.decode()
    return re.search(rf"<{name}.*?</{name.split(' ')[0]}>", html, re.DOTALL)[0]


class TestWhatItShows:
    @pytest.mark.parametrize("address", ["/", "/today/"])
    def test_the_own_day_by_time_on_the_clinics_clock(self, clinic_day, doctor, address):
        visit(clinic_day, "U Ba Thein", NINE + minutes(30))
        visit(clinic_day, "Daw Nwe Ni")
        visit(clinic_day, "Ma Hla", NINE + A_DAY)
        answer = doctor.get(address)
        assertContains(answer, "Today, Monday 7 January</h1>")
        names = [line.entry.appointment.patient.name for line in answer.context["page"].ahead if line.kind == "visit"]
        assert names == ["Daw Nwe Ni", "U Ba Thein"]
        assertContains(answer, ">09:00</time>")

    def test_type_age_note_and_how_to_reach_somebody(self, clinic_day, doctor):
        kind = AppointmentTypeFactory(organization=clinic_day.organization, name="Follow-up")
        nwe = visit(clinic_day, "Daw Nwe Ni", appointment_type=kind, notes="Hard of hearing")
        nwe.patient.birth_date, nwe.patient.phone = datetime(1971, 5, 1, tzinfo=NINE.tzinfo).date(), "+959250088870"
        nwe.patient.save()
        row = part(doctor.get("/today/"), f'li id="appointment-{nwe.pk}"')
        for said in ("Follow-up", "58 years", "has a note", "Hard of hearing", 'href="tel:+959250088870"'):
            assert said in row

    def test_what_is_free_and_when_one_is_not_in(self, clinic_day, doctor):
        clinic_day.hours.end_time = time(12)
        clinic_day.hours.save()
        WorkingHoursFactory(schedule=clinic_day.schedule, start_time=time(13), end_time=time(15))
        TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE + minutes(300), ends_at=NINE + A_DAY)
        visit(clinic_day, "Daw Nwe Ni")
        answer = doctor.get("/today/")
        for said in ("free until 12:00", "break until 13:00", "free until 14:00", "away until 15:00"):
            assertContains(answer, f"<span>{said}</span>")

    def test_a_group_is_one_block_with_its_names(self, doctor, clinic_day):
        clinic_day.schedule.capacity = 6
        clinic_day.schedule.save()
        for seat, name in enumerate(("Daw Nwe Ni", "U Ba Thein"), start=1):
            visit(clinic_day, name, seat=seat, slot_capacity=6)
        answer = doctor.get("/today/")
        assertContains(answer, "2 of 6 places taken")
        group = part(answer, 'li class="group-of-day"')
        assert "Daw Nwe Ni" in group

    @pytest.mark.usefixtures("at_ten")
    def test_the_day_in_numbers(self, clinic_day, doctor):
        visit(clinic_day, "Seen", status="completed")
        visit(clinic_day, "Gone", status="no-show", start=NINE + minutes(30), seat=1)
        arrived(clinic_day, "Here", TEN, TEN)
        visit(clinic_day, "To come", TEN + minutes(30))
        visit(clinic_day, "Not any more", TEN + minutes(90), status="cancelled", cancellation_reason="duplicate")
        sums = part(doctor.get("/today/"), 'p class="sums')
        assert re.findall(r">([^<]+)</span>", sums) == ["3 patients", "1 seen", "1 waiting", "done at 11:00"]

    @pytest.mark.usefixtures("at_ten")
    def test_a_request_is_counted_apart(self, clinic_day, doctor):
        visit(clinic_day, "To come", TEN + minutes(30))
        visit(clinic_day, "A request", TEN + minutes(90), status="pending")
        sums = part(doctor.get("/today/"), 'p class="sums')
        assert re.findall(r">([^<]+)</span>", sums) == ["1 patient", "1 request", "done at 11:00"]

    @pytest.mark.usefixtures("at_ten")
    def test_those_who_are_done_with_are_folded(self, clinic_day, doctor):
        for number in range(2):
            visit(clinic_day, "Seen", NINE - minutes(30 * number), status="completed")
        visit(clinic_day, "Gone", NINE + minutes(30), status="no-show")
        visit(clinic_day, "To come", TEN + minutes(30))
        answer = doctor.get("/today/")
        assertContains(answer, "Earlier today: 2 completed, 1 no-show")
        page = answer.context["page"]
        assert [line.entry.appointment.patient.name for line in page.earlier] == ["Seen", "Seen", "Gone"]

    def test_no_name_or_phone_is_kept_by_a_browser(self, doctor):
        assert "no-store" in doctor.get("/today/")["Cache-Control"]

    def test_the_day_on_paper(self, clinic_day, doctor):
        visit(clinic_day, "Daw Nwe Ni", notes="Hard of hearing")
        visit(clinic_day, "Gone", TEN, status="cancelled", cancellation_reason="duplicate")
        paper = part(doctor.get("/today/"), 'table class="paper"')
        for said in (clinic_day.practitioner.name, "Monday 7 January 2030", "printed 7 January 2030, 06:00"):
            assert said in paper.partition("</thead>")[0]
        assert "Daw Nwe Ni" in paper
        assert "Hard of hearing" in paper
        assert "Gone" not in paper


class TestWhoIsNext:
    @pytest.mark.usefixtures("at_ten")
    def test_whoever_is_here_before_whoever_is_expected(self, clinic_day, doctor):
        visit(clinic_day, "Late", NINE + minutes(40))
        arrived(clinic_day, "Here", TEN + minutes(30), TEN - minutes(9))
        assert next_of(doctor) == "Here"
        assertContains(doctor.get("/today/"), "Arrived, waiting 9 min")

    @pytest.mark.usefixtures("at_ten")
    def test_whoever_comes_early_overtakes_nobody_who_is_there_on_time(self, clinic_day, doctor):
        arrived(clinic_day, "Early", TEN + minutes(30), TEN - minutes(50))
        arrived(clinic_day, "On time", TEN - minutes(30), TEN - minutes(31))
        assert next_of(doctor) == "On time"

    def test_whoever_comes_late_waits_behind_who_was_there(self, clinic_day, doctor, time_machine):
        time_machine.move_to(TEN + minutes(40), tick=False)
        arrived(clinic_day, "Late", NINE, TEN + minutes(35))
        arrived(clinic_day, "On time", TEN, TEN - minutes(5))
        assert next_of(doctor) == "On time"

    @pytest.mark.usefixtures("at_ten")
    def test_else_the_next_who_is_expected_and_how_late(self, clinic_day, doctor):
        visit(clinic_day, "Hardly", NINE)
        visit(clinic_day, "A request", NINE + minutes(30), status="pending", duration=20)
        visit(clinic_day, "Late", NINE + minutes(50))
        assert next_of(doctor) == "Late"
        assertContains(doctor.get("/today/"), "10 min late")

    @pytest.mark.usefixtures("at_ten")
    def test_those_whose_time_is_over_come_last(self, clinic_day, doctor):
        visit(clinic_day, "Hardly", NINE)
        assert next_of(doctor) == "Hardly"

    @pytest.mark.usefixtures("at_ten")
    def test_how_often_one_has_seen_the_patient(self, clinic_day, doctor):
        nwe = visit(clinic_day, "Daw Nwe Ni", TEN).patient
        assertContains(doctor.get("/today/"), "never seen before")
        for number in (7, 14):
            visit(clinic_day, "-", NINE - number * A_DAY, patient=nwe, status="completed")
        assertContains(doctor.get("/today/"), "seen 2 times")

    @pytest.mark.usefixtures("at_ten")
    def test_whoever_is_being_seen_and_for_how_long(self, clinic_day, doctor, time_machine):
        """What the desk takes back changes nothing about that."""
        nwe = visit(clinic_day, "Daw Nwe Ni", status="arrived", checked_in_at=NINE)
        service = AppointmentService(clinic_day.organization)
        service.update_appointment_status(appointment_id=nwe.pk, status="in-progress")
        time_machine.move_to(TEN + minutes(5), tick=False)
        service.update_appointment_status(appointment_id=nwe.pk, status="completed")
        time_machine.move_to(TEN + minutes(9), tick=False)
        service.undo_status_change(appointment_id=nwe.pk)
        answer = doctor.get("/today/")
        assertContains(answer, "With you now, 9 min")
        assertContains(answer, "Nobody else is expected")

    @pytest.mark.usefixtures("at_ten")
    def test_whoever_is_being_seen_over_midnight_stays(self, clinic_day, time_machine):
        midnight = NINE + minutes(15 * 60)
        visit(clinic_day, "Daw Nwe Ni", midnight - minutes(20), status="in-progress", duration=40)
        visit(clinic_day, "Left open", midnight - minutes(60), status="in-progress", seat=1)
        visit(clinic_day, "Yesterday", midnight - minutes(90), status="completed")
        time_machine.move_to(midnight + minutes(5), tick=False)
        answer = practising(clinic_day).get("/today/")
        assert [each.appointment.patient.name for each in answer.context["page"].with_you] == ["Daw Nwe Ni"]
        assertContains(answer, "With you now")
        assertContains(answer, "<span>Monday 7 January</span>")
        assert len(answer.context["page"].visits) == 1

    @pytest.mark.usefixtures("at_ten")
    def test_when_all_are_seen(self, clinic_day, doctor):
        visit(clinic_day, "Seen", status="completed")
        assertContains(doctor.get("/today/"), "Everybody has been seen")

    @pytest.mark.parametrize("status", ["pending", "no-show"])
    @pytest.mark.usefixtures("at_ten")
    def test_when_nobody_was(self, clinic_day, doctor, status):
        visit(clinic_day, "Daw Nwe Ni", status=status)
        assertContains(doctor.get("/today/"), "Nobody is expected")


class TestWhatCanBeDone:
    @pytest.fixture
    def nwe(self, clinic_day, at_ten):  # noqa: ARG002 the clock stands before
        return arrived(clinic_day, "Daw Nwe Ni", TEN, TEN)

    def test_start_and_complete_lead_back_to_the_day(self, doctor, nwe):
        for version, (status, following) in enumerate([("in-progress", "completed"), ("completed", "")], start=1):
            address = f"/appointments/{nwe.pk}/status/?expected_version={version}"
            assertContains(doctor.get("/today/"), f'formaction="{address}" name="status" value="{status}"')
            answer = doctor.post(address, {"status": status, "back": "/today/"})
            assertRedirects(answer, "/today/", 303, fetch_redirect_response=False)
            assert (f'value="{following}"' in doctor.get("/today/").content.decode()) is bool(following)

    @pytest.mark.parametrize("back", ["https://elsewhere.example/today/", "//elsewhere.example/today/", "/today/x"])
    def test_a_step_leads_nowhere_else(self, doctor, nwe, back):
        given = {"status": "in-progress", "back": back}
        answer = doctor.post(f"/appointments/{nwe.pk}/status/?expected_version=1", given)
        assertRedirects(answer, f"/appointments/{nwe.pk}/", 303)

    @pytest.mark.usefixtures("at_ten")
    def test_a_practitioner_neither_checks_in_nor_cancels_nor_undoes(self, clinic_day, doctor):
        visit(clinic_day, "Daw Nwe Ni", NINE + minutes(50))
        answer = doctor.get("/today/")
        assertContains(answer, 'value="no-show"')
        for never in ('value="arrived"', 'value="confirmed"', "/cancel/", "/undo/", "/book/"):
            assertNotContains(answer, never)

    def test_before_its_time_nobody_is_a_no_show(self, clinic_day, doctor):
        visit(clinic_day, "Daw Nwe Ni")
        assertNotContains(doctor.get("/today/"), 'value="no-show"')

    def test_an_administrator_who_practises_checks_in_too(self, clinic_day):
        both = practising(clinic_day, Role.ADMINISTRATOR)
        visit(clinic_day, "Daw Nwe Ni")
        assertContains(both.get("/today/"), 'value="arrived"')


class TestOtherDays:
    @pytest.mark.parametrize("said", ["2030-01-08", "8/1", "+1", "tue", "၈/၁"])
    def test_tomorrow(self, clinic_day, doctor, said):
        visit(clinic_day, "Daw Nwe Ni", NINE + A_DAY)
        answer = doctor.get("/today/", {"date": said})
        assertContains(answer, "Tuesday 8 January</h1>")
        sums = part(answer, 'p class="sums')
        assert re.findall(r">([^<]+)</span>", sums) == ["1 patient", "first at 09:00", "done at 09:30"]
        assertNotContains(answer, 'id="l-next"')

    def test_yesterday_is_not_folded_and_nothing_of_it_is_free(self, clinic_day, doctor):
        visit(clinic_day, "Seen", NINE - A_DAY, status="completed")
        page = page_of(doctor, date="-1")
        assert ([line.kind for line in page.ahead], page.earlier) == (["visit"], [])

    def test_the_days_beside_it_are_one_key_away(self, doctor):
        answer = doctor.get("/today/")
        assertContains(answer, 'href="/today/?date=2030-01-06" rel="prev" data-key="["')
        assertContains(answer, 'href="/today/?date=2030-01-08" rel="next" data-key="]"')
        assertContains(doctor.get("/today/", {"date": "2030-01-06"}), 'id="to-today" href="/today/" data-key="t"')

    @pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31", "2030-02-30", "banana", "\0", "1" * 10_000])
    def test_a_date_that_is_none_is_named_and_today_is_shown(self, doctor, date):
        answer = doctor.get("/today/", {"date": date})
        assertContains(answer, "<b>Date</b>", status_code=422)
        assertContains(answer, "Today, Monday 7 January", status_code=422)

    @pytest.mark.parametrize("date", ["1901-01-01", "2199-12-31"])
    def test_the_first_and_the_last_day_have_a_page(self, doctor, date):
        assert doctor.get("/today/", {"date": date}).status_code == 200


class TestNobodyBooked:
    def test_the_free_times_are_shown(self, doctor):
        answer = doctor.get("/today/")
        assertContains(answer, "Nobody is booked on this Monday")
        assertContains(answer, "free until 17:00")

    def test_one_is_not_in(self, doctor):
        assertContains(doctor.get("/today/", {"date": "+1"}), "You are not in on this Tuesday")

    def test_one_is_away(self, clinic_day, doctor):
        TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE, ends_at=NINE + A_DAY)
        assertContains(doctor.get("/today/"), "You are away on this Monday")

    def test_the_clinic_is_closed(self, clinic_day, doctor):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=NINE.date())
        assertContains(doctor.get("/today/"), "The clinic is closed on this Monday")

    def test_nobody_was(self, doctor):
        assertContains(doctor.get("/today/", {"date": "-7"}), "Nobody was booked on this Monday")

    def test_an_account_that_is_no_practitioner(self, clinic_day):
        answer = signed_in(clinic_day.organization, Role.PRACTITIONER).get("/")
        assertContains(answer, "You are not one of the practitioners yet")


class TestSeveralClinics:
    @pytest.fixture
    def tokyo(self, clinic_day):
        clinic = ClinicFactory(organization=clinic_day.organization, name="Tokyo Clinic", timezone="Asia/Tokyo")
        ClinicAssignmentFactory(practitioner=clinic_day.practitioner, clinic=clinic)
        return clinic

    def test_each_time_is_its_clinics_and_says_so(self, clinic_day, doctor, tokyo):
        visit(clinic_day, "Daw Nwe Ni")
        there = visit(clinic_day, "Ms Sato", NINE + minutes(60), clinic=tokyo)
        row = part(doctor.get("/today/"), f'li id="appointment-{there.pk}"')
        assert ">12:30</time>" in row
        assert "<bdi>Tokyo Clinic</bdi>, Asia/Tokyo" in row

    def test_one_clinic_is_not_said(self, clinic_day, doctor, tokyo):  # noqa: ARG002 it has no part in the day
        nwe = visit(clinic_day, "Daw Nwe Ni")
        answer = doctor.get("/today/")
        assert clinic_day.clinic.name not in part(answer, f'li id="appointment-{nwe.pk}"')
        assert clinic_day.clinic.name in part(answer, 'table class="paper"').partition("</thead>")[0]

    def test_today_is_each_clinics_own(self, clinic_day, tokyo, time_machine):
        """At 22:00 on Monday in Yangon it is Tuesday in Tokyo."""
        time_machine.move_to(NINE + minutes(13 * 60), tick=False)
        doctor = practising(clinic_day)
        visit(clinic_day, "Daw Nwe Ni")
        visit(clinic_day, "Ms Sato", datetime(2030, 1, 8, 9, tzinfo=tokyo.zone), clinic=tokyo)
        visit(clinic_day, "Mr Abe", datetime(2030, 1, 7, 9, tzinfo=tokyo.zone), clinic=tokyo)
        page = page_of(doctor)
        assert [each.appointment.patient.name for each in page.visits] == ["Daw Nwe Ni", "Ms Sato"]


class TestWhoseClockIsTold:
    @pytest.fixture
    def singapore(self, clinic_day):
        """Give where Dr Aye works now: the clinic in Yangon, of which one old visit is left, was the first."""
        visit(clinic_day, "Long ago", NINE - 400 * A_DAY, status="completed")
        clinic_day.hours.delete()
        clinic_day.schedule.delete()
        clinic_day.assignment.delete()
        clinic = ClinicFactory(organization=clinic_day.organization, name="Orchard", timezone="Asia/Singapore")
        ClinicAssignmentFactory(practitioner=clinic_day.practitioner, clinic=clinic)
        return clinic

    @pytest.mark.parametrize(("day", "hour", "minute"), [(7, 23, 58), (8, 0, 30)])
    def test_it_is_that_of_the_clinic_where_one_works_now(self, clinic_day, singapore, time_machine, day, hour, minute):
        time_machine.move_to(datetime(2030, 1, day, hour, minute, tzinfo=singapore.zone), tick=False)
        visit(clinic_day, "Ms Tan", datetime(2030, 1, day, 9, tzinfo=singapore.zone), clinic=singapore)
        answer = practising(clinic_day).get("/today/")
        page = answer.context["page"]
        assert (page.home, page.today.day, page.says_clinic) == (singapore, day, False)
        assertContains(answer, f"{day} January</h1>")
        assertContains(answer, f"As of {hour:02}:{minute:02} at Orchard, UTC+0800.")
        assertContains(answer, f"printed {day} January 2030, {hour:02}:{minute:02}")

    def test_a_line_of_another_clock_says_where_and_of_which_day(self, clinic_day, singapore, time_machine):
        """At half past midnight in Singapore it is eleven at night of the day before in Yangon."""
        time_machine.move_to(datetime(2030, 1, 8, 0, 30, tzinfo=singapore.zone), tick=False)
        there = visit(clinic_day, "Daw Nwe Ni", datetime(2030, 1, 7, 23, 15, tzinfo=NINE.tzinfo))
        answer = practising(clinic_day).get("/today/")
        assertContains(answer, "Tuesday 8 January</h1>")
        row = part(answer, f'li id="appointment-{there.pk}"')
        for said in ("23:15", "<span>Monday 7 January</span>", f"<bdi>{clinic_day.clinic}</bdi>, Asia/Yangon"):
            assert said in row
        paper = part(answer, 'table class="paper"').partition("</thead>")[2]
        assert "Monday 7 January" in paper
        assert f"<bdi>{clinic_day.clinic}</bdi>, Asia/Yangon" in paper


class TestWhoSeesWhat:
    def test_only_ones_own(self, clinic_day, doctor):
        visit(clinic_day, "Daw Nwe Ni")
        visit(clinic_day, "U Ba Thein", practitioner=colleague_of(clinic_day))
        visit(practice(), "Ko Zaw Min")
        assert [each.appointment.patient.name for each in page_of(doctor).visits] == ["Daw Nwe Ni"]

    def test_an_administrator_who_practises_has_the_board_and_the_own_day(self, clinic_day):
        both = practising(clinic_day, Role.ADMINISTRATOR)
        visit(clinic_day, "Daw Nwe Ni")
        visit(clinic_day, "U Ba Thein", practitioner=colleague_of(clinic_day))
        board, own = both.get("/"), both.get("/today/")
        assertContains(board, 'id="board"')
        assertContains(board, 'href="/today/">Today</a>')
        assert [each.appointment.patient.name for each in own.context["page"].visits] == ["Daw Nwe Ni"]
        assertContains(own, '<a href="/">Day</a>')
        assertContains(own, '<a href="/today/" aria-current="page">Today</a>')

    def test_a_practitioner_has_the_own_day_instead_of_the_board(self, doctor):
        for address in ("/", "/today/"):
            answer = doctor.get(address)
            assertContains(answer, '<a href="/today/" aria-current="page">Today</a>')
            assertNotContains(answer, '<a href="/">Day</a>')

    @pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.ADMINISTRATOR])
    def test_whoever_sees_no_patients_has_none(self, clinic_day, role):
        browser = signed_in(clinic_day.organization, role)
        assert browser.get("/today/").status_code == 403
        assertNotContains(browser.get("/"), 'href="/today/"')


class TestItStaysTrue:
    def look(self, browser, tag):
        return browser.get("/today/", headers={"HX-Request": "true", "If-None-Match": tag})

    def test_an_unchanged_day_has_no_body_and_costs_no_query(self, doctor, django_assert_num_queries):
        tag = doctor.get("/today/").context["tag"]
        with django_assert_num_queries(WHO_ASKS):
            answer = self.look(doctor, tag)
        assert (answer.status_code, answer.content) == (204, b"")

    def test_what_has_changed_comes_as_parts(self, doctor):
        answer = self.look(doctor, '"old"')
        for each in ("own-date", "sums", "own"):
            assertContains(answer, f'id="{each}" hx-swap-oob="true"')
        assertNotContains(answer, "<html")

    def test_of_today_it_asks_without_a_date_so_that_a_new_day_begins(self, doctor):
        assertContains(doctor.get("/today/", {"date": "t"}), 'id="live" hx-get="/today/"')
        assertContains(doctor.get("/today/", {"date": "+1"}), 'id="live" hx-get="/today/?date=2030-01-08"')


@pytest.mark.usefixtures("at_ten")
@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_as_for_one(clinic_day, doctor, count, django_assert_num_queries):
    for number in range(count):
        kind = AppointmentTypeFactory(organization=clinic_day.organization)
        visit(clinic_day, "Here", NINE + minutes(30 * number), status="in-progress", appointment_type=kind)
        visit(clinic_day, "To come", NINE + minutes(120 + 30 * number), appointment_type=kind)
    doctor.get("/today/")
    with django_assert_num_queries(QUERIES):
        answer = doctor.get("/today/")
    assert len(answer.context["page"].visits) == 2 * count


QUERIES = 13
