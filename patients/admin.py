"""Patients, for administrators; the desk adds them while it books."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import CharField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinics.admin import TenantAdmin, TenantForm, actor_of, administered, site
from clinics.admin.tenant import CLEAN_FIELDS
from clinics.text import fold_digits
from patients.forms import NewPatientForm, PhoneField
from patients.models import Patient


class PatientForm(TenantForm):
    def clean_birth_date(self) -> Any:
        return NewPatientForm.clean_birth_date(self)  # type: ignore[arg-type] # it reads the cleaned date alone


@admin.register(Patient, site=site)
class PatientAdmin(TenantAdmin):
    form = PatientForm
    place = ("book", 1)
    instead = _("Take the mark at “active” away instead.")
    formfield_overrides: ClassVar = {**CLEAN_FIELDS, PhoneNumberField: {"form_class": PhoneField}}
    list_display = ("name", "record_number", "birth_date", "phone", "is_active")
    list_filter = ("is_active", "language")
    search_fields = ("name", "record_number", "phone_text")
    ordering = ("name", "id")
    fields = ("name", "record_number", "birth_date", "birth_date_estimated", "phone", "email", "language", "is_active")
    readonly_fields = ("record_number",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        return fields if obj else [name for name in fields if name not in {"record_number", "is_active"}]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever was merged into another record becomes active again by undoing that alone."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "is_active") if obj is not None and obj.merged_into_id else fields

    def get_queryset(self, request: HttpRequest) -> Any:
        # As text: the field itself would read the last digits as a whole number.
        return super().get_queryset(request).annotate(phone_text=Cast("phone", CharField()))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, fold_digits(search_term))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        organization = administered(request)
        if db_field.name == "phone" and organization:
            kwargs["region"] = organization.phone_region
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        if change:
            super().save_model(request, obj, form, change)
            return
        given = {name: form.cleaned_data[name] for name in form.cleaned_data}
        added = Patient.objects.register(obj.organization, actor=actor_of(request), **given)
        obj.__dict__ |= added.__dict__

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing more: registering a patient tells of it."""
