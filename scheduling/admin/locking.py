"""One change of a practitioner's time at a time: the same lock that booking takes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest

from clinics.admin import TenantAdmin, administered
from clinics.models import Practitioner
from scheduling.admin.fields import TIME_FIELDS


class TimeAdmin(TenantAdmin):
    """Rows that give a practitioner time or take it."""

    formfield_overrides = TIME_FIELDS
    locks: ClassVar[str]
    """The way from a practitioner to the row."""
    locks_named: ClassVar[dict[str, str]] = {}
    """The way from a practitioner to what a field of the form names."""

    def lock(self, request: HttpRequest, object_id: str | None) -> None:
        """Keep the practitioners that are concerned, in the order of their keys, until the change is written."""
        named = {path: key_of(request.POST.get(field)) for field, path in self.locks_named.items()}
        named |= {self.locks: key_of(object_id)}
        concerned = Q(pk__in=[])
        for path, key in named.items():
            concerned |= Q(**{path: key}) if key is not None else Q(pk__in=[])
        own = Practitioner.objects.filter(organization=administered(request))
        rows = own.filter(pk__in=own.filter(concerned).values("pk")).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))


def key_of(said: Any) -> int | None:
    """Read a key; None for what is none."""
    try:
        return int(said)
    except (TypeError, ValueError):
        return None
