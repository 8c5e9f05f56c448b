"""The follow-up list: what stands on it, what makes a row go, and who sees and does what."""

from datetime import UTC, datetime, time

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Role
from scheduling.enums import CancellationReason, NotificationStatus, Status
from scheduling.models import Appointment
from tests.factories import (
    AppointmentFactory,
    ClinicFactory,
    DisplacementFactory,
    NotificationFactory,
    PatientFactory,
    PractitionerFactory,
    SpecialtyFactory,
    UserFactory,
)
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in

pytestmark = pytest.mark.django_db

A_DAY = minutes(24 * 60)
SECTIONS = ("to_rebook", "missed", "requests", "failed")
"""Those of appointments and messages; of `outside` there is more to say than the row."""


@pytest.fixture
def add(clinic_day):
    """Give a function that writes a visit of a patient of its own, `days` from Monday at nine."""

    def write(days=0, **given):
        given = {"practitioner": clinic_day.practitioner, "clinic": clinic_day.clinic, **given}
        given.setdefault("patient", PatientFactory(organization=clinic_day.organization))
        return AppointmentFactory(appointment_date=NINE + days * A_DAY, **given)

    return write


@pytest.fixture
def admin(clinic_day):
    return signed_in(clinic_day.organization, Role.ADMINISTRATOR)


@pytest.fixture
def cancelled(clinic_day):
    return cancel(clinic_day, clinic_day.book())


@pytest.fixture
def missed(add):
    return add(-1)


def cancel(clinic_day, visit, cause="practice_request", **given):
    return clinic_day.service.update_appointment_status(
        appointment_id=visit.pk, status="cancelled", cancellation_reason=cause, **given
    )


def sections(browser):
    """Give the rows of each section that has some; whoever looks days later has signed in again."""
    browser.force_login(browser.user, backend="clinics.authentication.MemberBackend")
    page = browser.get("/follow-up/")
    return {name: list(page.context[name]) for name in SECTIONS if page.context[name]}


def say(browser, visit, status, **form):
    return browser.post(f"/follow-up/{visit.pk}/", {"expected_version": visit.version, "status": status, **form})


def status_of(visit):
    return Appointment.objects.values_list("status", flat=True).get(pk=visit.pk)


class TestToBookAgain:
    def test_whom_the_practice_cancelled_is_one_click_from_a_new_time(self, desk, cancelled):
        page = desk.get("/follow-up/")
        assertContains(page, "Cancelled by us, and not booked again")
        assertContains(page, f'href="/book/?patient={cancelled.patient_id}"')
        assertContains(desk.get(f"/book/?patient={cancelled.patient_id}"), str(cancelled.patient))

    @pytest.mark.parametrize("cause", [each for each in CancellationReason if each != "practice_request"])
    def test_for_any_other_reason_it_does_not_stand_there(self, clinic_day, desk, cause):
        cancel(clinic_day, clinic_day.book(), cause, reason="In words")
        assert sections(desk) == {}

    def test_a_request_that_was_declined_by_the_practice_stands_there_too(self, clinic_day, desk):
        asked = cancel(clinic_day, clinic_day.book(status="pending"))
        assert sections(desk) == {"to_rebook": [asked]}

    def test_booked_again_it_goes_for_good(self, clinic_day, desk, cancelled, time_machine):
        assert sections(desk) == {"to_rebook": [cancelled]}
        time_machine.shift(60)
        again = clinic_day.book(NINE + minutes(60))
        assert sections(desk) == {}
        for status in ("arrived", "in-progress", "completed"):
            clinic_day.service.update_appointment_status(appointment_id=again.pk, status=status)
        time_machine.move_to((NINE + A_DAY).astimezone(UTC), tick=False)
        assert sections(desk) == {}

    def test_booked_again_and_cancelled_again_it_is_one_row(self, clinic_day, desk, cancelled, time_machine):
        assert sections(desk) == {"to_rebook": [cancelled]}
        time_machine.shift(60)
        again = clinic_day.book(NINE + minutes(60))
        time_machine.shift(60)
        cancel(clinic_day, again)
        assert sections(desk) == {"to_rebook": [again]}

    def test_a_patient_who_comes_another_day_needs_no_other_time(self, clinic_day, desk, add):
        add(14, patient=clinic_day.patient)
        cancel(clinic_day, clinic_day.book())
        assert sections(desk) == {}

    @pytest.mark.parametrize("status", ["cancelled", "no-show", "completed"])
    def test_what_was_before_is_no_other_time(self, clinic_day, desk, add, status):
        add(-7, patient=clinic_day.patient, status=status)
        visit = cancel(clinic_day, clinic_day.book())
        assert sections(desk) == {"to_rebook": [visit]}

    def test_undone_it_goes(self, clinic_day, desk, cancelled):
        clinic_day.service.undo_status_change(appointment_id=cancelled.pk)
        assert sections(desk) == {}

    @pytest.mark.parametrize(("days", "rows"), [(30, 1), (31, 0)])
    def test_after_thirty_days_it_is_history(self, desk, cancelled, time_machine, days, rows):
        time_machine.shift(days * A_DAY)
        assert len(sections(desk).get("to_rebook", [])) == rows, cancelled

    def test_a_patient_who_is_no_longer_one_is_not_called(self, desk, cancelled):
        cancelled.patient.is_active = False
        cancelled.patient.save(update_fields=["is_active"])
        assert sections(desk) == {}


class TestMissed:
    def test_who_has_not_come_by_the_end_of_the_day(self, admin, add, missed):
        confirmed = add(-2, status="confirmed")
        for days, status in ((0, "booked"), (-3, "completed"), (-4, "no-show"), (-5, "arrived"), (-31, "booked")):
            add(days, status=status)
        add(-6, imported=True)
        assert sections(admin) == {"missed": [confirmed, missed]}

    def test_the_day_ends_when_it_ends_at_the_clinic(self, admin, clinic_day, time_machine):
        evening = clinic_day.book(NINE + minutes(7 * 60))
        time_machine.move_to(datetime(2030, 1, 7, 17, 29, tzinfo=UTC), tick=False)
        assert sections(admin) == {}
        time_machine.move_to(datetime(2030, 1, 7, 17, 30, tzinfo=UTC), tick=False)
        assert sections(admin) == {"missed": [evening]}

    @pytest.mark.parametrize("status", ["no-show", "arrived"])
    def test_said_what_became_of_it_it_goes(self, admin, missed, status):
        assertRedirects(say(admin, missed, status), "/follow-up/", status_code=303)
        assert (status_of(missed), sections(admin)) == (status, {})
        assert ActivityEvent.objects.latest("id").actor == admin.user

    @pytest.mark.parametrize(("status", "word"), [("no-show", "No-show"), ("arrived", "Arrived")])
    def test_what_was_written_is_said(self, admin, missed, status, word):
        said = {"expected_version": missed.version, "status": status}
        assertContains(admin.post(f"/follow-up/{missed.pk}/", said, follow=True), f"Written: {word}.")

    def test_a_second_press_writes_nothing_more(self, admin, missed):
        say(admin, missed, "no-show")
        before = ActivityEvent.objects.count()
        assert say(admin, missed, "no-show").status_code == 303
        assert ActivityEvent.objects.count() == before

    def test_what_somebody_else_has_changed_is_stale(self, admin, clinic_day, missed):
        clinic_day.service.update_appointment(appointment_id=missed.pk, notes="Called")
        page = say(admin, missed, "no-show")
        assertContains(page, "Somebody else has changed this in the meantime.", status_code=409)
        assert status_of(missed) == "booked"
        assert say(admin, missed, "no-show", expected_version=2).status_code == 303

    def test_what_the_table_does_not_know_is_refused(self, admin, add):
        done = add(-1, status="completed")
        assert say(admin, done, "no-show").status_code == 409
        assert status_of(done) == "completed"

    def test_a_visit_to_come_is_no_no_show(self, admin, clinic_day):
        visit = clinic_day.book()
        assertContains(say(admin, visit, "no-show"), "The visit has not begun", status_code=409)
        assert status_of(visit) == "booked"

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            *(({"status": status}, "status") for status in ("", "booked", "cancelled", "completed", "\0", "x" * 5000)),
            *(({"expected_version": version}, "expected_version") for version in ("", "x", "0", "-1", "9" * 40, "\0")),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_written(self, admin, missed, form, field):
        page = say(admin, missed, **{"status": "no-show", **form})
        assert (page.status_code, list(page.context["answer"].errors)) == (422, [field])
        assertContains(page, 'role="alert"', status_code=422)
        assert status_of(missed) == "booked"

    def test_only_by_post(self, admin, missed):
        assert admin.get(f"/follow-up/{missed.pk}/").status_code == 405


class TestOutsideOfHours:
    """Visits that a change of hours left where nobody could be booked any more."""

    @pytest.fixture
    def visit(self, clinic_day):
        visit = clinic_day.book()
        clinic_day.hours.start_time = time(10)
        clinic_day.hours.save()
        return DisplacementFactory(appointment=visit).appointment

    def outside(self, browser):
        return browser.get("/follow-up/").context["outside"]

    def test_it_says_why_and_offers_three_times(self, desk, visit):
        [each] = self.outside(desk)
        assert (each.appointment, each.why) == (
            visit,
            "The practitioner has no slot that starts then and is long enough.",
        )
        assert [f"{free.slot.start:%a %H:%M}" for free in each.elsewhere] == ["Mon 10:00", "Mon 10:30", "Mon 11:00"]
        page = desk.get(each.elsewhere[0].url).context["page"]
        assert (page.appointment, page.slot.start) == (visit, NINE + minutes(60))

    def test_a_colleague_of_the_specialty_at_that_very_time_is_the_second(self, clinic_day, desk, visit):
        assert visit.practitioner.specialty is None
        colleague_of(clinic_day, "Dr Zaw")
        colleague_of(clinic_day, "Dr Skin", specialty=SpecialtyFactory(organization=clinic_day.organization))
        [each] = self.outside(desk)
        assert [(free.practitioner.name, free.is_same) for free in each.elsewhere] == [
            (clinic_day.practitioner.name, True),
            ("Dr Zaw", False),
            (clinic_day.practitioner.name, True),
        ]

    def test_a_time_at_which_the_patient_is_elsewhere_is_none(self, clinic_day, desk, visit):
        colleague = colleague_of(clinic_day, "Dr Zaw")
        clinic_day.book(NINE + minutes(60), practitioner_id=colleague.pk)
        [each] = self.outside(desk)
        assert each.appointment == visit
        assert [f"{free.slot.start:%H:%M}" for free in each.elsewhere] == ["10:30", "09:00", "11:00"]

    def test_whoever_is_moved_leaves_the_list(self, clinic_day, desk, visit):
        clinic_day.service.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(60))
        assert self.outside(desk) == []

    def test_whoever_is_cancelled_leaves_it_and_comes_back_with_the_undo(self, clinic_day, desk, visit):
        cancel(clinic_day, visit, "patient_request")
        assert self.outside(desk) == []
        clinic_day.service.undo_status_change(appointment_id=visit.pk)
        assert len(self.outside(desk)) == 1

    def test_one_that_takes_place_all_the_same_leaves_it_and_that_is_told(self, desk, visit):
        for _twice in range(2):
            assertRedirects(desk.post(f"/follow-up/{visit.pk}/keep/"), "/follow-up/", status_code=303)
        assert self.outside(desk) == []
        assert ActivityEvent.objects.filter(kind="APPOINTMENT_KEPT").get().actor == desk.user
        assertContains(desk.get(f"/appointments/{visit.pk}/"), "It is outside of the hours as they are now")

    def test_what_has_begun_has_left_it(self, desk, visit, time_machine):
        time_machine.move_to(visit.appointment_date)
        desk.force_login(desk.user, backend="clinics.authentication.MemberBackend")
        assert self.outside(desk) == []


class TestTheRest:
    def test_a_request_leads_to_its_answer(self, desk, clinic_day):
        asked = clinic_day.book(status="pending")
        assertContains(desk.get("/follow-up/"), f'href="/requests/#request-{asked.pk}"')
        assertContains(desk.get("/requests/"), f'id="request-{asked.pk}"')

    def test_a_message_that_failed_is_sent_again_and_goes(self, desk, clinic_day):
        failed = NotificationFactory(appointment=clinic_day.book(), status=NotificationStatus.FAILED)
        assert sections(desk) == {"failed": [failed]}
        sent = desk.post(f"/notices/failed/{failed.pk}/", {"back": "follow_up"})
        assertRedirects(sent, "/follow-up/", status_code=303)
        assert sections(desk) == {}

    def test_nothing(self, desk):
        assertContains(desk.get("/follow-up/"), "Nothing is left over")

    def test_it_says_how_far_it_looks_back(self, desk):
        assertContains(desk.get("/follow-up/"), "The list looks 30 days back")

    def test_the_navigation_counts_all_of_it(self, admin, clinic_day, cancelled, missed):
        asked = clinic_day.book(NINE + minutes(60), patient_id=PatientFactory(organization=clinic_day.organization).pk)
        Appointment.objects.filter(pk=asked.pk).update(status=Status.PENDING)
        NotificationFactory(appointment=asked, status=NotificationStatus.FAILED)
        assert sections(admin).keys() == set(SECTIONS), (cancelled, missed)
        assertContains(admin.get("/"), 'Follow-up <b class="badge">4</b>')
        assertNotContains(admin.get("/"), 'Follow-up <b class="badge">0</b>')

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, admin, clinic_day, add, count, django_assert_num_queries
    ):
        for number in range(1, count + 1):
            add(-number)
            cancel(clinic_day, add(number))
            asked = add(
                number + 30, status="pending", practitioner=PractitionerFactory(organization=add().organization)
            )
            NotificationFactory(appointment=asked, status=NotificationStatus.FAILED)
            DisplacementFactory(appointment=add(number + 60))
            Appointment.objects.filter(appointment_date=NINE).delete()
        admin.get("/follow-up/")
        with django_assert_num_queries(14):
            page = admin.get("/follow-up/")
        found = {name: page.context[name] for name in SECTIONS}
        assert {name: len(rows) for name, rows in found.items()} == dict.fromkeys(SECTIONS, count)


class TestWhoMay:
    def test_a_stranger_is_sent_to_the_door(self, client, missed):
        assert client.get("/follow-up/")["Location"] == "/login/?next=/follow-up/"
        assert say(client, missed, "no-show").status_code == 302
        assert status_of(missed) == "booked"

    def test_the_desk_says_that_somebody_came_not_that_nobody_did(self, desk, missed):
        page = desk.get("/follow-up/")
        assertContains(page, "They came")
        assertNotContains(page, 'value="no-show"')
        assertContains(page, "made a no-show by their practitioner, or by an administrator")
        assert say(desk, missed, "no-show").status_code == 403
        assert status_of(missed) == "booked"
        assert say(desk, missed, "arrived").status_code == 303

    def test_a_practitioner_sees_own_ones_and_the_steps_of_practitioners(self, clinic_day, add, missed, cancelled):
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=UserFactory())
        assert sections(doctor) == {}, cancelled
        clinic_day.practitioner.user = doctor.user
        clinic_day.practitioner.save(update_fields=["user"])
        add(-2, practitioner=PractitionerFactory(organization=clinic_day.organization))
        add(3, status="pending")
        assert sections(doctor) == {"missed": [missed]}
        assertNotContains(doctor.get("/follow-up/"), 'value="arrived"')
        assert say(doctor, missed, "arrived").status_code == 403
        assert say(doctor, missed, "no-show").status_code == 303

    def test_a_practitioner_does_nothing_about_a_colleagues(self, clinic_day, missed):
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assert say(doctor, missed, "no-show").status_code == 404
        assert status_of(missed) == "booked"

    def everything(self, clinic_day, missed):
        clinic_day.book(NINE + minutes(90), status="pending")
        NotificationFactory(appointment=missed, status=NotificationStatus.FAILED)

    def test_a_desk_of_another_clinic_sees_and_does_nothing(self, clinic_day, missed, cancelled):
        self.everything(clinic_day, missed)
        there = signed_in(clinic_day.organization, clinics=[ClinicFactory(organization=clinic_day.organization)])
        assert sections(there) == {}, cancelled
        assertNotContains(there.get("/"), "badge")
        assert say(there, missed, "arrived").status_code == 404
        assert status_of(missed) == "booked"

    def test_another_organization_sees_and_does_nothing(self, clinic_day, missed, cancelled):
        self.everything(clinic_day, missed)
        stranger = signed_in(practice().organization, Role.ADMINISTRATOR)
        assert sections(stranger) == {}, cancelled
        assertNotContains(stranger.get("/"), "badge")
        assert say(stranger, missed, "no-show").status_code == 404
        assert status_of(missed) == "booked"
