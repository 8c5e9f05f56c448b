"""Schedules, each with its week."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.admin import TenantForm, site
from scheduling.admin.locking import TimeAdmin
from scheduling.admin.many.ending import EndSchedules
from scheduling.admin.many.extra import ExtraHours
from scheduling.admin.many.new_hours import NewHours
from scheduling.admin.offer import offer_in_words
from scheduling.admin.week_rows import WeekInline, first_rows, with_its_week
from scheduling.models import Schedule, WorkingHours
from scheduling.services.week import described, into_the_next_day, never_comes, schedule_in_words, week_in_words, weekly


class ScheduleForm(TenantForm):
    refused_at: ClassVar = {"schedule_valid_until_after_from": "valid_until"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whose hours they are stays: another practitioner, or another clinic, is another schedule.
        if self.instance.pk and "assignment" in self.fields:
            self.fields["assignment"].disabled = True
        self.fields["capacity"].help_text = _(
            "Where the sessions of a day take differently many, or slots of another length, each kind is a schedule of "
            "its own."
        )


@admin.register(Schedule, site=site)
class ScheduleAdmin(TimeAdmin):
    """What a practitioner offers at a clinic, week by week."""

    form = ScheduleForm
    inlines = (WeekInline,)
    pages = (NewHours, ExtraHours, EndSchedules)
    actions = ("end_on_a_date",)
    tenant_path = "assignment__organization"
    locks = "assignments__schedules"
    locks_named: ClassVar = {"assignment": "assignments"}
    with_rows = ("assignment__practitioner", "assignment__clinic")
    place = ("hours", 3)
    autocomplete_fields = ("assignment",)
    list_display = ("practitioner", "clinic", "week", "valid_from", "valid_until", "slot_minutes", "capacity")
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

    @admin.display(description=_("week"))
    def week(self, schedule: Schedule) -> str:
        return week_in_words(schedule.working_hours.all())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        prefetch_related_objects(changelist.result_list, "working_hours")
        return changelist

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        return kwargs if obj.pk else {**kwargs, "initial": first_rows()}

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
            self.record(request, "DELETED", schedule, old=with_its_week(schedule))

    @admin.action(description=_("End on a date…"), permissions=["change"])
    def end_on_a_date(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return EndSchedules.begin(self, request, queryset)

    def in_words(self, row: Any) -> str:
        return f"{row.assignment.practitioner}, {row.assignment.clinic}: {schedule_in_words(row)}"

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
