"""Public holidays, proposed as closures and approved one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinics.admin import administered
from clinics.days import dated
from clinics.models import Clinic
from scheduling.admin.many.closing import close
from scheduling.admin.many.days import open_clinics
from scheduling.admin.pages import EffectPage, PageForm
from scheduling.forms import SaneDateField
from scheduling.models import ClinicClosure
from scheduling.services.public_holidays import PublicHoliday, public_holidays


class HolidayForm(PageForm):
    """One day, and the clinics that close on it."""

    day = SaneDateField(widget=forms.HiddenInput)
    clinics: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        None, error_messages={"required": gettext_lazy("Tick the clinics that are closed on this day.")}
    )

    def offer(self) -> None:
        self.fields["clinics"].queryset = open_clinics(self.request)  # type: ignore[attr-defined] # its own field


@dataclass(frozen=True, slots=True)
class Choice:
    """A clinic on a holiday: whether it is closed already, whether it was ticked."""

    clinic: Clinic
    closed: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    holiday: PublicHoliday
    choices: list[Choice]
    sent: bool
    """This is the one that was asked about."""

    @property
    def is_done(self) -> bool:
        return all(choice.closed for choice in self.choices)


class PublicHolidays(EffectPage):
    template_name = "admin/public_holidays.html"
    slug = "public-holidays"
    tool = title = gettext_lazy("Public holidays")
    lead = gettext_lazy(
        "Proposals for this year and the next. Nothing is closed until you close it here, day by day and clinic by "
        "clinic."
    )
    form_class = HolidayForm
    concerns = ("clinics", "assignments__clinic")
    begins = "day"

    def act(self, form: Any) -> list[str]:
        day, clinics = form.cleaned_data["day"], form.cleaned_data["clinics"]
        holiday = next((each for each in self._to_come() or [] if each.day == day), None)
        if holiday is None:
            raise ValidationError(_("This is not a day that is proposed here."))
        new = close(self, clinics, [day], holiday.name[:200])
        words = ngettext("%(count)d clinic is closed on %(day)s.", "%(count)d clinics are closed on %(day)s.", new)
        return [words % {"count": new, "day": dated(day, "l j F Y")}]

    def done(self) -> str:
        return self.address

    def more(self, form: Any) -> dict[str, Any]:
        proposals = self._proposals(form)
        country = form.organization.phone_region
        return {"country": country, "proposals": proposals, "media": self.model_admin.media}

    def _to_come(self) -> list[PublicHoliday] | None:
        """Give the holidays from today to the end of the next year; None for a country that is not known."""
        today = timezone.localdate()
        organization = administered(self.request)
        country = organization.phone_region if organization else ""
        found: list[PublicHoliday] = []
        for year in (today.year, today.year + 1):
            of_year = public_holidays(country, year)
            if of_year is None:
                return None
            found += [each for each in of_year if each.day >= today]
        return found

    def _proposals(self, form: Any) -> list[Proposal] | None:
        holidays = self._to_come()
        if holidays is None:
            return None
        clinics = list(form.fields["clinics"].queryset)
        on_days = ClinicClosure.objects.filter(clinic__in=clinics, date__in=[each.day for each in holidays])
        closed = set(on_days.values_list("clinic", "date"))
        said = form.data.get("day") if form.is_bound else None
        ticked = set(form.data.getlist("clinics")) if form.is_bound else set()
        alone = len(clinics) == 1  # nothing to choose among
        return [
            Proposal(
                holiday,
                [
                    Choice(clinic, (clinic.pk, holiday.day) in closed, str(clinic.pk) in ticked if sent else alone)
                    for clinic in clinics
                ],
                sent,
            )
            for holiday in holidays
            for sent in [said == holiday.day.isoformat()]
        ]
