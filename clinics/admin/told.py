"""What an event tells, in words: which field was what, and is what now; names for keys, a clock for instants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.administration import site
from clinics.days import dated
from clinics.models import ActivityEvent, Clinic, Membership, User

NOTHING = "–"  # noqa: RUF001 a dash for nothing

type Key = tuple[type[Model], int]

LISTS: Mapping[str, type[Model]] = {"limited_to": Clinic}
"""Fields of forms that hold keys of these, and are no fields of the row."""

LABELS: Mapping[str, str | Promise] = {
    "limited_to": gettext_lazy("clinics"),
    "password": gettext_lazy("password"),
    "email": gettext_lazy("e-mail"),
    "week": gettext_lazy("week"),
    "patient_agreed": gettext_lazy("patient agreed"),
}

PRIVATE = frozenset({"notes", "phone", "email", "birth_date", "name", "old_record_numbers"})
ABOUT_PATIENTS = frozenset({"patients", "scheduling"})
"""Of a patient or a visit: what somebody wrote or who somebody is. It does not leave with a file."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field with what it was and what it is, in words; `old` is empty for what was only added."""

    label: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.label}: {self.old} → {self.new}" if self.old else f"{self.label}: {self.new}"


class Teller:
    """Tells some events of one organization, with the names behind their keys loaded once: a query for each model.

    Only names of rows of that organization are ever found.
    """

    def __init__(self, organization_id: int | None, events: Iterable[ActivityEvent]) -> None:
        wanted: defaultdict[type[Model], set[int]] = defaultdict(set)
        for event in events:
            for model, pk in _keys_in(event):
                wanted[model].add(pk)
        self.names: dict[Key, str] = {}
        for model, keys in wanted.items():
            self.names |= {(model, pk): name for pk, name in _names_of(model, keys, organization_id).items()}

    def about(self, event: ActivityEvent) -> str:
        """Name the row that the event is about: by its name, else by its number."""
        model = event.target_type.model_class()
        name = self.names.get((model, event.target_id)) if model else None
        return f"{event.target_type.name} {name or event.target_id}"

    def changes(self, event: ActivityEvent, *, outside: bool = False) -> list[Change]:
        """Give what changed; for `outside`, a file say, without words that are about a patient."""
        model = event.target_type.model_class()
        told = []
        for name in dict.fromkeys([*event.old, *event.new]):
            field = _field(model, name)
            label = capfirst(str(LABELS.get(name) or (field and field.verbose_name) or name.replace("_", " ")))
            old, new = (self._value(field, name, state) for state in (event.old, event.new))
            if outside and name == "patient_id":
                old, new = (str(state.get(name) or NOTHING) for state in (event.old, event.new))
            elif outside and name in PRIVATE and event.target_type.app_label in ABOUT_PATIENTS:
                old, new = "", _("changed")
            told.append(Change(label, "" if name not in event.old else old, new))
        return told

    def _value(self, field: Any, name: str, state: Mapping[str, Any]) -> str:
        value = state.get(name)
        if value is None or value in ("", []):
            return NOTHING
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(self._name(LISTS.get(name), each) for each in value)
        if field is None or isinstance(value, dict):
            return str(value)
        if field.remote_field:
            return self._name(field.remote_field.model, value)
        return str(dict(field.flatchoices).get(value) or _in_words(field, value))

    def _name(self, model: type[Model] | None, key: Any) -> str:
        return (isinstance(key, int) and model and self.names.get((model, key))) or str(key)


@cache
def _field(model: type[Model] | None, name: str) -> Any:
    """Give the field of this name, or of this column; of a member's account for what the member has not."""
    for owner in (model, User if model is Membership else None):
        for each in (name, name.removesuffix("_id")):
            try:
                field = owner._meta.get_field(each) if owner else None
            except FieldDoesNotExist:
                continue
            if isinstance(field, Field):
                return field
    return None


def _keys_in(event: ActivityEvent) -> Iterable[Key]:
    model = event.target_type.model_class()
    if model is not None:
        yield model, event.target_id
    for state in (event.old, event.new):
        for name, value in state.items():
            field = _field(model, name)
            other = field.remote_field.model if field is not None and field.remote_field else LISTS.get(name)
            if other is not None:
                keys = value if isinstance(value, list) else [value]
                yield from ((other, key) for key in keys if isinstance(key, int))


def _names_of(model: type[Model], keys: set[int], organization_id: int | None) -> dict[int, str]:
    registered: Any = site._registry.get(model)
    path = getattr(registered, "tenant_path", None)
    if path is None or organization_id is None:
        return {}
    rows = model._base_manager.filter(**{path: organization_id}, pk__in=keys)
    if with_rows := getattr(registered, "with_rows", ()):
        rows = rows.select_related(*with_rows)
    # An account that others share keeps its name to itself: its address says who it is.
    named = getattr(registered, "named", str)
    return {row.pk: row.email if isinstance(row, User) else named(row) for row in rows}


def _in_words(field: Any, value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    try:
        read = field.to_python(value)
    except Exception:  # noqa: BLE001 whatever it was once, it is shown as it was kept
        return value
    if isinstance(read, datetime):
        return dated(timezone.localtime(read), "j F Y, H:i") if timezone.is_aware(read) else value
    if isinstance(read, date):
        return dated(read, "j F Y")
    return time_format(read, "H:i") if isinstance(read, time) else value
