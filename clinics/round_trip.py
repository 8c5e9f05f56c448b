"""Several short lists in one question to the database: what a page asks for each time, and each of it small."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import F, IntegerField, Model, QuerySet, Value
from django.db.models.expressions import Window
from django.db.models.functions import JSONObject, RowNumber


def load_together(*lists: QuerySet[Any]) -> list[list[Any]]:
    """Give the rows of each of the querysets, in its order, all in one query.

    Only the columns of the model come: no annotation, and no related row. For lists of tens of rows: they travel as
    JSON, of which a database sends more and reads less quickly than of columns.
    """
    parts = [_as_json(place, rows) for place, rows in enumerate(lists)]
    found: list[list[Any]] = [[] for _rows in lists]
    rows = parts[0].union(*parts[1:], all=True).order_by()  # else in that of the first model, which has other columns
    for place, _position, row in sorted(rows, key=lambda each: each[:2]):
        found[place].append(row_of(lists[place].model, row))
    return found


def columns_of(model: type[Model]) -> JSONObject:
    """Give the expression of a whole row as one value, for `row_of`."""
    return JSONObject(**{field.attname: F(field.attname) for field in model._meta.concrete_fields})


def row_of[M: Model](model: type[M], columns: dict[str, Any]) -> M:
    """Give the row that the database has sent as one value."""
    fields = model._meta.concrete_fields
    return model.from_db("default", [f.attname for f in fields], [f.to_python(columns[f.attname]) for f in fields])


def _as_json(place: int, rows: QuerySet[Any]) -> QuerySet[Any, tuple[int, int, dict[str, Any]]]:
    model = rows.model
    order = rows.query.order_by or model._meta.ordering or ("pk",)
    if rows.query.distinct:
        # A number for each row would tell equal ones apart.
        rows = model._default_manager.filter(pk__in=rows.order_by().values("pk"))
    position = Window(RowNumber(), order_by=cast("list[str]", list(order)))
    numbered = rows.order_by().values_list(Value(place, output_field=IntegerField()), position, columns_of(model))
    return cast("QuerySet[Any, tuple[int, int, dict[str, Any]]]", numbered)
