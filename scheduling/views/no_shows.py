"""How often nobody comes, and by what it can be told: the rates as tables, with a bar beside each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinics.models import Clinic
from clinics.permissions import Action, MemberView
from scheduling.domain import no_shows
from scheduling.exceptions import AppointmentError
from scheduling.forms import Desk
from scheduling.permissions import visible_appointments
from scheduling.services.clocks import clocks_of
from scheduling.services.no_shows import EARLIER, FEWEST, NoShows, Rate, Reminded, count_no_shows
from scheduling.services.upcoming import between
from scheduling.views.period import PRESETS, Period, StatisticsForm

USUAL = "last-90-days"
DATES = ("start_date", "end_date")
WIDTH = 100  # of a bar, in units of its drawing
REMINDED = {
    Reminded.CONFIRMED_AFTER: gettext_lazy("Sent, then confirmed"),
    Reminded.CONFIRMED_BEFORE: gettext_lazy("Sent, confirmed before"),
    Reminded.UNCONFIRMED: gettext_lazy("Sent, never confirmed"),
    Reminded.FAILED: gettext_lazy("Could not be sent"),
    Reminded.NONE: gettext_lazy("None sent"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: `bar` and `usual` are where its rate and that of all lie, from 0 to `WIDTH`."""

    label: str
    rate: Rate
    bar: float
    usual: float


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    title: str
    head: str
    lines: list[Line]


@dataclass
class NoShowsPage:
    """What one member sees of the visits of a period; `asked` may name a clinic and a practitioner."""

    desk: Desk
    period: Period
    asked: Mapping[str, Any]
    counted: NoShows

    fewest = FEWEST
    rule = no_shows

    @property
    def statistics_url(self) -> str:
        rows = {name: self.asked[name].pk for name in ("clinic", "practitioner") if self.asked.get(name)}
        dates = {"start_date": self.period.first, "end_date": self.period.last}
        return f"{reverse('statistics')}?{urlencode({**dates, **rows})}"

    @property
    def columns(self) -> list[list[Table]]:
        """The tables, as they stand side by side."""
        counted, hours = self.counted, {hour: f"{hour:02}:00" for hour in range(24)}
        weekday = self._table("weekday", _("By weekday"), _("Weekday"), counted.by_weekday, WEEKDAYS)
        kind = self._table("type", _("By type"), _("Type"), counted.by_type, self._types)
        points = self._table("points", _("By the call list's points"), _("Points"), counted.by_points, points_labels())
        lead = self._table("lead", _("By lead time"), _("Booked ahead"), counted.by_lead, lead_labels())
        reminder = self._table("reminder", _("By reminder"), _("Reminder"), counted.by_reminder, REMINDED)
        return [
            [weekday, points],
            [lead, reminder, kind],
            [self._table("hour", _("By hour"), _("Hour"), counted.by_hour, hours)],
        ]

    @property
    def without_points(self) -> Rate:
        return self.counted.by_points.get(0, Rate())

    @property
    def most_points(self) -> Rate:
        return self.counted.by_points.get(no_shows.MOST, Rate())

    @property
    def _types(self) -> dict[str, str]:
        return {name: name for name in sorted(name for name in self.counted.by_type if name)}

    def _table(self, name: str, title: str, head: str, rates: Mapping[Any, Rate], labels: Mapping[Any, Any]) -> Table:
        rows = [(str(label), rates[key]) for key, label in labels.items() if key in rates]
        if None in rates:
            rows.append((_("Without a type") if name == "type" else _("Not known, imported"), rates[None]))
        return Table(name, title, head, [self._line(label, rate) for label, rate in rows])

    def _line(self, label: str, rate: Rate) -> Line:
        return Line(label, rate, self._along(rate), self._along(self.counted.total))

    def _along(self, rate: Rate) -> float:
        return round(WIDTH * min(1, (rate.percent or 0) / self.scale), 2)

    @cached_property
    def scale(self) -> float:
        """The rate at the end of every bar: the highest that can be judged, so that the tables compare."""
        counted = self.counted
        groups: list[Mapping[Any, Rate]] = [counted.by_weekday, counted.by_hour, counted.by_type]
        groups += [counted.by_lead, counted.by_reminder, counted.by_points]
        rates = [rate.percent or 0 for group in groups for rate in group.values() if not rate.is_few]
        return max([*rates, self.counted.total.percent or 0]) or 100


def lead_labels() -> dict[int, str]:
    """Name the groups of lead times, in words of days."""
    labels = {0: _("the same day")}
    low = 1
    for group, high in enumerate(no_shows.LEADS[1:], start=1):
        labels[group] = _("%(low)s to %(high)s days") % {"low": low, "high": high}
        low = high + 1
    return {**labels, len(no_shows.LEADS): _("more than %(days)s days") % {"days": no_shows.LEADS[-1]}}


def points_labels() -> dict[int, str]:
    most = no_shows.MOST
    below = {n: ngettext("%(count)s point", "%(count)s points", n) % {"count": n} for n in range(most)}
    return {**below, most: _("%(count)s points or more") % {"count": most}}


class NoShowsView(MemberView):
    needs = Action.SEE_STATISTICS

    def get(self, request: HttpRequest) -> HttpResponse:
        desk = Desk(self.request.membership, looks_back=True)
        form = StatisticsForm(request.GET, desk=desk)
        form.full_clean()
        if form.errors.keys() - set(DATES):
            raise Http404(_("That address names something that is not here."))
        today = desk.today(request.GET.get("clinic"))
        try:
            page = self.page(desk, form.cleaned_data, form.period_on(today, USUAL))
        except AppointmentError as error:
            form.refuse_dates(error)
            page = self.page(desk, form.cleaned_data, PRESETS[USUAL][1](today))
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "no_shows.html", {"page": page, "form": form}, status=status)

    def page(self, desk: Desk, asked: dict[str, Any], period: Period) -> NoShowsPage:
        visible = visible_appointments(self.request.membership)
        clinics = Clinic.objects.filter(organization=self.request.organization)
        rows = between(visible, clinics, timezone.now(), period.first, period.last)
        for name in ("clinic", "practitioner"):
            if asked.get(name):
                rows = rows.filter(**{name: asked[name]})
        clocks = clocks_of(clinics, period.first - EARLIER, period.last)
        return NoShowsPage(desk, period, asked, count_no_shows(rows, among=visible, clocks=clocks))
