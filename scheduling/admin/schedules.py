"""Schedules, each with its week."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.admin import TenantForm, TenantInline, site
from clinics.admin.events import kept
from clinics.admin.tenant import TenantFormSet
from scheduling.admin.fields import TIME_FIELDS
from scheduling.admin.locking import TimeAdmin
from scheduling.admin.offer import offer_in_words
from scheduling.admin.week import (
    clash_in_words,
    described,
    into_the_next_day,
    never_comes,
    nothing_to_offer,
    other_hours,
    weekly,
)
from scheduling.domain.sessions import WeeklyHours
from scheduling.domain.weeks import find_clash
from scheduling.models import Schedule, WorkingHours


class ScheduleForm(TenantForm):
    refused_at: ClassVar = {"schedule_valid_until_after_from": "valid_until"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whose hours they are stays: another practitioner, or another clinic, is another schedule.
        if self.instance.pk and "assignment" in self.fields:
            self.fields["assignment"].disabled = True


def is_sound(schedule: Schedule) -> bool:
    """Tell whether the schedule itself is in order, so that its week can be judged."""
    try:
        schedule.clean_fields(exclude=["assignment"])
    except ValidationError:
        return False
    return schedule.assignment_id is not None


class WeekFormSet(TenantFormSet):
    """The rows of a week, checked against each other and against the practitioner's other schedules."""

    def clean(self) -> None:
        super().clean()
        schedule: Schedule = self.instance
        if any(self.errors) or not is_sound(schedule):
            return
        others = other_hours(schedule)
        week: list[WeeklyHours] = []
        for form in self.forms:
            if not form.cleaned_data or form.cleaned_data.get("DELETE"):
                continue
            hours = weekly(form.instance, schedule)
            self._check(form, hours, week, others)
            week.append(hours)

    def _check(self, form: Any, hours: WeeklyHours, week: list[WeeklyHours], others: list[WeeklyHours]) -> None:
        if reason := nothing_to_offer(hours):
            form.add_error("end_time", reason)
        for elsewhere, against in ((False, week), (True, others)):
            if clash := find_clash([hours], against):
                form.add_error("start_time", clash_in_words(clash, elsewhere=elsewhere))


class WeekInline(TenantInline, admin.TabularInline):  # type: ignore[type-arg]
    model = WorkingHours
    tenant_path = "schedule__assignment__organization"
    formset = WeekFormSet
    formfield_overrides = TIME_FIELDS
    verbose_name_plural = _("week, on the clinic's own clock; hours may end on the next day")
    extra = 5

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:  # noqa: ARG002
        return 1 if obj else self.extra


@admin.register(Schedule, site=site)
class ScheduleAdmin(TimeAdmin):
    """What a practitioner offers at a clinic, week by week."""

    form = ScheduleForm
    inlines = (WeekInline,)
    tenant_path = "assignment__organization"
    locks = "assignments__schedules"
    locks_named: ClassVar = {"assignment": "assignments"}
    with_rows = ("assignment__practitioner", "assignment__clinic")
    place = ("hours", 3)
    autocomplete_fields = ("assignment",)
    list_display = ("practitioner", "clinic", "valid_from", "valid_until", "slot_minutes", "capacity")
    list_filter = ("assignment__clinic", "assignment__practitioner")
    search_fields = ("assignment__practitioner__name", "assignment__clinic__name")
    date_hierarchy = "valid_from"
    ordering = ("assignment__practitioner__name", "assignment__clinic__name", "valid_from", "id")

    @admin.display(description=_("practitioner"), ordering="assignment__practitioner__name")
    def practitioner(self, schedule: Schedule) -> str:
        return schedule.assignment.practitioner.name

    @admin.display(description=_("clinic"), ordering="assignment__clinic__name")
    def clinic(self, schedule: Schedule) -> str:
        return schedule.assignment.clinic.name

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        formset.save()  # its rows are told of with the schedule

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002
        message = super().construct_change_message(request, form, formsets, add)
        (week,) = formsets
        if week.has_changed():
            before = [described_row(each.initial, form.instance) for each in week.initial_forms if each.instance.pk]
            now = [described(weekly(row, form.instance)) for row in form.instance.working_hours.all()]
            message["old"] |= {} if add else {"week": before}
            message["new"] |= {"week": now}
        return message

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for schedule in queryset:
            week = [described(weekly(row, schedule)) for row in schedule.working_hours.all()]
            self.record(request, "DELETED", schedule, old={**kept(schedule), "week": week})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        response = super().response_add(request, obj, post_url_continue)
        self._tell(request, obj)
        return response

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        response = super().response_change(request, obj)
        self._tell(request, obj)
        return response

    def _tell(self, request: HttpRequest, schedule: Schedule) -> None:
        """Say what the hours mean: which end on the next day, which never come, and what can be booked next."""
        for row in schedule.working_hours.all():
            hours = weekly(row, schedule)
            if words := into_the_next_day(hours):
                self.message_user(request, words)
            if words := never_comes(hours):
                self.message_user(request, words, messages.WARNING)
        offered, words = offer_in_words(schedule)
        self.message_user(request, words, messages.INFO if offered else messages.WARNING)


def described_row(initial: dict[str, Any], schedule: Schedule) -> str:
    fields = ("weekday", "start_time", "end_time")
    return described(weekly(WorkingHours(**{field: initial[field] for field in fields}), schedule))
