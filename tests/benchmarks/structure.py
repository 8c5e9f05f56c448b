"""Indexes and constraints, taken from the tables before they are filled and given back after.

Their SQL is what PostgreSQL says of those that the migrations made.
"""

CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), contype::text, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND conrelid <> 0
    AND (conrelid = ANY(%(tables)s::regclass[]) OR contype = 'f' AND confrelid = ANY(%(tables)s::regclass[]))
ORDER BY contype = 'f' DESC, conrelid::regclass::text, contype <> 'p', conname
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY(%(tables)s::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY indrelid::regclass::text, 1
"""
KEYS = """
SELECT quote_ident(conname) FROM pg_constraint
WHERE contype IN ('p', 'u', 'x') AND conrelid = ANY(%(tables)s::regclass[]) ORDER BY conname
"""
TOGETHER = {"c": "checks", "f": "foreign keys"}
"""The kinds of constraints that one pass over the table can check all at once."""


def take_down(cursor, tables):
    """Drop all constraints and indexes of the tables; give what makes each anew, named, in the order to run it."""
    cursor.execute(CONSTRAINTS, {"tables": tables})
    constraints = cursor.fetchall()
    cursor.execute(INDEXES, {"tables": tables})
    indexes = cursor.fetchall()
    for table, name, _kind, _definition in constraints:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    alone = [
        (name, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for table, name, kind, definition in constraints
        if kind not in TOGETHER
    ]
    return [*alone, *indexes, *_together(constraints, "c"), *_together(constraints, "f")]


def _together(constraints, kind):
    by_table = {}
    for table, name, its_kind, definition in constraints:
        if its_kind == kind:
            by_table.setdefault(table, []).append(f"ADD CONSTRAINT {name} {definition}")
    return [
        (f"{TOGETHER[kind]} of {table}", f"ALTER TABLE {table} {', '.join(all_)}") for table, all_ in by_table.items()
    ]
