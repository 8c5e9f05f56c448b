"""The buttons of an appointment: which there are, from the table, and what each does."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Role
from clinics.permissions import MAY, Action
from scheduling.lifecycle import MOVABLE, TRANSITIONS
from scheduling.models import Appointment
from scheduling.views.actions import STEPS
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory, UserFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db

LEGAL = [(old, new) for old, after in TRANSITIONS.items() for new in after]
ROLES = [Role.FRONT_DESK, Role.PRACTITIONER, Role.ADMINISTRATOR]


@pytest.fixture
def day(clinic_day, time_machine):
    """Give the practice at nine, when its first visit begins: every step of the table can be done."""
    time_machine.move_to(NINE, tick=False)
    return clinic_day


def visit(day, status="booked", **given):
    given = {"patient": day.patient, "practitioner": day.practitioner, "clinic": day.clinic, **given}
    cause = {"cancellation_reason": "duplicate"} if status == "cancelled" else {}
    return AppointmentFactory(**{"appointment_date": NINE, "status": status, **cause, **given})


def member(day, role):
    if role != Role.PRACTITIONER:
        return signed_in(day.organization, role)
    day.practitioner.user = UserFactory()
    day.practitioner.save(update_fields=["user"])
    return signed_in(day.organization, role, user=day.practitioner.user)


def page_of(browser, appointment):
    return browser.get(f"/appointments/{appointment.pk}/")


def do(browser, appointment, status, version=1, **how):
    sent = {"status": status, "expected_version": version}
    return browser.post(f"/appointments/{appointment.pk}/status/", sent, **how)


def undo(browser, appointment, version):
    return browser.post(f"/appointments/{appointment.pk}/undo/", {"expected_version": version})


def now_(appointment):
    return Appointment.objects.values_list("status", "version").get(pk=appointment.pk)


def offered(page):
    """Give the statuses that the page's buttons and its link for cancelling lead to."""
    html = page.content.decode()
    return {status for status in STEPS if f'value="{status}"' in html} | (
        {"cancelled"} if '/cancel/"' in html else set()
    )


class TestTheButtons:
    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("status", TRANSITIONS)
    def test_they_are_those_of_the_table_that_the_role_may_press(self, day, status, role):
        wanted = {new for new in TRANSITIONS[status] if STEPS[new].needs in MAY[role]}
        assert offered(page_of(member(day, role), visit(day, status))) == wanted

    @pytest.mark.parametrize(("old", "new"), LEGAL)
    def test_every_step_of_the_table_has_a_button_for_somebody(self, day, old, new):
        assert new in offered(page_of(member(day, Role.ADMINISTRATOR), visit(day, old)))

    @pytest.mark.parametrize("status", TRANSITIONS)
    def test_moving_is_offered_while_it_can_be_done(self, day, desk, status):
        page = page_of(desk, visit(day, status)).content.decode()
        assert ("/move/" in page, "/edit/" in page) == (status in MOVABLE, True)

    def test_a_practitioner_moves_and_edits_nothing(self, day):
        page = page_of(member(day, Role.PRACTITIONER), visit(day)).content.decode()
        assert ("/move/" in page, "/edit/" in page, "/book/" in page) == (False, False, False)

    @pytest.mark.parametrize(
        ("status", "likeliest"),
        [
            *(("pending", "booked"), ("booked", "arrived"), ("confirmed", "arrived"), ("arrived", "in-progress")),
            *(("in-progress", "completed"), ("no-show", "arrived"), ("completed", None), ("cancelled", None)),
        ],
    )
    def test_the_likeliest_step_comes_first(self, day, status, likeliest):
        step = page_of(member(day, Role.ADMINISTRATOR), visit(day, status)).context["offers"].likeliest
        assert (step and step.to) == likeliest

    def test_every_key_is_used_once(self):
        keys = [step.key for step in STEPS.values()]
        assert len({*keys, "r", "e", "u", "v"}) == len(keys) + 4

    def test_check_in_waits_for_the_day_on_the_clinics_clock(self, day, desk):
        tomorrow = visit(day, appointment_date=NINE + minutes(24 * 60))
        page = page_of(desk, tomorrow)
        assert offered(page) == {"confirmed", "cancelled"}
        assertContains(page, "Check-in is offered on the day of the visit, Tuesday 8 January.")
        answer = do(desk, tomorrow, "arrived")
        assertContains(answer, "Check-in is offered on the day of the visit", count=2, status_code=409)
        assert now_(tomorrow) == ("booked", 1)

    def test_the_day_is_the_clinics_not_the_servers(self, day, time_machine, desk):
        late = visit(day, appointment_date=NINE)
        time_machine.move_to(NINE.replace(hour=0, minute=30), tick=False)  # still Sunday in UTC
        assert "arrived" in offered(page_of(desk, late))

    def test_no_show_waits_for_the_visits_start(self, day, time_machine):
        later = visit(day, appointment_date=NINE + minutes(30))
        doctor = member(day, Role.PRACTITIONER)
        page = page_of(doctor, later)
        assert offered(page) == set()
        assertContains(page, "No-show is offered from the visit&#x27;s start on: Monday 7 January, 09:30.")
        assert do(doctor, later, "no-show").status_code == 409
        time_machine.move_to(NINE + minutes(30), tick=False)
        assert offered(page_of(doctor, later)) == {"no-show"}

    @pytest.mark.parametrize(
        ("status", "said"),
        [
            ("arrived", "No-show is no longer offered: the patient is here."),
            ("in-progress", "Cancelling is no longer offered: the visit has begun."),
            ("completed", "The visit is over"),
            ("cancelled", "its time is free for others"),
            ("no-show", "For another one, book again."),
        ],
    )
    def test_what_is_ruled_out_says_why(self, day, status, said):
        assertContains(page_of(member(day, Role.ADMINISTRATOR), visit(day, status)), said)


class TestPressing:
    @pytest.mark.parametrize(("old", "new"), [pair for pair in LEGAL if pair[1] != "cancelled"])
    def test_each_does_what_it_says_once(self, day, old, new):
        appointment, admin = visit(day, old), member(day, Role.ADMINISTRATOR)
        assertRedirects(do(admin, appointment, new), f"/appointments/{appointment.pk}/", status_code=303)
        assert now_(appointment) == (new, 2)
        event = ActivityEvent.objects.get(kind="APPOINTMENT_STATUS_CHANGED")
        assert (event.actor, event.old["status"], event.new["status"]) == (admin.user, old, new)
        assert do(admin, appointment, new).status_code == 409
        assert now_(appointment) == (new, 2)

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("new", [status for status in STEPS if status != "cancelled"])
    def test_whose_role_does_not_allow_it_is_told_so(self, day, role, new):
        old = next(old for old, after in TRANSITIONS.items() if new in after)
        appointment = visit(day, old)
        allowed = STEPS[new].needs in MAY[role]
        assert do(member(day, role), appointment, new).status_code == (303 if allowed else 403)
        assert now_(appointment) == ((new, 2) if allowed else (old, 1))

    def test_it_is_said_without_a_name(self, day, desk):
        page = do(desk, visit(day), "arrived", follow=True)
        said = [str(message) for message in page.context["messages"]]
        assert said == ["Checked in for Monday 7 January, 09:00."]

    @pytest.mark.parametrize(
        ("status", "version", "field"),
        [
            *(("", 1, "Status"), ("cancelled", 1, "Status"), ("pending", 1, "Status"), ("gone", 1, "Status")),
            *(("arrived", "", "Version"), ("arrived", 0, "Version"), ("arrived", 2**31, "Version")),
        ],
    )
    def test_what_cannot_be_read_names_its_field(self, day, desk, status, version, field):
        appointment = visit(day)
        answer = do(desk, appointment, status, version)
        assertContains(answer, "This needs another look", status_code=422)
        assert [label for _target, label, _words in answer.context["errors"]] == [field]
        assert now_(appointment) == ("booked", 1)

    def test_a_step_that_the_table_does_not_know_is_refused(self, day):
        appointment, admin = visit(day), member(day, Role.ADMINISTRATOR)
        assertContains(do(admin, appointment, "completed"), "cannot be given this status now", status_code=409)
        assert now_(appointment) == ("booked", 1)

    def test_who_comes_late_finds_the_slot_taken(self, day, desk):
        late = visit(day, "no-show")
        visit(day, patient=PatientFactory(organization=day.organization))
        assertContains(do(desk, late, "arrived"), "This time is taken.", status_code=409)
        assert now_(late) == ("no-show", 1)

    def test_another_clinics_desk_finds_nothing(self, day):
        appointment = visit(day)
        elsewhere = signed_in(day.organization, clinics=[ClinicFactory(organization=day.organization)])
        stranger = signed_in(practice().organization, Role.ADMINISTRATOR)
        assert [do(browser, appointment, "arrived").status_code for browser in (elsewhere, stranger)] == [404, 404]
        assert now_(appointment) == ("booked", 1)

    def test_a_practitioner_starts_own_visits_only(self, day):
        other = practice(organization=day.organization)
        theirs = AppointmentFactory(practitioner=other.practitioner, clinic=day.clinic, status="arrived")
        assert do(member(day, Role.PRACTITIONER), theirs, "in-progress").status_code == 404


class TestAStaleForm:
    def test_it_shows_who_did_what_meanwhile_and_the_page_as_it_is(self, day, desk):
        appointment = visit(day)
        do(desk, appointment, "confirmed")
        do(desk, appointment, "arrived", version=2)
        answer = do(member(day, Role.ADMINISTRATOR), appointment, "no-show", version=1)
        assertContains(answer, "Somebody else was quicker", status_code=409)
        changes = answer.context["changes"]
        assert [(entry.status, entry.who) for entry in changes] == [
            ("arrived", desk.user.name),
            ("confirmed", desk.user.name),
        ]
        assert offered(answer) == {"in-progress", "cancelled"}
        assertContains(answer, 'name="expected_version" value="3"', status_code=409)

    def test_only_what_is_new_since_then_is_told(self, day, desk):
        appointment = visit(day)
        do(desk, appointment, "confirmed")
        do(desk, appointment, "arrived", version=2)
        answer = do(desk, appointment, "arrived", version=2)
        assert [entry.status for entry in answer.context["changes"]] == ["arrived"]


class TestUndo:
    @pytest.mark.parametrize(("old", "new"), LEGAL)
    def test_every_step_is_taken_back(self, day, old, new):
        appointment, admin = visit(day, old), member(day, Role.ADMINISTRATOR)
        if new == "cancelled":
            sent = {"expected_version": 1, "cancellation_reason": "duplicate"}
            admin.post(f"/appointments/{appointment.pk}/cancel/", sent)
        else:
            do(admin, appointment, new)
        assertContains(page_of(admin, appointment), "10 min left")
        assertRedirects(undo(admin, appointment, 2), f"/appointments/{appointment.pk}/", status_code=303)
        assert now_(appointment) == (old, 3)
        assert undo(admin, appointment, 3).status_code == 409
        assert now_(appointment) == (old, 3)

    def test_the_minutes_left_are_shown_until_there_are_none(self, day, desk, time_machine):
        appointment = visit(day)
        do(desk, appointment, "arrived")
        time_machine.move_to(NINE + minutes(7.5), tick=False)
        assertContains(page_of(desk, appointment), "3 min left")
        time_machine.move_to(NINE + minutes(10.1), tick=False)
        assertNotContains(page_of(desk, appointment), "min left")
        assertContains(undo(desk, appointment, 2), "This can no longer be undone.", status_code=409)
        assert now_(appointment) == ("arrived", 2)

    def test_a_practitioner_undoes_nothing(self, day, desk):
        appointment = visit(day)
        do(desk, appointment, "arrived")
        doctor = member(day, Role.PRACTITIONER)
        assertNotContains(page_of(doctor, appointment), "Undo")
        assert undo(doctor, appointment, 2).status_code == 403

    def test_a_stale_one_tells_what_came_after(self, day, desk):
        appointment = visit(day)
        do(desk, appointment, "arrived")
        undo(desk, appointment, 2)
        answer = undo(desk, appointment, 2)
        assert (answer.status_code, [entry.heading for entry in answer.context["changes"]]) == (409, ["Undone"])

    def test_without_a_version_nothing_is_undone(self, day, desk):
        appointment = visit(day)
        do(desk, appointment, "arrived")
        assert desk.post(f"/appointments/{appointment.pk}/undo/").status_code == 422
        assert now_(appointment) == ("arrived", 2)


def test_every_action_that_a_step_needs_somebody_has():
    given = set().union(*MAY.values())
    assert {step.needs for step in STEPS.values()} <= given
    assert Action.UNDO in given
