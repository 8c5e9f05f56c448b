"""The call list: who stands on it, in which order, and what a call in vain leaves behind."""

from datetime import timedelta

import pytest

from clinics.models import ActivityEvent, record_event
from scheduling.enums import EventKind
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, Notification
from scheduling.services import AppointmentService
from scheduling.services.calls import CallList
from tests.factories import AppointmentFactory, MembershipFactory, PatientFactory
from tests.practice import MONDAY, NINE, SIX, minutes, practice

pytestmark = pytest.mark.django_db
A_DAY, PHONE = timedelta(days=1), "+959250088870"


@pytest.fixture
def membership(clinic_day):
    return MembershipFactory(organization=clinic_day.organization)


@pytest.fixture
def service(clinic_day, membership):
    return AppointmentService(clinic_day.organization, actor=membership.user)


@pytest.fixture
def add(clinic_day):
    """Give a function that writes a visit of Monday, so many minutes after nine, booked `lead` days before."""

    def write(after=0, lead=1, missed=0, **given):
        given = {"practitioner": clinic_day.practitioner, "clinic": clinic_day.clinic, **given}
        given.setdefault("patient", PatientFactory(organization=clinic_day.organization, phone=PHONE))
        start = NINE + minutes(after)
        for number in range(missed):
            AppointmentFactory(**{**given, "status": "no-show"}, appointment_date=start - (number + 7) * A_DAY)
        row = AppointmentFactory(**given, appointment_date=start)
        Appointment.objects.filter(pk=row.pk).update(created_at=start - lead * A_DAY)
        return row

    return write


@pytest.fixture
def calls(clinic_day, membership):
    """Give a function that makes the list of Monday as it is at a moment."""
    return lambda now=SIX, day=MONDAY: CallList(membership, clinic_day.clinic, day, now)


def rows(some):
    return [call.appointment for call in some]


class TestWhoIsCalled:
    def test_whoever_is_booked_and_has_not_confirmed(self, add, calls):
        booked = add()
        for number, status in enumerate(["pending", "confirmed", "arrived", "cancelled", "no-show"], start=1):
            add(30 * number, status=status)
        found = calls()
        assert (rows(found.to_call), rows(found.tried), rows(found.reached)) == ([booked], [], [])
        assert (found.total, found.confirmed_before, found.requests) == (1, 1, 1)

    def test_of_that_day_at_that_clinic_as_it_counts_days(self, clinic_day, add, calls):
        late, _next_day = add(14 * 60 + 29), add(15 * 60)
        there = practice(organization=clinic_day.organization)
        add(practitioner=there.practitioner, clinic=there.clinic)
        assert rows(calls().to_call) == [late]

    def test_nobody_about_what_has_begun(self, add, calls):
        add()
        later = add(30)
        assert rows(calls(NINE).to_call) == [later]

    def test_likeliest_no_shows_first_then_by_time(self, add, calls):
        late, early = add(60, lead=8), add(30, lead=8)
        once, twice = add(90, missed=1), add(120, missed=2)
        found = calls().to_call
        assert rows(found) == [twice, early, late, once]
        assert [call.outlook.points for call in found] == [4, 2, 2, 2]

    def test_whoever_has_no_phone_stands_apart_and_counts(self, clinic_day, add, calls):
        visit = add(patient=PatientFactory(organization=clinic_day.organization, phone=""), missed=1)
        later = add(30)
        found = calls()
        assert (rows(found.to_call), rows(found.without_phone), found.total) == ([later], [visit], 2)


class TestWhatCameOfIt:
    def test_a_call_in_vain_is_an_event_and_no_change(self, clinic_day, add, service, membership):
        visit = add()
        event = service.note_no_answer(appointment_id=visit.pk)
        assert (event.kind, event.reason, event.actor, event.target) == (
            *("APPOINTMENT_CALLED", "no answer"),
            membership.user,
            visit,
        )
        assert (event.old, event.new, event.organization) == ({}, {}, clinic_day.organization)
        assert Appointment.objects.get(pk=visit.pk).version == visit.version
        assert not Notification.objects.exists()

    def test_whoever_did_not_answer_sinks_and_may_be_called_again(self, add, calls, service, time_machine):
        first, second = add(missed=2), add(30)
        for hour in (1, 2):
            time_machine.move_to(SIX + minutes(60 * hour), tick=False)
            service.note_no_answer(appointment_id=first.pk)
        found = calls(SIX + minutes(130))
        assert (rows(found.to_call), rows(found.tried)) == ([second], [first])
        assert found.tried[0].unanswered == [SIX + minutes(60), SIX + minutes(120)]
        assert (found.tried[0].called_at, found.total) == (SIX + minutes(120), 2)

    def test_the_next_day_they_are_tried_again(self, add, calls, service, time_machine):
        visit = add()
        time_machine.move_to(SIX - A_DAY, tick=False)
        service.note_no_answer(appointment_id=visit.pk)
        [call] = calls().to_call
        assert (call.appointment, call.called_at) == (visit, SIX - A_DAY)

    @pytest.mark.parametrize(("status", "cause"), [("confirmed", None), ("cancelled", "patient_request")])
    def test_whoever_said_today_what_they_do_is_reached(self, add, calls, service, status, cause):
        visit, other = add(), add(30)
        service.update_appointment_status(appointment_id=visit.pk, status=status, cancellation_reason=cause)
        found = calls()
        assert (rows(found.reached), rows(found.to_call), found.total) == ([visit], [other], 2)
        service.undo_status_change(appointment_id=visit.pk)
        assert (rows(calls().reached), rows(calls().to_call)) == ([], [visit, other])

    def test_what_is_taken_back_is_no_answer_and_hides_none(self, add, calls, service, time_machine):
        """A slip at the door, taken back: who confirmed yesterday has not been reached today, who did today has."""
        time_machine.move_to(SIX - A_DAY, tick=False)
        yesterday, today = add(), add(30)
        service.update_appointment_status(appointment_id=yesterday.pk, status="confirmed")
        time_machine.move_to(SIX, tick=False)
        service.update_appointment_status(appointment_id=today.pk, status="confirmed")
        for visit in (yesterday, today):
            service.update_appointment_status(appointment_id=visit.pk, status="arrived")
            service.undo_status_change(appointment_id=visit.pk)
        found = calls()
        assert (rows(found.reached), found.confirmed_before, found.total) == ([today], 1, 1)

    def test_whoever_was_moved_to_another_day_is_reached(self, add, calls, service):
        moved, other = add(), add(30)
        service.note_no_answer(appointment_id=moved.pk)
        service.update_appointment(appointment_id=moved.pk, appointment_date=NINE + 7 * A_DAY)
        found = calls()
        assert (rows(found.reached), rows(found.to_call), rows(found.tried)) == ([moved], [other], [])
        assert (found.total, found.reached[0].moved_from) == (2, NINE)
        [there] = calls(day=MONDAY + 7 * A_DAY).to_call
        assert (there.appointment, there.unanswered, there.moved_from) == (moved, [], None)

    def test_nobody_is_reached_by_a_move_of_the_system_or_of_a_request(self, clinic_day, add, calls, service):
        by_itself, request = add(), add(30, status="pending")
        later = NINE + 7 * A_DAY
        clinic_day.service.update_appointment(appointment_id=by_itself.pk, appointment_date=later)
        service.update_appointment(appointment_id=request.pk, appointment_date=later + minutes(30))
        assert (calls().total, calls().requests) == (0, 0)

    def test_a_move_within_the_day_forgets_the_calls_in_vain(self, add, calls, service):
        visit = add()
        service.note_no_answer(appointment_id=visit.pk)
        service.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(60))
        found = calls()
        assert (rows(found.to_call), found.tried, found.reached, found.total) == ([visit], [], [], 1)
        service.note_no_answer(appointment_id=visit.pk)
        assert len(calls().tried[0].unanswered) == 1

    def test_the_latest_answer_comes_first(self, add, calls, service):
        visits = [add(), add(30)]
        for visit in visits:
            service.update_appointment_status(appointment_id=visit.pk, status="confirmed")
        assert rows(calls().reached) == visits[::-1]

    def test_who_confirmed_by_the_link_or_the_day_before_was_not_reached_today(
        self, clinic_day, add, calls, service, time_machine
    ):
        by_link, yesterday = add(), add(30)
        clinic_day.service.update_appointment_status(appointment_id=by_link.pk, status="confirmed")
        time_machine.move_to(SIX - A_DAY, tick=False)
        service.update_appointment_status(appointment_id=yesterday.pk, status="confirmed")
        found = calls()
        assert (rows(found.reached), found.confirmed_before, found.total) == ([], 2, 0)

    def test_what_the_practice_cancels_is_nobodys_answer(self, add, calls, service):
        service.update_appointment_status(
            appointment_id=add().pk, status="cancelled", cancellation_reason="practice_request"
        )
        assert calls().total == 0

    @pytest.mark.parametrize("status", ["pending", "arrived", "in-progress", "completed", "cancelled", "no-show"])
    def test_nobody_is_called_who_is_not_expected(self, add, service, status):
        with pytest.raises(AppointmentError) as refused:
            service.note_no_answer(appointment_id=add(status=status).pk)
        assert refused.value.code == "invalid_transition"
        assert not ActivityEvent.objects.filter(kind=EventKind.CALLED).exists()

    def test_nobody_is_called_in_vain_who_has_confirmed_has_no_phone_or_is_late(
        self, clinic_day, add, service, time_machine
    ):
        without = add(30, patient=PatientFactory(organization=clinic_day.organization, phone=""))
        begun, confirmed = add(), add(60, status="confirmed")
        time_machine.move_to(NINE, tick=False)
        for visit, words in ((without, "no phone"), (begun, "nothing to call for"), (confirmed, "confirmed already")):
            with pytest.raises(AppointmentError, match=words) as refused:
                service.note_no_answer(appointment_id=visit.pk)
            assert refused.value.code == "invalid_transition"
        assert not ActivityEvent.objects.filter(kind=EventKind.CALLED).exists()

    def test_a_call_about_what_has_changed_since_is_stale(self, add, service):
        visit = add()
        service.update_appointment(appointment_id=visit.pk, notes="Deaf")
        with pytest.raises(AppointmentError) as refused:
            service.note_no_answer(appointment_id=visit.pk, expected_version=1)
        assert refused.value.code == "stale_version"

    def test_a_double_tap_is_one_call(self, clinic_day, add, service, time_machine):
        visit = add()
        first = service.note_no_answer(appointment_id=visit.pk)
        time_machine.move_to(SIX + timedelta(seconds=59), tick=False)
        assert service.note_no_answer(appointment_id=visit.pk) == first
        another = AppointmentService(
            clinic_day.organization, actor=MembershipFactory(organization=clinic_day.organization).user
        )
        assert another.note_no_answer(appointment_id=visit.pk) != first
        time_machine.move_to(SIX + minutes(1), tick=False)
        assert service.note_no_answer(appointment_id=visit.pk) != first

    def test_another_organizations_visit_is_not_there(self, add):
        stranger = AppointmentService(practice().organization)
        with pytest.raises(AppointmentError) as refused:
            stranger.note_no_answer(appointment_id=add().pk)
        assert refused.value.code == "appointment_not_found"

    def test_a_call_after_a_step_ends_its_undo(self, add, service):
        visit = add()
        service.update_appointment_status(appointment_id=visit.pk, status="confirmed")
        record_event(kind=EventKind.CALLED, target=visit, actor=None)
        with pytest.raises(AppointmentError) as refused:
            service.undo_status_change(appointment_id=visit.pk)
        assert refused.value.code == "undo_expired"


def test_a_front_desk_of_one_clinic_calls_about_its_own_and_by_what_it_sees(clinic_day, add):
    there = practice(organization=clinic_day.organization)
    limited = MembershipFactory(organization=clinic_day.organization)
    limited.clinics.set([there.clinic], through_defaults={"organization": clinic_day.organization})
    add()
    elsewhere = {"practitioner": clinic_day.practitioner, "clinic": clinic_day.clinic}
    own = add(practitioner=there.practitioner, clinic=there.clinic)
    AppointmentFactory(**elsewhere, patient=own.patient, status="no-show", appointment_date=NINE - A_DAY)
    assert rows(CallList(limited, clinic_day.clinic, MONDAY, SIX).to_call) == []
    [call] = CallList(limited, there.clinic, MONDAY, SIX).to_call
    assert (call.appointment, call.outlook.is_new) == (own, True)


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_twice(add, calls, membership, service, count, django_assert_num_queries):
    membership.limited_to = []  # comes with the request
    for number in range(count):
        service.note_no_answer(appointment_id=add(30 * number, missed=1).pk)
        add(30 * number + 300, status="confirmed")
    calls().total  # noqa: B018 fills the cache of content types
    with django_assert_num_queries(2):
        found = calls()
        assert (len(found.tried), found.confirmed_before) == (count, count)
        assert all(call.appointment.patient and call.appointment.practitioner for call in found.tried)
