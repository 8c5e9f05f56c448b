"""Half-open intervals of instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The instants `[start, end)`; both ends aware, compared as instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end

    def keeps_apart(self, other: Interval, gap: timedelta) -> bool:
        """Whether at least `gap` lies between the two."""
        return self.start >= other.end + gap or self.end + gap <= other.start
