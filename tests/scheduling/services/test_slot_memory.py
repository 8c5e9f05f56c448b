"""What is offered, remembered: as quickly as it can be told, and never what is no longer so."""

import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from datetime import time as dt_time
from random import Random

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from clinics import memory
from clinics.models import Organization, record_event
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, ClinicClosure, Schedule, TimeOff
from scheduling.services import freshness, slot_memory
from tests.factories import AppointmentTypeFactory, ClinicAssignmentFactory, ClinicFactory, PatientFactory
from tests.faults.conftest import Valkey
from tests.practice import MONDAY, NINE, minutes, practice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday")]
A_DAY = timedelta(days=1)


@pytest.fixture
def house(settings, monday):  # noqa: ARG001 the clock stands before anything is written
    settings.SLOT_MEMORY_SECONDS = 60
    cache.clear()  # of what another test, with the same keys, left there
    memory.ask_again()
    return practice()


@pytest.fixture
def valkey(settings):
    """Give a Valkey of the test's own that is remembered in."""
    with tempfile.TemporaryDirectory(prefix="medaius-") as folder:
        server = Valkey(folder)
        settings.REDIS_URL = server.url
        memory._client.cache_clear()
        memory.ask_again()
        yield server
        server.stop()
    memory.ask_again()
    memory._client.cache_clear()


def slots(house, **given):
    return house.service.get_practitioner_slots(practitioner_id=house.practitioner.pk, date=MONDAY, **given)


def at_clinic(house, **given):
    given = {"start_date": MONDAY, "end_date": MONDAY + A_DAY, **given}
    return house.service.get_clinic_slots_range(clinic_id=house.clinic.pk, **given)


def without_memory(settings, ask):
    settings.SLOT_MEMORY_SECONDS = 0
    answer = ask()
    settings.SLOT_MEMORY_SECONDS = 60
    return answer


class TestRemembered:
    def test_it_is_told_again_without_the_database(self, house, django_assert_num_queries):
        first = slots(house)
        with django_assert_num_queries(0):
            assert slots(house) == first
        assert len(first) == 16

    def test_a_clinic_takes_two_queries_however_many_practise_there(self, house, django_assert_num_queries):
        with django_assert_num_queries(6):  # the hours twice: who works there, and once the words are known
            first = at_clinic(house)
        with django_assert_num_queries(2):
            assert at_clinic(house) == first

    @pytest.mark.parametrize("given", [{}, {"duration": 45}, {"appointment_type": "long"}])
    def test_it_is_what_the_database_says(self, house, settings, given):
        AppointmentTypeFactory(organization=house.organization, code="long", duration=60)
        house.book()
        for ask in (lambda: slots(house, **given), lambda: at_clinic(house, **given)):
            ask()
            assert ask() == without_memory(settings, ask)

    def test_every_start_and_what_stands_in_its_way_is_too(self, house, settings):
        house.book()

        def ask():
            asked = {"start_date": MONDAY, "end_date": MONDAY + A_DAY}
            return house.service.get_practitioner_times_range(practitioner_id=house.practitioner.pk, **asked)

        ask()
        assert ask() == without_memory(settings, ask)

    def test_what_passes_goes_without_a_word(self, house, time_machine, django_assert_num_queries):
        slots(house)
        time_machine.move_to(NINE + minutes(61))
        with django_assert_num_queries(0):
            assert f"{slots(house)[0].start:%H:%M}" == "10:30"

    def test_no_patient_is_in_it(self, house):
        house.patient.name = "Daw Khin Secret"
        house.patient.save()
        house.book(notes="secret")
        slots(house)
        client = memory._client()
        kept = b" ".join(client.get(key) or b"" for key in client.scan_iter("*grid:*"))
        assert b"secret" not in kept.lower()
        assert kept != b""

    def test_what_is_not_there_is_refused_all_the_same(self, house):
        for given in ({"clinic_id": ClinicFactory().pk}, {"appointment_type": "x"}, {"duration": 0}):
            for _ in range(2):
                with pytest.raises(AppointmentError):
                    slots(house, **given)


class TestRenewed:
    """Each of these takes or gives time: what is told next is what the database says."""

    def test_booking_moving_cancelling_and_undoing(self, house):
        def starts():
            return [f"{slot.start:%H:%M}" for slot in slots(house)]

        whole = starts()
        visit = house.book()
        assert starts() == whole[1:]
        house.service.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(30))
        assert starts() == [whole[0], *whole[2:]]
        house.service.update_appointment_status(
            appointment_id=visit.pk, status="cancelled", cancellation_reason="patient_request"
        )
        assert starts() == whole
        house.service.undo_status_change(appointment_id=visit.pk)
        assert starts() == [whole[0], *whole[2:]]

    def test_a_visit_that_goes_to_a_colleague_gives_and_takes(self, house, settings):
        assignment = ClinicAssignmentFactory(clinic=house.clinic)
        colleague = practice(organization=house.organization)
        visit = house.book()
        before = at_clinic(house), slots(house)
        there = colleague.starts()
        house.service.update_appointment(
            appointment_id=visit.pk, practitioner_id=colleague.practitioner.pk, clinic_id=colleague.clinic.pk
        )
        assert (at_clinic(house), slots(house)) != before
        assert colleague.starts() == there[1:]
        assert slots(house) == without_memory(settings, lambda: slots(house))
        assert assignment.clinic == house.clinic

    @pytest.mark.parametrize("what", ["time off", "closure", "capacity", "hours", "inactive", "buffer"])
    def test_whatever_the_administration_changes_with_its_event(self, house, settings, what):
        house.book(NINE + minutes(120))
        before = slots(house), at_clinic(house)
        with transaction.atomic():
            if what == "time off":
                row = TimeOff.objects.create(
                    practitioner=house.practitioner, starts_at=NINE, ends_at=NINE + minutes(90)
                )
            elif what == "closure":
                row = ClinicClosure.objects.create(clinic=house.clinic, date=MONDAY)
            elif what == "capacity":
                Schedule.objects.update(capacity=3)
                row = house.schedule
            elif what == "hours":
                house.hours.delete()
                row = house.schedule
            elif what == "buffer":
                Organization.objects.update(buffer_minutes=15)
                row = house.organization
            else:
                house.practitioner.is_active = False
                house.practitioner.save()
                row = house.practitioner
            record_event(kind="CHANGED", target=row, actor=None, organization=house.organization)
        assert (slots(house), at_clinic(house)) != before
        assert slots(house) == without_memory(settings, lambda: slots(house))
        assert at_clinic(house) == without_memory(settings, lambda: at_clinic(house))

    def test_what_was_taken_back_changes_nothing(self, house, django_assert_num_queries):
        slots(house)
        with transaction.atomic():
            house.book()
            transaction.set_rollback(True)
        with django_assert_num_queries(0):
            assert len(slots(house)) == 16

    def test_many_changes_by_lot_never_leave_an_old_answer(self, house, settings):
        random = Random(5)  # noqa: S311 figures, not secrets
        people = [PatientFactory(organization=house.organization) for _ in range(4)]
        for _ in range(40):
            start = NINE + minutes(30 * random.randrange(16))
            try:
                if random.random() < 0.6:
                    house.book(start, patient_id=random.choice(people).pk)
                else:
                    visit = random.choice(list(Appointment.objects.all()) or [None])
                    if visit is not None:
                        house.service.update_appointment_status(
                            appointment_id=visit.pk, status="cancelled", cancellation_reason="other", reason="x"
                        )
            except AppointmentError:
                pass
            assert slots(house) == without_memory(settings, lambda: slots(house))


def test_a_slow_reader_cannot_bring_an_old_answer_back(house, monkeypatch):
    """It has read the words and the database; then somebody books; then it writes what it had read."""
    read, write = threading.Event(), threading.Event()
    remember = memory.write

    def slowly(values, **given):
        if threading.current_thread().name == "slow":
            read.set()
            assert write.wait(10)
        return remember(values, **given)

    monkeypatch.setattr(slot_memory.memory, "write", slowly)
    old = []

    def reads():
        old.append(slots(house))
        connection.close()

    reader = threading.Thread(name="slow", target=reads)
    reader.start()
    assert read.wait(10)
    house.book()
    write.set()
    reader.join(10)
    assert len(old[0]) == 16  # it gave what was so when it asked
    assert len(slots(house)) == 15  # and nobody is given that any more


def test_words_never_come_back_after_the_memory_was_emptied(house):
    slots(house)
    before = memory.read([freshness.time_key(house.practitioner.pk)])
    memory._client().flushdb()
    slots(house)
    assert memory.read([freshness.time_key(house.practitioner.pk)]) != before


def test_booking_never_asks_the_memory(house, monkeypatch):
    """What is remembered says that all is free: it is not believed."""
    house.book()
    monkeypatch.setattr(freshness, "renew_time_of", lambda _people: None)
    slots(house)
    visit = house.book(NINE + minutes(30))
    assert "09:30" in [f"{slot.start:%H:%M}" for slot in slots(house)]  # nobody said that it is gone
    other = PatientFactory(organization=house.organization)
    assert house.explain(NINE + minutes(30)) == "slot_taken"
    with pytest.raises(AppointmentError, match="slot_taken"):
        house.book(NINE + minutes(30), patient_id=other.pk)
    with pytest.raises(AppointmentError, match="slot_taken"):
        house.service.update_appointment(appointment_id=visit.pk, appointment_date=NINE)


class TestWithoutRedis:
    @pytest.mark.parametrize("fate", ["stop", "freeze"])
    def test_it_costs_one_short_wait_and_then_nothing(self, house, valkey, fate):
        assert len(slots(house)) == 16
        getattr(valkey, fate)()
        begun = time.monotonic()
        house.book()
        assert len(slots(house)) == 15
        first = time.monotonic() - begun
        begun = time.monotonic()
        for _ in range(20):
            assert len(slots(house)) == 15
        assert first < 20 * memory.PATIENCE
        assert memory._alone_until > time.monotonic()
        assert memory.read(["x"]) is None

    def test_a_word_that_was_lost_makes_an_answer_old_for_a_minute_at_most(self, house, valkey):
        slots(house)
        valkey.freeze()
        house.book()
        valkey.thaw()
        memory.ask_again()
        client = memory._client()
        kept = list(client.scan_iter("*grid:*"))
        assert kept
        assert all(0 < client.ttl(key) <= 60 for key in kept)

    def test_it_is_asked_again_later(self, house, valkey, monkeypatch, django_assert_num_queries):
        valkey.stop()
        slots(house)
        valkey.start()
        monkeypatch.setattr(memory, "_alone_until", 0.0)
        slots(house)
        with django_assert_num_queries(0):
            slots(house)


def test_instants_are_kept_across_a_clock_change(settings, time_machine):
    """01:30 comes twice in London on 27 October 2030."""
    time_machine.move_to(datetime(2030, 10, 20, tzinfo=UTC))
    settings.SLOT_MEMORY_SECONDS = 60
    cache.clear()
    house = practice(timezone="Europe/London", start=dt_time(0), end=dt_time(3))
    type(house.hours).objects.update(weekday=6)

    def ask():
        sunday = datetime(2030, 10, 27, tzinfo=UTC).date()
        found = house.service.get_practitioner_slots(practitioner_id=house.practitioner.pk, date=sunday)
        return [(slot.instants.start, slot.start.utcoffset(), slot.start.fold) for slot in found]

    first = ask()
    assert ask() == first == without_memory(settings, ask)
    assert len(first) == 8
