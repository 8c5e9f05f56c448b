"""Nothing that is owed is lost, whichever of the programs that carry it dies, hangs or refuses."""

import logging
import socket
import time
from contextlib import ExitStack

import pytest

from clinics.models import Role
from scheduling.models import Appointment, Notification
from scheduling.services import AppointmentService
from scheduling.tasks import wake
from tests.factories import MembershipFactory, PatientFactory
from tests.faults.conftest import LEASE, until
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

PAGE_SECONDS = 2


@pytest.fixture
def day(transactional_db):  # noqa: ARG001
    """Give the practice, whose patients are told at once and whose practitioner by e-mail, too."""
    day = practice()
    day.organization.patient_wait_minutes = 0
    day.organization.save()
    day.practitioner.user = MembershipFactory(organization=day.organization, role=Role.PRACTITIONER).user
    day.practitioner.save()
    day.service = AppointmentService(day.organization)
    return day


def book(day, count, first=0):
    for number in range(first, first + count):
        patient = PatientFactory(organization=day.organization, name="Daw Kanari", email=f"kanari{number}@p.example")
        yield day.book(NINE + minutes(30 * number), patient_id=patient.pk)


def states():
    return dict.fromkeys(Notification.objects.exclude(channel="in-app").values_list("status", flat=True))


def settled(count):
    return lambda: Notification.objects.filter(channel="email", status="sent").count() == count


def test_a_worker_killed_while_it_sends_loses_nothing(day, worker, mail_server):
    mail_server.mood = "stall"
    worker.start()
    list(book(day, 3))
    until(lambda: mail_server.stalled, "nothing is being sent")
    worker.kill()
    in_flight = set(mail_server.got)
    assert len(in_flight) == 1
    mail_server.mood = "take"
    time.sleep(LEASE)
    worker.start()
    until(settled(6), f"not all are delivered: {worker.log}")
    assert len(mail_server.got) == 6
    assert {key for key, times in mail_server.got.items() if times > 1} == in_flight
    assert set(mail_server.got.values()) == {1, 2}


@pytest.mark.parametrize("how", ["later", "down"])
def test_a_mail_server_that_refuses_for_a_while_gets_all_of_it_once(day, worker, mail_server, how):
    if how == "down":
        mail_server.stop()
    mail_server.mood = how
    worker.start()
    list(book(day, 3))
    until(lambda: Notification.objects.exclude(error="").count() >= 2, f"nothing was tried: {worker.log}")
    assert not mail_server.got
    mail_server.mood = "take"
    if how == "down":
        mail_server.start()
    until(settled(6), f"not all are delivered: {worker.log}")
    assert set(mail_server.got.values()) == {1}
    assert len(mail_server.got) == 6


def test_who_is_refused_for_good_is_shown_as_failed_without_the_address(day, worker, mail_server):
    mail_server.mood = "never"
    worker.start(beat=False)  # nobody sweeps: the booking itself wakes the worker
    list(book(day, 1))
    until(lambda: states() == {"failed": None}, f"nothing has failed: {worker.log}")
    failed = Notification.objects.exclude(channel="in-app")
    assert set(failed.values_list("error", "attempts")) == {("SMTPRecipientsRefused 550", 1)}
    assert "SMTPRecipientsRefused 550" in worker.log
    assert "@" not in worker.log.replace("celery@", "").replace("redis+socket://", "").partition("ready.")[2]
    assert "Kanari" not in worker.log


def test_an_emptied_broker_loses_nothing_and_what_was_cancelled_meanwhile_is_not_confirmed(
    day, worker, broker, mail_server
):
    stays, goes = book(day, 2)
    day.service.update_appointment_status(
        appointment_id=goes.pk, status="cancelled", cancellation_reason="patient_request"
    )
    broker.ask().flushall()
    worker.start()
    until(lambda: not Notification.objects.filter(status="pending").exists(), f"some are still owed: {worker.log}")
    of_patients = Notification.objects.exclude(patient=None)
    assert dict(of_patients.values_list("appointment", "status")) == {stays.pk: "sent", goes.pk: "suppressed"}
    assert [each["To"] for each in mail_server.letters if "kanari" in each["To"]] == ["kanari0@p.example"]


@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_without_a_broker_pages_answer_and_the_sweep_delivers_later(day, worker, broker, mail_server, how, caplog):
    worker.start()
    until(lambda: "ready." in worker.log, f"no worker: {worker.log}")
    desk = signed_in(day.organization)
    day.patient.email = "kanari@p.example"
    day.patient.save()
    (broker.freeze if how == "frozen" else broker.stop)()
    form = {
        "patient": day.patient.pk,
        "practitioner": day.practitioner.pk,
        "clinic": day.clinic.pk,
        "start": NINE.isoformat(),
        "request_id": "6b4b0d3e-0f4e-4f0c-9b56-2d3f7f3f9a11",
    }
    started = time.perf_counter()
    answer = desk.post("/book/", form)
    took = time.perf_counter() - started
    assert (answer.status_code, Appointment.objects.count()) == (303, 1)
    assert took < PAGE_SECONDS
    assert "The broker did not take" in caplog.text
    assert not mail_server.got
    (broker.thaw if how == "frozen" else broker.start)()
    until(settled(2), f"not all are delivered: {worker.log}")
    assert set(mail_server.got.values()) == {1}


def test_no_patient_is_in_the_broker_nor_in_the_logs(day, broker, caplog):
    caplog.set_level(logging.DEBUG)
    (appointment,) = book(day, 1)
    patient = appointment.patient
    patient.phone = "+959250000777"
    patient.save()
    appointment = day.service.update_appointment(appointment_id=appointment.pk, appointment_date=NINE + minutes(90))
    day.service.update_appointment_status(
        appointment_id=appointment.pk, status="cancelled", reason="Kanari asked", cancellation_reason="other"
    )
    held = b"".join(everything_in(broker.ask()))
    assert b"scheduling.tasks.deliver" in held
    broker.freeze()
    day.service.undo_status_change(appointment_id=appointment.pk)
    assert "The broker did not take" in caplog.text
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.split(".")[0] != "django")
    for word in ("kanari", "250000777", "p.example"):
        assert word not in held.decode(errors="replace").lower()
        assert word not in logged.lower()


def everything_in(client):
    for key in client.scan_iter():
        yield key
        yield {
            b"list": lambda key: b"".join(client.lrange(key, 0, -1)),
            b"set": lambda key: b"".join(client.smembers(key)),
            b"zset": lambda key: b"".join(client.zrange(key, 0, -1)),
            b"hash": lambda key: b"".join(client.hvals(key)),
            b"string": client.get,
        }[client.type(key)](key)


def test_a_broker_that_takes_no_connection_costs_a_page_no_more(monkeypatch, caplog):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, ExitStack() as waiting:
        monkeypatch.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        for _ in range(4):  # its queue is full: who comes now is not even refused
            queued = waiting.enter_context(socket.socket())
            queued.settimeout(0)
            queued.connect_ex(deaf.getsockname())
        started = time.perf_counter()
        wake([1])
        took = time.perf_counter() - started
    assert took < PAGE_SECONDS
    assert "The broker did not take 1 messages" in caplog.text
