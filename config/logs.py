"""Logs for whoever runs the clinic: one line of JSON each, and nothing in them that is about a patient.

What a record was made from is not trusted: a message may quote a row, an exception a name, an address a token that
lets its holder in. So only our own messages and those of the plumbing are written out; of all others the template
alone, with the numbers in it. An exception is its type and the places that it passed, never its words.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from http.client import FORBIDDEN, INTERNAL_SERVER_ERROR, responses
from pathlib import Path
from types import TracebackType
from typing import Any

from celery import current_task
from django.http import HttpRequest
from psycopg import Error as DatabaseError
from pythonjsonlogger.json import JsonFormatter

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that this thread answers; the line of every log that it writes names it."""

CODE = f"{Path(__file__).resolve().parent.parent}/"
OURS = ("clinics", "config", "patients", "scheduling")  # no name, phone or address goes into a message of ours
PLUMBING = ("celery.apps", "celery.beat", "celery.bootsteps", "celery.worker", "gunicorn", "kombu", "psycopg.pool")
"""They know hosts, queues and the keys of rows, and say why they cannot connect."""
HANDLERS = ("celery.worker.request",)
"""Who tells of a task's own exceptions, which may quote a row."""
FIELDS = ("method", "route", "status", "duration_ms", "organization", "user")
"""What a record's `extra` may add to its line."""
TASK_WORDS = {"name", "id", "description", "runtime"}
MASK = "…"
PRIVATE = (
    (re.compile(r"\bDETAIL:.*", re.DOTALL), MASK),  # PostgreSQL quotes the row
    (re.compile(r"(https?://[^/\s'\"]+)[^\s'\"]*"), rf"\1/{MASK}"),
    (re.compile(r"/(a|feed|password)/[^\s'\"]+"), rf"/\1/{MASK}"),  # whoever knows the rest is let in
    (re.compile(r"\?[^\s'\"]+"), f"?{MASK}"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), f"{MASK}@{MASK}"),
    (re.compile(r"\+\d{7,15}"), f"+{MASK}"),
)


class LineFormatter(JsonFormatter):
    """Makes a line of JSON of a record. It reads what it knows to be harmless, and leaves the rest."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        return self.serialize_log_record(line(record))


def settings(level: str) -> dict[str, Any]:
    """Give the LOGGING of production; gunicorn, which has its own, takes the same."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "config.logs.LineFormatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "axes": {"level": "WARNING"},  # it would greet every process
            # That a task was done is a line; that it was sent and received need not be two more.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            # Django's own would mail the administrators a report that quotes what was typed.
            "django": {"handlers": [], "level": "INFO"},
            "gunicorn.error": {"handlers": ["console"], "propagate": False},
        },
    }


def line(record: logging.LogRecord) -> dict[str, Any]:
    """Give what is written of a record, in the order of reading; what is not known is left out."""
    task = task_of(record)
    request = getattr(record, "request", None)
    fields = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": without_private(message(record)),
        # The first name is for what Django writes when our middleware is through.
        "request_id": getattr(request, "log_id", None) or REQUEST_ID.get(),
        "task": task.get("name"),
        "task_id": task.get("id"),
        "duration_ms": round(task["runtime"] * 1000) if "runtime" in task else None,
        **(seen(request) if isinstance(request, HttpRequest) else {}),
        **({"status": record.status_code} if hasattr(record, "status_code") else {}),
        **{name: getattr(record, name) for name in FIELDS if hasattr(record, name)},
        "exception": list(chain(record.exc_info[1])) if record.exc_info else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def seen(request: HttpRequest) -> dict[str, Any]:
    """Name a request without its address: a route has no token in it, and no query."""
    match = request.resolver_match
    return {"method": request.method, "route": f"/{match.route}" if match else None}


def task_of(record: logging.LogRecord) -> Mapping[str, Any]:
    """Give the name and key of the task that a record is about, else of the one that writes it."""
    about = getattr(record, "data", None)  # where Celery says it
    if record.name.startswith("celery.") and isinstance(about, dict) and "id" in about:
        return about
    return {"name": current_task.name, "id": current_task.request.id} if current_task else {}


def message(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    if record.name == "django.security.csrf":  # the reason is Django's, or the name of a host
        return f"{responses[FORBIDDEN]}: {record.args[0] if isinstance(record.args, tuple) else ''}"
    if record.name == "django.request":
        status = getattr(record, "status_code", INTERNAL_SERVER_ERROR)
        return responses.get(status, str(status))
    if record.name == "gunicorn.error" and record.msg.startswith("Invalid "):
        return "Invalid request"  # gunicorn would quote it
    if not record.args:
        return record.msg
    try:
        return str(record.msg % harmless(record.args, origin=record.name))
    except Exception:  # noqa: BLE001 logging would print what could not be written, patients and all
        return record.msg


def harmless(arguments: Any, *, origin: str) -> Any:
    """Give what may stand in a message: of a stranger the numbers, and what Celery says of a task."""
    if isinstance(arguments, Mapping):
        return {key: value if key in TASK_WORDS else shown(value, origin) for key, value in arguments.items()}
    return tuple(shown(value, origin) for value in arguments)


def shown(value: Any, origin: str) -> Any:
    if isinstance(value, int | float) or (is_of(PLUMBING, origin) and not is_of(HANDLERS, origin)):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if is_of(OURS, origin) else MASK


def is_of(loggers: tuple[str, ...], origin: str) -> bool:
    return any(f"{origin}.".startswith(f"{name}.") for name in loggers)


def without_private(text: str) -> str:
    """Take out what may have come into any message all the same: rows, addresses, phones and what lets people in."""
    for pattern, instead in PRIVATE:
        text = pattern.sub(instead, text)
    return text


def chain(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """Give an exception and what it came from: `type`, `frames` and, of PostgreSQL, what was violated."""
    told = set[int]()
    while error is not None and id(error) not in told:
        told.add(id(error))
        kind = type(error)
        entry: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}
        if isinstance(error, DatabaseError):
            broken = {"sqlstate": error.sqlstate, "constraint": error.diag.constraint_name}
            entry |= {name: word for name, word in broken.items() if word}
        yield {**entry, "frames": frames(error.__traceback__)}
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def frames(tracks: TracebackType | None) -> list[str]:
    """Give the places that an exception passed, the innermost last, without the values that were there."""
    return [
        f"{place(frame.f_code.co_filename)}:{number} {frame.f_code.co_name}"
        for frame, number in traceback.walk_tb(tracks)
    ]


def place(path: str) -> str:
    return path.rpartition("/site-packages/")[2].removeprefix(CODE)
