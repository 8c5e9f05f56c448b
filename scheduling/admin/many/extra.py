"""Hours on one day beside those of the week: a schedule of that day alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any

from django.contrib.admin.widgets import AdminDateWidget, AdminTimeWidget
from django.forms import modelform_factory
from django.http import QueryDict
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin import TenantForm
from clinics.days import dated
from scheduling.admin.fields import DigitsTimeField
from scheduling.admin.many.days import refuse_the_past
from scheduling.admin.pages import EffectPage
from scheduling.admin.week_rows import with_its_week
from scheduling.domain.sessions import WeeklyHours, session_on
from scheduling.domain.weeks import find_clash
from scheduling.forms import SaneDateField
from scheduling.models import ClinicClosure, Schedule, TimeOff, WorkingHours
from scheduling.services.week import clash_in_words, into_the_next_day, nothing_to_offer, other_hours, weekly


class ExtraHoursForm(TenantForm):
    day = SaneDateField(label=gettext_lazy("Date"), widget=AdminDateWidget)
    start_time = DigitsTimeField(label=gettext_lazy("From"), widget=AdminTimeWidget(format="%H:%M"))
    end_time = DigitsTimeField(
        label=gettext_lazy("Until"),
        widget=AdminTimeWidget(format="%H:%M"),
        help_text=gettext_lazy("On the clinic's own clock; hours may end on the next day."),
    )
    field_order = ("assignment", "day", "start_time", "end_time", "slot_minutes", "capacity")

    def clean_day(self) -> date:
        return refuse_the_past(self.cleaned_data["day"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            assignment, day = said["assignment"], said["day"]
            self.instance.valid_from = self.instance.valid_until = day
            if not assignment.starts_on <= day <= (assignment.ends_on or date.max):
                self.add_error("day", _("The practitioner is not assigned to this clinic on that day."))
        return said

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # not in the stubs
        if not self.errors:
            self._mind_the_others()

    def _mind_the_others(self) -> None:
        hours = self.hours()
        if words := nothing_to_offer(hours):
            self.add_error("end_time", words)
        elif clash := find_clash([hours], other_hours(self.instance)):
            self.add_error("start_time", clash_in_words(clash, elsewhere=True))

    def hours(self) -> WeeklyHours:
        return weekly(self.row(), self.instance)

    def row(self) -> WorkingHours:
        said = self.cleaned_data
        return WorkingHours(weekday=said["day"].weekday(), start_time=said["start_time"], end_time=said["end_time"])


class ExtraHours(EffectPage):
    slug = "extra-hours"
    tool = title = gettext_lazy("Extra hours on one day")
    lead = gettext_lazy("Beside the hours of the week, which stay as they are.")
    concerns = ("assignment", "assignments")
    begins = "day"

    def form(self, data: QueryDict | None = None) -> Any:
        fields = ("assignment", "slot_minutes", "capacity")
        callback = partial(self.model_admin.formfield_for_dbfield, request=self.request)
        form_class: Any = modelform_factory(Schedule, ExtraHoursForm, fields, formfield_callback=callback)
        form_class.request = self.request
        return form_class(data)

    def act(self, form: Any) -> list[str]:
        schedule = form.save()
        row = form.row()
        row.schedule = schedule
        row.save()
        self.model_admin.record(self.request, "CREATED", schedule, new=with_its_week(schedule))
        said = {"day": dated(schedule.valid_from, "l j F Y"), "practitioner": schedule.assignment.practitioner}
        return [_("Extra hours of %(practitioner)s on %(day)s were added.") % said]

    def notes(self, form: Any) -> Iterable[str]:
        """Say what keeps the hours from being offered: a closed clinic, an absence, who or what is not active."""
        hours = form.hours()
        assignment, day = form.instance.assignment, form.cleaned_data["day"]
        if words := into_the_next_day(hours):
            yield words
        if not (assignment.practitioner.is_active and assignment.clinic.is_active):
            yield _("Nothing can be booked: the practitioner or the clinic is not active.")
        for closure in ClinicClosure.objects.filter(clinic=assignment.clinic_id, date=day):
            yield with_reason(_("The clinic is closed on that day."), closure.reason)
        if session := session_on(day, hours):
            away = TimeOff.objects.filter(practitioner=assignment.practitioner_id)
            for each in away.filter(starts_at__lt=session.end, ends_at__gt=session.start):
                start, end = (dated(localtime(moment), "j F Y H:i") for moment in (each.starts_at, each.ends_at))
                words = _("The practitioner is away from %(start)s to %(end)s.") % {"start": start, "end": end}
                yield with_reason(words, each.reason)


def with_reason(words: str, reason: str) -> str:
    return f"{words} ({reason})" if reason else words
