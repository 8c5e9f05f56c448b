"""The least that an answer can cost: what each scenario is compared with, in the same run."""

from datetime import datetime

import psycopg
from django.db import connection
from django.db.models import F

from clinics.models import Practitioner
from scheduling.models import Appointment, AppointmentType, ClinicClosure, TimeOff, WorkingHours
from tests.benchmarks.timing import statements_of

APPOINTMENTS = 'FROM "scheduling_appointment"'
INSERT = """
INSERT INTO scheduling_appointment (patient_id, practitioner_id, clinic_id, organization_id, appointment_type_id,
    appointment_date, duration, ends_at, status, seat, slot_capacity, notes, cancellation_reason, version, imported,
    request_digest, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'booked', 1, 1, '', '', 1, false, '', %s) RETURNING id
"""
# Every column that the site reads, by name as the site orders them.
NAMED = """
SELECT * FROM patients_patient
WHERE organization_id = %s AND is_active AND search_name LIKE %s AND search_name LIKE %s ORDER BY name, id LIMIT 10
"""
SIMILAR = """
SELECT * FROM patients_patient
WHERE organization_id = %s AND is_active AND search_name %% %s ORDER BY similarity(search_name, %s) DESC, name LIMIT 10
"""
COUNTED = """
SELECT status, appointment_type_id, cancellation_reason, (appointment_date + %s)::date,
    extract(hour FROM appointment_date + %s), count(*)
FROM scheduling_appointment
WHERE organization_id = %s AND appointment_date >= %s AND appointment_date < %s GROUP BY 1, 2, 3, 4, 5
"""
SEEN = """
SELECT count(DISTINCT patient_id) FROM scheduling_appointment
WHERE organization_id = %s AND appointment_date >= %s AND appointment_date < %s AND status = 'completed'
"""


class Raw:
    """A connection of psycopg alone; what it is asked is prepared."""

    def __init__(self):
        given = connection.get_connection_params()
        known = {key: value for key, value in given.items() if key in {"dbname", "host", "port", "user", "password"}}
        self.connection = psycopg.connect(**known, autocommit=True)
        self.connection.execute("SET timezone = 'UTC'")

    def fetch(self, sql, params=()):
        return self.connection.execute(sql, params, prepare=True).fetchall()

    def replay(self, statements):
        """Fetch once more what those statements fetched; give the rows."""
        return [row for sql, params in statements for row in self.fetch(sql, params)]


def busy_statements(call):
    """Give those of the statements that one call sends which read appointments."""
    return [(sql, params) for sql, params in statements_of(call) if APPOINTMENTS in sql]


def orm_reads(practitioner, rows):
    """Give reads through the ORM, the rows of appointments first; then those of whatever else tells what is free."""
    moments = [value for row in rows for value in row if isinstance(value, datetime)]
    around = {"appointment_date__gte": min(moments), "ends_at__lte": max(moments)}
    organization = practitioner.organization_id
    hours = WorkingHours.objects.select_related("schedule__assignment__clinic")
    return [
        lambda: list(Appointment.objects.occupying().filter(practitioner=practitioner.pk, **around)),
        lambda: list(hours.filter(schedule__assignment__practitioner=practitioner.pk)),
        lambda: Practitioner.objects.select_related("organization").get(pk=practitioner.pk),
        lambda: AppointmentType.objects.filter(organization=organization, is_default=True).first(),
        lambda: list(TimeOff.objects.filter(practitioner=practitioner.pk)),
        lambda: list(ClinicClosure.objects.filter(clinic__assignments__practitioner=practitioner.pk)),
    ]


def list_of_day(practitioner, since, until):
    """Read a day's appointments through the ORM, joined with all their names, as one query."""
    rows = Appointment.objects.filter(practitioner=practitioner, appointment_date__gte=since)
    return list(rows.filter(appointment_date__lt=until).with_names().order_by("appointment_date", F("id")))
