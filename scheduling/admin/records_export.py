"""Taking the organization's data along: asked for here, made by a worker, fetched here for some days."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin import ReadOnly, actor_of, administered, site
from clinics.days import dated
from scheduling.models import ExportFile
from scheduling.services.records import exports


@admin.register(ExportFile, site=site)
class ExportFileAdmin(ReadOnly):
    """The files that were asked for, the newest first. Each time that one is fetched is on record."""

    place = ("book", 5)
    change_list_template = "admin/export.html"
    with_rows = ("created_by",)
    list_display = ("asked_for", "fetch", "became", "all_rows", "bytes", "kept_until", "created_by")
    list_display_links = None
    list_per_page = 20
    sortable_by = ()
    ordering = ("-pk",)
    fields = ("file_name", "asked_for", "created_by", "became", "all_rows", "bytes", "kept_until")

    def get_urls(self) -> list[Any]:
        ask = self.admin_site.admin_view(self.ask_view)
        download = self.admin_site.admin_view(self.download_view)
        return [
            path("ask/", ask, name="scheduling_exportfile_ask"),
            path("<int:pk>/download/", download, name="scheduling_exportfile_download"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        waiting = self.get_queryset(request).filter(state=ExportFile.State.WAITING).first()
        context = {
            "title": _("Take your data with you"),
            "waiting": waiting,
            "percent": exports.percent_of(waiting) if waiting else None,
            "days": exports.KEPT.days,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    # What is asked

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        organization = self._organization_of_a_post(request)
        if isinstance(organization, HttpResponse):
            return organization
        exports.ask(organization=organization, actor=actor_of(request))
        words = _("The file is being made. You are written to when it is ready, and find it here.")
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse(exports.PAGE))

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        organization = self._organization_of_a_post(request)
        if isinstance(organization, HttpResponse):
            return organization
        export = get_object_or_404(ExportFile, organization=organization, pk=pk)
        if not export.is_ready:
            raise Http404
        content = exports.fetch(export, actor=actor_of(request))
        headers = {
            "Content-Disposition": f'attachment; filename="{export.file_name}"',
            "Content-Length": str(export.size),
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(content, content_type="application/zip", headers=headers)

    def _organization_of_a_post(self, request: HttpRequest) -> Any:
        """Give whose data are asked for; an answer for whoever may not, or only looks."""
        organization = administered(request)
        if organization is None:
            raise PermissionDenied
        return organization if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    # How a row reads

    @admin.display(description=gettext_lazy("asked for"))
    def asked_for(self, export: ExportFile) -> str:
        return dated(timezone.localtime(export.created_at), "j M Y, H:i")

    @admin.display(description=gettext_lazy("state"))
    def became(self, export: ExportFile) -> str:
        return f"{export.get_state_display()} ({export.error})" if export.error else export.get_state_display()

    @admin.display(description=gettext_lazy("rows"))
    def all_rows(self, export: ExportFile) -> str | None:
        return f"{export.rows:,}" if export.rows else None

    @admin.display(description=gettext_lazy("size"))
    def bytes(self, export: ExportFile) -> str | None:
        return filesizeformat(export.size) if export.size else None

    @admin.display(description=gettext_lazy("kept until"))
    def kept_until(self, export: ExportFile) -> str | None:
        if not (export.is_ready and export.expires_at):
            return None
        return dated(timezone.localtime(export.expires_at), "j M Y, H:i")

    @admin.display(description=gettext_lazy("file"))
    def fetch(self, export: ExportFile) -> SafeString | str:
        if not export.is_ready:
            return ""
        address = reverse("admin:scheduling_exportfile_download", args=[export.pk])
        words = _("Download")
        # Of a form of its own: the list is within one already.
        button = '<button class="button" form="fetch" formaction="{}" aria-label="{} {}">{}</button>'
        return format_html(button, address, words, export.file_name, words)
