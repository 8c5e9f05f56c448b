"""Which heading of a file is which of our columns, and how its dates are written: told by the file, or kept for it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import models, transaction

from clinics.models import User, record_event
from scheduling.models import ColumnMapping, ImportFile
from scheduling.services.records.reading import Line, Options, Table
from scheduling.services.records.values import DateOrder, is_open, order_of

LOOKED_AT = 2000  # rows

WHERE_EMPTY = "where_empty"
"""Under which name the options of a file keep what stands for cells without text: {column: text}."""

DATED = frozenset(
    {"birth_date", "start", "checked_in_at", "starts_on", "ends_on", "starts_at", "ends_at"}
    | {"date", "valid_from", "valid_until", "assigned_from"}
)
"""The columns that hold dates."""

OWN = frozenset(
    {"record_number", "name", "patient", "birth_date", "age", "phone", "email", "start", "checked_in_at", "notes"}
    | {"code", "date", "starts_at", "ends_at"}
)
"""The columns that every row has to say for itself."""


@dataclass(frozen=True, slots=True)
class Dates:
    """How the dates of a file are written, by its first rows.

    `order`: None where nothing tells. `open_one`: a date that would be another one in the other order, if there is one.
    """

    order: DateOrder | None = None
    open_one: str = ""


def dates_of(table: Table, mapping: Mapping[str, str]) -> Dates:
    headings = [heading for column, heading in mapping.items() if column in DATED and heading in table.headings]
    lines = first_lines(table, LOOKED_AT) if headings else []
    cells = [line.cells[heading] for line in lines for heading in headings if line.cells[heading]]
    return Dates(order_of(cells), next(filter(is_open, cells), ""))


def first_lines(table: Table, count: int) -> list[Line]:
    """Give the first rows, as far as they can be read: where the file breaks off, the look at all of it tells."""
    lines: list[Line] = []
    with suppress(ValidationError):
        lines.extend(islice(table.lines(), count))
    return lines


def told_order(table: Table, mapping: Mapping[str, str]) -> Options:
    """Give the options of the table, with the order that its dates tell."""
    order = dates_of(table, mapping).order
    return replace(table.options, date_order=order) if order else table.options


def where_empty(import_file: ImportFile) -> dict[str, str]:
    """Give what stands for each column where a row says nothing."""
    kept: dict[str, str] = import_file.options.get(WHERE_EMPTY, {})
    return dict(kept)


def set_options(import_file: ImportFile, options: Options) -> None:
    import_file.options = {**options.as_json(), WHERE_EMPTY: where_empty(import_file)}


def fit(import_file: ImportFile, table: Table) -> ColumnMapping | None:
    """Read the file by the newest choice that was kept and whose headings are all in it; give that, where there is one.

    A file whose dates can only be read in one order is read in that.
    """
    for kept in kept_for(import_file).order_by("-pk"):
        if kept.mapping and set(kept.mapping.values()) <= set(table.headings):
            use(import_file, table, kept)
            return kept
    return None


def use(import_file: ImportFile, table: Table, kept: ColumnMapping) -> None:
    """Read the file by a choice that was kept, as far as its headings are in it."""
    import_file.mapping = {name: heading for name, heading in kept.mapping.items() if heading in table.headings}
    told = dates_of(table, import_file.mapping).order
    order = told or DateOrder(kept.options.get("date_order", DateOrder.DAY_FIRST))
    empty = kept.options.get(WHERE_EMPTY, {})
    import_file.options = {**replace(table.options, date_order=order).as_json(), WHERE_EMPTY: empty}
    save_choice(import_file)


def save_choice(import_file: ImportFile) -> None:
    """Keep how the file is read. What was counted by another choice says nothing now: it has to be looked at again."""
    import_file.state = ImportFile.State.UPLOADED
    import_file.save(update_fields=["options", "mapping", "state"])


def kept_for(import_file: ImportFile) -> models.QuerySet[ColumnMapping]:
    """Give the choices that were kept for files of this kind."""
    return ColumnMapping.objects.filter(organization=import_file.organization_id, kind=import_file.kind)


def keep(import_file: ImportFile, name: str, *, actor: User | None) -> None:
    """Keep the choice under the name, for the next file; one that was kept under it is replaced."""
    with transaction.atomic():
        kept, is_new = ColumnMapping.objects.update_or_create(
            organization=import_file.organization,
            kind=import_file.kind,
            name=name,
            defaults={"mapping": import_file.mapping, "options": import_file.options},
        )
        verb = "CREATED" if is_new else "CHANGED"
        record_event(kind=f"COLUMN_MAPPING_{verb}", target=kept, actor=actor, new={"kind": kept.kind, "name": name})


def forget(kept: ColumnMapping, *, actor: User | None) -> None:
    with transaction.atomic():
        told = {"kind": kept.kind, "name": kept.name}
        record_event(kind="COLUMN_MAPPING_DELETED", target=kept, actor=actor, old=told)
        kept.delete()
