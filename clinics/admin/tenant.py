"""The wall between organizations in Django admin: rows, choices, filters, addresses and events, in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.contrib.admin.widgets import (
    AdminDateWidget,
    AdminTextareaWidget,
    AdminTextInputWidget,
    RelatedFieldWidgetWrapper,
)
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from psycopg import errors

from clinics.admin.asked import AskedList, KeySelect
from clinics.admin.events import changes_of, events_about, kept, kind_of
from clinics.admin.told import Teller
from clinics.administration import actor_of, administered, is_administrator, site
from clinics.models import Organization, record_event
from clinics.text import CleanTextField, DigitsDateField, DigitsIntegerField, OneLineField

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
    StackedOrTabular = InlineModelAdmin[Any, Any]
    RelatedFieldListFilter = admin.RelatedFieldListFilter
else:
    ModelAdmin, ModelForm, InlineFormSet = admin.ModelAdmin, forms.ModelForm, forms.BaseInlineFormSet
    StackedOrTabular = object
    RelatedFieldListFilter = admin.RelatedFieldListFilter

LOCK_TIMEOUT = "5s"
CONTENDED = (
    *(errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure),
    *(errors.UniqueViolation, errors.ExclusionViolation, errors.ForeignKeyViolation),
)
"""What only happens when two people write at the same moment: each alone would have been told at the field."""

CLEAN_FIELDS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.CharField: {"form_class": OneLineField, "widget": AdminTextInputWidget},
    models.SlugField: {"widget": AdminTextInputWidget},
    models.TextField: {"form_class": CleanTextField, "widget": AdminTextareaWidget(attrs={"rows": 3})},
    models.DateField: {"form_class": DigitsDateField, "widget": AdminDateWidget},
    # A box for numbers would not take Burmese digits.
    models.IntegerField: {
        "form_class": DigitsIntegerField,
        "widget": AdminTextInputWidget(attrs={"class": "vIntegerField", "inputmode": "numeric"}),
    },
}


class TenantForm(ModelForm):
    """A form whose row belongs to the organization before anything is checked.

    What a constraint of the database refuses is said beforehand, at the field that `refused_at` names.
    """

    request: ClassVar[HttpRequest]
    refused_at: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.has_organization() and self.instance.organization_id is None:
            self.instance.organization = administered(self.request)

    def is_valid(self) -> bool:
        # What was only looked at is drawn again as it was sent, not saved.
        return super().is_valid() and not hasattr(self.request, "shows")

    def has_organization(self) -> bool:
        return any(field.name == "organization" for field in self.instance._meta.fields)

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc] # not in the stubs
        known = self.has_organization() and self.instance.organization_id
        return excluded - {"organization"} if known else excluded

    def validate_constraints(self) -> None:
        excluded = self._get_validation_exclusions()
        for model, constraints in self.instance.get_constraints():
            for constraint in constraints:
                try:
                    constraint.validate(model, self.instance, exclude=excluded)
                except ValidationError as refused:
                    field = self.refused_at.get(constraint.name)
                    words = refused if field not in self.fields else refused.messages
                    self.add_error(field if field in self.fields else None, words)
                    # The next may not even be asked: there is no range of dates from an end to a start before it.
                    return


class ScopedFilter(RelatedFieldListFilter):
    """A filter by rows of one's own organization."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:  # noqa: ARG002
        return [(row.pk, str(row)) for row in site.rows_of(field.remote_field.model, request)]


class Scoped:
    """What a page and its inlines share: rights by role, rows and choices of one's own organization."""

    model: type[models.Model]
    tenant_path: ClassVar[str] = "organization"
    """The way from the row to its organization."""
    for_superusers: ClassVar[bool] = False
    """Superusers have all rows of it, of every organization."""
    with_rows: ClassVar[tuple[str, ...]] = ()
    """What is loaded with each row, since a list shows it."""

    def may(self, request: HttpRequest) -> bool:
        return is_administrator(request) or (self.for_superusers and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 Django's signature
        return self.may(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return self.may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return self.may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return self.may(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        rows = rows.select_related(*self.with_rows) if self.with_rows else rows
        if self.for_superusers and request.user.is_superuser:
            return rows
        organization = administered(request)
        return rows.filter(**{self.tenant_path: organization.pk}) if organization else rows.none()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            # To change it and to add one is enough beside a choice.
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined] # of Django's own base
            kwargs["widget"] = KeySelect(db_field, site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """Give what a foreign key may point at: an own row, as the form checks once more when it is sent."""
        usual = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        rows = site.rows_of(db_field.remote_field.model, request)
        return rows.order_by(*usual.query.order_by) if usual is not None else rows


class TenantFormSet(InlineFormSet):
    """Rows of a table: each field says what it is, as its column's heading does to the eye."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            widget = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", field.label)


class TenantInline(Scoped, StackedOrTabular):
    """Rows of the same organization on their parent's page."""

    form = TenantForm
    formset = TenantFormSet
    exclude = ("organization",)
    extra = 0
    formfield_overrides = CLEAN_FIELDS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.request = request  # type: ignore[attr-defined]
        return formset


class TenantAdmin(Scoped, AskedList, ModelAdmin):
    """Pages on which an administrator works on the rows of one's own organization, and on no others.

    Every change writes one event in its transaction. What has history is not deleted: that is refused in words.
    """

    form = TenantForm
    exclude: ClassVar[Any] = ("organization",)
    formfield_overrides = CLEAN_FIELDS
    actions: Any = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    object_history_template = "admin/activity.html"
    place: ClassVar[tuple[str, int]]
    """The section of the first page, and the place in it."""
    instead: ClassVar[str | Promise] = ""
    """What to do with a row that cannot be deleted."""

    def named(self, obj: Any) -> str:
        """Name a row where an event tells of it."""
        return str(obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        form = super().get_form(request, obj, change, **kwargs)
        form.request = request  # type: ignore[attr-defined]
        return form

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [
            (each, ScopedFilter) if isinstance(each, str) and self._is_relation(each) else each
            for each in super().get_list_filter(request)
        ]

    def _is_relation(self, path: str) -> bool:
        try:
            return bool(get_fields_from_path(self.model, path)[-1].remote_field)
        except FieldDoesNotExist:
            return False

    # One at a time

    def lock(self, request: HttpRequest, object_id: str | None) -> None:
        """Take the locks that a change needs, before anything is read that it is checked against."""

    def _one_at_a_time(self, request: HttpRequest, object_id: str | None, view: Callable[[], Any]) -> Any:
        if request.method != "POST":
            return view()
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
                self.lock(request, unquote(object_id) if object_id else None)
                return view()
        except (IntegrityError, OperationalError) as error:
            if not isinstance(error.__cause__, CONTENDED):
                raise
            words = _("Somebody else changed this at the same moment. Nothing was saved: please try again.")
            self.message_user(request, words, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        view = super().changeform_view
        return self._one_at_a_time(request, object_id, lambda: view(request, object_id, form_url, extra_context))

    # Deleting

    def reason_to_keep(self, request: HttpRequest, obj: Any) -> str:  # noqa: ARG002 who asks matters to some
        """Say why the row cannot be deleted; empty when it can."""
        using = [
            relation.related_model._meta.verbose_name_plural
            for relation in obj._meta.get_fields(include_hidden=True)
            if getattr(relation, "on_delete", None) is models.PROTECT
            and relation.auto_created
            and relation.related_model._base_manager.filter(**{relation.field.name: obj}).exists()
        ]
        return self.refers(obj, using) if using else ""

    def refers(self, obj: Any, using: list[Any]) -> str:
        what = get_text_list(sorted(str(each) for each in using), _("and"))
        words = _("%(row)s cannot be deleted: %(what)s refer to it.") % {"row": capfirst(str(obj)), "what": what}
        return f"{words} {self.instead}".strip()

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        view = super().delete_view

        def refused_or_deleted() -> Any:
            obj = self.get_object(request, unquote(object_id))
            reason = self.reason_to_keep(request, obj) if obj and self.has_delete_permission(request, obj) else ""
            return self._keep(request, object_id, reason) if reason else view(request, object_id, extra_context)

        try:
            return self._one_at_a_time(request, object_id, refused_or_deleted)
        except ProtectedError:  # somebody has used it since we looked
            return self._keep(request, object_id, _("This is in use by now, so it cannot be deleted."))

    def _keep(self, request: HttpRequest, object_id: str, reason: str) -> HttpResponse:
        self.message_user(request, reason, messages.ERROR)
        opts = self.model._meta
        return HttpResponseRedirect(reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[object_id]))

    # Events

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        """Give what the event says: the changed fields, old and new."""
        return changes_of(form, added=add)

    def record(
        self, request: HttpRequest, what: str, obj: Any, *, old: dict[str, Any] | None = None, new: Any = None
    ) -> None:
        record_event(
            kind=kind_of(obj, what),
            target=obj,
            actor=actor_of(request),
            organization=self.owner(request, obj),
            old=old,
            new=new,
        )

    def owner(self, request: HttpRequest, obj: Any) -> Organization:
        """Give whose event a change of the row is."""
        owner = getattr(obj, "organization", None) or administered(request)
        if owner is None:
            raise TypeError(f"{obj!r} belongs to no organization.")
        return owner

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.record(request, "CREATED", obj, new=message["new"])

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if message["old"] != message["new"]:
            self.record(request, "CHANGED", obj, **message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self.record(request, "DELETED", obj, old=kept(obj))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        gone = [each.instance.pk for each in formset.deleted_forms if each.instance.pk]
        # As they are kept: a row that is taken out may have been typed over as well.
        for obj in formset.get_queryset().filter(pk__in=gone):
            self.record(request, "DELETED", obj, old=kept(obj))
        super().save_formset(request, form, formset, change)
        for obj in formset.new_objects:
            self.record(request, "CREATED", obj, new=kept(obj))
        forms_of = {each.instance.pk: each for each in formset.initial_forms}
        for obj, _changed in formset.changed_objects:
            self.record(request, "CHANGED", obj, **changes_of(forms_of[obj.pk]))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        events = list(events_about(obj)) if obj else []
        organization = administered(request)
        teller = Teller(organization.pk if organization else None, events)
        told = [(event, teller.changes(event)) for event in events]
        return super().history_view(request, object_id, {"events": told, **(extra_context or {})})


class ReadOnly(TenantAdmin):
    """Rows to look at, and to change elsewhere or never."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
