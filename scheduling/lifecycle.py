"""Which status may follow which. The service, the buttons and the tests all read this one table."""

from __future__ import annotations

from collections.abc import Mapping

from scheduling.enums import Status

TRANSITIONS: Mapping[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.BOOKED, Status.CANCELLED),
    Status.BOOKED: (Status.CONFIRMED, Status.ARRIVED, Status.CANCELLED, Status.NO_SHOW),
    Status.CONFIRMED: (Status.ARRIVED, Status.CANCELLED, Status.NO_SHOW),
    Status.ARRIVED: (Status.IN_PROGRESS, Status.CANCELLED),
    Status.IN_PROGRESS: (Status.COMPLETED,),
    Status.NO_SHOW: (Status.ARRIVED,),
    Status.COMPLETED: (),
    Status.CANCELLED: (),
}


MOVABLE = (Status.PENDING, Status.BOOKED, Status.CONFIRMED)
"""The statuses in which a visit may still get another time, practitioner, clinic or length."""


EXPECTED = (Status.BOOKED, Status.CONFIRMED)
"""The statuses in which a patient is expected: reminded before the visit, missed after it."""


def may_follow(old: str, new: object) -> bool:
    """Tell whether an appointment may go from `old` to `new`; never to the same, nor to what is no status."""
    return new in TRANSITIONS[Status(old)]
