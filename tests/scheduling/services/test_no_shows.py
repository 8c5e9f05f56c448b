"""The rates of no-shows, each against visits counted by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clinics.models import Clinic, record_event
from scheduling.enums import EventKind
from scheduling.models import Appointment
from scheduling.services.clocks import clocks_of
from scheduling.services.no_shows import EARLIER, Rate, Reminded, count_no_shows, outlook_of, with_lately
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicFactory,
    NotificationFactory,
    PatientFactory,
    PractitionerFactory,
)
from tests.practice import MONDAY, NINE, minutes
from tests.scheduling.views.conftest import taken

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture
def visit(clinic_day):
    """Give a function that writes a visit `days` from Monday at nine, booked `lead` days before it."""

    def write(days=0, status="completed", lead=1, **given):
        given.setdefault("patient", PatientFactory(organization=clinic_day.organization))
        start = given.pop("start", NINE + days * A_DAY)
        place = {"practitioner": clinic_day.practitioner, "clinic": clinic_day.clinic}
        row = AppointmentFactory(**{**place, "appointment_date": start, "status": status, **given})
        Appointment.objects.filter(pk=row.pk).update(created_at=start - lead * A_DAY)
        return row

    return write


def clocks():
    return clocks_of(Clinic.objects.all(), MONDAY - EARLIER, MONDAY + 40 * A_DAY)


def counted():
    rows = Appointment.objects.all()
    return count_no_shows(rows, among=rows, clocks=clocks())


def test_only_what_was_completed_or_missed_counts(visit):
    for number, status in enumerate(["completed", "completed", "no-show", "cancelled", "booked", "arrived", "pending"]):
        visit(number, status)
    assert counted().total == Rate(missed=1, known=3)


def test_without_any_outcome_there_is_no_rate(visit):
    visit(status="booked")
    total = counted().total
    assert (total, total.percent, total.is_few) == (Rate(0, 0), None, True)


def test_a_rate_is_a_percentage_that_is_not_rounded():
    assert Rate(1, 3).percent == pytest.approx(33.3333, abs=0.001)
    assert [Rate(1, 9).is_few, Rate(1, 10).is_few] == [True, False]


def test_weekday_and_hour_are_those_of_each_clinics_clock(clinic_day, visit):
    """At 22:00 on Monday in Yangon it is half past midnight on Tuesday in Tokyo."""
    tokyo = ClinicFactory(organization=clinic_day.organization, timezone="Asia/Tokyo")
    evening = NINE + minutes(13 * 60)
    visit(start=evening, status="no-show")
    visit(start=evening, clinic=tokyo, practitioner=PractitionerFactory(organization=clinic_day.organization))
    found = counted()
    assert found.by_weekday == {0: Rate(1, 1), 1: Rate(0, 1)}
    assert found.by_hour == {22: Rate(1, 1), 0: Rate(0, 1)}


def test_the_lead_time_is_counted_in_dates_of_the_clinic(visit):
    """Booked at 23:00 for the next morning is a day before, not the same day."""
    for days, (lead, status) in enumerate(
        [(0.1, "completed"), (10 / 24, "no-show"), (2, "completed"), (31, "no-show")]
    ):
        visit(days, status, lead=lead)
    assert counted().by_lead == {0: Rate(0, 1), 1: Rate(1, 2), 5: Rate(1, 1)}


def test_the_lead_time_is_counted_in_dates_across_a_clock_change(clinic_day, visit):
    """Clocks in London went back on 27 October 2030: half past midnight by them is UTC's day before, or the same."""
    london = ClinicFactory(organization=clinic_day.organization, timezone="Europe/London")
    practitioner = PractitionerFactory(organization=clinic_day.organization)
    start = datetime(2030, 10, 27, 23, 30, tzinfo=UTC)  # 23:30 there
    visit(start=start, lead=1, clinic=london, practitioner=practitioner)  # booked at half past midnight of that date
    visit(start=start - 2 * A_DAY, lead=0.9, clinic=london, practitioner=practitioner)  # 00:30 of the 26th, on the 25th
    clocks = clocks_of([london], date(2030, 10, 25) - EARLIER, date(2030, 10, 27))
    rows = Appointment.objects.filter(clinic=london)
    found = count_no_shows(rows, among=rows, clocks=clocks)
    assert found.by_lead == {0: Rate(0, 1), 1: Rate(0, 1)}
    assert found.by_hour == {23: Rate(0, 1), 0: Rate(0, 1)}
    assert found.by_weekday == {6: Rate(0, 1), 5: Rate(0, 1)}


def test_types_are_counted_by_name_and_those_without_one_too(clinic_day, visit):
    kind = AppointmentTypeFactory(organization=clinic_day.organization, name="Procedure")
    visit(0, "no-show", appointment_type=kind)
    visit(1)
    assert counted().by_type == {"Procedure": Rate(1, 1), None: Rate(0, 1)}


def test_what_was_imported_says_nothing_of_lead_time_or_reminder(clinic_day, time_machine):
    time_machine.move_to(NINE + A_DAY, tick=False)
    taken(clinic_day, imported=True, status="completed")
    found = counted()
    assert (found.total, found.by_weekday) == (Rate(0, 1), {0: Rate(0, 1)})
    assert found.by_lead == found.by_points == found.by_reminder == {None: Rate(0, 1)}


class TestTheRule:
    def test_it_looks_at_the_five_outcomes_before_the_visit(self, clinic_day, visit):
        patient = clinic_day.patient
        for days, status in enumerate(["no-show", "completed", "no-show", "completed", "completed", "cancelled"]):
            visit(days - 20, status, patient=patient)
        visit(-10, "completed", patient=patient)
        now = visit(0, "booked", patient=patient, lead=8)
        visit(1, "no-show", patient=patient)
        every = Appointment.objects.all()
        row = with_lately(every, among=every).get(pk=now.pk)
        assert row.lately == ["completed", "completed", "completed", "no-show", "completed"]
        assert outlook_of(8, row.lately).points == 3

    def test_it_looks_only_among_the_visits_it_is_given(self, clinic_day, visit):
        elsewhere = ClinicFactory(organization=clinic_day.organization)
        visit(-1, "no-show", patient=clinic_day.patient, clinic=elsewhere)
        now = visit(0, "booked", patient=clinic_day.patient)
        every = Appointment.objects.all()
        assert with_lately(every, among=every.filter(clinic=clinic_day.clinic)).get(pk=now.pk).lately == []

    def test_it_is_tried_on_what_has_been(self, clinic_day, visit):
        for days, status in ((0, "no-show"), (1, "no-show"), (2, "completed")):
            visit(days, status, patient=clinic_day.patient)
        visit(3, "completed", lead=20)
        # A first visit; one after a no-show; one after two; a first visit booked long before.
        assert counted().by_points == {1: Rate(1, 1), 2: Rate(1, 1), 4: Rate(0, 1), 3: Rate(0, 1)}


class TestReminders:
    @pytest.fixture
    def reminded(self, visit):
        """Write a visit of Tuesday, whose reminder, of Monday at nine, has that status."""

        def write(status):
            row = visit(1)
            NotificationFactory(
                appointment=row, kind="reminder", status=status, sent_at=NINE if status == "sent" else None
            )

        return write

    def test_sent_and_never_confirmed(self, reminded):
        reminded("sent")
        assert counted().by_reminder == {Reminded.UNCONFIRMED: Rate(0, 1)}

    @pytest.mark.parametrize(
        ("minute", "outcome"),
        [(-5, Reminded.CONFIRMED_BEFORE), (0, Reminded.CONFIRMED_AFTER), (5, Reminded.CONFIRMED_AFTER)],
    )
    def test_sent_and_confirmed(self, visit, time_machine, minute, outcome):
        row = visit(1)
        time_machine.move_to(NINE + minutes(minute), tick=False)
        record_event(kind=EventKind.STATUS_CHANGED, target=row, actor=None, new={"status": "confirmed"})
        NotificationFactory(appointment=row, kind="reminder", status="sent", sent_at=NINE)
        assert counted().by_reminder == {outcome: Rate(0, 1)}

    def test_a_confirmation_that_was_taken_back_is_none(self, clinic_day, visit):
        row = visit(1, "booked")
        clinic_day.service.update_appointment_status(appointment_id=row.pk, status="confirmed")
        clinic_day.service.undo_status_change(appointment_id=row.pk)
        Appointment.objects.update(status="completed")
        NotificationFactory(appointment=row, kind="reminder", status="sent", sent_at=NINE)
        assert counted().by_reminder == {Reminded.UNCONFIRMED: Rate(0, 1)}

    def test_to_take_something_else_back_is_no_confirmation(self, clinic_day, visit, time_machine):
        row = visit(1, "confirmed")
        NotificationFactory(appointment=row, kind="reminder", status="sent", sent_at=NINE)
        time_machine.move_to(NINE + minutes(5), tick=False)
        clinic_day.service.update_appointment_status(appointment_id=row.pk, status="arrived")
        clinic_day.service.undo_status_change(appointment_id=row.pk)
        Appointment.objects.update(status="completed")
        assert counted().by_reminder == {Reminded.UNCONFIRMED: Rate(0, 1)}

    @pytest.mark.parametrize(
        ("status", "outcome"), [("failed", Reminded.FAILED), ("suppressed", Reminded.NONE), ("pending", Reminded.NONE)]
    )
    def test_not_sent(self, reminded, status, outcome):
        reminded(status)
        assert counted().by_reminder == {outcome: Rate(0, 1)}

    def test_another_message_is_no_reminder(self, visit):
        NotificationFactory(appointment=visit(1, "no-show"), kind="booked", status="sent", sent_at=NINE)
        assert counted().by_reminder == {Reminded.NONE: Rate(1, 1)}


@pytest.mark.parametrize("count", [1, 3])
def test_it_counts_in_three_queries(visit, count, django_assert_num_queries):
    for number in range(count):
        visit(number, "no-show")
    counted()
    rows, at_their_clinics = Appointment.objects.all(), clocks()
    with django_assert_num_queries(3):
        assert count_no_shows(rows, among=rows, clocks=at_their_clinics).total == Rate(count, count)
