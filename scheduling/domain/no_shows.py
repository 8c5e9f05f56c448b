"""Who is likelier not to come: points that anybody can count, for what has been and for how long ago it was booked.

The call list goes by this rule and prints it, and the statistics of no-shows show how well it told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

LATEST = 5
"""How many of the patient's latest visits count, of those whose outcome is known."""

PER_NO_SHOW, NEVER_HERE, AHEAD, FAR_AHEAD = 2, 1, 1, 2  # points
AHEAD_FROM, FAR_AHEAD_FROM = 8, 15  # days
MOST = 4
"""The points from which on they are shown as one group: more of them are few."""

LEADS = (0, 2, 7, 14, 30)
"""The last day of each group of lead times; the last group has none."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the rule looks at: the latest known outcomes, as whether each was missed, and the `lead` in days."""

    missed: Sequence[bool]
    lead: int

    @property
    def no_shows(self) -> int:
        return sum(self.missed[:LATEST])

    @property
    def known(self) -> int:
        return len(self.missed[:LATEST])

    @property
    def is_new(self) -> bool:
        return not self.missed

    @property
    def points(self) -> int:
        by_lead = FAR_AHEAD if self.lead >= FAR_AHEAD_FROM else AHEAD if self.lead >= AHEAD_FROM else 0
        return PER_NO_SHOW * self.no_shows + NEVER_HERE * self.is_new + by_lead


def group_of(lead: int) -> int:
    """Give which of the groups of `LEADS` so many days are in, counted from 0."""
    return bisect_left(LEADS, lead)
