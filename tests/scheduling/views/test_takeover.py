"""A colleague takes over somebody's day."""

from datetime import time

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Role
from scheduling.models import Appointment
from tests.factories import AppointmentFactory, DisplacementFactory, PatientFactory
from tests.practice import MONDAY, NINE, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/follow-up/takeover/"


@pytest.fixture
def visits(clinic_day):
    """Give three visits from nine on, each of a patient of its own."""
    patients = [PatientFactory(organization=clinic_day.organization) for _ in range(3)]
    return [clinic_day.book(NINE + minutes(30 * n), patient_id=each.pk) for n, each in enumerate(patients)]


@pytest.fixture
def colleague(clinic_day):
    return colleague_of(clinic_day, "Dr Zaw")


def busy(day, colleague, start):
    return AppointmentFactory(practitioner=colleague, clinic=day.clinic, appointment_date=start)


def query(day, to=None):
    asked = {"practitioner": day.practitioner.pk, "clinic": day.clinic.pk, "date": MONDAY.isoformat()}
    return {**asked, "to": to.pk} if to else asked


def planned(answer):
    return [f"{each.slot.start:%H:%M}" if each.slot else None for each in answer.context["page"].planned]


def ticks(answer):
    """Give what the page's own boxes send."""
    return [
        f"{each.visit.pk}/{each.visit.version}/{each.slot.start.isoformat()}"
        for each in answer.context["page"].planned
        if each.slot
    ]


def places():
    return {row.pk: (row.practitioner_id, f"{row.local_start:%H:%M}") for row in Appointment.objects.all()}


class TestThePlan:
    @pytest.mark.usefixtures("visits")
    def test_nothing_is_planned_until_a_colleague_is_chosen(self, clinic_day, desk, colleague):
        answer = desk.get(PAGE, query(clinic_day))
        assert planned(answer) == [None] * 3
        assert answer.context["page"].colleagues == [colleague]

    @pytest.mark.usefixtures("visits")
    def test_each_keeps_its_time_where_that_is_free(self, clinic_day, desk, colleague):
        answer = desk.get(PAGE, query(clinic_day, colleague))
        assert planned(answer) == ["09:00", "09:30", "10:00"]
        assertContains(answer, "the same time", count=3)

    @pytest.mark.usefixtures("visits")
    def test_who_cannot_gets_the_nearest_that_is_left(self, clinic_day, desk, colleague):
        busy(clinic_day, colleague, NINE)
        answer = desk.get(PAGE, query(clinic_day, colleague))
        assert planned(answer) == ["10:30", "09:30", "10:00"]

    @pytest.mark.usefixtures("visits")
    def test_where_nothing_is_left_it_says_so(self, clinic_day, desk):
        busy = colleague_of(clinic_day, "Dr Short", since=time(9), until=time(10))
        answer = desk.get(PAGE, query(clinic_day, busy))
        assert planned(answer) == ["09:00", "09:30", None]
        assertContains(answer, "no time left that day")
        assertContains(answer, "Move them to Dr Short")

    @pytest.mark.usefixtures("visits")
    def test_with_nothing_left_for_anybody_there_is_nothing_to_press(self, clinic_day, desk):
        short = colleague_of(clinic_day, "Dr Short", since=time(9), until=time(9, 30))
        busy(clinic_day, short, NINE)
        answer = desk.get(PAGE, query(clinic_day, short))
        assert planned(answer) == [None, None, None]
        assertContains(answer, "Dr Short has no time left for them that day at this clinic")
        assertNotContains(answer, "Move them to Dr Short")

    def test_a_time_at_which_the_patient_is_elsewhere_is_none(self, clinic_day, desk, visits, colleague):
        third = colleague_of(clinic_day, "Dr Min")
        clinic_day.book(NINE + minutes(30), patient_id=visits[0].patient_id, practitioner_id=third.pk)
        busy(clinic_day, colleague, NINE)
        busy(clinic_day, colleague, NINE + minutes(60))
        assert planned(desk.get(PAGE, query(clinic_day, colleague)))[0] == "10:30"

    def test_places_of_a_group_are_shared_out_as_far_as_they_go(self):
        group = practice(capacity=2)
        other = practice(organization=group.organization, capacity=2)
        other.assignment.clinic = group.clinic
        other.assignment.save()
        for _ in range(2):
            group.book(patient_id=PatientFactory(organization=group.organization).pk)
        group.book(NINE + minutes(30), patient_id=PatientFactory(organization=group.organization).pk)
        other.book(clinic_id=group.clinic.pk, patient_id=PatientFactory(organization=group.organization).pk)
        answer = signed_in(group.organization).get(PAGE, query(group, other.practitioner))
        assert planned(answer) == ["09:00", "09:30", "09:30"]

    def test_what_has_begun_or_is_over_stays(self, clinic_day, desk, visits, colleague, time_machine):
        Appointment.objects.filter(pk=visits[2].pk).update(status="arrived")
        time_machine.move_to(NINE + minutes(5))
        desk.force_login(desk.user, backend="django.contrib.auth.backends.ModelBackend")
        assert [each.visit for each in desk.get(PAGE, query(clinic_day, colleague)).context["page"].planned] == [
            visits[1]
        ]

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_as_often_for_three_as_for_one(
        self, clinic_day, desk, visits, colleague, count, django_assert_num_queries
    ):
        Appointment.objects.filter(pk__in=[visit.pk for visit in visits[count:]]).delete()
        desk.get(PAGE, query(clinic_day, colleague))
        with django_assert_num_queries(14):
            desk.get(PAGE, query(clinic_day, colleague))


class TestTheMoves:
    def test_each_is_moved_by_itself_and_told_of(self, clinic_day, desk, visits, colleague):
        for visit in visits:
            DisplacementFactory(appointment=visit)
        sent = {**query(clinic_day, colleague), "move": ticks(desk.get(PAGE, query(clinic_day, colleague)))}
        answer = desk.post(PAGE, sent, follow=True)
        assertContains(answer, "3 visits are moved.")
        assert set(places().values()) == {(colleague.pk, at) for at in ("09:00", "09:30", "10:00")}
        events = ActivityEvent.objects.filter(kind="APPOINTMENT_RESCHEDULED")
        assert {event.target_id for event in events} == {visit.pk for visit in visits}
        assertContains(answer, "Nobody is left to move")
        assertContains(desk.get("/follow-up/"), "Nothing is left over")

    @pytest.mark.usefixtures("visits")
    def test_only_what_is_ticked(self, clinic_day, desk, colleague):
        first = ticks(desk.get(PAGE, query(clinic_day, colleague)))[:1]
        desk.post(PAGE, {**query(clinic_day, colleague), "move": first})
        assert [who for who, _at in places().values()].count(colleague.pk) == 1

    def test_what_was_taken_meanwhile_is_named_and_the_rest_is_moved(self, clinic_day, desk, visits, colleague):
        sent = {**query(clinic_day, colleague), "move": ticks(desk.get(PAGE, query(clinic_day, colleague)))}
        busy(clinic_day, colleague, NINE)
        answer = desk.post(PAGE, sent, follow=True)
        assertContains(answer, "2 visits are moved.")
        assertContains(answer, "1 visit could not be moved")
        assertContains(answer, "This time is taken.")
        assert places()[visits[0].pk] == (clinic_day.practitioner.pk, "09:00")

    def test_a_visit_changed_meanwhile_is_not_moved(self, clinic_day, desk, visits, colleague):
        sent = {**query(clinic_day, colleague), "move": ticks(desk.get(PAGE, query(clinic_day, colleague)))[:1]}
        clinic_day.service.update_appointment(appointment_id=visits[0].pk, notes="Calls back")
        assertContains(desk.post(PAGE, sent, follow=True), "Somebody else has changed this in the meantime.")

    @pytest.mark.usefixtures("visits")
    def test_without_a_colleague_it_asks_for_one(self, clinic_day, desk):
        answer = desk.post(PAGE, query(clinic_day))
        assertContains(answer, "Choose who takes the visits over.", status_code=422)

    @pytest.mark.parametrize("said", ["", "x", "1/2", "1/1/yesterday", "0/1/2030-01-07T09:00:00+06:30"])
    @pytest.mark.usefixtures("visits")
    def test_what_cannot_be_read_moves_nothing(self, clinic_day, desk, colleague, said):
        before = places()
        assertRedirects(
            desk.post(PAGE, {**query(clinic_day, colleague), "move": said}),
            f"{PAGE}?practitioner={clinic_day.practitioner.pk}&date=2030-01-07&clinic={clinic_day.clinic.pk}&to={colleague.pk}",
            status_code=303,
            fetch_redirect_response=False,
        )
        assert places() == before


class TestWhoMay:
    def test_a_practitioner_may_not(self, clinic_day):
        assert signed_in(clinic_day.organization, Role.PRACTITIONER).get(PAGE, query(clinic_day)).status_code == 403

    @pytest.mark.usefixtures("visits")
    def test_another_organization_finds_nothing(self, clinic_day):
        assert signed_in(practice().organization).get(PAGE, query(clinic_day)).status_code == 404

    def test_a_visit_of_another_organization_is_not_moved(self, clinic_day, desk, colleague):
        abroad = practice()
        visit = abroad.book()
        sent = {**query(clinic_day, colleague), "move": f"{visit.pk}/1/{NINE.isoformat()}"}
        assertContains(desk.post(PAGE, sent, follow=True), "Nobody is left to move")
        assert places()[visit.pk] == (abroad.practitioner.pk, "09:00")
