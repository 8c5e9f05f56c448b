"""Practitioners, the clinics that they are assigned to, and when they are away."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin import TenantForm, TenantInline, site
from clinics.admin.tenant import TenantFormSet
from clinics.models import ClinicAssignment, Practitioner, User
from scheduling.admin.absences import TimeOffForm
from scheduling.admin.fields import TIME_FIELDS
from scheduling.admin.locking import TimeAdmin
from scheduling.domain.sessions import ONE_DAY
from scheduling.domain.weeks import find_clash
from scheduling.models import Appointment, TimeOff
from scheduling.services.week import Dates, clash_in_words, hours_by


class AssignmentForm(TenantForm):
    """An assignment keeps its practitioner and its clinic: appointments and schedules depend on them."""

    refused_at: ClassVar = {
        "clinic_assignment_ends_after_start": "ends_on",
        "clinic_assignment_once_at_a_time": "starts_on",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("practitioner", "clinic"):
            if self.instance.pk and name in self.fields:
                self.fields[name].disabled = True
        if not self.instance.pk:
            self.fields["starts_on"].initial = timezone.localdate

    def dates(self) -> Dates | None:
        """Give the dates as they are about to be; None where they are not known."""
        said = getattr(self, "cleaned_data", {})
        return (said["starts_on"], said.get("ends_on")) if said.get("starts_on") else None

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        # In the practitioner's page all assignments are checked together.
        if self.instance.pk and "practitioner" in self.fields and self.has_changed():
            refuse_overlapping_hours(self.instance.practitioner_id, [self])
        return said


def refuse_overlapping_hours(practitioner_id: int, forms: list[Any]) -> None:
    """Refuse dates of assignments on which hours of two schedules at one clinic would be over each other."""
    dates = {form.instance.pk: form.dates() for form in forms if form.instance.pk and form.dates()}
    assignments = ClinicAssignment.objects.filter(practitioner=practitioner_id)
    hours = hours_by(assignments, dates)
    for form in forms:
        own = hours.pop(form.instance.pk, [])
        others = [each for of_one in hours.values() for each in of_one]
        if own and (clash := find_clash(own, others)):
            form.add_error("ends_on", clash_in_words(clash, elsewhere=True))


class AssignmentFormSet(TenantFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form for form in self.forms if form.cleaned_data]
        for position, form in enumerate(rows):
            if any(_same_time(form.instance, other.instance) for other in rows[:position]):
                form.add_error("starts_on", _("The practitioner is assigned to this clinic in that time already."))
        if self.instance.pk and any(form.has_changed() for form in rows):
            refuse_overlapping_hours(self.instance.pk, [form for form in rows if form.instance.pk])


def _same_time(one: ClinicAssignment, other: ClinicAssignment) -> bool:
    apart = (one.ends_on and one.ends_on < other.starts_on) or (other.ends_on and other.ends_on < one.starts_on)
    return one.clinic_id == other.clinic_id and not apart


class AssignmentInline(TenantInline, admin.TabularInline):  # type: ignore[type-arg]
    model = ClinicAssignment
    form = AssignmentForm
    formset = AssignmentFormSet
    formfield_overrides = TIME_FIELDS
    autocomplete_fields = ("clinic",)
    fields = ("clinic", "starts_on", "ends_on")
    verbose_name_plural = gettext_lazy("works at")
    can_delete = False
    show_change_link = True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:  # noqa: ARG002
        return 0 if obj else 1


class TimeOffInline(TenantInline, admin.TabularInline):  # type: ignore[type-arg]
    model = TimeOff
    form = TimeOffForm
    tenant_path = "practitioner__organization"
    formfield_overrides = TIME_FIELDS
    fields = ("starts_at", "ends_at", "reason")
    verbose_name_plural = gettext_lazy("time off to come")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # A day longer, so that a page that was open overnight can still be saved.
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(ends_at__gte=timezone.now() - ONE_DAY)


class PractitionerForm(TenantForm):
    refused_at: ClassVar = {"practitioner_one_per_user": "user"}


@admin.register(Practitioner, site=site)
class PractitionerAdmin(TimeAdmin):
    form = PractitionerForm
    inlines = (AssignmentInline, TimeOffInline)
    locks = "pk"
    with_rows = ("specialty", "user")
    place = ("hours", 1)
    instead = gettext_lazy("Take the mark at “active” away instead.")
    autocomplete_fields = ("specialty",)
    list_display = ("name", "specialty", "login", "is_active")
    list_filter = ("is_active", "specialty")
    search_fields = ("name", "specialty__name")
    ordering = ("name", "id")
    fields = ("name", "specialty", "user", "is_active")

    @admin.display(description=gettext_lazy("signs in as"), ordering="user__email")
    def login(self, practitioner: Practitioner) -> str | None:
        return practitioner.user.email if practitioner.user else None

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "user" and field:
            # By the address: an account that others share keeps its name to itself.
            field.label_from_instance = _address
            field.help_text = _("The member who signs in as this practitioner, if anybody does.")
        return field


def _address(user: User) -> str:
    return user.email


@admin.register(ClinicAssignment, site=site)
class ClinicAssignmentAdmin(TimeAdmin):
    form = AssignmentForm
    locks = "assignments"
    locks_named: ClassVar = {"practitioner": "pk"}
    with_rows = ("practitioner", "clinic")
    place = ("hours", 2)
    instead = gettext_lazy("Give it an end instead.")
    autocomplete_fields = ("practitioner", "clinic")
    list_display = ("practitioner", "clinic", "starts_on", "ends_on")
    list_filter = ("clinic", "practitioner")
    search_fields = ("practitioner__name", "clinic__name")
    date_hierarchy = "starts_on"
    ordering = ("practitioner__name", "clinic__name", "starts_on")

    def reason_to_keep(self, request: HttpRequest, obj: Any) -> str:
        if Appointment.objects.filter(practitioner=obj.practitioner_id, clinic=obj.clinic_id).exists():
            return self.refers(obj, [Appointment._meta.verbose_name_plural])
        return super().reason_to_keep(request, obj)
