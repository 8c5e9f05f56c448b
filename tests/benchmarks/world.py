"""What is in the database of each size.

The stage, which the scenarios look at, has the same rows near today at every size. What grows is what lies around it:
its own past, and other organizations. The clock stands at noon of a Monday, on which the stage's second clinic has
each of its 480 times booked; anywhere else half of all times are.
"""

from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

YANGON = ZoneInfo("Asia/Yangon")
NOON = datetime(2030, 1, 7, 12, tzinfo=YANGON)
TODAY = NOON.date()
ZONES = ("Asia/Yangon", "Asia/Singapore", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
STAGE, LARGEST = "The stage", "The largest"
YEAR = 365


@dataclass(frozen=True)
class Site:
    """A clinic: its practitioners, the grid of each day, and for how many dates `back` and `ahead` it has visits."""

    practitioners: int
    back: int
    ahead: int
    slot_minutes: int = 30
    opens: time = time(9)
    closes: time = time(17)
    is_full_today: bool = False

    @property
    def slots(self) -> int:
        return (self.closes.hour - self.opens.hour) * 60 // self.slot_minutes

    @property
    def rows(self) -> int:
        """How many appointments it has: half of the slots and one that was given up, each day."""
        days = self.back + 1 + self.ahead
        usual = (self.slots // 2 + 1) * (days - self.is_full_today)
        return self.practitioners * (usual + self.slots * self.is_full_today)


@dataclass(frozen=True)
class Tenant:
    name: str
    zone: str
    patients: int
    sites: tuple[Site, ...] = field(repr=False)

    @property
    def rows(self) -> int:
        return sum(site.rows for site in self.sites)


def stage(patients: int, back: int = 0) -> Tenant:
    """Give 20 clinics: one of 20 practitioners, one of 12 that is full today, and 18 of one each."""
    return Tenant(
        STAGE,
        "Asia/Yangon",
        patients,
        (
            Site(20, max(back, 5), 35),
            Site(12, max(back, 1), 1, slot_minutes=15, opens=time(8), closes=time(18), is_full_today=True),
            *(Site(1, max(back, 4), 5) for _ in range(18)),
        ),
    )


def others(count: int, practitioners: int, back: int) -> tuple[Tenant, ...]:
    """Give organizations of which the k-th has a k-th part of the practitioners of the first, and of the patients."""
    sizes = [max(1, practitioners // rank) for rank in range(1, count + 1)]
    return tuple(
        Tenant(f"Organization {n}", ZONES[n % len(ZONES)], 150 * size, _clinics(size, back))
        for n, size in enumerate(sizes, start=1)
    )


def _clinics(practitioners: int, back: int) -> tuple[Site, ...]:
    whole, rest = divmod(practitioners, 8)
    return tuple(Site(size, back, 35) for size in [8] * whole + ([rest] if rest else []))


def largest(practitioners_a_clinic: int, back: int, patients: int) -> Tenant:
    sites = tuple(Site(practitioners_a_clinic, back, 35) for _ in range(20))
    return Tenant(LARGEST, "Asia/Yangon", patients, sites)


SIZES = {
    "10k": (stage(5_000), *others(2, 1, 5)),
    "1m": (stage(200_000, YEAR), largest(5, YEAR, 50_000), *others(20, 40, YEAR)),
    "10m": (stage(200_000, YEAR), largest(20, 3 * YEAR, 200_000), *others(200, 150, 2 * YEAR)),
}
