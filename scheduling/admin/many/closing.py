"""Clinics closed on a day, or on several days in a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinics.admin.events import kept
from clinics.models import Clinic
from clinics.text import OneLineField
from scheduling.admin.many.days import open_clinics, refuse_the_past
from scheduling.admin.pages import EffectPage, PageForm
from scheduling.domain.sessions import ONE_DAY
from scheduling.forms import SaneDateField
from scheduling.models import ClinicClosure

MOST_DAYS = 31


def close(page: EffectPage, clinics: Iterable[Clinic], days: Iterable[date], reason: str) -> int:
    """Close the clinics on the days on which they are not closed yet; give how many closures that took."""
    clinics, days = list(clinics), list(days)
    there = set(ClinicClosure.objects.filter(clinic__in=clinics, date__in=days).values_list("clinic", "date"))
    new = [
        ClinicClosure(clinic=clinic, date=day, reason=reason)
        for day in days
        for clinic in clinics
        if (clinic.pk, day) not in there
    ]
    for closure in new:
        closure.save()
        page.model_admin.record(page.request, "CREATED", closure, new=kept(closure))
    if not new:
        raise ValidationError(_("That is closed already."))
    return len(new)


class ClosingForm(PageForm):
    first = SaneDateField(label=gettext_lazy("Date"), widget=AdminDateWidget)
    last = SaneDateField(
        label=gettext_lazy("Until"),
        widget=AdminDateWidget,
        required=False,
        help_text=gettext_lazy("Included. Leave it empty to close one day."),
    )
    reason = OneLineField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        widget=AdminTextInputWidget,
    )
    clinics: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        None, label=gettext_lazy("Clinics"), widget=forms.CheckboxSelectMultiple
    )

    def offer(self) -> None:
        clinics = open_clinics(self.request)
        self.fields["clinics"].queryset = clinics  # type: ignore[attr-defined] # its own field
        self.initial = {"first": timezone.localdate() + ONE_DAY, "clinics": list(clinics)}

    def clean_first(self) -> date:
        return refuse_the_past(self.cleaned_data["first"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if first and last and last < first:
            self.add_error("last", _("This is before its start."))
        elif first and last and (last - first).days >= MOST_DAYS:
            words = ngettext("At most %d day in a row.", "At most %d days in a row.", MOST_DAYS) % MOST_DAYS
            self.add_error("last", words)
        return said


class CloseDays(EffectPage):
    slug = "close-days"
    tool = title = gettext_lazy("Close a day for several clinics")
    lead = gettext_lazy("Days on which a clinic is closed already are left as they are.")
    button = gettext_lazy("Close the clinics")
    form_class = ClosingForm
    concerns = ("clinics", "assignments__clinic")
    begins = "first"

    def act(self, form: Any) -> list[str]:
        said = form.cleaned_data
        length = ((said["last"] or said["first"]) - said["first"]).days + 1
        days = [said["first"] + n * ONE_DAY for n in range(length)]
        new = close(self, said["clinics"], days, said["reason"])
        before = len(days) * len(said["clinics"]) - new
        words = [ngettext("%d closure was added.", "%d closures were added.", new) % new]
        more = ngettext("%d was there already.", "%d were there already.", before) % before
        return [*words, more] if before else words
