"""One change of a practitioner's time at a time, under the lock that booking takes, and looked at before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest

from clinics.admin import TenantAdmin, administered
from clinics.models import Practitioner
from scheduling.admin.effects import looked_at, take_effect
from scheduling.admin.fields import TIME_FIELDS


class TimeAdmin(TenantAdmin):
    """Rows that give a practitioner time or take it."""

    formfield_overrides = TIME_FIELDS
    change_form_template = "admin/effect_form.html"
    delete_confirmation_template = "admin/effect_delete.html"
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
        request.concerned = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))  # type: ignore[attr-defined]

    def _one_at_a_time(self, request: HttpRequest, object_id: str | None, view: Callable[[], Any]) -> Any:
        def look() -> Any:
            return looked_at(request, request.concerned, view)  # type: ignore[attr-defined] # since they are locked

        return super()._one_at_a_time(request, object_id, look if request.method == "POST" else view)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        take_effect(request)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        take_effect(request)
        return super().response_change(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> Any:
        take_effect(request)
        return super().response_delete(request, obj_display, obj_id)


def key_of(said: Any) -> int | None:
    """Read a key; None for what is none."""
    try:
        return int(said)
    except (TypeError, ValueError):
        return None
