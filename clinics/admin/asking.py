"""What is looked for in the audit trail: by whom, about what, of which kind, from when to when; one form for all."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin.members import is_own
from clinics.administration import administered, site
from clinics.kinds import words_of
from clinics.models import ActivityEvent, Membership
from clinics.text import DigitsDateField

NOBODY = "-"
"""The value of `who` for what happened by itself, or by a patient's link."""


class AskForm(forms.Form):
    who = forms.ChoiceField(label=gettext_lazy("By"), required=False)
    about = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    what = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    since = DigitsDateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = DigitsDateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, said: Any, request: HttpRequest) -> None:
        super().__init__(said)
        for name, choices in (("who", _people(request)), ("about", _models()), ("what", _kinds(request))):
            # A stranger's key is no choice, so it is told at its field and finds nothing.
            self.fields[name].choices = [("", _("all")), *choices]  # type: ignore[attr-defined]


def _people(request: HttpRequest) -> list[tuple[str, str]]:
    members = site._registry[Membership].get_queryset(request).select_related("user").order_by("user__email")
    people = [
        (str(each.user_id), f"{each.user.name}, {each.user.email}" if is_own(each) else each.user.email)
        for each in members
    ]
    return [*people, (NOBODY, _("nobody: by itself, or a patient"))]


def _models() -> list[tuple[str, str]]:
    models = [model for model, registered in site._registry.items() if hasattr(registered, "tenant_path")]
    return [(model._meta.label_lower, capfirst(str(model._meta.verbose_name))) for model in models]


def _kinds(request: HttpRequest) -> list[tuple[str, str]]:
    kinds = ActivityEvent.objects.filter(organization=administered(request)).order_by().values_list("kind", flat=True)
    return sorted(((kind, words_of(kind)) for kind in kinds.distinct()), key=lambda each: each[1])


class Asked(admin.ListFilter):
    """All that the form asks for, as one filter of the list."""

    title = gettext_lazy("what is looked for")
    parameter_names: ClassVar = tuple(AskForm.base_fields)

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        said = {name: params.pop(name)[-1] for name in self.parameter_names if name in params}
        self.used_parameters = said
        self.form = AskForm(said, request)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameter_names)

    def choices(self, changelist: Any) -> Any:  # noqa: ARG002 the form is drawn instead
        return []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if not self.form.is_valid():
            return queryset.none()
        asked = self.form.cleaned_data
        if asked["who"]:
            queryset = queryset.filter(actor=None if asked["who"] == NOBODY else asked["who"])
        if asked["about"]:
            app_label, _dot, model = asked["about"].partition(".")
            queryset = queryset.filter(target_type__app_label=app_label, target_type__model=model)
        if asked["what"]:
            queryset = queryset.filter(kind=asked["what"])
        if asked["since"]:
            queryset = queryset.filter(created_at__gte=_midnight(asked["since"]))
        if asked["until"]:
            queryset = queryset.filter(created_at__lt=_midnight(asked["until"] + timedelta(days=1)))
        return queryset


def _midnight(day: Any) -> datetime:
    """Give the instant at which the day begins on the organization's clock."""
    return timezone.make_aware(datetime.combine(day, time.min))
