"""How PostgreSQL finds what the site asks for most, in tables that are large: by the index that was meant for it."""

import json
from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from clinics.permissions import actions_of, memberships_of
from patients.models import Patient
from patients.search import find_patients
from scheduling.enums import Status
from scheduling.models import Appointment
from scheduling.services import delivery
from scheduling.services.follow_up import FollowUp
from scheduling.services.notifications import remind
from scheduling.services.status import since_when
from scheduling.views.patient import PatientPage
from tests.benchmarks import appointments, people
from tests.benchmarks.bookings import Bookings
from tests.benchmarks.filling import TABLES, Progress, copy_patients
from tests.benchmarks.floors import busy_statements
from tests.benchmarks.scenarios import Stage
from tests.benchmarks.timing import statements_of
from tests.benchmarks.world import NOON, TODAY, others, stage

pytestmark = pytest.mark.django_db

# About 100,000 appointments; most are of other organizations, and older than a year.
TENANTS = (stage(6_000, back=20), *others(4, 4, 1000))
APPOINTMENTS, EVENTS, MESSAGES = "scheduling_appointment", "clinics_activityevent", "scheduling_notification"


class Quiet(Progress):
    def tell(self, line):
        """Tell nobody."""


@pytest.fixture(scope="module")
def large_tables(django_db_setup, django_db_blocker):  # noqa: ARG001 the database is there before it is filled
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            places = people.add(TENANTS)
            copy_patients(cursor, TENANTS, places, Quiet())
            appointments.copy(cursor, TENANTS, places, Quiet())
            appointments.add_events(cursor, Quiet())
            for table in TABLES:
                sequence = f"pg_get_serial_sequence('{table}', 'id')"
                cursor.execute(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))")  # noqa: S608
            cursor.execute("VACUUM (ANALYZE)")
        yield
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE clinics_organization, clinics_user CASCADE")
            cursor.execute("TRUNCATE patients_nameword")
            cursor.execute("ANALYZE")


@pytest.fixture
def at_noon(large_tables, time_machine):  # noqa: ARG001
    time_machine.move_to(NOON.astimezone(UTC), tick=False)
    return Stage(None)


def scans_of(call, table=APPOINTMENTS):
    """Give how the statements of the call find rows of the table: the kinds of scans, and their indexes."""
    scans = set()
    for sql, parameters in statements_of(call):
        if sql.startswith(("SELECT", "UPDATE")) and table in sql:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
                (found,) = cursor.fetchone()
            plan = json.loads(found) if isinstance(found, str) else found
            scans |= set(_scans(plan[0]["Plan"], table))
    return scans


def _scans(node, table, within=None):
    within = node.get("Relation Name", within)
    if within == table and "Scan" in node["Node Type"] and node["Node Type"] != "Bitmap Heap Scan":
        yield node["Node Type"].replace("Bitmap Index", "Index"), node.get("Index Name")
    for part in node.get("Plans", ()):
        yield from _scans(part, table, within)


BUSY = {"appointment_seat_once", "appointment_slot_of_one_length"}
"""Each has what occupies a practitioner's time, by its start."""


@pytest.mark.parametrize("asked", ["slots", "clinic_range", "clinics"])
def test_busy_times_are_found_by_practitioner_and_start(at_noon, asked):
    found = scans_of(getattr(at_noon, asked))
    assert {index for _kind, index in found} <= BUSY
    assert found


def test_no_more_of_a_practitioners_past_is_read_than_can_matter(at_noon):
    (sql, parameters), *_others = busy_statements(at_noon.slots)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
        plan = cursor.fetchone()[0][0]["Plan"]
    assert plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0) <= plan["Actual Rows"]


def test_the_list_of_a_day_is_found_by_its_practitioner_or_its_clinic(at_noon):
    service, practitioner = at_noon.service, at_noon.staff(at_noon.full)[0]
    of_practitioner = scans_of(lambda: list(service.get_today_appointments(practitioner_id=practitioner.pk)))
    assert of_practitioner == {("Index Scan", "appointment_of_practitioner")}
    of_clinic = scans_of(lambda: list(service.get_today_appointments(clinic_id=at_noon.full.pk)))
    assert of_clinic == {("Index Scan", "appointment_of_clinic")}


def test_no_page_reads_all_appointments_events_or_messages(at_noon):
    patient = Patient.objects.filter(organization=at_noon.organization).order_by("pk")[100]
    pages = (at_noon.board_url, reverse("upcoming"), reverse("follow_up"), reverse("calls"), reverse("requests"))
    for url in (*pages, reverse("patient", args=[patient.pk])):
        # What the board can take back it asks of the youngest events: of so few as here, reading all is as quick, and
        # the planner has chosen that at times.
        for table in (APPOINTMENTS, MESSAGES) if url == at_noon.board_url else (APPOINTMENTS, EVENTS, MESSAGES):
            assert "Seq Scan" not in {kind for kind, _index in scans_of(lambda url=url: at_noon.get(url), table)}, url


def test_what_is_to_come_is_found_by_whom_it_is_asked_of(at_noon):
    practitioner, patient = at_noon.staff(at_noon.full)[0], Patient.objects.get(organization=at_noon.organization, pk=9)
    coming = at_noon.service.get_upcoming_appointments
    asked = {
        "appointment_counted": lambda: list(coming().appointments[:50]),
        "appointment_of_practitioner": lambda: list(coming(practitioner_id=practitioner.pk).appointments[:50]),
        "appointment_of_patient": lambda: list(coming(patient_id=patient.pk).appointments),
    }
    for index, call in asked.items():
        assert scans_of(call) == {("Index Scan", index)}


def test_the_history_of_a_patient_is_found_by_the_patient(at_noon):
    member = memberships_of(at_noon.desk)[0]
    patient = Patient.objects.get(organization=at_noon.organization, pk=9)
    page = PatientPage(patient, member, actions_of(member))
    assert scans_of(lambda: list(page.history("1"))) == {("Index Scan", "appointment_of_patient")}


@pytest.mark.parametrize("days", [30, 365])
def test_statistics_are_read_from_their_index_alone(at_noon, days):
    stats = at_noon.service.get_appointment_stats
    asked = {"start_date": TODAY - timedelta(days=days), "end_date": TODAY}
    assert scans_of(lambda: stats(**asked)) == {("Index Only Scan", "appointment_counted")}


def test_the_counts_over_every_page_look_at_what_is_still_to_be_done(at_noon):
    follow_up = FollowUp(memberships_of(at_noon.desk)[0])
    assert {index for _kind, index in scans_of(lambda: follow_up.requests().count())} == {"appointment_request"}
    to_rebook = {index for _kind, index in scans_of(lambda: list(follow_up.to_rebook()))}
    assert to_rebook == {"appointment_to_rebook", "appointment_of_patient"}


def test_who_did_not_come_is_not_looked_for_among_all(at_noon):
    missed = FollowUp(memberships_of(at_noon.desk)[0]).missed()
    found = scans_of(lambda: list(missed))
    assert found
    assert "Seq Scan" not in {kind for kind, _index in found}


def test_reminders_look_at_those_who_are_expected(at_noon):  # noqa: ARG001
    assert scans_of(lambda: remind(timezone.now())) == {("Index Scan", "appointment_expected")}


def test_messages_that_are_due_are_found_by_when(at_noon):  # noqa: ARG001
    assert ("Index Scan", "notification_due") in scans_of(lambda: delivery.claim(timezone.now()), MESSAGES)


def test_the_events_of_an_appointment_are_found_by_it(at_noon):
    key = Appointment.objects.filter(organization=at_noon.organization).order_by("-pk")[0].pk
    assert scans_of(lambda: since_when([key], Status.ARRIVED), EVENTS) == {("Index Scan", "activity_event_target")}


def test_booking_looks_at_the_practitioners_and_the_patients_time_alone(at_noon):
    bookings = Bookings(at_noon)
    bookings.choose()
    found = {index for _kind, index in scans_of(lambda: at_noon.service.explain_slot(**bookings.wish))}
    assert found <= {*BUSY, "appointment_of_patient", "appointment_patient_overlap"}
    assert found


@pytest.mark.parametrize("typed", ["khin aye", "8870", "4.3.1971"])
def test_a_patient_is_found_by_an_index_of_what_was_typed(at_noon, typed):
    found = scans_of(lambda: find_patients(at_noon.organization, typed), "patients_patient")
    assert "Seq Scan" not in {kind for kind, _index in found}
