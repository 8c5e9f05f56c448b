"""The appointments, as lines of text that COPY reads; their events and messages, made from them by the database."""

from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from scheduling.enums import CancellationReason, Status
from tests.benchmarks.world import NOON, TODAY, YEAR

COLUMNS = (
    *("id", "appointment_date", "duration", "ends_at", "status", "seat", "slot_capacity", "notes"),
    *("cancellation_reason", "version", "imported", "request_digest", "created_at", "clinic_id", "organization_id"),
    *("patient_id", "practitioner_id", "appointment_type_id"),
)
PATTERNS = 400  # of a day: which of its slots are booked, and what becomes of them
BOOKED_BEFORE = timedelta(days=9)
IMPORTED_AFTER = timedelta(days=2)
"""What is older than a year was brought along from another system, as a clinic's history is when it moves in."""

# One event for each appointment of these days and of all to come: what pages ask for. Older ones had theirs, too, but
# nothing looks for them except the page of that one appointment.
EVENTS = f"""
INSERT INTO clinics_activityevent
    (organization_id, kind, target_type_id, target_id, old, new, reason, priority, created_at)
SELECT organization_id, 'APPOINTMENT_CREATED',
    (SELECT id FROM django_content_type WHERE app_label = 'scheduling' AND model = 'appointment'), id, '{{}}',
    jsonb_build_object('patient_id', patient_id, 'practitioner_id', practitioner_id, 'clinic_id', clinic_id,
        'appointment_date', appointment_date, 'duration', duration, 'status', 'booked'), '', 'normal', created_at
FROM scheduling_appointment WHERE appointment_date >= '{TODAY}'::date - 60 ORDER BY scheduling_appointment.id
"""  # noqa: S608 nobody's words are in it
# The patient was told by e-mail, the practitioner in the application.
NOTIFICATIONS = f"""
INSERT INTO scheduling_notification (organization_id, event_id, appointment_id, patient_id, user_id, kind, channel,
    status, told, due_at, sent_at, attempts, error)
SELECT event.organization_id, event.id, target_id, recipient.patient, recipient.user, 'booked', recipient.channel,
    'sent', '{{}}', event.created_at, event.created_at, 1, ''
FROM clinics_activityevent event
JOIN scheduling_appointment visit ON visit.id = target_id AND appointment_date >= '{TODAY}'::date - 30
JOIN clinics_practitioner practitioner ON practitioner.id = practitioner_id
JOIN patients_patient patient ON patient.id = patient_id
CROSS JOIN LATERAL (VALUES (patient.id, NULL::bigint, 'email', email <> ''),
    (NULL, practitioner.user_id, 'in-app', practitioner.user_id IS NOT NULL))
    AS recipient (patient, "user", channel, has)
WHERE recipient.has ORDER BY event.id
"""  # noqa: S608


def copy(cursor, tenants, places, progress):
    """Copy the appointments in, day by day as a clinic gets them, so that an organization's lie among the others'."""
    total, written = sum(tenant.rows for tenant in tenants), 0
    first = min(-site.back for tenant in tenants for site in tenant.sites)
    last = max(site.ahead for tenant in tenants for site in tenant.sites)
    visits = [0] * len(tenants)
    random = Random(11)  # noqa: S311 it draws days, not secrets
    with cursor.copy(f"COPY scheduling_appointment ({', '.join(COLUMNS)}) FROM STDIN") as rows:
        for day in range(first, last + 1):
            for n, (tenant, place) in enumerate(zip(tenants, places, strict=True)):
                lines = list(_lines(tenant, place, day, written, visits[n], random))
                visits[n] += len(lines)
                written += len(lines)
                if lines:
                    rows.write("".join(lines))
            progress.tell_now_and_then(written, total, "appointments")
    progress.tell(f"{written:,} appointments")


def _lines(tenant, place, day, written, visit, random):
    """Give the lines of an organization's day; `written` lines and `visit` of the organization came before."""
    first, how_many = place.patients
    common = f"\t{place.organization}\t"
    for site, clinic, practitioners in zip(tenant.sites, place.clinics, place.practitioners, strict=True):
        if not -site.back <= day <= site.ahead:
            continue
        times, days = times_of(site, tenant.zone, day), patterns(site.slots, is_full=site.is_full_today and day == 0)
        for practitioner in practitioners:
            for slot, fate in random.choice(days):
                written, visit = written + 1, visit + 1
                patient = first + visit * place.stride % how_many
                kind = place.types[visit % 3]
                fates, start, middle = times[slot]
                status, reason = fates[fate]
                yield (
                    f"{written}\t{start}\t{status}\t1\t1\t\t{reason}{middle}{clinic}{common}{patient}\t{practitioner}\t{kind}\n"
                )


@lru_cache(maxsize=64)
def patterns(slots, *, is_full):
    """Give days: of each its (slot, fate)s. Half of the slots are booked and one more was given up; or all are."""
    random = Random(slots)  # noqa: S311
    fates = list(range(40))
    days = []
    for _ in range(PATTERNS):
        taken = random.sample(range(slots), slots if is_full else slots // 2 + 1)
        given_up = set() if is_full else {taken[-1]}
        days.append([(slot, 40 if slot in given_up else random.choice(fates)) for slot in sorted(taken)])
    return days


@lru_cache(maxsize=4096)
def times_of(site, zone, day):
    """Give of each slot of the day: status and reason by fate, and the parts of its lines that all visits share."""
    date = TODAY + timedelta(days=day)
    opens = datetime.combine(date, site.opens, tzinfo=ZoneInfo(zone)).timestamp()
    imported, lead = ("t", -IMPORTED_AFTER) if day < -YEAR else ("f", BOOKED_BEFORE)
    booked = (datetime.fromtimestamp(opens, NOON.tzinfo) - lead).isoformat()
    slots = []
    for number in range(site.slots):
        start = datetime.fromtimestamp(opens + number * site.slot_minutes * 60, NOON.tzinfo)
        end = start + timedelta(minutes=site.slot_minutes)
        timed = f"{start.isoformat()}\t{site.slot_minutes}\t{end.isoformat()}"
        slots.append((fates_of(start, end), timed, f"\t1\t{imported}\t\t{booked}\t"))
    return slots


def fates_of(start, end):
    """Give by fate, of 40 and of whoever gave up, the status and the reason for cancelling."""
    if end <= NOON:
        fates = [Status.COMPLETED] * 40
        # A full day has no-shows among the forty; they, too, are on its sheet.
        given_up = (Status.NO_SHOW, "") if start.minute else (Status.CANCELLED, CancellationReason.PATIENT_REQUEST)
    else:
        coming = [Status.PENDING] + [Status.CONFIRMED] * 9 + [Status.BOOKED] * 30
        under_way = [Status.IN_PROGRESS] * 40 if start <= NOON else None
        soon = [Status.ARRIVED] * 20 + [Status.BOOKED] * 20 if start <= NOON + timedelta(minutes=60) else None
        fates = under_way or soon or coming
        given_up = (Status.CANCELLED, CancellationReason.PATIENT_REQUEST)
    return [*((str(fate.value), "") for fate in fates), (given_up[0].value, str(given_up[1]))]


def add_events(cursor, progress):
    cursor.execute(EVENTS)
    progress.tell(f"{cursor.rowcount:,} events")
    # For the join, which has no index to go by here.
    cursor.execute("ANALYZE scheduling_appointment, clinics_activityevent, patients_patient")
    cursor.execute(NOTIFICATIONS)
    progress.tell(f"{cursor.rowcount:,} notifications")
