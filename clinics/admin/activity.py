"""Who did what: the audit trail, to read, to look through and to take along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin.asking import Asked
from clinics.admin.tenant import ReadOnly
from clinics.admin.told import Change, Teller
from clinics.administration import administered, site
from clinics.days import dated
from clinics.models import ActivityEvent
from clinics.spreadsheet import csv_answer

MOST_ROWS = 50_000
AT_A_TIME = 1_000
"""How many rows a file holds at most, and how many of them are in memory."""

SHOWN = 3
"""How many changed fields a row of the list names."""


@admin.register(ActivityEvent, site=site)
class ActivityEventAdmin(ReadOnly):
    place = ("book", 4)
    with_rows = ("actor", "target_type")
    change_list_template = "admin/log.html"
    list_display = ("when", "what", "about", "changed", "actor", "reason")
    list_filter = (Asked,)
    search_fields = ("kind", "actor__name", "actor__email", "reason")
    ordering = ("-id",)
    sortable_by = ("when",)
    fields = ("when", "what", "about", "actor", "reason", "priority", "all_changes")

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name="clinics_activityevent_export"), *super().get_urls()]

    # How a row reads

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        self.tell(request, changelist.result_list)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        event = super().get_object(request, object_id, from_field)
        if event is not None:
            self.tell(request, [event])
        return event

    def tell(self, request: HttpRequest, events: list[ActivityEvent]) -> None:
        """Let each event know how it reads, in a query for each kind of row that they name."""
        organization = administered(request)
        teller = Teller(organization.pk if organization else None, events)
        for event in events:
            event.reads_about = teller.about(event)  # type: ignore[attr-defined]
            event.reads = teller.changes(event)  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"title": _("Who did what"), **(extra_context or {})})

    @admin.display(description=gettext_lazy("when"), ordering="created_at")
    def when(self, event: ActivityEvent) -> str:
        return dated(timezone.localtime(event.created_at), "j M Y, H:i:s")

    @admin.display(description=gettext_lazy("what"))
    def what(self, event: ActivityEvent) -> str:
        return event.words

    @admin.display(description=gettext_lazy("about"))
    def about(self, event: Any) -> str:
        try:
            page = f"admin:{event.target_type.app_label}_{event.target_type.model}_change"
            address = reverse(page, args=[event.target_id])
        except NoReverseMatch:
            return str(event.reads_about)
        return format_html('<a href="{}">{}</a>', address, event.reads_about)

    @admin.display(description=gettext_lazy("changed"))
    def changed(self, event: Any) -> SafeString:
        more = [Change("", "", "…")] if len(event.reads) > SHOWN else []
        return _listed([*event.reads[:SHOWN], *more])

    @admin.display(description=gettext_lazy("changed"))
    def all_changes(self, event: Any) -> SafeString:
        return _listed(event.reads)

    # The file

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Give what the list would show for the same question, all pages of it, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            events = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:clinics_activityevent_changelist"))
        # The file is written after this has returned, on the same clock and in the same language.
        zone, language = timezone.get_current_timezone(), translation.get_language()
        organization = administered(request)

        def rows() -> Iterator[list[object]]:
            with timezone.override(zone), translation.override(language):
                yield from rows_of(events, organization.pk if organization else None)

        return csv_answer(rows(), f"activity-{timezone.localdate():%Y-%m-%d}.csv")


def rows_of(events: QuerySet[Any], organization_id: int | None) -> Iterator[list[object]]:
    """Give the rows of the file, the newest first, in bounded memory; the last one says where it was cut."""
    yield [_("When"), _("What"), _("About"), _("By"), _("Reason"), _("Changed")]
    left, before = MOST_ROWS, None
    while left:
        size = min(AT_A_TIME, left)
        chunk = list(events.order_by("-pk").filter(**({"pk__lt": before} if before else {}))[:size])
        teller = Teller(organization_id, chunk)
        for event in chunk:
            when = timezone.localtime(event.created_at).isoformat(sep=" ", timespec="seconds")
            changes = "; ".join(str(each) for each in teller.changes(event, outside=True))
            about = f"{event.target_type.name} {event.target_id}"
            yield [when, str(event.words), about, str(event.actor or ""), event.reason, changes]
        if len(chunk) < size:
            return
        left, before = left - len(chunk), chunk[-1].pk
    if events.filter(pk__lt=before).exists():
        yield [_("These are the newest %(count)d: ask for earlier dates to have the others.") % {"count": MOST_ROWS}]


def _listed(changes: list[Change]) -> SafeString:
    items = format_html_join("", "<li>{}</li>", ((_one(each),) for each in changes))
    return format_html('<ul class="told">{}</ul>', items) if changes else SafeString("")


def _one(change: Change) -> SafeString:
    if not change.label:
        return format_html("{}", change.new)
    if not change.old:
        return format_html("<i>{}</i> {}", change.label, change.new)
    return format_html("<i>{}</i> <del>{}</del> → <ins>{}</ins>", change.label, change.old, change.new)
