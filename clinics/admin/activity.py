"""The audit trail, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clinics.admin.tenant import ReadOnly
from clinics.administration import site
from clinics.models import ActivityEvent


class TargetFilter(admin.SimpleListFilter):
    """What the events are about: one of the kinds of rows that have pages here."""

    title = _("about")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [
            (model._meta.label_lower, model._meta.verbose_name)
            for model, registered in model_admin.admin_site._registry.items()
            if hasattr(registered, "tenant_path")
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002
        app_label, _dot, model = (self.value() or "").partition(".")
        return queryset.filter(target_type__app_label=app_label, target_type__model=model) if model else queryset


@admin.register(ActivityEvent, site=site)
class ActivityEventAdmin(ReadOnly):
    place = ("book", 4)
    with_rows = ("actor", "target_type")
    list_display = ("created_at", "words", "about", "actor", "reason")
    list_filter = (TargetFilter, "priority")
    search_fields = ("kind", "actor__name", "actor__email")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fields = ("created_at", "kind", "about", "actor", "reason", "priority", "old", "new")

    @admin.display(description=_("kind"), ordering="kind")
    def words(self, event: ActivityEvent) -> str:
        return event.words

    @admin.display(description=_("about"))
    def about(self, event: ActivityEvent) -> str:
        words = f"{event.target_type.name} {event.target_id}"
        try:
            page = f"admin:{event.target_type.app_label}_{event.target_type.model}_change"
            return format_html('<a href="{}">{}</a>', reverse(page, args=[event.target_id]), words)
        except NoReverseMatch:
            return words
