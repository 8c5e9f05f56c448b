"""When a practitioner is away, and when a clinic is closed."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin import TenantForm, administered, site
from clinics.days import dated
from scheduling.admin.locking import TimeAdmin
from scheduling.admin.many.closing import CloseDays
from scheduling.admin.many.ending import DeleteRows
from scheduling.admin.many.holidays import PublicHolidays
from scheduling.models import ClinicClosure, TimeOff


class TimeOffForm(TenantForm):
    """From and until, on the organization's clock: a practitioner who is away is away from every clinic."""

    refused_at: ClassVar = {"time_off_ends_after_start": "ends_at"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organization = administered(self.request)
        for name in ("starts_at", "ends_at"):
            if organization and name in self.fields:
                said = {"label": self.fields[name].label, "zone": organization.timezone}
                self.fields[name].label = _("%(label)s (%(zone)s time)") % said


class DeletedTogether(TimeAdmin):
    """Rows that take time: some of them are deleted together, once it is seen what that gives back."""

    actions = ("delete_rows",)

    def days_of(self, row: Any) -> tuple[date, date]:
        """Give the first and the last day that the row takes time of."""
        raise NotImplementedError

    @admin.action(description=gettext_lazy("Delete"), permissions=["delete"])
    def delete_rows(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return DeleteRows.begin(self, request, queryset)


@admin.register(TimeOff, site=site)
class TimeOffAdmin(DeletedTogether):
    form = TimeOffForm
    pages = (DeleteRows,)
    tenant_path = "practitioner__organization"
    locks = "time_off"
    locks_named: ClassVar = {"practitioner": "pk"}
    with_rows = ("practitioner",)
    place = ("hours", 4)
    autocomplete_fields = ("practitioner",)
    list_display = ("practitioner", "starts_at", "ends_at", "reason")
    list_filter = ("practitioner",)
    search_fields = ("practitioner__name", "reason")
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "id")

    def days_of(self, row: Any) -> tuple[date, date]:
        return localtime(row.starts_at).date(), localtime(row.ends_at).date()

    def in_words(self, row: Any) -> str:
        start, end = (dated(localtime(moment), "j F Y H:i") for moment in (row.starts_at, row.ends_at))
        words = _("%(practitioner)s, %(start)s to %(end)s")
        return with_reason(words % {"practitioner": row.practitioner, "start": start, "end": end}, row)


class ClosureForm(TenantForm):
    refused_at: ClassVar = {"clinic_closure_once": "date"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "date" in self.fields:
            self.fields["date"].help_text = _("From midnight to midnight on the clinic's own clock.")


@admin.register(ClinicClosure, site=site)
class ClinicClosureAdmin(DeletedTogether):
    form = ClosureForm
    pages = (PublicHolidays, CloseDays, DeleteRows)
    tenant_path = "clinic__organization"
    locks = "assignments__clinic__closures"
    locks_named: ClassVar = {"clinic": "assignments__clinic"}
    with_rows = ("clinic",)
    place = ("hours", 5)
    autocomplete_fields = ("clinic",)
    list_display = ("clinic", "date", "reason")
    list_filter = ("clinic",)
    search_fields = ("clinic__name", "reason")
    date_hierarchy = "date"
    ordering = ("-date", "clinic__name")

    def days_of(self, row: Any) -> tuple[date, date]:
        return row.date, row.date

    def in_words(self, row: Any) -> str:
        return with_reason(f"{row.clinic}, {dated(row.date, 'l j F Y')}", row)


def with_reason(words: str, row: TimeOff | ClinicClosure) -> str:
    return f"{words}: {row.reason}" if row.reason else words
