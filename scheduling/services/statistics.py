"""What became of the appointments of some dates: counted in the database, as each clinic's clock counts days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateTimeField, DurationField, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import ExtractHour, TruncDate

from clinics.models import Clinic
from scheduling.domain.clocks import Stretch, stretches
from scheduling.domain.intervals import NOTHING
from scheduling.enums import CancellationReason, Status
from scheduling.models import AppointmentQuerySet, AppointmentType
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
    """Count the rows at the clinics in four queries.

    Raises AppointmentError for a range that is reversed or longer than 366 dates.
    """
    check_range(first, last)
    clocks = _clocks_of(clinics, first, last)
    rows = _within(rows.order_by(), clocks)
    types = AppointmentType.objects.filter(organization=organization_id).values_list("code", flat=True)
    by_status, by_reason = Counter[str](), Counter[str]()
    by_type: Counter[str | None] = Counter()
    kinds = rows.values_list("status", "appointment_type__code", "cancellation_reason").annotate(count=Count("pk"))
    for status, code, reason, count in kinds:
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
        by_type={**dict.fromkeys(types, 0), **by_type},
        by_cancellation_reason={reason: by_reason[reason] for reason in CancellationReason.values},
        by_day={day: by_day[day] for day in days},
        average_per_day=total / len(days),
        no_show_rate=_percent(missed, completed + missed),
        completion_rate=_percent(completed, completed + missed),
        cancellation_rate=_percent(by_status[Status.CANCELLED], total),
        patients_seen=rows.filter(status=Status.COMPLETED).aggregate(seen=Count("patient", distinct=True))["seen"],
        busiest=dict(busiest),
    )


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


type _Clocks = list[tuple[list[int], list[Stretch]]]
"""The keys of the clinics that share a time zone, and its stretches over the dates asked for."""


def _clocks_of(clinics: Iterable[Clinic], first: date, last: date) -> _Clocks:
    by_zone: defaultdict[ZoneInfo, list[int]] = defaultdict(list)
    for clinic in clinics:
        by_zone[clinic.zone].append(clinic.pk)
    return [(clinic_ids, stretches(first, last, zone)) for zone, clinic_ids in by_zone.items()]


def _within(rows: AppointmentQuerySet, clocks: _Clocks) -> AppointmentQuerySet:
    if not clocks:
        return rows.none()
    asked = Q()
    for clinic_ids, days in clocks:
        since, until = days[0].start, days[-1].end
        asked |= Q(clinic__in=clinic_ids, appointment_date__gte=since, appointment_date__lt=until)
    # The outermost instants, too: an index finds one range of dates, but not one for each zone.
    since, until = min(days[0].start for _ids, days in clocks), max(days[-1].end for _ids, days in clocks)
    return rows.filter(asked, appointment_date__gte=since, appointment_date__lt=until)


def _by_clinic_time(rows: AppointmentQuerySet, clocks: _Clocks) -> tuple[Counter[date], Counter[tuple[int, int]]]:
    """Count by date, and without what was cancelled by weekday and hour."""
    offsets = [
        When(clinic__in=clinic_ids, appointment_date__lt=stretch.end, then=Value(stretch.offset))
        for clinic_ids, days in clocks
        for stretch in days
    ]
    clock = ExpressionWrapper(
        F("appointment_date") + Case(*offsets, default=Value(NOTHING), output_field=DurationField()),
        output_field=DateTimeField(),
    )
    hours = (
        # What the offset makes of an instant, read as if it were UTC, is what the clinic's clock showed.
        rows.values_list(TruncDate(clock, tzinfo=UTC), ExtractHour(clock, tzinfo=UTC)).annotate(
            count=Count("pk"), kept=Count("pk", filter=~Q(status=Status.CANCELLED))
        )
    )
    by_day, busiest = Counter[date](), Counter[tuple[int, int]]()
    for day, hour, count, kept in hours:
        by_day[day] += count
        if kept:
            busiest[day.weekday(), hour] += kept
    return by_day, busiest
