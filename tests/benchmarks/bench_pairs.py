"""How long it takes to find who of 200,000 patients may be there twice, and to find one while many were merged."""

import sys
import time

import pytest
from django.db import connection

from patients.pairs import find_pairs
from patients.search import find_patients
from tests.benchmarks.bench_search import PATIENTS, organization

pytestmark = pytest.mark.django_db

__all__ = ["organization"]

TWICE = 10_000
MERGED = 10_000


def timed(call, *args):
    times = []
    for _each in range(5):
        begun = time.perf_counter()
        found = call(*args)
        times.append(1000 * (time.perf_counter() - begun))
    return sorted(times)[2], found


def copies(cursor, organization, prefix, count, **columns):
    fields = (
        "organization_id, name, search_name, search_name_of, birth_date, birth_date_estimated, phone, email, language"
    )
    cursor.execute(
        f"INSERT INTO patients_patient ({fields}, record_number, is_active, merged_into_id)"  # noqa: S608 ours
        f" SELECT {fields}, '{prefix}' || id, {columns['is_active']}, {columns['into']} FROM patients_patient"
        f" WHERE organization_id = {organization.pk} AND record_number LIKE 'MR-%' ORDER BY id LIMIT {count}"
    )


def test_duplicates_of_many_patients_are_found_while_one_waits(organization, capsys):
    with connection.cursor() as cursor:
        copies(cursor, organization, "TWIN-", TWICE, is_active="true", into="NULL")
        copies(cursor, organization, "OLD-", MERGED, is_active="false", into="id")
        cursor.execute("ANALYZE patients_patient")
    lines = [f"{PATIENTS} patients, {TWICE} of them twice, {MERGED} more merged"]
    for name, call, *args in (
        ("pairs", find_pairs, organization),
        ("end of a phone", find_patients, organization, "8870"),
        ("record number", find_patients, organization, "004182"),
    ):
        middle, found = timed(call, *args)
        lines.append(f"{name:<18} {middle:9.1f} ms, {len(found)} found")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
