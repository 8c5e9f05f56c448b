"""The clinics' clocks in queries: what each showed, told by adding offsets that we computed.

A database server has an edition of the time zones of its own; so it is never asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date
from zoneinfo import ZoneInfo

from django.db.models import Case, DateTimeField, DurationField, Expression, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, TruncDate

from clinics.models import Clinic
from scheduling.domain.clocks import Stretch, stretches
from scheduling.domain.intervals import NOTHING

type Clocks = list[tuple[list[int], list[Stretch]]]
"""The keys of the clinics that share a time zone, and its stretches over the dates asked for."""


def clocks_of(clinics: Iterable[Clinic], first: date, last: date) -> Clocks:
    by_zone: defaultdict[ZoneInfo, list[int]] = defaultdict(list)
    for clinic in clinics:
        by_zone[clinic.zone].append(clinic.pk)
    return [(clinic_ids, stretches(first, last, zone)) for zone, clinic_ids in by_zone.items()]


def wall_clock(field: str, clocks: Clocks) -> Expression:
    """Give what the clock of the row's clinic showed at the instant in `field`, to be read as if it were UTC.

    Before the first date of the clocks it is taken to have run as on that, and likewise after the last.
    """
    offsets = []
    for clinic_ids, (*earlier, latest) in clocks:
        here = Q(clinic__in=clinic_ids)
        offsets += [When(here & Q((f"{field}__lt", each.end)), then=Value(each.offset)) for each in earlier]
        offsets.append(When(here, then=Value(latest.offset)))
    return ExpressionWrapper(
        F(field) + Case(*offsets, default=Value(NOTHING), output_field=DurationField()), output_field=DateTimeField()
    )


def date_of(wall: Expression) -> TruncDate:
    return TruncDate(wall, tzinfo=UTC)


def hour_of(wall: Expression) -> ExtractHour:
    return ExtractHour(wall, tzinfo=UTC)


def weekday_of(wall: Expression) -> ExtractIsoWeekDay:
    """Give the weekday, Monday being 1."""
    return ExtractIsoWeekDay(wall, tzinfo=UTC)
