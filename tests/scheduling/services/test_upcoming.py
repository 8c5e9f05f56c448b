"""What is to come: which appointments, on whose dates, and how many of each kind."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.enums import Status
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment
from scheduling.services import AppointmentService
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicFactory,
    OrganizationFactory,
    PatientFactory,
    PractitionerFactory,
)
from tests.practice import MONDAY, NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
TUESDAY = MONDAY + timedelta(days=1)


def visit(day, start, **given):
    """Give a visit to somebody new: what is listed here need not fit into one diary."""
    place = {"practitioner": PractitionerFactory(organization=day.organization), "clinic": day.clinic}
    return AppointmentFactory(appointment_date=start, **{**place, **given})


def listed(day, **asked):
    return list(day.service.get_upcoming_appointments(**asked).appointments)


def refused(day, **asked):
    with pytest.raises(AppointmentError) as caught:
        day.service.get_upcoming_appointments(**asked)
    return caught.value.code, caught.value.field


class TestWhichAppointments:
    def test_from_now_on_by_time(self, time_machine):
        day = practice()
        time_machine.move_to(NINE, tick=False)
        visit(day, NINE - minutes(1))
        later, now = visit(day, NINE + timedelta(days=400)), visit(day, NINE)
        assert listed(day) == [now, later]

    @pytest.mark.parametrize("status", Status)
    def test_without_cancelled_and_no_show(self, status):
        day = practice()
        row = visit(day, NINE, status=status)
        assert listed(day) == ([] if status in {"cancelled", "no-show"} else [row])

    def test_with_a_start_date_what_has_passed_of_it_too(self, time_machine):
        day = practice()
        time_machine.move_to(NINE + minutes(60), tick=False)
        visit(day, NINE - timedelta(days=1))
        passed, later = visit(day, NINE), visit(day, NINE + timedelta(days=30))
        assert listed(day, start_date=MONDAY) == [passed, later]

    def test_to_the_end_date_included(self, time_machine):
        day = practice()
        time_machine.move_to(NINE + minutes(60), tick=False)
        visit(day, NINE)
        last = visit(day, datetime(2030, 1, 8, 23, 59, tzinfo=day.clinic.zone))
        visit(day, datetime(2030, 1, 9, 0, 0, tzinfo=day.clinic.zone))
        assert listed(day, end_date=TUESDAY) == [last]

    def test_dates_are_each_clinics_own(self):
        day = practice()
        london = ClinicFactory(organization=day.organization, timezone="Europe/London")
        late = visit(day, datetime(2030, 1, 8, 23, 30, tzinfo=ZoneInfo("Europe/London")), clinic=london)
        visit(day, datetime(2030, 1, 8, 23, 30, tzinfo=ZoneInfo("Europe/London")))
        assert listed(day, start_date=TUESDAY, end_date=TUESDAY) == [late]

    def test_a_date_of_twenty_five_hours(self):
        day = practice()
        berlin = ClinicFactory(organization=day.organization, timezone="Europe/Berlin")
        last = visit(day, datetime(2030, 10, 27, 23, 30, tzinfo=berlin.zone), clinic=berlin)
        assert listed(day, start_date=date(2030, 10, 27), end_date=date(2030, 10, 27)) == [last]

    def test_at_a_clinic_that_has_closed_for_good(self):
        day = practice(is_active=False)
        row = visit(day, NINE)
        assert listed(day, start_date=MONDAY, end_date=MONDAY) == [row]

    def test_of_one_practitioner_and_of_one_patient(self):
        day = practice()
        visit(day, NINE)
        with_them = visit(day, NINE, practitioner=day.practitioner)
        of_them = visit(day, NINE, patient=day.patient)
        assert listed(day, practitioner_id=day.practitioner.pk) == [with_them]
        assert listed(day, patient_id=day.patient.pk) == [of_them]

    def test_among_some_rows_only(self):
        day = practice()
        other = visit(day, NINE, clinic=ClinicFactory(organization=day.organization))
        visit(day, NINE)
        found = day.service.get_upcoming_appointments(
            among=Appointment.objects.filter(clinic=other.clinic), include_summary=True
        )
        assert (list(found.appointments), found.summary.total) == ([other], 1)

    def test_another_organizations_are_not_there(self):
        day = practice()
        visit(day, NINE)
        assert listed(practice()) == listed(practice(), start_date=MONDAY) == []
        foreign = practice().service.get_upcoming_appointments(among=Appointment.objects.all())
        assert list(foreign.appointments) == []

    def test_an_organization_without_a_clinic(self):
        service = AppointmentService(OrganizationFactory())
        assert list(service.get_upcoming_appointments(start_date=MONDAY, end_date=TUESDAY).appointments) == []


class TestRefusals:
    def test_a_range_that_is_reversed(self):
        assert refused(practice(), start_date=TUESDAY, end_date=MONDAY) == ("invalid_date", "end_date")

    def test_an_end_before_today(self):
        assert refused(practice(), end_date=MONDAY - timedelta(days=1)) == ("invalid_date", "end_date")

    def test_at_most_366_dates(self):
        day, last = practice(), MONDAY + timedelta(days=365)
        assert listed(day, start_date=MONDAY, end_date=last) == listed(day, end_date=last) == []
        too_far = {"end_date": last + timedelta(days=1)}
        assert refused(day, start_date=MONDAY, **too_far) == refused(day, **too_far) == ("invalid_date", "end_date")

    @pytest.mark.parametrize("field", ["start_date", "end_date"])
    @pytest.mark.parametrize("wrong", ["2030-01-07", NINE, date(1, 1, 1), date.max])
    def test_what_is_no_date(self, field, wrong):
        assert refused(practice(), **{field: wrong}) == ("invalid_date", field)

    def test_the_first_reason_is_given_in_the_contracts_order(self):
        day, foreign = practice(), practice()
        wrong = {"start_date": TUESDAY, "end_date": MONDAY}
        asked = {"practitioner_id": foreign.practitioner.pk, "patient_id": foreign.patient.pk, **wrong}
        assert refused(day, **asked) == ("patient_not_found", "patient_id")
        asked["patient_id"] = day.patient.pk
        assert refused(day, **asked) == ("practitioner_not_found", "practitioner_id")

    @pytest.mark.parametrize("key", [0, -1, "1", True, 2**63])
    def test_what_is_no_key(self, key):
        assert refused(practice(), patient_id=key) == ("patient_not_found", "patient_id")


class TestSummary:
    def test_only_where_it_is_asked_for(self):
        assert practice().service.get_upcoming_appointments().summary is None

    def test_by_status_and_by_type_with_every_key(self):
        day = practice()
        follow_up = AppointmentTypeFactory(organization=day.organization, code="follow-up")
        AppointmentTypeFactory(organization=day.organization, code="procedure")
        for status, kind in (("booked", follow_up), ("booked", None), ("pending", follow_up), ("cancelled", None)):
            visit(day, NINE, status=status, appointment_type=kind)
        visit(day, NINE - timedelta(days=1))
        summary = day.service.get_upcoming_appointments(include_summary=True).summary
        assert summary.by_status == dict.fromkeys(Status.values, 0) | {"booked": 2, "pending": 1}
        assert summary.by_type == {"follow-up": 2, "procedure": 0, None: 1}
        assert summary.total == 3

    def test_of_nothing(self):
        summary = practice().service.get_upcoming_appointments(include_summary=True).summary
        assert (set(summary.by_status.values()), summary.by_type, summary.total) == ({0}, {}, 0)

    def test_of_one_status_or_one_type(self):
        day = practice()
        kind = AppointmentTypeFactory(organization=day.organization, code="follow-up")
        visit(day, NINE, appointment_type=kind)
        visit(day, NINE, status="pending")
        summary = day.service.get_upcoming_appointments(include_summary=True).summary
        assert summary.only(status="pending").by_type == {"follow-up": 0, None: 1}
        assert summary.only(code="follow-up").by_status["booked"] == summary.only(code="follow-up").total == 1


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_as_for_one(count, django_assert_num_queries):
    day = practice()
    patient = PatientFactory(organization=day.organization)
    for number in range(count):
        visit(day, NINE + minutes(60 * number), patient=patient)
    with django_assert_num_queries(5):
        found = day.service.get_upcoming_appointments(
            start_date=MONDAY, end_date=TUESDAY, patient_id=patient.pk, include_summary=True
        )
        assert len([row.patient.name + row.practitioner.name + row.clinic.name for row in found.appointments]) == count
