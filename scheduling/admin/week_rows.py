"""The rows of a schedule's week, as they are typed and as they are told of."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinics.admin import TenantInline
from clinics.admin.events import kept
from clinics.admin.tenant import TenantFormSet
from scheduling.admin.fields import TIME_FIELDS
from scheduling.domain.sessions import WeeklyHours
from scheduling.domain.weeks import find_clash
from scheduling.models import Schedule, WorkingHours
from scheduling.services.week import clash_in_words, described, nothing_to_offer, other_hours, weekly

WORKDAYS = 5


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
        others = self.others()
        week: list[WeeklyHours] = []
        for form in self.forms:
            if not form.cleaned_data or form.cleaned_data.get("DELETE"):
                continue
            hours = weekly(form.instance, schedule)
            self._check(form, hours, week, others)
            week.append(hours)

    def others(self) -> list[WeeklyHours]:
        """Give the hours that these may not be over."""
        return other_hours(self.instance)

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
    extra = 2 * WORKDAYS  # on Add: before and after a break

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:  # noqa: ARG002
        return 1 if obj else self.extra


def first_rows() -> list[dict[str, Any]]:
    """Give what a new week says before anybody has typed: each workday twice. Rows without times are none."""
    return [{"weekday": weekday} for weekday in range(WORKDAYS) for _half in range(2)]


def with_its_week(schedule: Schedule) -> dict[str, Any]:
    """Give a schedule's own fields and its week, as an event keeps them."""
    return {**kept(schedule), "week": [described(weekly(row, schedule)) for row in schedule.working_hours.all()]}
