"""When a practitioner is away, and when a clinic is closed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext as _

from clinics.admin import TenantForm, administered, site
from scheduling.admin.locking import TimeAdmin
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


@admin.register(TimeOff, site=site)
class TimeOffAdmin(TimeAdmin):
    form = TimeOffForm
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


class ClosureForm(TenantForm):
    refused_at: ClassVar = {"clinic_closure_once": "date"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "date" in self.fields:
            self.fields["date"].help_text = _("From midnight to midnight on the clinic's own clock.")


@admin.register(ClinicClosure, site=site)
class ClinicClosureAdmin(TimeAdmin):
    form = ClosureForm
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
