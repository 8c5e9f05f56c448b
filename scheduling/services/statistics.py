"""What became of the appointments of some dates: counted in the database, as each clinic's clock counts days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Subquery, Value
from django.db.models.functions import Coalesce

from clinics.models import Clinic
from scheduling.enums import CancellationReason, Status
from scheduling.models import AppointmentQuerySet, AppointmentType
from scheduling.services.clocks import Clocks, clocks_of, date_of, hour_of, wall_clock
from scheduling.services.lookups import check_range


@dataclass(frozen=True, slots=True)
class AppointmentStats:
    """The appointments that start on a date from `start_date` to `end_date`, both included.

    `by_status` has every status as its key, `by_cancellation_reason` every reason (what was cancelled without one is in
    none), `by_type` the code of every type, and None where a visit has none; `by_day` has every date. Rates are
    percent, unrounded: None where there is nothing to divide by. `busiest` counts by (weekday, hour), Monday being 0,
    without what was cancelled.
    """

    start_date: date
    end_date: date
    total: int
    by_status: dict[str, int]
    by_type: dict[str | None, int]
    by_cancellation_reason: dict[str, int]
    by_day: dict[date, int]
    average_per_day: float
    no_show_rate: float | None
    completion_rate: float | None
    cancellation_rate: float | None
    patients_seen: int
    busiest: dict[tuple[int, int], int]


def stats_of(
    rows: AppointmentQuerySet, clinics: Iterable[Clinic], first: date, last: date, organization_id: int
) -> AppointmentStats:
    """Count the rows at the clinics in two queries.

    Raises AppointmentError for a range that is reversed or longer than 366 dates.
    """
    check_range(first, last)
    clocks = clocks_of(clinics, first, last)
    rows = _within(rows.order_by(), clocks)
    by_status, by_reason = Counter[str](), Counter[str]()
    by_type: Counter[str | None] = Counter()
    # Counted once, beside the groups and not in them: a patient may be in several.
    completed_rows = rows.filter(status=Status.COMPLETED).values("organization")
    seen = completed_rows.annotate(seen=Count("patient", distinct=True)).values("seen")
    groups = rows.values_list("status", "appointment_type__code", "cancellation_reason").annotate(
        count=Count("pk"), patients=Coalesce(Subquery(seen), 0)
    )
    # With a group of nobody for each type, so that those that nobody has are told, too.
    none, nobody = Value(""), Value(0)
    types = AppointmentType.objects.filter(organization=organization_id).order_by()
    patients_seen = 0
    for status, code, reason, count, patients in groups.union(
        types.values_list(none, "code", none, nobody, nobody), all=True
    ):
        patients_seen = max(patients_seen, patients)
        by_status[status] += count
        by_type[code] += count
        if status == Status.CANCELLED:
            by_reason[reason] += count
    by_day, busiest = _by_clinic_time(rows, clocks)
    total, completed, missed = by_status.total(), by_status[Status.COMPLETED], by_status[Status.NO_SHOW]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return AppointmentStats(
        start_date=first,
        end_date=last,
        total=total,
        by_status={status: by_status[status] for status in Status.values},
        by_type=dict(sorted(by_type.items(), key=lambda each: (each[0] is None, each[0]))),
        by_cancellation_reason={reason: by_reason[reason] for reason in CancellationReason.values},
        by_day={day: by_day[day] for day in days},
        average_per_day=total / len(days),
        no_show_rate=_percent(missed, completed + missed),
        completion_rate=_percent(completed, completed + missed),
        cancellation_rate=_percent(by_status[Status.CANCELLED], total),
        patients_seen=patients_seen,
        busiest=dict(busiest),
    )


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _within(rows: AppointmentQuerySet, clocks: Clocks) -> AppointmentQuerySet:
    if not clocks:
        return rows.none()
    asked = Q()
    for clinic_ids, days in clocks:
        since, until = days[0].start, days[-1].end
        asked |= Q(clinic__in=clinic_ids, appointment_date__gte=since, appointment_date__lt=until)
    # The outermost instants, too: an index finds one range of dates, but not one for each zone.
    since, until = min(days[0].start for _ids, days in clocks), max(days[-1].end for _ids, days in clocks)
    return rows.filter(asked, appointment_date__gte=since, appointment_date__lt=until)


def _by_clinic_time(rows: AppointmentQuerySet, clocks: Clocks) -> tuple[Counter[date], Counter[tuple[int, int]]]:
    """Count by date, and without what was cancelled by weekday and hour."""
    wall = wall_clock("appointment_date", clocks)
    hours = rows.values_list(date_of(wall), hour_of(wall)).annotate(
        count=Count("pk"), kept=Count("pk", filter=~Q(status=Status.CANCELLED))
    )
    by_day, busiest = Counter[date](), Counter[tuple[int, int]]()
    for day, hour, count, kept in hours:
        by_day[day] += count
        if kept:
            busiest[day.weekday(), hour] += kept
    return by_day, busiest
