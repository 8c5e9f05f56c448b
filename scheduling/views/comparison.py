"""Figures beside those of the period before: how much more or less, by a sign and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import floatformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.enums import Status
from scheduling.services import AppointmentStats

UNKNOWN, MINUS = "\u2013", "\u2212"  # a dash, and the minus that is as wide as a plus
LEAST = 0.1  # percent


@dataclass(frozen=True, slots=True)
class Change:
    """`signed` as +70 or +0.6 points; `words` say the same without the sign."""

    signed: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both periods, written; `change` is None where one of them is not known."""

    label: str
    now: str
    before: str
    change: Change | None


def percentage(rate: float | None) -> str:
    """Write a rate; a dash where there is none, and never 0 for what is not."""
    if rate is not None and 0 < rate < LEAST:
        return _("under %(rate)s %%") % {"rate": rounded(LEAST)}
    return UNKNOWN if rate is None else _("%(rate)s %%") % {"rate": rounded(rate)}


def rounded(number: float) -> str:
    """Write a number with one place, as the language does."""
    return str(floatformat(number, "1g"))


def count(number: float) -> str:
    return str(intcomma(number))


def change_of_count(now: float, before: float, write: Callable[[float], str] = count) -> Change:
    """Say how many more or fewer there are, and by how much of what there were."""
    apart = write(abs(now - before))
    if apart == write(0):
        return Change(apart, _("the same"))
    if not before:
        return Change(f"+{apart}", _("more"))
    share = percentage(100 * abs(now - before) / before)
    if now > before:
        return Change(f"+{apart}", _("%(share)s more") % {"share": share})
    return Change(f"{MINUS}{apart}", _("%(share)s fewer") % {"share": share})


def change_of_rate(now: float | None, before: float | None) -> Change | None:
    """Say by how many points of a hundred a rate is higher or lower."""
    if now is None or before is None:
        return None
    apart = rounded(abs(now - before))
    if apart == rounded(0):
        return Change(apart, _("the same"))
    points = _("%(count)s points") % {"count": apart}
    return Change(f"+{points}", _("higher")) if now > before else Change(f"{MINUS}{points}", _("lower"))


COUNTS: dict[str, tuple[Promise, Callable[[AppointmentStats], float], Callable[[float], str]]] = {
    "total": (gettext_lazy("Appointments"), lambda stats: stats.total, count),
    "average": (gettext_lazy("Appointments a day"), lambda stats: stats.average_per_day, rounded),
    "patients": (gettext_lazy("Patients seen"), lambda stats: stats.patients_seen, count),
    "completed": (gettext_lazy("Completed visits"), lambda stats: stats.by_status[Status.COMPLETED], count),
}
RATES: dict[str, tuple[Promise, Callable[[AppointmentStats], float | None]]] = {
    "no_show": (gettext_lazy("No-show rate"), lambda stats: stats.no_show_rate),
    "completion": (gettext_lazy("Completion rate"), lambda stats: stats.completion_rate),
    "cancellation": (gettext_lazy("Cancellation rate"), lambda stats: stats.cancellation_rate),
}


def compared(now: AppointmentStats, before: AppointmentStats | None) -> dict[str, Figure]:
    """Give every figure by its name, beside that of the period before where there is one."""
    figures = {}
    for name, (label, of, write) in COUNTS.items():
        then = of(before) if before else None
        change = None if then is None else change_of_count(of(now), then, write)
        figures[name] = Figure(str(label), write(of(now)), UNKNOWN if then is None else write(then), change)
    for name, (label, rate) in RATES.items():
        earlier = rate(before) if before else None
        figures[name] = Figure(
            str(label), percentage(rate(now)), percentage(earlier), change_of_rate(rate(now), earlier)
        )
    return figures
