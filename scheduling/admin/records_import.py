"""Bringing in what another system holds: a file, its columns, a look at what it comes to, and only then the import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin import ReadOnly, actor_of, administered, site
from clinics.days import dated
from clinics.models import Organization
from clinics.spreadsheet import csv_answer
from scheduling.admin.import_forms import DATE_ORDERS, WHOLE, ColumnsForm, ReadingForm, UploadForm, reread
from scheduling.models import ImportContent, ImportFile, ImportKind, ImportProblem
from scheduling.services.records import importing, mappings, whole
from scheduling.services.records.columns import RECORDS, Kind, columns_of
from scheduling.services.records.reading import Table

PROBLEMS_A_PAGE = 50
State = ImportFile.State


@admin.register(ImportFile, site=site)
class ImportFileAdmin(ReadOnly):
    """The files that were brought, the newest first, and the way in for another."""

    place = ("book", 6)
    change_list_template = "admin/imports.html"
    with_rows = ("created_by",)
    list_display = ("file", "kind", "became", "rows_created", "rows_known", "rows_bad", "brought", "created_by")
    list_display_links = None
    list_per_page = 20
    sortable_by = ()
    ordering = ("-pk",)
    fields = ("file", "kind", "became", "rows_created", "rows_known", "rows_bad", "brought", "created_by")

    def get_urls(self) -> list[Any]:
        views: dict[str, tuple[str, Any]] = {
            "bring": ("bring/", self.bring_view),
            "template": ("template/<slug:kind>/", self.template_view),
            "columns": ("<int:pk>/columns/", self.columns_view),
            "look": ("<int:pk>/", self.look_view),
            "run": ("<int:pk>/run/", self.run_view),
            "stop": ("<int:pk>/stop/", self.stop_view),
            "refused": ("<int:pk>/refused/", self.refused_view),
        }
        own = [
            path(route, self.admin_site.admin_view(view), name=f"scheduling_importfile_{name}")
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    # How a row of the list reads

    @admin.display(description=gettext_lazy("file"))
    def file(self, row: ImportFile) -> SafeString:
        name = "columns" if row.state == State.UPLOADED else "look"
        return format_html('<a href="{}">{}</a>', address(name, row), row.file_name)

    @admin.display(description=gettext_lazy("state"))
    def became(self, row: ImportFile) -> str:
        return f"{row.get_state_display()}, {row.percent} %" if row.is_running else str(row.get_state_display())

    @admin.display(description=gettext_lazy("brought"))
    def brought(self, row: ImportFile) -> str:
        return dated(timezone.localtime(row.created_at), "j M Y, H:i")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        kinds = [(kind, label, RECORDS[Kind(kind)].row) for kind, label in ImportKind.choices]
        running = self.get_queryset(request).filter(state__in=importing.RUNNING).exists()
        context = {"title": _("Bring your data in"), "upload": UploadForm(), "kinds": kinds, "is_running": running}
        return super().changelist_view(request, context | (extra_context or {}))

    # A file and its columns

    def bring_view(self, request: HttpRequest) -> HttpResponse:
        organization = self._own(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                return HttpResponseRedirect(self._bring(request, organization, form.cleaned_data))
            except ValidationError as refused:
                form.add_error("file", refused)
        answer: HttpResponse = self.changelist_view(request, {"upload": form})
        answer.status_code = 422
        return answer

    def _bring(self, request: HttpRequest, organization: Organization, said: dict[str, Any]) -> str:
        """Keep what was sent, and give the address to go on to."""
        file = said["file"]
        by: dict[str, Any] = {"organization": organization, "actor": actor_of(request)}
        if said["kind"] == WHOLE:
            whole.unpack(content=file.read(), **by)
            words = _("Import these files one after another, from the uppermost down: each needs those above it.")
            self.message_user(request, words, messages.SUCCESS)
            return self._list
        import_file = importing.bring(kind=said["kind"], file_name=file.name, content=file.read(), **by)
        self._fit(request, import_file)
        return address("columns", import_file)

    def _fit(self, request: HttpRequest, import_file: ImportFile) -> None:
        kept = mappings.fit(import_file, importing.table_of(import_file))
        if kept is not None:
            words = _("The columns are chosen as they were kept under “%s”: all of its headings are in this file.")
            self.message_user(request, words % kept.name, messages.INFO)

    def template_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        self._own(request)
        if kind not in ImportKind.values:
            raise Http404
        columns = [column for column in columns_of(Kind(kind)) if not column.only_out]
        rows = [[column.name for column in columns], [column.example for column in columns]]
        return csv_answer(rows, f"{kind}.csv")

    def columns_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        import_file = self._file(request, pk)
        try:
            table = importing.table_of(import_file)
        except ValidationError as refused:
            self.message_user(request, " ".join(refused.messages), messages.ERROR)
            return HttpResponseRedirect(self._list)
        if request.method != "POST" or import_file.is_running or import_file.state == State.IMPORTED:
            return self._columns(request, import_file, table, ColumnsForm(import_file, table))
        if "_use" in request.POST or "_forget" in request.POST:
            self._use(request, import_file, table)
            return HttpResponseRedirect(address("columns", import_file))
        return self._read_columns(request, import_file, table)

    def _read_columns(self, request: HttpRequest, import_file: ImportFile, table: Table) -> HttpResponse:
        """Read the file as was said; where that changes its headings, or was all that was asked, show it again."""
        reading = ReadingForm(table, request.POST)
        if reading.is_valid():
            try:
                again = reread(import_file, table, reading.options(table.options))
            except ValidationError as refused:
                reading.add_error(None, refused)
                return self._columns(request, import_file, table, ColumnsForm(import_file, table), reading)
            form = ColumnsForm(import_file, again, request.POST)
            if again.headings != table.headings or "_read" in request.POST:
                form.is_valid()  # what is missing yet may be chosen later
                self._save_choice(import_file, form if again.headings == table.headings else None)
                return HttpResponseRedirect(address("columns", import_file))
            table = again
        else:
            form = ColumnsForm(import_file, table, request.POST)
        if not (reading.is_valid() and form.is_valid()):
            return self._columns(request, import_file, table, form, reading)
        self._save_choice(import_file, form)
        if name := form.cleaned_data["save_as"]:
            mappings.keep(import_file, name, actor=actor_of(request))
        importing.ask_to_check(import_file)
        return HttpResponseRedirect(address("look", import_file))

    def _save_choice(self, import_file: ImportFile, form: ColumnsForm | None) -> None:
        if form is not None:
            import_file.mapping = form.mapping()
            import_file.options = {**import_file.options, mappings.WHERE_EMPTY: form.where_empty()}
        mappings.save_choice(import_file)

    def _use(self, request: HttpRequest, import_file: ImportFile, table: Table) -> None:
        """Read the file by a choice that was kept, or forget that one."""
        said = request.POST.get("kept", "")
        kept = next((each for each in mappings.kept_for(import_file) if str(each.pk) == said), None)
        if kept is not None and "_forget" in request.POST:
            mappings.forget(kept, actor=actor_of(request))
        elif kept is not None:
            mappings.use(import_file, table, kept)

    def _columns(
        self, request: HttpRequest, import_file: ImportFile, table: Table, form: ColumnsForm, reading: Any = None
    ) -> HttpResponse:
        context = {
            "title": _("Which column is which"),
            "form": form,
            "reading": reading or ReadingForm(table),
            "table": table,
            "kept": mappings.kept_for(import_file),
            "dates": form.dates,
            "chosen_order": DATE_ORDERS[table.options.date_order],
            "told_order": DATE_ORDERS[form.dates.order] if form.dates.order else "",
        }
        answer = self._drawn(request, import_file, "admin/import_columns.html", context)
        answer.status_code = 422 if form.is_bound or (reading is not None and reading.errors) else 200
        return answer

    # What it comes to, and doing it

    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        import_file = self._file(request, pk)
        if import_file.state == State.UPLOADED:
            return HttpResponseRedirect(address("columns", import_file))
        problems = ImportProblem.objects.filter(import_file=import_file)
        reasons = problems.order_by().values("column", "reason").annotate(count=Count("pk")).order_by("-count")[:20]
        chosen = request.GET.get("reason", "")
        shown = problems.filter(reason=chosen) if chosen else problems
        page = Paginator(shown.order_by("row_number", "pk"), PROBLEMS_A_PAGE).get_page(request.GET.get("p"))
        context = {
            "title": import_file.file_name,
            "problems": page,
            "reasons": reasons,
            "chosen": chosen,
            "is_kept": ImportContent.objects.filter(import_file=import_file).exists(),
            "rows_good": import_file.rows_created,
            "results": _results(import_file),
        }
        return self._drawn(request, import_file, "admin/import.html", context)

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        import_file = self._file(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        words = ""
        if "again" in request.POST:
            importing.ask_to_check(import_file)
        elif "sure" not in request.POST:
            words = _("Nothing was imported: say first that you know it cannot be taken back.")
        elif not self._start(request, import_file):
            words = _("This file cannot be imported as it stands now: please look at it again.")
        if words:
            self.message_user(request, words, messages.WARNING)
        return HttpResponseRedirect(address("look", import_file))

    def _start(self, request: HttpRequest, import_file: ImportFile) -> bool:
        # Whoever has seen two refused rows has not agreed to leave out three.
        seen, is_done = request.POST.get("bad", ""), import_file.state == State.IMPORTED
        if is_done or (import_file.state == State.CHECKED and seen != str(import_file.rows_bad)):
            return False
        return importing.ask_to_import(import_file, skip_bad=import_file.rows_bad > 0, actor=actor_of(request))

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        import_file = self._file(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        importing.stop(import_file, actor=actor_of(request))
        return HttpResponseRedirect(address("look", import_file))

    def refused_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Give the refused rows as they stand in the file, each with its reasons, to be mended and brought again."""
        import_file = self._file(request, pk)
        try:
            table = importing.table_of(import_file)
        except ValidationError as refused:
            raise Http404 from refused
        return csv_answer(_refused(import_file, table), f"refused-{import_file.pk}.csv")

    # What all of them share

    @property
    def _list(self) -> str:
        return reverse("admin:scheduling_importfile_changelist")

    def _own(self, request: HttpRequest) -> Organization:
        organization = administered(request)
        if organization is None:
            raise PermissionDenied
        return organization

    def _file(self, request: HttpRequest, pk: int) -> ImportFile:
        rows = ImportFile.objects.select_related("organization", "created_by")
        return get_object_or_404(rows, organization=self._own(request), pk=pk)

    def _drawn(
        self, request: HttpRequest, import_file: ImportFile, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "import_file": import_file,
            "state": import_file.state,
            "subtitle": None,
        }
        return TemplateResponse(request, template, {**shared, **context})


def address(name: str, import_file: ImportFile) -> str:
    return reverse(f"admin:scheduling_importfile_{name}", args=[import_file.pk])


LISTS = {
    ImportKind.CLINICS: "clinics_clinic",
    ImportKind.APPOINTMENT_TYPES: "scheduling_appointmenttype",
    ImportKind.PRACTITIONERS: "clinics_practitioner",
    ImportKind.WORKING_HOURS: "scheduling_schedule",
    ImportKind.TIME_OFF: "scheduling_timeoff",
    ImportKind.CLOSURES: "scheduling_clinicclosure",
    ImportKind.PATIENTS: "patients_patient",
    ImportKind.APPOINTMENTS: "scheduling_appointment",
}


def _results(import_file: ImportFile) -> str:
    """Give the address of the list in which the rows are that came in."""
    return reverse(f"admin:{LISTS[ImportKind(import_file.kind)]}_changelist")


def _refused(import_file: ImportFile, table: Table) -> Iterator[list[str]]:
    reasons: dict[int, list[str]] = {}
    for row, column, reason in import_file.problems.order_by("row_number", "id").values_list(
        "row_number", "column", "reason"
    ):
        reasons.setdefault(row, []).append(f"{column}: {reason}" if column else reason)
    yield [*table.headings, _("Row"), _("Why it was refused")]
    for line in table.lines():
        if line.number in reasons:
            yield [*line.cells.values(), str(line.number), "; ".join(reasons[line.number])]
