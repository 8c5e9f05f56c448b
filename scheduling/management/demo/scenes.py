"""What is seen on a clinic's day at any minute: somebody waits, somebody is late, somebody did not come.

Where chance has brought nobody into a part, a visit near now is cast for it. Only steps that are not written yet are
changed, so that what stands in the database stays true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling.enums import CancellationReason, Status
from scheduling.management.demo.fates import Step, minutes
from scheduling.management.demo.visits import Visit

EXPECTED = (Status.BOOKED, Status.CONFIRMED)
NOT_COME = (Status.PENDING, *EXPECTED)
SETTLED = minutes(40)  # after booking; coming and waiting take their time


class Part(NamedTuple):
    """Who plays it already; who could, and then these steps lead there."""

    plays: Callable[[Visit, datetime], bool]
    could: Callable[[Visit, datetime], bool]
    steps: Callable[[Visit, datetime], list[Step]]


def set_scene(visits: Iterable[Visit], now: datetime) -> None:
    """See that each part is played among today's visits at one clinic, as far as there is anybody for it."""
    free = sorted(visits, key=lambda visit: (visit.appointment.appointment_date, str(visit.appointment.request_id)))
    for part in PARTS:
        player = next((visit for visit in free if part.plays(visit, now)), None)
        if player is None:
            player = next((visit for visit in free if is_castable(visit, now) and part.could(visit, now)), None)
            if player is not None:
                player.due = [*agreed(player), *part.steps(player, now)]
        if player is not None:
            free.remove(player)


def agreed(visit: Visit) -> list[Step]:
    """Give the due steps that come before the day itself."""
    return [step for step in visit.due if step.status in EXPECTED]


def is_castable(visit: Visit, now: datetime) -> bool:
    """Tell whether nothing is written yet that says how the day went, and the patient is expected."""
    steps = agreed(visit)
    expected = steps[-1].status if steps else visit.written
    return visit.written in NOT_COME and expected in EXPECTED and visit.appointment.created_at <= now - SETTLED


def since_start(visit: Visit, now: datetime) -> timedelta:
    """Give how long ago the visit should have begun; negative before."""
    return now - visit.appointment.appointment_date


def is_under_way(visit: Visit, now: datetime) -> bool:
    return visit.status == Status.IN_PROGRESS and visit.appointment.ends_at > now


def could_be_under_way(visit: Visit, now: datetime) -> bool:
    return since_start(visit, now) >= minutes(0) and visit.appointment.ends_at > now


def begin(visit: Visit, _now: datetime) -> list[Step]:
    start = visit.appointment.appointment_date
    return [Step(Status.ARRIVED, start - minutes(6)), Step(Status.IN_PROGRESS, start)]


def is_late(visit: Visit, now: datetime) -> bool:
    return visit.status in EXPECTED and could_be_late(visit, now)


def could_be_late(visit: Visit, now: datetime) -> bool:
    return minutes(5) <= since_start(visit, now) <= minutes(35)


def has_waited_long(visit: Visit, now: datetime) -> bool:
    return visit.status == Status.ARRIVED and bool(visit.checked_in_at) and waits_since(visit) < now - minutes(15)


def has_just_come(visit: Visit, now: datetime) -> bool:
    return visit.status == Status.ARRIVED and bool(visit.checked_in_at) and waits_since(visit) >= now - minutes(15)


def waits_since(visit: Visit) -> datetime:
    return visit.checked_in_at or visit.appointment.appointment_date


def could_wait(visit: Visit, now: datetime) -> bool:
    return minutes(-45) <= since_start(visit, now) <= minutes(10) and visit.status != Status.IN_PROGRESS


def come(ago: int) -> Callable[[Visit, datetime], list[Step]]:
    return lambda _visit, now: [Step(Status.ARRIVED, now - minutes(ago))]


def could_have_missed(visit: Visit, now: datetime) -> bool:
    return since_start(visit, now) >= minutes(26)


def miss(visit: Visit, _now: datetime) -> list[Step]:
    return [Step(Status.NO_SHOW, visit.appointment.appointment_date + minutes(20))]


def is_still_to_come(visit: Visit, now: datetime) -> bool:
    return since_start(visit, now) < minutes(-10)


def cancel(_visit: Visit, now: datetime) -> list[Step]:
    return [Step(Status.CANCELLED, now - minutes(3), CancellationReason.PATIENT_REQUEST, "Has to work.")]


PARTS = (
    Part(is_under_way, could_be_under_way, begin),
    Part(is_late, could_be_late, lambda _visit, _now: []),
    Part(is_under_way, could_be_under_way, begin),
    Part(has_waited_long, could_wait, come(18)),
    Part(has_just_come, could_wait, come(6)),
    Part(lambda visit, _now: visit.status == Status.NO_SHOW, could_have_missed, miss),
    Part(lambda visit, _now: visit.status == Status.CANCELLED, is_still_to_come, cancel),
    Part(
        lambda visit, now: visit.status == Status.CONFIRMED and is_still_to_come(visit, now),
        is_still_to_come,
        lambda _visit, now: [Step(Status.CONFIRMED, now - minutes(3))],
    ),
)
