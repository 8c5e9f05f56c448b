"""One change of a practitioner's time at a time, under the lock that booking takes, and looked at before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.functional import Promise

from clinics.admin import TenantAdmin, administered
from clinics.models import Practitioner
from scheduling.admin.effects import looked_at, take_effect
from scheduling.admin.fields import TIME_FIELDS
from scheduling.admin.pages import EffectPage


class TimeAdmin(TenantAdmin):
    """Rows that give a practitioner time or take it."""

    formfield_overrides = TIME_FIELDS
    change_form_template = "admin/effect_form.html"
    change_list_template = "admin/effect_list.html"
    delete_confirmation_template = "admin/effect_delete.html"
    locks: ClassVar[str]
    """The way from a practitioner to the row."""
    locks_named: ClassVar[dict[str, str]] = {}
    """The way from a practitioner to what a field of the form names."""
    pages: ClassVar[tuple[type[EffectPage], ...]] = ()
    """What can be done about such rows beside changing one of them."""

    def get_urls(self) -> list[Any]:
        own = [
            path(
                f"<int:pk>/{page.slug}/" if page.of_a_row else f"{page.slug}/",
                self.admin_site.admin_view(page.as_view(model_admin=self)),
                name=page.route_of(self),
            )
            for page in self.pages
        ]
        return [*own, *super().get_urls()]

    @property
    def list_tools(self) -> list[tuple[str, str | Promise]]:
        """Give address and words of the pages that the list leads to."""
        pages = [page for page in self.pages if page.tool and not page.of_a_row]
        return [(reverse(f"admin:{page.route_of(self)}"), page.tool) for page in pages]

    @property
    def row_tools(self) -> list[tuple[str, str | Promise]]:
        """Give the route and the words of the pages that a row leads to."""
        return [(f"admin:{page.route_of(self)}", page.tool) for page in self.pages if page.tool and page.of_a_row]

    def in_words(self, row: Any) -> str:
        """Say which row it is, where several are listed."""
        return str(row)

    def change_together(self, request: HttpRequest, concerned: Q, view: Callable[[], Any]) -> Any:
        """Give the answer of `view`, which changes the time of the practitioners that are `concerned`."""
        request.asked_for = concerned  # type: ignore[attr-defined] # for the lock
        return self._one_at_a_time(request, None, view)

    def lock(self, request: HttpRequest, object_id: str | None) -> None:
        """Keep the practitioners that are concerned, in the order of their keys, until the change is written."""
        concerned = getattr(request, "asked_for", None) or self._concerned(request, object_id)
        own = Practitioner.objects.filter(organization=administered(request))
        rows = own.filter(pk__in=own.filter(concerned).values("pk")).order_by("pk")
        request.concerned = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))  # type: ignore[attr-defined]

    def _concerned(self, request: HttpRequest, object_id: str | None) -> Q:
        named = {way: key_of(request.POST.get(field)) for field, way in self.locks_named.items()}
        named |= {self.locks: key_of(object_id)}
        concerned = Q(pk__in=[])
        for way, key in named.items():
            concerned |= Q(**{way: key}) if key is not None else Q(pk__in=[])
        return concerned

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
