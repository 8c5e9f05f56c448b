"""Types of appointments; and the appointments, which are changed on the site alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clinics.admin import ReadOnly, TenantAdmin, TenantForm, administered, site
from clinics.days import dated
from scheduling.models import Appointment, AppointmentType


class AppointmentTypeForm(TenantForm):
    refused_at: ClassVar = {
        "appointment_type_code_once": "code",
        "appointment_type_one_default": "is_default",
    }


@admin.register(AppointmentType, site=site)
class AppointmentTypeAdmin(TenantAdmin):
    form = AppointmentTypeForm
    place = ("hours", 6)
    list_display = ("name", "code", "duration", "encounter_type", "is_default")
    search_fields = ("name", "code")
    ordering = ("-is_default", "name")
    fields = ("name", "code", "duration", "encounter_type", "is_default")
    prepopulated_fields: ClassVar = {"code": ("name",)}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        types = AppointmentType.objects.filter(organization=administered(request))
        first = {"is_default": not types.filter(is_default=True).exists()}
        return {**first, **super().get_changeform_initial_data(request)}


@admin.register(Appointment, site=site)
class AppointmentAdmin(ReadOnly):
    place = ("book", 2)
    with_rows = ("patient", "practitioner", "clinic", "appointment_type")
    list_display = ("start", "patient", "practitioner", "clinic", "appointment_type", "status")
    list_filter = ("status", "clinic", "practitioner", "appointment_type")
    search_fields = ("patient__name", "patient__record_number", "practitioner__name")
    date_hierarchy = "appointment_date"
    ordering = ("-appointment_date", "id")
    fields = ("on_the_site", "start", "end", "patient", "practitioner", "clinic", "appointment_type", "status", "notes")

    def named(self, obj: Appointment) -> str:
        return f"{obj.patient}, {_moment(obj.local_start)}"

    @admin.display(description=_("start"), ordering="appointment_date")
    def start(self, appointment: Appointment) -> str:
        return _moment(appointment.local_start)

    @admin.display(description=_("end"))
    def end(self, appointment: Appointment) -> str:
        return _moment(appointment.local_end)

    @admin.display(description=_("on the site"))
    def on_the_site(self, appointment: Appointment) -> str:
        address = reverse("appointment", args=[appointment.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open, move or cancel it there"))


def _moment(local: datetime) -> str:
    """Write the time as the clinic's clock shows it, whatever the clock of the page is."""
    return dated(local.replace(tzinfo=None), "j F Y H:i")
