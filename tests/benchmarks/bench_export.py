"""How long the export of a million appointments takes, and how much memory: `make bench-export`.

With two events and one message each, of 60,000 patients. The worker's own way: the file ends up in the database.
"""

import resource
import sys
import time

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from scheduling import tasks
from scheduling.models import Appointment, ExportFile, ExportPart
from scheduling.services.records import exports
from tests.factories import ExportFileFactory, PatientFactory, UserFactory
from tests.practice import practice

pytestmark = pytest.mark.django_db(transaction=True)

APPOINTMENTS = 1_000_000
PATIENTS = 60_000

FILL = (
    """
    INSERT INTO patients_patient (organization_id, name, search_name, search_name_of, record_number,
        birth_date, birth_date_estimated, phone, email, language, is_active)
    SELECT organization_id, name, search_name, search_name_of, 'MR-' || n,
        '1980-01-01'::date + n %% 9000, false, '+9594' || 20000000 + n, '', 'my', true
    FROM patients_patient, generate_series(1, %(patients)s) n WHERE id = %(patient)s
    """,
    """
    INSERT INTO scheduling_appointment (organization_id, patient_id, practitioner_id, clinic_id, appointment_date,
        duration, ends_at, status, seat, slot_capacity, notes, cancellation_reason, version, imported,
        request_digest, created_at)
    SELECT %(organization)s, %(patient)s + 1 + n %% %(patients)s, %(practitioner)s, %(clinic)s, moment,
        15, moment + interval '15 minutes', 'completed', 1, 1, 'Bring the letter of Dr Ba, number ' || n, '', 1, true,
        '', now()
    FROM (SELECT n, '2015-01-01'::timestamptz + n * interval '5 minutes' AS moment
          FROM generate_series(1, %(appointments)s) n) AS each
    """,
    """
    INSERT INTO clinics_activityevent (organization_id, kind, target_type_id, target_id, old, new, reason, priority,
        created_at)
    SELECT %(organization)s, 'APPOINTMENT_STATUS_CHANGED', %(type)s, id, '{"status": "booked"}',
        '{"status": "completed", "checked_in_at": "2026-01-01T09:30:00+06:30"}', '', 'normal', now()
    FROM scheduling_appointment, generate_series(1, 2)
    """,
    """
    INSERT INTO scheduling_notification (organization_id, event_id, appointment_id, patient_id, kind, channel, status,
        told, due_at, sent_at, attempts, error)
    SELECT organization_id, min(id), target_id, %(patient)s, 'booked', 'email', 'sent', '{}', now(), now(), 1, ''
    FROM clinics_activityevent WHERE kind = 'APPOINTMENT_STATUS_CHANGED' GROUP BY organization_id, target_id
    """,
    "ANALYZE",
)


def test_export_of_a_million_appointments():
    house = practice()
    given = {
        "organization": house.organization.pk,
        "practitioner": house.practitioner.pk,
        "clinic": house.clinic.pk,
        "patient": PatientFactory(organization=house.organization).pk,
        "type": ContentType.objects.get_for_model(Appointment).pk,
        "patients": PATIENTS,
        "appointments": APPOINTMENTS,
    }
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, given)
    export = ExportFileFactory(organization=house.organization)
    before = _most_memory()
    began = time.perf_counter()
    tasks.make_exports([export.pk])
    took = time.perf_counter() - began
    export.refresh_from_db()
    assert export.state == ExportFile.State.READY
    read = sum(len(part) for part in exports.fetch(export, actor=UserFactory()))
    assert read == export.size
    sys.stderr.write(
        f"\n{export.rows:,} rows in {took:.0f} s, {export.rows / took:,.0f} rows a second; "
        f"zip of {export.size / 1e6:.0f} MB in {ExportPart.objects.count()} parts; "
        f"memory {before:.0f} MB before, {_most_memory():.0f} MB at most\n"
    )


def _most_memory():
    """Give the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
