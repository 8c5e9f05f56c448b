"""What production writes: lines of JSON that find the fault, and nothing about a patient."""

import json
import logging
import os
import subprocess
import sys
from logging.config import dictConfig

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from config import gunicorn, logs
from config.embedded import CODE
from patients.models import Patient
from scheduling.services.links import token_of
from tests.factories import PatientFactory
from tests.practice import practice
from tests.scheduling.views.conftest import signed_in

NAME, PHONE, EMAIL = "Daw Khin Myat Noe", "+959793502281", "khin.myat@example.com"


@pytest.fixture
def log(caplog, monkeypatch):
    """Give the lines that production would write of what was logged so far."""
    monkeypatch.setattr(caplog.handler, "formatter", logs.LineFormatter())
    caplog.set_level(logging.INFO)
    for name, logger in logs.settings("INFO")["loggers"].items():
        caplog.set_level(logger.get("level", "INFO"), name)
    return lambda: [json.loads(line) for line in caplog.text.splitlines()]


def written(message, *arguments, logger="some.library", **given):
    """Give the message of the line that a record becomes."""
    return logs.line(logging.LogRecord(logger, logging.INFO, __file__, 1, message, arguments, None, **given))["message"]


def request_lines(lines):
    return [line for line in lines if line["logger"] == "config.middleware"]


@pytest.mark.django_db
def test_each_request_is_a_line_with_keys_and_a_route(log):
    day = practice()
    desk = signed_in(day.organization)
    desk.get(f"/patients/{day.patient.pk}/?from={NAME}")
    (line,) = request_lines(log())
    assert line.pop("duration_ms") >= 0
    request_id = line.pop("request_id")
    assert len(request_id) == 32
    assert line.pop("time").endswith("+00:00")
    assert line.pop("message").startswith("GET /patients/<int:pk>/ 200 in ")
    assert line == {
        "level": "INFO",
        "logger": "config.middleware",
        "method": "GET",
        "route": "/patients/<int:pk>/",
        "status": 200,
        "organization": day.organization.pk,
        "user": desk.user.pk,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "kept"), [("4bf92f3577b34da6", True), ("short", False), ("x" * 65, False)])
def test_the_proxys_name_of_a_request_is_kept_where_it_can_be_one(client, log, given, kept):
    answer = client.get("/login/", headers={"X-Request-ID": given})
    (line,) = request_lines(log())
    assert answer["X-Request-ID"] == line["request_id"]
    assert (line["request_id"] == given) is kept
    assert logs.REQUEST_ID.get() is None


@pytest.mark.django_db
def test_a_healthy_answer_is_no_news(client, log):
    client.get("/healthz")
    assert request_lines(log()) == []


@pytest.mark.django_db
def test_the_log_asks_the_database_nothing(client, log, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/nothing-here/")
    line, refusal = log()
    assert line["message"].startswith("GET nowhere 404 in ")
    assert (refusal["message"], refusal["request_id"]) == ("Not Found", line["request_id"])


@pytest.mark.django_db
def test_a_link_that_lets_a_patient_in_is_not_written(client, log):
    token = token_of(practice().book())
    client.get(reverse("patient_link", args=[token]))
    client.get(reverse("patient_link", args=[f"{token}x"]))
    client.post(reverse("patient_calendar", args=[token]))
    client.get(f"/a/{token}/nothing/?x={token}")
    Client(enforce_csrf_checks=True).post(
        f"/a/{token}/", headers={"referer": f"https://evil.example/a/{token}/"}, secure=True
    )
    assert token not in str(log())
    assert "/a/<str:token>/" in [line.get("route") for line in log()]


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_with_its_reason(log):
    Client(enforce_csrf_checks=True).post("/login/", headers={"origin": "https://evil.example"})
    assert [(line["logger"], line["message"]) for line in log() if line["level"] == "WARNING"] == [
        (
            "django.security.csrf",
            "Forbidden: Origin checking failed - https://evil.example/… does not match any trusted origins.",
        )
    ]


@pytest.mark.django_db
def test_a_fault_names_its_place_and_not_what_was_typed(log, monkeypatch):
    desk = signed_in(practice().organization)
    desk.raise_request_exception = False
    given = {"new-name": NAME, "new-phone": PHONE, "new-email": EMAIL, "new-birth_date": "1971-03-04"}

    def fail(_self, _request):
        raise ValueError(f"Could not save {given}")

    monkeypatch.setattr("scheduling.views.booking.NewPatientView.post", fail)
    assert desk.post("/patients/new/", given).status_code == 500
    fault, line = log()
    assert (fault["logger"], fault["level"], fault["message"]) == ("django.request", "ERROR", "Internal Server Error")
    assert (fault["route"], fault["status"], fault["request_id"]) == ("/patients/new/", 500, line["request_id"])
    (error,) = fault["exception"]
    assert error["type"] == "ValueError"
    assert error["frames"][0].startswith("django/core/handlers/exception.py:")
    assert not [words for words in (*given.values(), "Khin", "9793502281") if words in str(log())]


@pytest.mark.django_db
def test_the_database_is_not_quoted(log):
    patient = PatientFactory(name=NAME, record_number="MR-77310")
    with pytest.raises(IntegrityError, match="MR-77310") as raised, transaction.atomic():
        Patient.objects.create(organization=patient.organization, name=NAME, record_number=patient.record_number)
    logging.getLogger("scheduling").error("It was not saved: %s", raised.value, exc_info=raised.value)
    (line,) = log()
    assert "MR-77310" not in str(line)
    assert line["message"] == "It was not saved: IntegrityError"
    assert [entry["type"] for entry in line["exception"]] == [
        "django.db.utils.IntegrityError",
        "psycopg.errors.UniqueViolation",
    ]
    assert line["exception"][1]["sqlstate"] == "23505"
    assert line["exception"][1]["constraint"].startswith("patient")
    assert line["exception"][0]["frames"][0].startswith("tests/config/test_logs.py:")


def test_of_a_stranger_the_template_is_written_with_its_numbers():
    assert written("%s of %d rows: %r", NAME, 3, [PHONE]) == "… of 3 rows: '…'"
    assert written("Task %(name)s[%(id)s]: %(exc)s", {"name": "t", "id": "7", "exc": NAME}) == "Task t[7]: …"
    assert written("%d too few", NAME) == "%d too few"
    assert written(ValueError(NAME)) == written("%s", ValueError(NAME)) == "ValueError"


def test_what_slips_into_a_message_of_ours_is_taken_out():
    def said(words):
        return written("Said: %s", words, logger="scheduling.tasks")

    assert said(f"to {EMAIL} or {PHONE}") == "Said: to …@… or +…"
    assert said(f"duplicate key\nDETAIL:  Key (name)=({NAME}) exists.\nmore") == "Said: duplicate key\n…"
    assert said("/feed/s3cr3t.ics") == said("/feed/other.ics?x=1") == "Said: /feed/…"
    assert said("GET /upcoming/?q=Khin HTTP/1.1") == "Said: GET /upcoming/?… HTTP/1.1"
    assert said("https://clinic.example/a/t0k3n/") == "Said: https://clinic.example/…"


def test_the_plumbing_may_say_where_it_is_connected():
    words = ("Connected to %s", "redis://cache.internal:6379/0")
    assert written(*words, logger="celery.worker.consumer.connection") == "Connected to redis://cache.internal:6379/0"
    assert written("%s: %s", "pool-1", OSError("refused"), logger="psycopg.pool") == "pool-1: refused"
    assert written(*words, logger="celery_lookalike") == "Connected to …"


def test_what_cannot_be_written_is_not_printed_either():
    class Sulking:
        def __str__(self):
            raise RuntimeError(NAME)

    assert written("Said: %s", Sulking(), logger="scheduling") == "Said: %s"
    odd = logging.makeLogRecord({"name": "django.request", "msg": "%s: %s", "args": (NAME, NAME), "status_code": 599})
    assert logs.line(odd)["message"] == "599"


def test_gunicorn_writes_the_same_lines_and_no_addresses():
    assert gunicorn.accesslog is None
    assert gunicorn.logconfig_dict["handlers"] == logs.settings("INFO")["handlers"]
    said = written("Error handling request %s %s", "GET", "/a/t0k3n/?q=x", logger="gunicorn.error")
    assert said == "Error handling request GET /a/…"


TASK = """
import sys
from config.celery import app, log_as_the_settings_say
app.loader.import_default_modules()
log_as_the_settings_say()
@app.task(name="failing")
def failing(name):
    raise ValueError(name)
app.conf.task_always_eager = True
failing.delay("Daw Khin Myat Noe")
"""


def test_a_task_that_fails_is_a_line_without_its_words():
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "x",
        "EMAIL_URL": "smtp://localhost",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(  # noqa: S603 this interpreter
        [sys.executable, "-c", TASK], cwd=CODE, env=environ, capture_output=True, text=True, check=True
    )
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["task"], line["level"], line["logger"]) == ("failing", "ERROR", "celery.app.trace")
    assert line["message"] == f"Task failing[{line['task_id']}] raised unexpected: …"
    assert "duration_ms" not in line
    assert [entry["type"] for entry in line["exception"]] == ["ValueError"]
    assert "Khin" not in done.stderr + done.stdout


def test_the_settings_are_a_configuration(monkeypatch):
    monkeypatch.setattr(logging.root, "handlers", [])
    level = logging.root.level
    try:
        dictConfig(logs.settings("WARNING"))
        assert isinstance(logging.root.handlers[0].formatter, logs.LineFormatter)
    finally:
        logging.root.setLevel(level)


def test_a_request_that_is_refused_at_the_gate_is_a_line_with_its_name_too(client, log):
    answer = client.get("/", headers={"host": "elsewhere.example", "x-request-id": "aaaa-1111-bbbb"})
    assert (answer.status_code, answer["X-Request-ID"]) == (400, "aaaa-1111-bbbb")
    assert [line["status"] for line in log() if line["logger"] == "config.middleware"] == [400]


@pytest.mark.parametrize("logger", ["celery.worker.request", "django.db.backends"])
def test_of_a_tasks_own_exception_only_the_kind_is_told(logger):
    assert NAME not in written("Task handler raised error: %r", ValueError(NAME), logger=logger)


def test_gunicorn_does_not_quote_what_it_could_not_read():
    assert written(f"Invalid HTTP Version: '{NAME}'", logger="gunicorn.error") == "Invalid request"
