"""A database of a chosen size, filled once and kept: plain COPY into bare tables, indexes and constraints after."""

import importlib
import sys
import time
from itertools import count
from math import gcd
from random import Random

from django.core.management import call_command
from django.db import connection

from patients.names import search_form
from tests.benchmarks import appointments, databases, people
from tests.benchmarks.bench_search import FIELDS, draw_patient
from tests.benchmarks.structure import take_down
from tests.benchmarks.world import SIZES

TABLES = ["patients_patient", "scheduling_appointment", "clinics_activityevent", "scheduling_notification"]
SETTINGS = ("maintenance_work_mem = '1GB'", "max_parallel_maintenance_workers = 2", "synchronous_commit = off")
ESTIMATES = {"10k": "15 seconds and 0.1 GB", "1m": "3 minutes and 1 GB", "10m": "25 minutes and 9 GB"}
PATIENTS_DRAWN = 20_000  # whose names, at most, the patients of all but the stage have
TELL_EVERY = 5  # seconds
NAME_WORDS = importlib.import_module("patients.migrations.0007_fill_name_words").FILL


class Progress:
    """Tells what is being done, on one line each, and how long it took."""

    def __init__(self):
        self.begun = self.told_at = time.monotonic()

    def tell(self, line):
        self.told_at = time.monotonic()
        sys.stderr.write(f"  {self.told_at - self.begun:6.1f} s  {line}\n")
        sys.stderr.flush()

    def tell_now_and_then(self, done, total, what):
        if time.monotonic() - self.told_at >= TELL_EVERY:
            self.tell(f"{done:,} of {total:,} {what}")


def fill(size):
    """Make the database of that size, which the settings name, from nothing; one that was cut off is begun anew."""
    tenants, name, progress = SIZES[size], databases.name_of(size), Progress()
    rows = sum(tenant.rows for tenant in tenants)
    progress.tell(f"filling {name}: {rows:,} appointments; takes about {ESTIMATES[size]} of disk")
    databases.make_anew(size)
    call_command("migrate", verbosity=0)
    progress.tell("migrated")
    with connection.cursor() as cursor:
        for setting in SETTINGS:
            cursor.execute(f"SET {setting}")
        places = people.add(tenants)
        progress.tell(f"{len(tenants)} organizations")
        steps = take_down(cursor, TABLES)
        cursor.execute("ALTER TABLE patients_patient DISABLE TRIGGER USER")
        copy_patients(cursor, tenants, places, progress)
        cursor.execute(NAME_WORDS)
        cursor.execute("ALTER TABLE patients_patient ENABLE TRIGGER USER")
        appointments.copy(cursor, tenants, places, progress)
        appointments.add_events(cursor, progress)
        for number, (what, sql) in enumerate(steps, start=1):
            progress.tell(f"{number} of {len(steps)}: {what}")
            cursor.execute(sql)
        for table in TABLES:
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))")  # noqa: S608 our own names
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        progress.tell(f"vacuumed and analyzed; {cursor.fetchone()[0]} on disk")
    connection.close()
    databases.mark_filled(size)


def copy_patients(cursor, tenants, places, progress):
    """Give each organization its patients, and each of its places the numbers of the first and of how many."""
    random, ids, total = Random(7), count(1), sum(tenant.patients for tenant in tenants)  # noqa: S311 names, not secrets
    others = total - tenants[0].patients
    drawn = [_drawn(random, number) for number in range(min(PATIENTS_DRAWN, others))]
    with cursor.copy(f"COPY patients_patient (id, {', '.join(FIELDS)}) FROM STDIN") as copy:
        for tenant, place in zip(tenants, places, strict=True):
            for number in range(1, tenant.patients + 1):
                key = next(ids)
                own = place is places[0]
                name, form, phone, born = _drawn(random, number) if own else drawn[key % len(drawn)]
                email = f"patient{key}@medaius.example" if number % 3 else ""
                kept = (key, place.organization, name, form, name, f"MR-{number:06}", born, False, phone, email)
                copy.write_row((*kept, "my", True))
                progress.tell_now_and_then(key, total, "patients")
            place.patients = (key - tenant.patients + 1, tenant.patients)
            place.stride = next(
                step for step in range(tenant.patients * 5 // 8, 0, -1) if gcd(step, tenant.patients) == 1
            )
    progress.tell(f"{total:,} patients")


def _drawn(random, number):
    name, phone, born = draw_patient(random, number)
    return name, search_form(name), phone, born
