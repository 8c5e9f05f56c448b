"""Who works where and when, and who signs in: tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import NamedTuple

from clinics.models import Role

PASSWORD = "mingalaba demo"  # noqa: S105 printed for whoever tries the demo
OPENED = date(2020, 1, 1)
EVERY_DAY = "0123456"

TYPES = (
    # code, name, minutes (None: as long as the slot), encounter, default
    ("follow-up", "Follow-up", None, "outpatient", True),
    ("new-patient", "New patient", 40, "outpatient", False),
    ("procedure", "Procedure", 60, "procedure", False),
    ("vaccination", "Vaccination", 15, "outpatient", False),
    ("group", "Group therapy", None, "group", False),
)

GENERAL, CHILDREN, SKIN = "General practice", "Paediatrics", "Dermatology"
MOVEMENT, NURSING = "Physiotherapy", "Nursing"

USUAL_TYPES: Mapping[str, tuple[str, ...]] = {
    GENERAL: (*("follow-up",) * 12, "procedure", "vaccination"),
    CHILDREN: ("follow-up", "follow-up", "follow-up", "vaccination", "vaccination"),
    SKIN: ("follow-up", "follow-up", "follow-up", "procedure"),
    MOVEMENT: ("follow-up",),
    NURSING: ("vaccination", "vaccination", "vaccination", "follow-up", "follow-up", "procedure"),
}


class Hours(NamedTuple):
    """Sessions of one practitioner at one clinic: `weekdays` are digits, 0 = Monday."""

    clinic: str
    weekdays: str
    times: str
    slot_minutes: int = 20
    capacity: int = 1

    @property
    def sessions(self) -> list[tuple[time, time]]:
        return [
            (time.fromisoformat(start), time.fromisoformat(end))
            for start, _, end in (session.partition("-") for session in self.times.split())
        ]


class Person(NamedTuple):
    """A practitioner; `away` are the days on which holidays fall: the weekday of the first, and how many."""

    specialty: str
    hours: tuple[Hours, ...]
    away: tuple[int, int] | None = None


class Place(NamedTuple):
    """A clinic; the patients who live near it are those whose record number ends in one of `digits`.

    Once in `closed_every` weeks it is closed, on `closed_weekday`.
    """

    address: str
    digits: str
    timezone: str = "Asia/Yangon"
    closed_every: int | None = None
    closed_weekday: int = 0


class Login(NamedTuple):
    email: str
    name: str
    role: Role
    practitioner: str | None = None


class Tenant(NamedTuple):
    """An organization. Nobody signs in as one of the `staff`, whose names stand in the events beside the logins'."""

    name: str
    domain: str
    patients: float  # the part of the patients asked for
    clinics: Mapping[str, Place]
    practitioners: Mapping[str, Person]
    logins: tuple[Login, ...]
    staff: tuple[str, ...]


YANKIN, MANDALAY, SINGAPORE, BAGO = "Yankin Clinic", "Yankin Mandalay", "Yankin Singapore", "Shwe Pyi Bago"
DAY, EVENING, NIGHT = "09:00-12:00 13:00-17:00", "14:00-18:00 18:00-22:00", "22:00-07:00"

OPERATOR = ("operator@yankin.example", "Operator")
BOTH = ("both@yankin.example", "Nandar Hlaing")

YANKIN_HEALTH = Tenant(
    name="Yankin Health",
    domain="yankin.example",
    patients=1.0,
    clinics={
        # Open day and night: somebody is in, and two at least, at any hour of the week.
        YANKIN: Place("12 Yankin Road, Yankin, Yangon", "0123456"),
        MANDALAY: Place("78th Street, Chanayethazan, Mandalay", "78", closed_every=3, closed_weekday=2),
        SINGAPORE: Place(
            "Peninsula Plaza, 111 North Bridge Road, Singapore", "9", "Asia/Singapore", closed_every=4, closed_weekday=3
        ),
    },
    practitioners={
        "Dr Aye Chan": Person(
            GENERAL,
            (
                Hours(YANKIN, "01234", "07:00-12:00 13:00-16:00"),
                Hours(YANKIN, "5", "07:00-13:00"),
                Hours(YANKIN, "6", "16:00-20:00"),
            ),
        ),
        "Dr Thida Win": Person(
            GENERAL,
            (
                Hours(YANKIN, "012", EVENING),
                Hours(YANKIN, "6", "07:00-13:00"),
                Hours(MANDALAY, "45", "09:00-12:00 13:00-16:00"),
            ),
            away=(4, 2),
        ),
        "Dr Min Thu": Person(
            GENERAL,
            (
                Hours(YANKIN, "1245", NIGHT),
                Hours(YANKIN, "03", "17:00-22:00"),
                Hours(YANKIN, "6", EVENING),
            ),
        ),
        "Dr Zaw Lin Htet": Person(GENERAL, (Hours(YANKIN, "01346", NIGHT),)),
        "Dr Khin Maung Aye": Person(GENERAL, (Hours(MANDALAY, "01235", f"{DAY} 17:00-19:00"),), away=(1, 1)),
        "Dr Wei Lin Tan": Person(
            GENERAL,
            (Hours(SINGAPORE, "01234", "09:00-13:00 14:00-18:00"), Hours(SINGAPORE, "56", "10:00-15:00")),
            away=(5, 2),
        ),
        "Dr Sarah Okafor": Person(
            CHILDREN,
            (
                Hours(YANKIN, "013", "09:00-13:00"),
                Hours(YANKIN, "24", "12:00-16:00 17:00-22:00"),
                Hours(YANKIN, "5", "13:00-17:00 17:00-22:00"),
            ),
            away=(3, 1),
        ),
        "Dr Nang Mo Hom": Person(
            SKIN, (Hours(YANKIN, "0134", "15:00-22:00"), Hours(YANKIN, "5", "13:00-22:00")), away=(0, 1)
        ),
        "Dr Cherry Than": Person(SKIN, (Hours(MANDALAY, "12346", "10:00-13:00 14:00-18:00"),), away=(3, 2)),
        "Ei Phyu": Person(
            MOVEMENT,
            (
                Hours(YANKIN, "024", "10:00-12:00", 60, 10),
                Hours(YANKIN, "01234", "13:00-17:00", 30),
                Hours(YANKIN, "6", "13:00-22:00", 30),
            ),
            away=(0, 2),
        ),
        "Su Su Hlaing": Person(NURSING, (Hours(YANKIN, EVERY_DAY, "07:00-14:00", 15),)),
        "Naw Paw Htoo": Person(NURSING, (Hours(YANKIN, "02356", NIGHT),)),
    },
    logins=(
        Login("desk@yankin.example", "Thiri Soe", Role.FRONT_DESK),
        Login("doctor@yankin.example", "Dr Aye Chan", Role.PRACTITIONER, "Dr Aye Chan"),
        Login("admin@yankin.example", "Daw Khin Sandar", Role.ADMINISTRATOR),
        Login(*BOTH, Role.FRONT_DESK),
    ),
    staff=("Htet Htet Wai", "Ko Myo Naing"),
)

SHWE_PYI = Tenant(
    name="Shwe Pyi Clinics",
    domain="shwepyi.example",
    patients=0.15,
    clinics={BAGO: Place("Yangon-Mandalay Road, Bago", "0123456789", closed_every=5, closed_weekday=1)},
    practitioners={
        "Dr Hla Myint": Person(GENERAL, (Hours(BAGO, "012345", f"{DAY} 17:00-20:00"),), away=(2, 1)),
        "Dr Mi Chan Mon": Person(CHILDREN, (Hours(BAGO, "0246", "13:00-17:00"),)),
    },
    logins=(
        Login("desk@shwepyi.example", "Aye Aye Mon", Role.FRONT_DESK),
        Login("doctor@shwepyi.example", "Dr Hla Myint", Role.PRACTITIONER, "Dr Hla Myint"),
        Login("admin@shwepyi.example", "U Tin Maung Lay", Role.ADMINISTRATOR),
        Login(*BOTH, Role.ADMINISTRATOR),
    ),
    staff=("Kyi Kyi Swe",),
)

TENANTS = (YANKIN_HEALTH, SHWE_PYI)
