"""What is done with rows that were marked in a list: schedules end, absences and closures are deleted."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinics.days import dated
from scheduling.admin.pages import RowsForm, RowsPage
from scheduling.forms import SaneDateField


class EndForm(RowsForm):
    last_day = SaneDateField(
        label=gettext_lazy("Last day"),
        widget=AdminDateWidget,
        help_text=gettext_lazy("The hours are offered on this day for the last time."),
    )


class EndSchedules(RowsPage):
    slug = "end"
    title = gettext_lazy("End schedules on a date")
    button = gettext_lazy("End them")
    form_class = EndForm
    concerns = ("rows", "assignments__schedules")
    begins = "last_day"

    @classmethod
    def first_look(cls) -> dict[str, str]:
        return {"last_day": timezone.localdate().isoformat()}

    def marked(self) -> QuerySet[Any]:
        return super().marked().prefetch_related("working_hours")  # their weeks are told

    def act(self, form: Any) -> list[str]:
        last_day = form.cleaned_data["last_day"]
        rows = form.cleaned_data["rows"]
        for schedule in rows.filter(valid_from__gt=last_day):
            words = _("%(schedule)s begins after that day. Delete it instead.")
            raise ValidationError(words % {"schedule": schedule})
        longer = list(rows.filter(Q(valid_until=None) | Q(valid_until__gt=last_day)))
        for schedule in longer:
            old, schedule.valid_until = schedule.valid_until, last_day
            schedule.save(update_fields=["valid_until"])
            self.model_admin.record(
                self.request, "CHANGED", schedule, old={"valid_until": old}, new={"valid_until": last_day}
            )
        many = len(longer)
        words = ngettext("%(count)d schedule ends on %(day)s.", "%(count)d schedules end on %(day)s.", many)
        done = [words % {"count": many, "day": dated(last_day, "j F Y")}]
        before = len(rows) - len(longer)
        left = ngettext("%d had no later end, and is left.", "%d had no later end, and are left.", before) % before
        return [*done, left] if before else done


class DeleteRows(RowsPage):
    """Time off and closures: what was taken away is given back."""

    slug = "delete-rows"
    title = gettext_lazy("Delete several")
    button = gettext_lazy("Delete them")
    form_class = RowsForm

    @property
    def concerns(self) -> tuple[str, str]:  # type: ignore[override] # of the rows that the page stands beside
        return ("rows", self.model_admin.locks)

    def first_day(self) -> date | None:
        """Give the first day to come that anything is given back on."""
        today = timezone.localdate()
        days = [self.model_admin.days_of(row) for row in self.marked()]
        return min((max(first, today) for first, last in days if last >= today), default=None)

    def act(self, form: Any) -> list[str]:
        rows = list(form.cleaned_data["rows"])
        self.model_admin.log_deletions(self.request, rows)
        form.cleaned_data["rows"].delete()
        return [ngettext("%d row was deleted.", "%d rows were deleted.", len(rows)) % len(rows)]
