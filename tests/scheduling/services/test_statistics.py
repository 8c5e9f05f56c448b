"""What became of the appointments of some dates."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.enums import CancellationReason, Status
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
from tests.practice import MONDAY, NINE, YANGON, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
TUESDAY, SUNDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=6)
NO_STATUS, NO_REASON = dict.fromkeys(Status.values, 0), dict.fromkeys(CancellationReason.values, 0)


def visit(day, start=NINE, **given):
    """Give a visit to somebody new: what is counted here need not fit into one diary."""
    place = {"practitioner": PractitionerFactory(organization=day.organization), "clinic": day.clinic}
    return AppointmentFactory(appointment_date=start, **{**place, **given})


def stats(day, start_date=MONDAY, end_date=SUNDAY, **asked):
    return day.service.get_appointment_stats(start_date=start_date, end_date=end_date, **asked)


def refused(day, **asked):
    with pytest.raises(AppointmentError) as caught:
        stats(day, **asked)
    return caught.value.code, caught.value.field


class TestWhatIsCounted:
    def test_every_status_and_the_ones_that_nothing_has(self):
        day = practice()
        for status in ("booked", "completed", "completed", "cancelled"):
            visit(day, status=status)
        found = stats(day)
        assert found.total == 4
        assert found.by_status == NO_STATUS | {"booked": 1, "completed": 2, "cancelled": 1}

    def test_every_type_and_the_visits_without_one(self):
        day = practice()
        kind = AppointmentTypeFactory(organization=day.organization, code="follow-up")
        AppointmentTypeFactory(organization=day.organization, code="procedure")
        AppointmentTypeFactory(code="abroad")
        visit(day, appointment_type=kind)
        assert stats(day).by_type == {"follow-up": 1, "procedure": 0}
        visit(day)
        assert stats(day).by_type == {"follow-up": 1, "procedure": 0, None: 1}

    def test_the_reasons_of_what_is_cancelled_now(self):
        day = practice()
        for reason in ("patient_request", "patient_request", "other"):
            visit(day, status="cancelled", cancellation_reason=reason)
        visit(day, status="booked", cancellation_reason="emergency")
        visit(day, status="cancelled")  # as an import may bring it
        assert stats(day).by_cancellation_reason == NO_REASON | {"patient_request": 2, "other": 1}

    def test_each_date_and_the_average_of_them(self):
        day = practice()
        for start in (NINE, NINE, NINE + timedelta(days=2)):
            visit(day, start)
        found = stats(day)
        assert list(found.by_day) == [MONDAY + timedelta(days=n) for n in range(7)]
        assert list(found.by_day.values()) == [2, 0, 1, 0, 0, 0, 0]
        assert found.average_per_day == 3 / 7

    def test_patients_seen_are_counted_once_each(self):
        day = practice()
        patient = PatientFactory(organization=day.organization)
        for start in (NINE, NINE + minutes(60)):
            visit(day, start, patient=patient, status="completed")
        visit(day, status="completed")
        visit(day, status="no-show")
        assert stats(day).patients_seen == 2

    def test_the_hours_without_what_was_cancelled(self):
        day = practice()
        for start, status in ((NINE, "no-show"), (NINE + minutes(59), "booked"), (NINE + minutes(60), "booked")):
            visit(day, start, status=status)
        visit(day, status="cancelled")
        visit(day, NINE + timedelta(days=1), status="cancelled")
        visit(day, datetime(2030, 1, 13, 23, 30, tzinfo=YANGON))
        assert stats(day).busiest == {(0, 9): 2, (0, 10): 1, (6, 23): 1}

    def test_what_was_imported_too(self):
        day = practice()
        long_ago = NINE - timedelta(days=5000)
        visit(day, long_ago, status="completed", imported=True)
        assert stats(day, long_ago.date(), long_ago.date()).total == 1


class TestRates:
    def test_they_are_percent_and_unrounded(self):
        day = practice()
        for status in ("completed", "completed", "no-show", "cancelled", "booked", "booked"):
            visit(day, status=status)
        found = stats(day)
        assert (found.no_show_rate, found.completion_rate) == (100 / 3, 200 / 3)
        assert found.cancellation_rate == 100 / 6

    def test_of_nothing_there_is_none(self):
        day = practice()
        AppointmentTypeFactory(organization=day.organization, code="follow-up")
        found = stats(day)
        assert (found.total, found.average_per_day, found.patients_seen, found.busiest) == (0, 0, 0, {})
        assert (found.by_status, found.by_cancellation_reason) == (NO_STATUS, NO_REASON)
        assert (found.by_type, set(found.by_day.values())) == ({"follow-up": 0}, {0})
        assert (found.no_show_rate, found.completion_rate, found.cancellation_rate) == (None, None, None)

    def test_before_anything_has_an_outcome_nothing_is_said_of_it(self):
        day = practice()
        visit(day)
        found = stats(day)
        assert (found.no_show_rate, found.completion_rate, found.cancellation_rate) == (None, None, 0)


class TestWhoseDates:
    def test_half_past_eleven_at_night_is_still_that_day(self):
        day = practice()
        visit(day, datetime(2030, 1, 7, 23, 30, tzinfo=YANGON))
        visit(day, datetime(2030, 1, 8, 0, 0, tzinfo=YANGON))
        visit(day, datetime(2030, 1, 6, 23, 59, tzinfo=YANGON))
        found = stats(day, MONDAY, MONDAY)
        assert (found.by_day, found.busiest) == ({MONDAY: 1}, {(0, 23): 1})

    def test_each_clinic_counts_its_own(self):
        """At half past eleven at night in Yangon it is Tuesday in Tokyo, and Monday noon in New York."""
        day = practice()
        moment = datetime(2030, 1, 7, 23, 30, tzinfo=YANGON)
        there = [ClinicFactory(organization=day.organization, timezone=f"{name}") for name in ZONES]
        for clinic in (day.clinic, *there):
            visit(day, moment, clinic=clinic)
        found = stats(day)
        assert found.busiest == {(0, 23): 1, (1, 2): 1, (0, 12): 1}
        assert (found.by_day[MONDAY], found.by_day[TUESDAY]) == (2, 1)
        assert (stats(day, MONDAY, MONDAY).total, stats(day, TUESDAY, TUESDAY).total) == (2, 1)

    def test_where_the_clocks_are_changed(self):
        """On 27 October 2030 in Berlin, 02:30 comes twice, and the day has 25 hours."""
        day = practice()
        berlin = ClinicFactory(organization=day.organization, timezone="Europe/Berlin")
        autumn = date(2030, 10, 27)
        for wall in (
            datetime(2030, 10, 27, 0, 0, tzinfo=berlin.zone),
            datetime(2030, 10, 27, 2, 30, tzinfo=berlin.zone),
            datetime(2030, 10, 27, 2, 30, tzinfo=berlin.zone, fold=1),
            datetime(2030, 10, 27, 23, 30, tzinfo=berlin.zone),
            datetime(2030, 10, 28, 0, 0, tzinfo=berlin.zone),
            datetime(2030, 3, 31, 3, 30, tzinfo=berlin.zone),
        ):
            visit(day, wall.astimezone(UTC), clinic=berlin)
        assert stats(day, autumn, autumn).busiest == {(6, 0): 1, (6, 2): 2, (6, 23): 1}
        whole = stats(day, date(2030, 1, 1), date(2030, 12, 31))
        assert whole.busiest == {(6, 0): 1, (6, 2): 2, (6, 3): 1, (6, 23): 1, (0, 0): 1}
        assert whole.by_day[autumn] == 4

    def test_at_a_clinic_that_has_closed_for_good(self):
        day = practice(is_active=False)
        visit(day)
        assert stats(day).total == 1

    def test_an_organization_without_a_clinic(self):
        found = AppointmentService(OrganizationFactory()).get_appointment_stats(start_date=MONDAY, end_date=SUNDAY)
        assert (found.total, found.by_type, len(found.by_day)) == (0, {}, 7)


ZONES = ("Asia/Tokyo", "America/New_York")


class TestWhose:
    def test_of_one_practitioner_one_clinic_or_both(self):
        day = practice()
        there = ClinicFactory(organization=day.organization)
        visit(day, practitioner=day.practitioner)
        visit(day, NINE + minutes(60), practitioner=day.practitioner, clinic=there)
        visit(day, clinic=there)
        assert stats(day, practitioner_id=day.practitioner.pk).total == 2
        assert stats(day, clinic_id=there.pk).total == 2
        assert stats(day, clinic_id=there.pk, practitioner_id=day.practitioner.pk).total == 1

    def test_of_one_patient_seen_by_two(self):
        day = practice()
        visit(day, practitioner=day.practitioner, patient=day.patient, status="completed")
        visit(day, patient=day.patient, status="completed")
        assert stats(day).patients_seen == stats(day, practitioner_id=day.practitioner.pk).patients_seen == 1

    def test_among_some_rows_only(self):
        day = practice()
        mine = visit(day)
        visit(day)
        found = stats(day, among=Appointment.objects.filter(practitioner=mine.practitioner))
        assert (found.total, found.by_day[MONDAY], found.busiest) == (1, 1, {(0, 9): 1})

    def test_another_organizations_are_never_counted(self):
        day, foreign = practice(), practice()
        visit(foreign, status="completed")
        visit(foreign, status="cancelled", cancellation_reason="other")
        for found in (stats(day), stats(day, among=Appointment.objects.all())):
            assert (found.total, found.patients_seen, found.busiest) == (0, 0, {})
            assert found.by_cancellation_reason == NO_REASON


class TestRefusals:
    def test_a_range_that_is_reversed(self):
        assert refused(practice(), start_date=TUESDAY, end_date=MONDAY) == ("invalid_date", "end_date")

    def test_at_most_366_dates(self):
        day, last = practice(), MONDAY + timedelta(days=365)
        assert len(stats(day, MONDAY, last).by_day) == 366
        assert refused(day, end_date=last + timedelta(days=1)) == ("invalid_date", "end_date")

    @pytest.mark.parametrize("field", ["start_date", "end_date"])
    @pytest.mark.parametrize("wrong", [None, "2030-01-07", NINE, date(1, 1, 1), date.max])
    def test_what_is_no_date(self, field, wrong):
        assert refused(practice(), **{field: wrong}) == ("invalid_date", field)

    def test_the_first_reason_is_given_in_the_contracts_order(self):
        day, foreign = practice(), practice()
        asked = {"practitioner_id": foreign.practitioner.pk, "clinic_id": foreign.clinic.pk, "end_date": date.max}
        assert refused(day, **asked) == ("practitioner_not_found", "practitioner_id")
        asked["practitioner_id"] = day.practitioner.pk
        assert refused(day, **asked) == ("clinic_not_found", "clinic_id")

    @pytest.mark.parametrize("key", [0, -1, "1", True, 2**63])
    def test_what_is_no_key(self, key):
        assert refused(practice(), practitioner_id=key) == ("practitioner_not_found", "practitioner_id")
        assert refused(practice(), clinic_id=key) == ("clinic_not_found", "clinic_id")


@pytest.mark.parametrize("count", [1, 3, 300])
def test_it_asks_the_database_as_often_for_300_as_for_one(count, django_assert_num_queries):
    day = practice()
    for zone in ("Asia/Tokyo", "Europe/Berlin"):
        ClinicFactory(organization=day.organization, timezone=zone)
    practitioner, patient = day.practitioner, day.patient
    for number in range(count):
        visit(day, NINE + minutes(60 * number), practitioner=practitioner, patient=patient, status="completed")
    with django_assert_num_queries(3):
        assert stats(day, MONDAY, MONDAY + timedelta(days=30)).total == count
    with django_assert_num_queries(4):
        found = stats(
            day, MONDAY, MONDAY + timedelta(days=30), practitioner_id=practitioner.pk, clinic_id=day.clinic.pk
        )
        assert found.total == count


def test_the_zone_need_not_be_known_to_the_database():
    """What is counted follows the zones of this program, as everything else here does."""
    day = practice(timezone="Asia/Rangoon")
    visit(day, datetime(2030, 1, 7, 23, 30, tzinfo=ZoneInfo("Asia/Rangoon")))
    assert stats(day).busiest == {(0, 23): 1}
