"""A change of hours, absences or rules: shown before it is saved, and not saved over visits unless one says so."""

from datetime import timedelta

import pytest
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import Organization
from scheduling.models import Appointment, ClinicClosure, Displacement, Schedule, TimeOff
from tests.administration import administrator, superuser, url
from tests.factories import ClinicClosureFactory, PatientFactory, TimeOffFactory
from tests.practice import MONDAY, NINE, minutes, practice
from tests.scheduling.admin.test_schedules import sent_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


def effect(answer):
    return answer.context["request"].shows.effect


def starts(slots):
    return [f"{slot.start:%a %H:%M}" for slot in slots]


def left(answer):
    """Give the visits that the page says would be left outside, and why."""
    return [(row.appointment.pk, row.why) for row in answer.context["request"].shows.outside]


def agreed(answer):
    return {"_leave_outside": answer.context["request"].shows.leave}


def hours(schedule, start, end, **changes):
    """Give the form of the schedule, its Monday from `start` to `end`."""
    return sent_for(schedule, **{"working_hours-0-start_time": start, "working_hours-0-end_time": end, **changes})


class TestPreview:
    def test_what_is_added_and_what_goes(self, clinic_day, office):
        form = hours(clinic_day.schedule, "10:00", "18:00", _preview="Preview")
        answer = office.post(url(clinic_day.schedule), form)
        found = effect(answer)
        assert starts(found.added) == ["Mon 17:00", "Mon 17:30"] * 2
        assert starts(found.gone) == ["Mon 09:00", "Mon 09:30"] * 2
        assert len(found.kept) == 28
        assertContains(answer, "4 slots more, 4 fewer from 7 January to 20 January.")
        monday = answer.context["request"].shows.rows[0].days[0]
        told = [(mark, f"{slot.start:%H:%M}") for mark, slot in monday.slots]
        assert told[:3] + told[-2:] == [
            *(("del", "09:00"), ("del", "09:30"), ("span", "10:00")),
            *(("ins", "17:00"), ("ins", "17:30")),
        ]

    def test_it_speaks_only_of_what_there_is(self, clinic_day, office):
        for start, end, said in (("09:00", "18:00", "4 slots more"), ("10:00", "17:00", "4 slots fewer")):
            answer = office.post(url(clinic_day.schedule), hours(clinic_day.schedule, start, end, _preview="Preview"))
            assertContains(answer, f"<p>{said} from 7 January to 20 January.</p>")

    def test_it_saves_nothing_and_keeps_what_was_typed(self, clinic_day, office):
        answer = office.post(url(clinic_day.schedule), hours(clinic_day.schedule, "10:00", "18:00", _preview="Preview"))
        assertContains(answer, 'value="18:00"')
        clinic_day.hours.refresh_from_db()
        assert f"{clinic_day.hours.end_time:%H:%M}" == "17:00"
        assert not answer.wsgi_request._messages._queued_messages

    def test_a_new_schedule_is_previewed_before_it_exists(self, clinic_day, office):
        form = {
            "assignment": clinic_day.assignment.pk,
            "valid_from": "2030-01-01",
            "slot_minutes": 30,
            "capacity": 1,
            "working_hours-TOTAL_FORMS": 1,
            "working_hours-INITIAL_FORMS": 0,
            "working_hours-0-weekday": 1,
            "working_hours-0-start_time": "09:00",
            "working_hours-0-end_time": "10:00",
            "_preview": "Preview",
        }
        answer = office.post(url(Schedule, "add"), form)
        assert starts(effect(answer).added) == ["Tue 09:00", "Tue 09:30"] * 2
        assert Schedule.objects.count() == 1

    def test_what_is_refused_is_refused_as_ever(self, clinic_day, office):
        answer = office.post(url(clinic_day.schedule), hours(clinic_day.schedule, "10:00", "10:10", _preview="Preview"))
        assertContains(answer, "No slot of 30 minutes fits")

    def test_no_difference_is_said(self, clinic_day, office):
        answer = office.post(url(clinic_day.schedule), sent_for(clinic_day.schedule, _preview="Preview"))
        assert effect(answer).is_nothing
        assertContains(answer, "Nothing: from 7 January to 20 January the same slots are offered")


class TestLeavingVisitsOutside:
    def test_it_is_not_saved_until_one_says_so(self, clinic_day, office):
        visit = clinic_day.book()
        form = hours(clinic_day.schedule, "10:00", "17:00")
        asked = office.post(url(clinic_day.schedule), form)
        assert left(asked) == [(visit.pk, "The practitioner has no slot that starts then and is long enough.")]
        for said in ("Not saved yet", f"/appointments/{visit.pk}/", clinic_day.patient.name):
            assertContains(asked, said)
        assert clinic_day.starts()[0] == "09:30"
        saved = office.post(url(clinic_day.schedule), {**form, **agreed(asked)})
        assertRedirects(saved, url(Schedule, "changelist"), fetch_redirect_response=False)
        assertContains(office.get(url(Schedule, "changelist")), '<a href="/follow-up/">1 booked visit is outside now')
        assert clinic_day.starts()[0] == "10:00"
        assert Displacement.objects.get().appointment == visit
        assert Appointment.objects.get().status == "booked"

    def test_a_visit_booked_meanwhile_is_asked_about_again(self, clinic_day, office):
        clinic_day.book()
        form = hours(clinic_day.schedule, "10:00", "17:00")
        asked = office.post(url(clinic_day.schedule), form)
        later = clinic_day.book(NINE + minutes(30), patient_id=PatientFactory(organization=clinic_day.organization).pk)
        again = office.post(url(clinic_day.schedule), {**form, **agreed(asked)})
        assert later.pk in dict(left(again))
        assert not Displacement.objects.exists()

    def test_hours_given_back_take_it_off_the_list(self, clinic_day, office):
        clinic_day.book()
        form = hours(clinic_day.schedule, "10:00", "17:00")
        asked = office.post(url(clinic_day.schedule), form)
        office.post(url(clinic_day.schedule), {**form, **agreed(asked)})
        office.post(url(clinic_day.schedule), hours(clinic_day.schedule, "09:00", "17:00"))
        assert not Displacement.objects.exists()

    def test_what_was_outside_before_is_not_asked_about(self, clinic_day, office):
        asked = office.post(url(clinic_day.schedule), hours(clinic_day.schedule, "10:00", "17:00"))
        assert asked.status_code == 302
        visit = clinic_day.book(NINE + minutes(60))
        Appointment.objects.filter(pk=visit.pk).update(appointment_date=NINE, ends_at=NINE + minutes(30))
        assert office.post(url(clinic_day.schedule), hours(clinic_day.schedule, "11:00", "17:00")).status_code == 302

    def test_what_has_begun_is_over_or_is_cancelled_does_not_count(self, clinic_day, office):
        for number, status in enumerate(["arrived", "cancelled", "no-show"]):
            patient = PatientFactory(organization=clinic_day.organization)
            visit = clinic_day.book(NINE + minutes(30 * number), patient_id=patient.pk)
            Appointment.objects.filter(pk=visit.pk).update(status=status)
        assert office.post(url(clinic_day.schedule), hours(clinic_day.schedule, "12:00", "17:00")).status_code == 302

    def test_a_visit_next_year_counts(self, clinic_day, office):
        visit = clinic_day.book(NINE + timedelta(days=7 * 53))
        assert [
            key for key, _ in left(office.post(url(clinic_day.schedule), hours(clinic_day.schedule, "10:00", "17:00")))
        ] == [visit.pk]


def time_off(day):
    moment = {"starts_at_0": MONDAY, "starts_at_1": "08:00", "ends_at_0": MONDAY, "ends_at_1": "12:00"}
    return url(TimeOff, "add"), {"practitioner": day.practitioner.pk, "reason": "Ill", **moment}


def closure(day):
    return url(ClinicClosure, "add"), {"clinic": day.clinic.pk, "date": MONDAY, "reason": ""}


def end_of_assignment(day):
    return url(day.assignment), {"starts_on": day.assignment.starts_on, "ends_on": "2030-01-06"}


def practitioner_off(day):
    rows = {
        "assignments-TOTAL_FORMS": 0,
        "assignments-INITIAL_FORMS": 0,
        "time_off-TOTAL_FORMS": 0,
        "time_off-INITIAL_FORMS": 0,
    }
    return url(day.practitioner), {"name": day.practitioner.name, **rows}


def clinic_off(day):
    return url(day.clinic), {"name": day.clinic.name, "timezone": day.clinic.timezone, "address": ""}


def schedule_gone(day):
    return url(day.schedule, "delete"), {"post": "yes"}


CHANGES = [time_off, closure, end_of_assignment, practitioner_off, clinic_off, schedule_gone]


@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
def test_whatever_takes_the_time_asks_first(clinic_day, office, change):
    visit = clinic_day.book()
    address, form = change(clinic_day)
    asked = office.post(address, form)
    assert [key for key, _why in left(asked)] == [visit.pk]
    assert clinic_day.starts()[0] == "09:30"
    assert office.post(address, {**form, **agreed(asked)}).status_code == 302
    assert Displacement.objects.get().appointment == visit
    assert "09:30" not in clinic_day.starts()


def settings_of(organization, **changes):
    names = ("name", "timezone", "phone_region", "buffer_minutes", "late_start_minutes", "encounter_opens")
    more = ("patient_wait_minutes", "reminder_hours")
    return {**{name: getattr(organization, name) for name in (*names, *more)}, **changes}


def test_raising_the_buffer_asks_about_the_later_of_two(clinic_day, office):
    clinic_day.book()
    later = clinic_day.book(NINE + minutes(30), patient_id=PatientFactory(organization=clinic_day.organization).pk)
    address, form = url(clinic_day.organization), settings_of(clinic_day.organization, buffer_minutes=10)
    asked = office.post(address, form)
    assert left(asked) == [(later.pk, "This time is too near another visit of the practitioner.")]
    office.post(address, {**form, **agreed(asked)})
    assert Organization.objects.get(pk=clinic_day.organization.pk).buffer_minutes == 10


def test_lowering_a_capacity_asks_about_the_last_seats():
    group = practice(capacity=3)
    office = administrator(group.organization)
    visits = [group.book(patient_id=PatientFactory(organization=group.organization).pk) for _ in range(3)]
    asked = office.post(url(group.schedule), sent_for(group.schedule, capacity=2))
    assert left(asked) == [(visits[2].pk, "This time is taken.")]


def test_a_superuser_is_shown_no_visits(clinic_day):
    clinic_day.book()
    answer = superuser().post(url(clinic_day.organization), settings_of(clinic_day.organization, buffer_minutes=10))
    assert answer.status_code == 302


def test_giving_time_back_asks_nothing(clinic_day, office):
    off = TimeOffFactory(practitioner=clinic_day.practitioner, starts_at=NINE, ends_at=NINE + minutes(60))
    closed = ClinicClosureFactory(clinic=clinic_day.clinic, date=MONDAY)
    for row in (off, closed):
        assert office.post(url(row, "delete"), {"post": "yes"}).status_code == 302
    assert len(clinic_day.starts()) == 16
