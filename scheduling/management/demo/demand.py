"""Which slots somebody wants, and since when: more by day than by night, most of it near, little far ahead."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

BY_HOUR = (
    *(0.45, 0.42, 0.4, 0.4, 0.42, 0.48, 0.6, 0.8, 0.95, 0.98, 0.98, 0.95),
    *(0.8, 0.85, 0.9, 0.92, 0.92, 0.95, 0.97, 0.95, 0.88, 0.74, 0.55, 0.5),
)
BY_WEEKDAY = (1.0, 0.95, 0.92, 0.93, 0.97, 0.92, 0.85)
GROUPS = 0.75  # they fill more slowly
GROWTH, GROWN_IN = 0.45, 90  # the part by which the clinic has grown, and the days it took

# How long before a visit it is booked: the part of the visits that are booked less than so many days before.
LEADS = ((0.11, 0), (0.33, 2), (0.63, 7), (0.82, 14), (1.0, 28))

AROUND_NOW = (timedelta(minutes=-40), timedelta(minutes=40))
NEARLY_ALL = 0.97
ONE_HOUR = timedelta(hours=1)


class Wanted(NamedTuple):
    """That somebody wants a slot, since when, and whether a visit of the slot's own length must do."""

    booked_at: datetime
    short: bool


def demand(random: Random, start: datetime, now: datetime, *, group: bool) -> Wanted | None:
    """Tell whether the slot at `start`, on the clinic's clock, is booked by now, and since when.

    Around now nearly all are: whoever looks at the clinic finds it at work.
    """
    lot, booked_at = random.random(), draw_booked_at(random, start)
    wish = BY_HOUR[start.hour] * BY_WEEKDAY[start.weekday()] * (GROUPS if group else 1)
    if start < now:
        wish *= 1 - GROWTH * min(1, (now - start).days / GROWN_IN)
    begin, end = AROUND_NOW
    around_now = now + begin <= start <= now + end
    if around_now and not group:
        wish, booked_at = NEARLY_ALL, min(booked_at, now - ONE_HOUR)
    # An hour's visit that began before would leave nobody to be seen coming or late.
    short = now + begin - ONE_HOUR <= start <= now + end
    return Wanted(booked_at, short) if lot < wish and booked_at <= now else None


def draw_booked_at(random: Random, start: datetime) -> datetime:
    """Give the minute, on the same clock, in which a visit at `start` is booked."""
    lot = random.random()
    low = 1
    for part, days in LEADS:
        if lot < part:
            break
        low = days + 1
    on_the_day = start - timedelta(minutes=random.randrange(25, 240))
    desk_opens = start.replace(hour=7, minute=0) - timedelta(days=random.randint(low, max(low, days)))
    some_time = desk_opens + timedelta(minutes=random.randrange(13 * 60))
    return some_time if days else on_the_day
