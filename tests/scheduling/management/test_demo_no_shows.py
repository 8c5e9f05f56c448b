"""The rates of no-shows in the demo, against the same counts written by hand in SQL."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Max, Min

from clinics.models import Clinic, Organization
from scheduling.models import Appointment
from scheduling.services.clocks import clocks_of
from scheduling.services.no_shows import EARLIER, Rate, count_no_shows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]

COUNT = """
SELECT {key}, count(*) FILTER (WHERE a.status = 'no-show'), count(*)
FROM scheduling_appointment a JOIN clinics_clinic c ON c.id = a.clinic_id
LEFT JOIN scheduling_appointmenttype t ON t.id = a.appointment_type_id
WHERE a.organization_id = %s AND a.status IN ('no-show', 'completed') GROUP BY 1
"""
LOCAL = "(a.appointment_date AT TIME ZONE c.timezone)"
DAYS = f"({LOCAL}::date - (a.created_at AT TIME ZONE c.timezone)::date)"
BEFORE = """
    SELECT b.status FROM scheduling_appointment b
    WHERE b.patient_id = a.patient_id AND b.status IN ('no-show', 'completed')
        AND b.appointment_date < a.appointment_date
    ORDER BY b.appointment_date DESC LIMIT 5
"""
POINTS = """
    least(4, 2 * (SELECT count(*) FROM ({before}) x WHERE status = 'no-show')
        + CASE WHEN NOT EXISTS (SELECT FROM ({before}) x) THEN 1 ELSE 0 END
        + CASE WHEN {days} > 14 THEN 2 WHEN {days} > 7 THEN 1 ELSE 0 END)
"""
POINTS = POINTS.format(before=BEFORE, days=DAYS)
LEAD = f"CASE WHEN {DAYS} > 30 THEN 5 WHEN {DAYS} > 14 THEN 4 WHEN {DAYS} > 7 THEN 3 WHEN {DAYS} > 2 THEN 2 "
LEAD += f"WHEN {DAYS} > 0 THEN 1 ELSE 0 END"
REMINDED = """
    (SELECT CASE WHEN n.status = 'failed' THEN 'failed' WHEN max(e.created_at) >= n.sent_at THEN 'confirmed_after'
        WHEN max(e.created_at) < n.sent_at THEN 'confirmed_before' ELSE 'unconfirmed' END
    FROM scheduling_notification n LEFT JOIN clinics_activityevent e ON e.target_id = n.appointment_id
        AND e.kind = 'APPOINTMENT_STATUS_CHANGED' AND e.new ->> 'status' = 'confirmed'
    WHERE n.appointment_id = a.id AND n.kind = 'reminder' GROUP BY n.id)
"""


def counted(rows):
    clinics = Clinic.objects.filter(appointments__in=rows).distinct()
    ends = rows.aggregate(first=Min("appointment_date"), last=Max("appointment_date"))
    clocks = clocks_of(clinics, ends["first"].date() - EARLIER, ends["last"].date() + timedelta(days=1))
    return count_no_shows(rows, among=rows, clocks=clocks)


def by_hand(organization, key):
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(key=key), [organization.pk])
        return {key: Rate(missed, known) for key, missed, known in cursor.fetchall()}


@pytest.mark.parametrize("name", ["Yankin Health", "Shwe Pyi Clinics"])
def test_they_are_what_sql_by_hand_says(name):
    organization = Organization.objects.get(name=name)
    own = Appointment.objects.filter(organization=organization)
    found = counted(own)
    assert found.by_weekday == by_hand(organization, f"extract(isodow FROM {LOCAL})::int - 1")
    assert found.by_hour == by_hand(organization, f"extract(hour FROM {LOCAL})::int")
    assert found.by_type == by_hand(organization, "t.name")
    assert found.by_lead == by_hand(organization, LEAD)
    assert found.by_points == by_hand(organization, POINTS)
    assert found.by_reminder == by_hand(organization, f"coalesce({REMINDED}, 'none')")
    assert {found.total} == set(by_hand(organization, "1").values())
    assert found.total.missed > 0


def test_the_rule_of_the_call_list_tells_likelier_no_shows_from_others():
    own = Appointment.objects.all()
    points = counted(own).by_points
    few, many = points[0] + points[1], points[2] + points[3] + points.get(4, Rate())
    assert few.percent < many.percent
