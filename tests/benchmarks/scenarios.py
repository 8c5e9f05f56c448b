"""What is measured: each promise of speed, as one call, beside its floor."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property, partial
from itertools import count
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from clinics.models import Clinic, Organization, Practitioner, User
from patients.models import Patient
from patients.search import find_patients
from scheduling.services import AppointmentService
from tests.benchmarks import floors, plain
from tests.benchmarks.bookings import Bookings
from tests.benchmarks.people import DESK
from tests.benchmarks.timing import Scenario
from tests.benchmarks.world import LARGEST, STAGE, TODAY, YANGON

TOMORROW, LAST = TODAY + timedelta(days=1), TODAY + timedelta(days=27)
PARTIAL = {"HX-Request": "true"}


@dataclass
class Stage:
    """The rows that the scenarios look at, and what asks for them."""

    raw: floors.Raw

    def __post_init__(self):
        self.organization = Organization.objects.get(name=STAGE)
        self.main, self.full, *_small = Clinic.objects.filter(organization=self.organization).order_by("pk")
        self.practitioner = self.staff(self.main)[0]
        self.desk = User.objects.get(email=DESK)
        self.service = AppointmentService(self.organization, actor=self.desk)
        self.client = Client()
        self.client.force_login(self.desk)
        self._numbers = count()

    def staff(self, clinic):
        return list(Practitioner.objects.filter(assignments__clinic=clinic).order_by("pk"))

    def remember(self):
        """Let slots be remembered, as on a site in use."""
        settings.SLOT_MEMORY_SECONDS = 60

    def forget(self):
        """Have nothing be known: slots are not remembered, and whatever else was kept is under other names now."""
        settings.SLOT_MEMORY_SECONDS = 0
        cache.key_prefix = f"{cache.key_prefix.partition('.')[0]}.{next(self._numbers)}"

    def get(self, url, **headers):
        return self.client.get(url, headers=headers)

    def nothing(self):
        return self.get(reverse("nothing"))

    def slots(self):
        return self.service.get_practitioner_slots(practitioner_id=self.practitioner.pk, date=TOMORROW)

    def clinic_range(self):
        return self.service.get_clinic_slots_range(clinic_id=self.main.pk, start_date=TODAY, end_date=LAST)

    def clinics(self):
        return self.service.get_available_clinics(date=TOMORROW)

    @cached_property
    def board_url(self):
        return f"{reverse('day')}?{urlencode({'clinic': self.full.pk})}"


def all_scenarios():
    """Give them one after the other: what one leaves behind is gone before the next is made."""
    stage = Stage(floors.Raw())
    for group in (_availability, _booking, _pages, _search, _statistics):
        yield from group(stage)


def _availability(stage):
    stage.forget()
    busy = floors.busy_statements(stage.slots)
    reads = floors.orm_reads(stage.practitioner, stage.raw.replay(busy))
    stage.forget()
    asked = len(floors.statements_of(stage.slots))
    yield Scenario(
        "get_practitioner_slots, uncached",
        stage.slots,
        lambda: [read() for read in reads[:asked]],
        "as many ORM reads",
        limit=2,
        queries=4,
        growth=1.3,
        before=stage.forget,
    )
    yield Scenario(
        "get_practitioner_slots, cached",
        stage.slots,
        reads[0],
        "one ORM read",
        limit=0.5,
        queries=0,
        growth=1,
        before=stage.remember,
        after=stage.forget,
    )
    ranges = (
        ("get_clinic_slots_range, 20 x 28 days, uncached", stage.clinic_range),
        ("get_available_clinics, 20 clinics", stage.clinics),
    )
    for name, subject in ranges:
        stage.forget()
        fetch = partial(stage.raw.replay, floors.busy_statements(subject))
        yield Scenario(name, subject, fetch, "raw fetch", 2.5, queries=5, growth=1.3, before=stage.forget)


def _booking(stage):
    bookings = Bookings(stage)
    yield Scenario(
        "create_appointment",
        bookings.book,
        bookings.insert,
        "bare insert",
        limit=5,
        queries=14,
        growth=1.3,
        before=bookings.choose,
        before_floor=bookings.choose,
        after=bookings.take_back,
    )


def _pages(stage):
    practitioner = stage.staff(stage.full)[0]
    since = datetime.combine(TODAY, time.min, tzinfo=YANGON).astimezone(UTC)
    yield Scenario(
        "today's list, 40 rows",
        lambda: list(stage.service.get_today_appointments(practitioner_id=practitioner.pk)),
        lambda: floors.list_of_day(practitioner, since, since + timedelta(days=1)),
        "ORM read of 40 joined rows",
        limit=1.5,
        queries=1,
        growth=1.2,
    )
    stage.forget()
    board = partial(stage.get, stage.board_url)
    again = plain.drawn_again(board)
    yield Scenario(
        "day board page, 12 x 40",
        board,
        again,
        "its template from plain dicts",
        1.5,
        queries=8,
        growth=1.2,
        before=stage.forget,
    )
    board()
    tag = tag_of(board)
    poll = partial(stage.get, stage.board_url, **PARTIAL, **{"If-None-Match": tag})
    assert poll().status_code == 204
    yield Scenario("board poll, nothing changed", poll, stage.nothing, "empty view", 1.3, queries=3, growth=1)
    yield _picker(stage)


def tag_of(board):
    """Give the tag that a board is asked with, which the page has from the context it is drawn with."""
    return plain.context_of(board)["tag"]


def _picker(stage):
    patient = Patient.objects.filter(organization=stage.organization).order_by("pk")[100]
    chosen = {"patient": patient.pk, "clinic": stage.main.pk, "practitioner": stage.practitioner.pk, "date": TOMORROW}
    picker = partial(stage.get, f"{reverse('book')}?{urlencode(chosen)}", **PARTIAL)
    assert picker().status_code == 200

    def floor():
        stage.nothing()
        stage.slots()

    return Scenario(
        "slot picker partial",
        picker,
        floor,
        "empty view + uncached slots",
        limit=2,
        queries=8,
        growth=1.3,
        before=stage.forget,
        before_floor=stage.forget,
    )


def _search(stage):
    organization = stage.organization
    patients = Patient.objects.filter(organization=organization).count()
    named = partial(stage.raw.fetch, floors.NAMED, (organization.pk, "%khin%", "%aye%"))
    yield Scenario(
        f"patient search, {patients:,} patients: khin aye",
        lambda: find_patients(organization, "khin aye"),
        named,
        "raw trigram query",
        limit=2,
        queries=1,
    )
    similar = partial(stage.raw.fetch, floors.SIMILAR, (organization.pk, "khin aya", "khin aya"))
    yield Scenario(
        "patient search, misspelt: khin aya",
        lambda: find_patients(organization, "khin aya"),
        similar,
        "raw similarity query",
        limit=2,
    )


def _statistics(stage):
    organization = Organization.objects.filter(name=LARGEST).first() or stage.organization
    service = AppointmentService(organization)
    for name, days in (("a year", 365), ("a quarter", 91)):
        first = TODAY - timedelta(days=days)
        last = TODAY - timedelta(days=1)
        stats = partial(service.get_appointment_stats, start_date=first, end_date=last)
        since, until = (datetime.combine(day, time.min, tzinfo=YANGON) for day in (first, TODAY))
        offset = since.utcoffset()
        range_ = (organization.pk, since, until)

        def floor(offset=offset, range_=range_):
            stage.raw.fetch(floors.COUNTED, (offset, offset, *range_))
            stage.raw.fetch(floors.SEEN, range_)

        yield Scenario(
            f"get_appointment_stats, {name}: {stats().total:,} rows", stats, floor, "raw SQL", limit=1.3, queries=3
        )
