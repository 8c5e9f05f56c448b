"""`make run`: the whole clinic on one machine, until Ctrl-C."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket
from urllib.parse import urlsplit

from config import embedded

BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.2
PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    port = os.environ.get("PORT", "8000")
    check_free(port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    if "EMAIL_URL" not in os.environ:
        os.environ["EMAIL_URL"] = f"filemail:///{embedded.LOCAL}/mail"
        os.environ.setdefault("EMAIL_BACKEND", "config.mailbox.ReadableBackend")
    mail = os.environ["EMAIL_URL"]
    os.environ.setdefault("SITE_URL", f"http://{HOST}:{port}")
    # SIGTERM is a polite Ctrl-C; and Ctrl-C counts even where a shell in the background had it ignored.
    for stopped in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stopped, signal.default_int_handler)
    programs: dict[str, subprocess.Popen[bytes]] = {}
    try:
        embedded.start()
        # Trying the clinic as root is fine; the servers themselves run as somebody else.
        environ = {"LOG_LEVEL": "WARNING", **os.environ, "PYTHONWARNINGS": "ignore:You're running the worker"}
        manage("migrate", "--verbosity", "0")
        logins = manage("seed_demo", "--force")
        for name, arguments in commands(port).items():
            programs[name] = subprocess.Popen(  # noqa: S603 programs of our own environment
                arguments,
                cwd=embedded.CODE,
                env=environ,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 no thread runs here
            )
        address = f"http://{HOST}:{port}/"
        wait_for(f"{address}healthz", programs)
        print(f"\nMedaius Scheduling is at {address}\n\n{logins}", flush=True)  # noqa: T201
        print(f"Mail goes to {where(mail)}.\nCtrl-C stops it; the data stay.\n", flush=True)  # noqa: T201
        watch(programs)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)  # noqa: T201 a command talks on standard output
    except embedded.ServerError as error:
        raise SystemExit(str(error)) from error
    finally:
        # Whoever is impatient must not cut this short and leave programs behind.
        for impatience in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(impatience, signal.SIG_IGN)
        stop(programs)


def end_with_parent() -> None:
    """Have the kernel end a program when we are killed and can no longer do it ourselves; Linux knows how."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def where(mail: str) -> str:
    """Say where an EMAIL_URL sends, without the password that it may hold."""
    address = urlsplit(mail)
    return address.path[1:] if address.scheme == "filemail" else address.hostname or address.scheme


def commands(port: str) -> dict[str, list[str]]:
    return {
        "web": [
            f"{BIN}/gunicorn",
            "config.wsgi",
            "--bind",
            f"{HOST}:{port}",
            "--threads",
            "4",
            "--log-level",
            "warning",
        ],
        "worker": [f"{BIN}/celery", "--app", "config", "--quiet", "worker", "--beat", "--concurrency", "1"],
    }


def check_free(port: str) -> None:
    with socket(AF_INET, SOCK_STREAM) as candidate:
        candidate.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, int(port)))
        except (OSError, ValueError, OverflowError) as error:
            raise SystemExit(f"Port {port} cannot be used ({error}). Choose another: make run PORT=8001") from error


def manage(*arguments: str) -> str:
    """Run a command of manage.py and give what it printed; stop here when it fails."""
    done = subprocess.run(  # noqa: S603 our own command line
        [sys.executable, "manage.py", *arguments], cwd=embedded.CODE, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed. {done.stdout}")
    return done.stdout


def wait_for(url: str, programs: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        check_alive(programs)
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 our own address
                return
        except OSError:  # refused, reset, slow, or not healthy yet
            time.sleep(POLL_SECONDS)
    raise SystemExit(f"{url} does not answer.")


def watch(programs: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        check_alive(programs)
        time.sleep(POLL_SECONDS)


def check_alive(programs: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, program in programs.items():
        if program.poll() is not None:
            raise SystemExit(f"The {name} has ended by itself, with code {program.returncode}.")


def stop(programs: dict[str, subprocess.Popen[bytes]]) -> None:
    for program in programs.values():
        program.terminate()
    for program in programs.values():
        try:
            program.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()


if __name__ == "__main__":
    main()
