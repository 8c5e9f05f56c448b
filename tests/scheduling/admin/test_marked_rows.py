"""What is done with rows that were marked in a list: how many they are and what it comes to is shown first."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from scheduling.admin import pages
from scheduling.models import Appointment, ClinicClosure, Displacement, Schedule, TimeOff
from tests.administration import administrator, events, told, url
from tests.factories import ClinicClosureFactory, ScheduleFactory, TimeOffFactory
from tests.practice import MONDAY, NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

END = reverse("admin:scheduling_schedule_end")
SCHEDULES = url(Schedule, "changelist")


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


def marked(action, *rows, **more):
    return {"action": action, "_selected_action": [row.pk for row in rows], **more}


def end(*schedules, last_day="2030-01-13", **more):
    return {"rows": [row.pk for row in schedules], "last_day": last_day, **more}


def actions(office, model):
    return [
        name for name, _words in office.get(url(model, "changelist")).context["action_form"].fields["action"].choices
    ]


def test_only_what_is_looked_at_first_can_be_done_to_many(office, clinic_day):
    off, closure = TimeOffFactory(practitioner=clinic_day.practitioner), ClinicClosureFactory(clinic=clinic_day.clinic)
    assert actions(office, Schedule) == ["", "end_on_a_date"]
    assert (actions(office, type(off)), actions(office, type(closure))) == (["", "delete_rows"], ["", "delete_rows"])
    assert office.get(url(Appointment, "changelist")).context["action_form"] is None


class TestEnd:
    def test_it_begins_with_what_it_would_come_to(self, office, clinic_day):
        visit = clinic_day.book(NINE + timedelta(days=7))
        answer = office.post(SCHEDULES, marked("end_on_a_date", clinic_day.schedule))
        assertContains(answer, "1 row is concerned")
        assertContains(answer, "Monday 09:00 to 17:00")
        assert [row.appointment for row in answer.context["look"].outside] == [visit]
        assert answer.context["form"]["last_day"].value() == MONDAY.isoformat()
        assertContains(answer, f'action="{END}"')
        clinic_day.schedule.refresh_from_db()
        assert clinic_day.schedule.valid_until is None

    def test_they_end_and_what_has_ended_is_left(self, office, clinic_day):
        ended = ScheduleFactory(assignment=clinic_day.assignment, valid_until=date(2029, 12, 31))
        answer = office.post(END, end(clinic_day.schedule, ended))
        assertRedirects(answer, SCHEDULES)
        assert told(answer) == ["1 schedule ends on 13 January 2030.", "1 had no later end, and is left."]
        assert clinic_day.starts(date(2030, 1, 14)) == []
        assert events() == ["SCHEDULE_CHANGED"]

    def test_visits_are_asked_about(self, office, clinic_day):
        visit = clinic_day.book(NINE + timedelta(days=7))
        asked = office.post(END, end(clinic_day.schedule))
        assert events() == ["APPOINTMENT_CREATED"]
        office.post(END, end(clinic_day.schedule, _leave_outside=asked.context["look"].leave))
        assert Displacement.objects.get().appointment == visit

    def test_one_that_begins_later_is_refused(self, office, clinic_day):
        later = ScheduleFactory(assignment=clinic_day.assignment, valid_from=date(2030, 2, 1))
        answer = office.post(END, end(clinic_day.schedule, later))
        assertContains(answer, "begins after that day. Delete it instead.")
        assert events() == []

    @pytest.mark.parametrize("last_day", ["", "x", "0001-01-01"])
    def test_a_day_that_is_none(self, office, clinic_day, last_day):
        answer = office.post(END, end(clinic_day.schedule, last_day=last_day))
        assert list(answer.context["form"].errors) == ["last_day"]

    def test_another_organizations_rows_are_not_ended(self, office, clinic_day):
        foreign = practice().schedule
        for rows in ([foreign.pk], ["9" * 30], ["x"], []):
            answer = office.post(END, {**end(clinic_day.schedule), "rows": rows})
            assert list(answer.context["form"].errors) == ["rows"]
        foreign.refresh_from_db()
        assert foreign.valid_until is None

    def test_too_many_at_once_are_refused(self, office, clinic_day, monkeypatch):
        monkeypatch.setattr(pages, "MOST_ROWS", 1)
        more = ScheduleFactory(assignment=clinic_day.assignment)
        answer = office.post(SCHEDULES, marked("end_on_a_date", clinic_day.schedule, more))
        assertRedirects(answer, SCHEDULES)
        assert told(answer) == ["Choose at most 1 row at once."]

    def test_the_page_is_reached_from_the_list_alone(self, office):
        assertRedirects(office.get(END), SCHEDULES)


class TestDelete:
    @pytest.fixture
    def off(self, clinic_day):
        return TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE, ends_at=NINE + minutes(60))

    def test_time_off_is_given_back(self, office, clinic_day, off):
        other = TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE + minutes(120), reason="Ill")
        answer = office.post(url(TimeOff, "changelist"), marked("delete_rows", off, other))
        assertContains(answer, "2 rows are concerned")
        assertContains(answer, "7 January 2030 11:00 to 7 January 2030 12:00: Ill")
        assert len(answer.context["look"].effect.added) == 4
        assert TimeOff.objects.count() == 2
        page = reverse("admin:scheduling_timeoff_delete_rows")
        done = office.post(page, {"rows": [off.pk, other.pk]})
        assertRedirects(done, url(TimeOff, "changelist"))
        assert told(done) == ["2 rows were deleted."]
        assert len(clinic_day.starts()) == 15 + 1
        assert events() == ["TIME_OFF_DELETED"] * 2

    def test_a_closure_far_ahead_is_shown_on_its_own_days(self, office, clinic_day):
        closure = ClinicClosureFactory(clinic=clinic_day.clinic, date=date(2030, 6, 3), reason="Flood")
        answer = office.post(url(ClinicClosure, "changelist"), marked("delete_rows", closure))
        assertContains(answer, "Monday 3 June 2030: Flood")
        look = answer.context["look"]
        assert (look.effect.days[0], len(look.effect.added)) == (date(2030, 6, 3), 16)
        office.post(reverse("admin:scheduling_clinicclosure_delete_rows"), {"rows": [closure.pk]})
        assert events() == ["CLINIC_CLOSURE_DELETED"]

    def test_another_organizations_rows_are_kept(self, office):
        foreign = TimeOffFactory(practitioner=practice().practitioner)
        office.post(url(TimeOff, "changelist"), marked("delete_rows", foreign))
        office.post(reverse("admin:scheduling_timeoff_delete_rows"), {"rows": [foreign.pk]})
        assert TimeOff.objects.filter(pk=foreign.pk).exists()
