"""The organization, its clinics and its specialties."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from phonenumbers import SUPPORTED_REGIONS

from clinics.admin.tenant import TenantAdmin, TenantForm
from clinics.administration import administered, site
from clinics.models import Clinic, Membership, MembershipClinic, Organization, Specialty


class ZoneInput(forms.TextInput):
    """A line to type in, with every time zone to choose from."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        zones = f"{name}-zones"
        line = super().render(name, value, {**(attrs or {}), "list": zones}, renderer)
        options = format_html_join("", '<option value="{}">', ((zone,) for zone in sorted(available_timezones())))
        return format_html('{}<datalist id="{}">{}</datalist>', line, zones, options)


class OrganizationForm(TenantForm):
    class Meta:
        help_texts: ClassVar = {
            "timezone": _("Whose clock times are on where no clinic is chosen. Each clinic has its own."),
            "phone_region": _("The country whose numbers patients give without a code, as two letters: MM."),
            "buffer_minutes": _("Free minutes that each practitioner keeps before and after a visit."),
            "late_start_minutes": _("How long a time that has begun can still be given to somebody who walks in."),
            "encounter_opens": _("When the clinical record of a visit begins."),
        }

    def clean_phone_region(self) -> str:
        region: str = self.cleaned_data["phone_region"].upper()
        if region not in SUPPORTED_REGIONS:
            raise forms.ValidationError(
                _("%(region)s is not the code of a country with telephones, such as MM."), params={"region": region}
            )
        return region


@admin.register(Organization, site=site)
class OrganizationAdmin(TenantAdmin):
    form = OrganizationForm
    tenant_path = "pk"
    for_superusers = True
    place = ("house", 1)
    exclude = ()
    list_display = ("name", "timezone", "phone_region")
    search_fields = ("name",)
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "timezone", "phone_region")}),
        (
            _("Booking"),
            {
                "fields": ("buffer_minutes", "late_start_minutes", "encounter_opens", "automatic_no_show"),
                "description": _(
                    "These hold at every clinic, for every booking from the moment they are saved. “Preview” works "
                    "out what the values above it come to, and names the booked visits that would no longer fit."
                ),
            },
        ),
        (
            _("Messages to patients"),
            {
                "fields": ("email_notifications", "sms_notifications", "patient_wait_minutes", "reminder_hours"),
                "description": _("What is owed already keeps its hour; every change after this goes by these."),
            },
        ),
        (_("Messages to practitioners"), {"fields": ("practitioner_emails",)}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "timezone":
            kwargs["widget"] = ZoneInput
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def owner(self, request: HttpRequest, obj: Any) -> Organization:  # noqa: ARG002
        organization: Organization = obj
        return organization


@admin.register(Clinic, site=site)
class ClinicAdmin(TenantAdmin):
    place = ("house", 2)
    instead = _("Take the mark at “active” away instead.")
    list_display = ("name", "timezone", "address", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "address")
    ordering = ("name", "id")
    fields = ("name", "timezone", "address", "is_active")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "timezone":
            kwargs["widget"] = ZoneInput
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        organization = administered(request)
        zone = {"timezone": organization.timezone} if organization else {}
        return {**zone, **super().get_changeform_initial_data(request)}

    def reason_to_keep(self, request: HttpRequest, obj: Any) -> str:
        # Gone with the clinic, the limit of a membership would turn into none: all clinics.
        if MembershipClinic.objects.filter(clinic=obj).exists():
            return self.refers(obj, [Membership._meta.verbose_name_plural])
        return super().reason_to_keep(request, obj)


class SpecialtyForm(TenantForm):
    refused_at: ClassVar = {"specialty_name_once": "name"}


@admin.register(Specialty, site=site)
class SpecialtyAdmin(TenantAdmin):
    form = SpecialtyForm
    place = ("house", 4)
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name",)
