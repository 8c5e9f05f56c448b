"""New hours from a date: for one's own assignment, and the same week for others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.forms import modelform_factory
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinics.admin import TenantForm, site
from clinics.days import dated
from clinics.models import ClinicAssignment
from scheduling.admin.many.days import refuse_the_past
from scheduling.admin.pages import EffectPage
from scheduling.admin.week_rows import WeekFormSet, WeekInline, with_its_week
from scheduling.domain.sessions import ONE_DAY, WeeklyHours
from scheduling.domain.weeks import ever_comes, find_clash
from scheduling.models import Schedule, WorkingHours
from scheduling.services.week import clash_in_words, into_the_next_day, other_hours, schedule_in_words, weekly

OF_A_ROW = ("weekday", "start_time", "end_time")


class NewWeek(WeekFormSet):
    """A week that is checked against itself alone: whom else it is for is only known with the rest of the form."""

    def others(self) -> list[WeeklyHours]:
        return []

    def clean(self) -> None:
        super().clean()
        if not any(self.errors) and not self.rows():
            raise ValidationError(_("A week needs hours. To offer none, give the schedule an end instead."))

    def rows(self) -> list[WorkingHours]:
        return [form.instance for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]


class NewWeekInline(WeekInline):
    formset = NewWeek


class NewHoursForm(TenantForm):
    """Dates, slots and whom the week is for; the rows of the week stand in `week`."""

    refused_at: ClassVar = {"schedule_valid_until_after_from": "valid_until"}
    week: NewWeek
    assignments: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        None, error_messages={"required": gettext_lazy("Choose whom the hours are for.")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at_targets: dict[int, str] = {}
        self.fields["valid_until"].help_text = _(
            "Leave it empty for hours without an end. With an end, the present hours are back on the day after."
        )
        self.fields["assignments"].queryset = _assignments(self.instance.assignment)  # type: ignore[attr-defined]

    def clean_valid_from(self) -> date:
        return refuse_the_past(self.cleaned_data["valid_from"])

    def is_valid(self) -> bool:
        sound = super().is_valid()
        return self.week.is_valid() and sound


def _assignments(own: ClinicAssignment) -> QuerySet[ClinicAssignment]:
    """Give who can have the hours, each with the schedules of today and after."""
    today = timezone.localdate()
    running = Schedule.objects.filter(Q(valid_until=None) | Q(valid_until__gte=today)).order_by("valid_from", "pk")
    lasting = Q(ends_on=None) | Q(ends_on__gte=today)
    working = lasting & Q(practitioner__is_active=True, clinic__is_active=True)
    rows = ClinicAssignment.objects.filter(working | Q(pk=own.pk), organization=own.organization_id)
    schedules = Prefetch("schedules", running.prefetch_related("working_hours"))
    order = ("practitioner__name", "clinic__name", "starts_on")
    return rows.select_related("practitioner", "clinic").prefetch_related(schedules).order_by(*order)


@dataclass(frozen=True, slots=True)
class Target:
    """One whom the hours may be for: whether they are, which hours there are now, and why it cannot be."""

    assignment: ClinicAssignment
    chosen: bool
    hours: list[str]
    refused: str


class NewHours(EffectPage):
    template_name = "admin/new_hours.html"
    slug = "new-hours"
    tool = gettext_lazy("New hours from a date, or for others")
    title = gettext_lazy("New hours from a date")
    lead = gettext_lazy(
        "The present hours end on the day before, and these begin. Tick others to copy the week to them as well."
    )
    of_a_row = True
    concerns = ("assignments", "assignments")
    begins = "valid_from"
    row: Schedule

    def form(self, data: QueryDict | None = None) -> NewHoursForm:
        fields = ("valid_from", "valid_until", "slot_minutes", "capacity")
        callback = partial(self.model_admin.formfield_for_dbfield, request=self.request)
        form_class: Any = modelform_factory(Schedule, NewHoursForm, fields, formfield_callback=callback)
        form_class.request = self.request
        form: NewHoursForm = form_class(data, instance=Schedule(assignment=self.row.assignment), initial=self._now())
        form.fields["valid_from"].help_text = self._soonest()
        form.week = self._week(form.instance, data)
        return form

    def _soonest(self) -> str:
        """Say from when the hours can be: of the schedule itself at least one day is left."""
        if self.row.valid_from < timezone.localdate():
            return _("Today is possible, too.")
        return _("Today is possible, too, if you tick only others below.")

    def _now(self) -> dict[str, Any]:
        start = max(timezone.localdate(), self.row.valid_from) + ONE_DAY
        until = self.row.valid_until
        return {
            "valid_from": start,
            "valid_until": until if until and until >= start else None,
            "slot_minutes": self.row.slot_minutes,
            "capacity": self.row.capacity,
            "assignments": [self.row.assignment_id],
        }

    def _week(self, schedule: Schedule, data: QueryDict | None) -> NewWeek:
        self.inline = NewWeekInline(Schedule, site)
        rows = [] if data is not None else list(self.row.working_hours.values(*OF_A_ROW))
        formset = self.inline.get_formset(self.request, None, extra=len(rows) + 1)
        week: NewWeek = formset(data, instance=schedule, prefix="working_hours", initial=rows)
        return week

    def notes(self, form: Any) -> Iterable[str]:
        return [words for row in form.week.rows() if (words := into_the_next_day(weekly(row, form.instance)))]

    # Writing

    def act(self, form: Any) -> list[str]:
        ended = 0
        given = []
        self._refuse_none_to_end(form)
        for assignment in form.cleaned_data["assignments"]:
            ended += self._make_room(form, assignment)
            given.append(self._give(form, assignment))
        for schedule in given:
            if words := _refused(schedule):
                form.at_targets[schedule.assignment_id] = words
        if form.at_targets:
            raise ValidationError(_("These hours cannot be for everybody that you chose: the reason stands there."))
        day, many = dated(form.cleaned_data["valid_from"], "j F Y"), len(given)
        words = ngettext("%(count)d schedule begins on %(day)s.", "%(count)d schedules begin on %(day)s.", many)
        begun = words % {"count": many, "day": day}
        before = ngettext("%d ends the day before.", "%d end the day before.", ended) % ended
        return [f"{begun} {before}" if ended else begun]

    def _refuse_none_to_end(self, form: Any) -> None:
        begins = self.row.valid_from
        own = self.row.assignment in form.cleaned_data["assignments"]
        if own and form.cleaned_data["valid_from"] <= begins:
            words = _("This schedule itself begins on %(day)s. Choose a later day, or change the schedule.")
            raise ValidationError({"valid_from": words % {"day": dated(begins, "j F Y")}})

    def _make_room(self, form: Any, assignment: ClinicAssignment) -> int:
        """End what runs on the first day; where the new hours have an end, it comes back after them."""
        first, last = form.cleaned_data["valid_from"], form.cleaned_data["valid_until"]
        still = Q(valid_until=None) | Q(valid_until__gte=first)
        running = Schedule.objects.filter(still, assignment=assignment, valid_from__lt=first)
        if assignment.pk == self.row.assignment_id:
            # What else somebody offers there, a group in the afternoon, is another schedule of theirs and stays.
            running = running.filter(pk=self.row.pk)
        for schedule in running:
            old = schedule.valid_until
            if last and (old is None or old > last):
                self._add(Schedule(**_copied(schedule), valid_from=last + ONE_DAY, valid_until=old), schedule)
            schedule.valid_until = first - ONE_DAY
            schedule.save(update_fields=["valid_until"])
            new = {"valid_until": schedule.valid_until}
            self.model_admin.record(self.request, "CHANGED", schedule, old={"valid_until": old}, new=new)
        return len(running)

    def _give(self, form: Any, assignment: ClinicAssignment) -> Schedule:
        said = {name: form.cleaned_data[name] for name in ("valid_from", "valid_until", "slot_minutes", "capacity")}
        schedule = Schedule(assignment=assignment, **said)
        self._add(schedule, form.week.rows())
        return schedule

    def _add(self, schedule: Schedule, week: Schedule | list[WorkingHours]) -> None:
        schedule.save()
        rows = week.working_hours.all() if isinstance(week, Schedule) else week
        WorkingHours.objects.bulk_create(
            [WorkingHours(schedule=schedule, **{name: getattr(row, name) for name in OF_A_ROW}) for row in rows]
        )
        self.model_admin.record(self.request, "CREATED", schedule, new=with_its_week(schedule))

    # Drawing

    def more(self, form: Any) -> dict[str, Any]:
        fields = [name for name in form.fields if name != "assignments"]
        week = InlineAdminFormSet(
            self.inline, form.week, self.inline.get_fieldsets(self.request), model_admin=self.model_admin
        )
        return {
            "adminform": AdminForm(form, [(None, {"fields": fields})], {}),
            "weeks": [week],
            "targets": list(self._targets(form)),
            "media": self.model_admin.media + form.media + week.media,
        }

    def _targets(self, form: Any) -> Iterable[Target]:
        chosen = {str(key) for key in form["assignments"].value() or []}
        for assignment in form.fields["assignments"].queryset:
            hours = [schedule_in_words(schedule) for schedule in assignment.schedules.all()]
            yield Target(assignment, str(assignment.pk) in chosen, hours, form.at_targets.get(assignment.pk, ""))


def _copied(schedule: Schedule) -> dict[str, Any]:
    return {name: getattr(schedule, name) for name in ("assignment_id", "slot_minutes", "capacity")}


def _refused(schedule: Schedule) -> str:
    """Say why these hours cannot be this assignment's; empty when they can."""
    week = [weekly(row, schedule) for row in schedule.working_hours.all()]
    if not any(ever_comes(hours) for hours in week):
        return _("None of these hours is ever in the time of this assignment.")
    clash = find_clash(week, other_hours(schedule))
    return clash_in_words(clash, elsewhere=True) if clash else ""
