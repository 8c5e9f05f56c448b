"""What each index of the appointments costs whoever writes: inserts with all of them, and with all but one.

Each is dropped, tried and given back within one transaction that is rolled back.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from django.db import connection, transaction

from tests.benchmarks.structure import INDEXES, KEYS
from tests.benchmarks.world import TODAY

TABLE = "scheduling_appointment"
ROUNDS = 7
ROWS = 1000
# Times that nobody has, months after the last one that is filled, of practitioners from all over the table.
MADE = f"""
CREATE TEMPORARY TABLE made AS
SELECT patient_id, practitioner_id, clinic_id, organization_id, appointment_type_id, duration,
    timestamptz '{TODAY}' + interval '100 days' + row_number() OVER () * interval '1 hour' AS starts
FROM {TABLE} WHERE id % (SELECT max(id) / {ROWS} FROM {TABLE}) = 0 LIMIT {ROWS}
"""  # noqa: S608 our own names
INSERT = f"""
INSERT INTO {TABLE} (patient_id, practitioner_id, clinic_id, organization_id, appointment_type_id,
    appointment_date, duration, ends_at, status, seat, slot_capacity, notes, cancellation_reason, version, imported,
    request_digest, created_at)
SELECT patient_id, practitioner_id, clinic_id, organization_id, appointment_type_id, starts, duration,
    starts + duration * interval '1 minute', 'booked', 1, 1, '', '', 1, false, '', now() FROM made
"""  # noqa: S608


@dataclass
class Index:
    """An index, what drops it, its size on disk, and the microseconds of each round's insert with and without it."""

    name: str
    drop: str
    size: str
    rounds: list[tuple[float, float]] = field(default_factory=list)

    @property
    def cost(self) -> float:
        return median(whole - without for whole, without in self.rounds)


def costs():
    """Measure; give the microseconds of a row with all indexes, and the indexes, the dearest first."""
    with connection.cursor() as cursor:
        indexes = _indexes(cursor)
        cursor.execute(MADE)
        for _ in range(ROUNDS):
            for index in indexes:
                index.rounds.append((_try(cursor, ""), _try(cursor, index.drop)))
        cursor.execute("DROP TABLE made")
        cursor.execute(f"VACUUM ANALYZE {TABLE}")
    whole = median(whole for index in indexes for whole, _without in index.rounds)
    return whole, sorted(indexes, key=lambda index: -index.cost)


def _indexes(cursor):
    cursor.execute(KEYS, {"tables": [TABLE]})
    keys = [(name, f"ALTER TABLE {TABLE} DROP CONSTRAINT {name} CASCADE") for (name,) in cursor.fetchall()]
    cursor.execute(INDEXES, {"tables": [TABLE]})
    plain = [(name, f"DROP INDEX {name}") for name, _definition in cursor.fetchall()]
    indexes = []
    for name, drop in keys + plain:
        cursor.execute("SELECT pg_size_pretty(pg_relation_size(%s::regclass))", [name])
        indexes.append(Index(name, drop, cursor.fetchone()[0]))
    return indexes


def _try(cursor, drop):
    """Give the microseconds that a row takes to insert, among many, after what is dropped."""
    with transaction.atomic():
        if drop:
            cursor.execute(drop)
        begun = _clock(cursor)
        cursor.execute(INSERT)
        taken = _clock(cursor) - begun
        transaction.set_rollback(True)
    return taken / 1000 / ROWS


def _clock(cursor):
    """Give the nanoseconds that the server's process has worked, where this machine tells; else those of a clock.

    What others do on the machine meanwhile is not in the first.
    """
    worked = Path(f"/proc/{cursor.connection.info.backend_pid}/schedstat")
    try:
        return int(worked.read_text().split()[0])
    except OSError:
        return time.perf_counter_ns()


def table():
    """Give the costs as Markdown."""
    whole, found = costs()
    lines = [
        "| index | µs of a row | size |",
        "|---|---|---|",
        *(f"| {index.name} | {index.cost:.1f} | {index.size} |" for index in found),
        f"| all of them, and the row itself | {whole:.1f} | |",
    ]
    return "\n".join(lines)
