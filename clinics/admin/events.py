"""What an administrator changed, as the audit trail keeps it and shows it."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from clinics.models import ActivityEvent
from clinics.text import shouted

_SHOWN = 100


def kind_of(obj: Model, what: str) -> str:
    """Give the kind of an event: TIME_OFF_CREATED, SCHEDULE_CHANGED, CLINIC_DELETED."""
    return f"{shouted(obj._meta.object_name or '')}_{what}"


def changes_of(form: Any, *, added: bool = False) -> dict[str, dict[str, Any]]:
    """Give the changed fields of a saved form, `old` and `new`, rows by their keys; all fields of what was `added`."""
    changed = list(form.cleaned_data) if added else [name for name in form.changed_data if name in form.cleaned_data]
    old = {} if added else {name: plain(form.initial.get(name)) for name in changed}
    return {"old": old, "new": {name: plain(form.cleaned_data[name]) for name in changed}}


def kept(obj: Model) -> dict[str, Any]:
    """Give a row's own fields, as an event keeps them."""
    left_out = ("id", "organization_id")
    return {
        field.attname: plain(getattr(obj, field.attname))
        for field in obj._meta.concrete_fields
        if field.attname not in left_out
    }


def plain(value: Any) -> Any:
    """Give what JSON can hold of a value; of a row its key."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, QuerySet | list | tuple):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | date | time) else str(value)


def events_about(obj: Model) -> QuerySet[ActivityEvent]:
    """Give the latest events about a row, newest first."""
    about = ContentType.objects.get_for_model(obj)
    events = ActivityEvent.objects.filter(target_type=about, target_id=obj.pk)
    return events.select_related("actor", "target_type").order_by("-id")[:_SHOWN]
