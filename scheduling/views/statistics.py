"""What became of the appointments of some dates: in figures, in charts, and as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from clinics.models import Clinic, Practitioner, Role
from clinics.permissions import Action, MemberView
from clinics.spreadsheet import csv_answer
from clinics.views import last_clinic_key
from scheduling.enums import CancellationReason, Status
from scheduling.exceptions import AppointmentError
from scheduling.forms import Desk
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService, AppointmentStats
from scheduling.views.charts import BarChart, HeatMap, bar_width, chart_of_days, heat_map
from scheduling.views.comparison import Figure, compared, percentage
from scheduling.views.period import PRESETS, USUAL, Period, StatisticsForm, this_month

BECAME = (Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED)
STATUSES = (*BECAME, *(status for status in Status if status not in BECAME))
"""What has an end first, then what has none yet."""


@dataclass(frozen=True, slots=True)
class Part:
    """A row of a table: its count, its share of all in percent, and the width of its bar beside the longest."""

    label: str
    count: int
    share: str
    width: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Busiest:
    weekday: str
    hour: int
    count: int


@dataclass
class StatisticsPage:
    """What one member sees of a period: `found` was counted of it, `earlier` of the one before."""

    desk: Desk
    clinic: Clinic | None
    practitioner: Practitioner | None
    period: Period
    today: date
    found: AppointmentStats
    earlier: AppointmentStats | None

    @property
    def is_own(self) -> bool:
        return self.desk.membership.role == Role.PRACTITIONER

    @property
    def is_running(self) -> bool:
        """Whether some of the dates have not passed yet."""
        return self.period.last >= self.today

    @cached_property
    def figures(self) -> dict[str, Figure]:
        return compared(self.found, self.earlier)

    @property
    def before_name(self) -> str:
        before = self.period.before
        return before.name_after(self.period) if before else ""

    @property
    def both(self) -> list[str]:
        """These dates and those before, with their years where these differ."""
        both = [period for period in (self.period, self.period.before) if period]
        if len({period.year for period in both}) == 1:
            return [period.words for period in both]
        return [f"{period.words} {period.year or ''}".rstrip() for period in both]

    @property
    def with_outcome(self) -> int:
        return self.found.by_status[Status.COMPLETED] + self.missed

    @property
    def missed(self) -> int:
        return self.found.by_status[Status.NO_SHOW]

    @property
    def busiest(self) -> Busiest | None:
        if not self.found.busiest:
            return None
        (weekday, hour), count = max(self.found.busiest.items(), key=lambda each: (each[1], -each[0][0], -each[0][1]))
        return Busiest(str(WEEKDAYS_ABBR[weekday]), hour, count)

    @property
    def statuses(self) -> list[Part]:
        counts = [(str(status.label), self.found.by_status[status], status.value) for status in STATUSES]
        return parts_of(counts)

    @property
    def types(self) -> list[Part]:
        return parts_of(sorted(((name, count, "") for _code, name, count in self.by_type), key=lambda each: -each[1]))

    @property
    def reasons(self) -> list[Part]:
        return parts_of([(name, count, "") for _reason, name, count in self.by_reason])

    @cached_property
    def by_type(self) -> list[tuple[str, str, int]]:
        """The code, the name and the count of each type; of visits without one where there are some."""
        names: dict[str | None, str] = {kind.code: kind.name for kind in self.desk.types}
        places = {code: place for place, code in enumerate(names)}
        return [
            (code or "", names.get(code, code or _("Without a type")), count)
            for code, count in sorted(self.found.by_type.items(), key=lambda each: places.get(each[0], len(places)))
        ]

    @cached_property
    def by_reason(self) -> list[tuple[str, str, int]]:
        counts = self.found.by_cancellation_reason
        rows = [(reason.value, capfirst(str(reason.label)), counts[reason]) for reason in CancellationReason]
        # What an import brings may say no reason.
        unsaid = self.found.by_status[Status.CANCELLED] - sum(counts.values())
        return [*rows, ("", _("No reason given"), unsaid)] if unsaid else rows

    @cached_property
    def days(self) -> BarChart:
        return chart_of_days(self.found.by_day, self.today)

    @cached_property
    def hours(self) -> HeatMap:
        return heat_map(self.found.busiest, {day.weekday() for day in self.found.by_day})

    @property
    def presets(self) -> list[Preset]:
        return [
            Preset(str(label), self.url(period="" if name == USUAL else name), of(self.today) == self.period)
            for name, (label, of) in PRESETS.items()
        ]

    def url(self, name: str = "statistics", **dates: object) -> str:
        chosen = {"clinic": self.clinic and self.clinic.pk, "practitioner": self.practitioner and self.practitioner.pk}
        query = urlencode({key: value for key, value in {**dates, **chosen}.items() if value})
        return f"{reverse(name)}?{query}" if query else reverse(name)

    def url_of(self, period: Period | None, name: str = "statistics") -> str:
        return self.url(name, start_date=period.first, end_date=period.last) if period else ""

    @property
    def earlier_url(self) -> str:
        return self.url_of(self.period.before)

    @property
    def later_url(self) -> str:
        return self.url_of(self.period.after)

    @property
    def no_shows_url(self) -> str:
        return self.url_of(self.period, "no_shows")

    @property
    def csv_url(self) -> str:
        return self.url_of(self.period, "statistics_csv")

    def csv_rows(self) -> Iterator[tuple[object, ...]]:
        """Give one figure a row: its section, its key there, its name in words, and the figure itself."""
        found = self.found
        yield "section", "key", "name", "value"
        yield "period", "start_date", _("From"), found.start_date
        yield "period", "end_date", _("To"), found.end_date
        yield "period", "clinic", _("Clinic"), str(self.clinic or _("every clinic"))
        yield "period", "practitioner", _("Practitioner"), str(self.practitioner or _("everybody"))
        for key in ("total", "average_per_day", "patients_seen"):
            yield "total", key, "", getattr(found, key)
        for key in ("no_show_rate", "completion_rate", "cancellation_rate"):
            yield "percent", key, "", getattr(found, key)
        for status, count in found.by_status.items():
            yield "status", status, str(Status(status).label), count
        for section, rows in (("type", self.by_type), ("cancellation_reason", self.by_reason)):
            for key, name, count in rows:
                yield section, key, name, count
        for day, count in found.by_day.items():
            yield "day", day, str(WEEKDAYS[day.weekday()]), count
        for (weekday, hour), count in sorted(found.busiest.items()):
            yield "hour", f"{weekday} {hour:02}:00", f"{WEEKDAYS[weekday]} {hour:02}:00", count


def parts_of(counts: list[tuple[str, int, str]]) -> list[Part]:
    """Give each label's count with its share of all."""
    total, most = sum(count for _label, count, _status in counts), max((each[1] for each in counts), default=0)
    return [
        Part(label, count, percentage(100 * count / total if total else None), bar_width(count, most), status)
        for label, count, status in counts
    ]


class StatisticsView(MemberView):
    needs = Action.SEE_STATISTICS

    def get(self, request: HttpRequest) -> HttpResponseBase:
        desk = Desk(self.request.membership, home_key=last_clinic_key(request), looks_back=True)
        form = StatisticsForm(request.GET, desk=desk)
        form.full_clean()
        if form.errors.keys() - {"start_date", "end_date"}:
            raise Http404(_("That address names something that is not here."))
        clinic = form.cleaned_data["clinic"]
        today = desk.today(str(clinic.pk) if clinic else None)
        try:
            period = form.period_on(today)
            found = self.count(form.cleaned_data, period)
        except AppointmentError as error:
            form.refuse_dates(error)  # and is asked no longer
            period = this_month(today)
            found = self.count(form.cleaned_data, period)
        earlier = self.count(form.cleaned_data, period.before) if period.before else None
        page = StatisticsPage(desk, clinic, form.cleaned_data["practitioner"], period, today, found, earlier)
        return self.answer(page, form)

    def count(self, asked: dict[str, Any], period: Period) -> AppointmentStats:
        clinic, practitioner = asked["clinic"], asked["practitioner"]
        return AppointmentService(self.request.organization, actor=self.request.user).get_appointment_stats(
            start_date=period.first,
            end_date=period.last,
            practitioner_id=practitioner.pk if practitioner else None,
            clinic_id=clinic.pk if clinic else None,
            among=visible_appointments(self.request.membership),
        )

    def answer(self, page: StatisticsPage, form: StatisticsForm) -> HttpResponseBase:
        status = 422 if form.errors else 200
        return render(self.request, "statistics.html", {"page": page, "form": form}, status=status)


class StatisticsCsvView(StatisticsView):
    def answer(self, page: StatisticsPage, form: StatisticsForm) -> HttpResponseBase:
        """Give the file; where the dates are wrong, the page that says so."""
        if form.errors:
            return super().answer(page, form)
        period = page.period
        return csv_answer(list(page.csv_rows()), f"statistics-{period.first}-to-{period.last}.csv")
