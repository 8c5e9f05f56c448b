"""The embedded servers, started for real in a folder of their own, beside those that the other tests use."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded

CODE = embedded.CODE
USE = """
import os, sys, time
from config import embedded
try:
    embedded.start()
except embedded.ServerError as error:
    sys.exit(str(error))
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses the servers until it is told to leave."""

    def __init__(self, local, *, run_as=(), **environ):
        clean = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
        self.process = subprocess.Popen(  # noqa: S603 this interpreter
            [*run_as, sys.executable, "-W", "error", "-c", USE],
            cwd=CODE,
            env={**clean, "MEDAIUS_LOCAL": str(local), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def urls(self):
        said = self.process.stdout.readline()
        assert said, self.process.stderr.read()
        return said.split()

    def leave(self):
        _, complaint = self.process.communicate("", timeout=60)
        return complaint

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=60)


@pytest.fixture
def local():
    # Not pytest's tmp_path: its parents are closed to the user that the servers run as.
    folder = Path(tempfile.mkdtemp(prefix="medaius-test-"))
    folder.chmod(0o755)
    yield folder / ".local"
    embedded.wait_until(lambda: not servers(folder), "servers were left behind")
    shutil.rmtree(folder)


def servers(local):
    """Give the postmasters and supervisors of that folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        if any(argument.startswith(os.fsencode(local)) for argument in arguments) or (
            b"config.embedded" in arguments and f"MEDAIUS_LOCAL={local}".encode() in environ
        ):
            found.append(int(entry.name))
    return found


def answer(database_url, redis_url):
    with psycopg.connect(database_url) as connection:
        (encoding,) = connection.execute("SHOW server_encoding").fetchone()
    with redis.Redis.from_url(redis_url) as client:
        return encoding, client.ping()


def write(database_url, word):
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def words(database_url):
    with psycopg.connect(database_url) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept")]


def postmaster(local):
    return int((local / "servers/postgres/postmaster.pid").read_text().split()[0])


def stopped(urls):
    socket = Path(urls[1].removeprefix("unix://"))
    return not (socket.exists() or (socket.parent / ".s.PGSQL.5432").exists())


def test_both_answer_and_the_last_user_stops_them_and_data_survives(local):
    first, second = User(local), User(local)
    urls = first.urls()
    assert second.urls() == urls
    assert answer(*urls) == ("UTF8", True)
    write(urls[0], "မင်္ဂလာပါ")
    assert first.leave() == ""
    assert answer(*urls) == ("UTF8", True)
    assert second.leave() == ""
    embedded.wait_until(lambda: stopped(urls), "the servers go on without users")
    third = User(local)
    assert words(third.urls()[0]) == ["မင်္ဂလာပါ"]
    third.leave()


def test_many_start_at_once(local):
    users = [User(local) for _ in range(4)]
    urls = {tuple(user.urls()) for user in users}
    assert len(urls) == 1
    assert answer(*urls.pop()) == ("UTF8", True)
    assert [user.leave() for user in users] == [""] * 4


def test_two_may_migrate_at_once(local):
    clean = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    both = [
        subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=CODE,
            env={**clean, "MEDAIUS_LOCAL": str(local), "DJANGO_SETTINGS_MODULE": "config.settings.dev"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _each in range(2)
    ]
    assert [(each.communicate(timeout=120)[1], each.returncode) for each in both] == [("", 0), ("", 0)]


def test_a_killed_user_is_gone_as_well(local):
    user = User(local)
    urls = user.urls()
    user.kill()
    embedded.wait_until(lambda: stopped(urls), "the servers wait for the dead")


def test_killed_servers_are_started_again_beside_a_user_who_stays(local):
    stays = User(local)
    urls = stays.urls()
    write(urls[0], "kept")
    os.kill(postmaster(local), signal.SIGKILL)
    with redis.Redis.from_url(urls[1]) as client:
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    user = User(local)
    assert answer(*user.urls()) == ("UTF8", True)
    assert words(urls[0]) == ["kept"]
    stays.leave()
    user.leave()
    embedded.wait_until(lambda: stopped(urls), "the servers go on without users")


def test_everything_killed_leaves_nothing_in_the_way(local):
    user = User(local)
    write(user.urls()[0], "kept")
    with redis.Redis.from_url(f"unix://{user_sockets(local)}/valkey.sock") as client:
        valkey = client.info("server")["process_id"]
    for pid in (*servers(local.parent), valkey):
        if pid != user.process.pid:
            kill(pid)
    user.kill()
    again = User(local)
    assert words(again.urls()[0]) == ["kept"]
    again.leave()


def test_a_killed_supervisor_is_replaced_by_the_next_user(local):
    first = User(local)
    urls = first.urls()
    for pid in servers(local.parent):
        if b"config.embedded" in Path(f"/proc/{pid}/cmdline").read_bytes():
            kill(pid)
    second = User(local)
    second.urls()
    first.leave()
    assert answer(*urls) == ("UTF8", True)
    second.leave()
    embedded.wait_until(lambda: stopped(urls), "nobody stopped the servers")


def test_an_initdb_that_was_cut_off_is_begun_anew(local):
    unfinished = local / "servers/postgres.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    user = User(local)
    assert answer(*user.urls()) == ("UTF8", True)
    user.leave()


def test_only_what_has_no_address_is_started(local):
    user = User(local, DATABASE_URL="postgres://elsewhere/medaius")
    database_url, redis_url = user.urls()
    assert database_url == "postgres://elsewhere/medaius"
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
    assert not (local / "servers/postgres").exists()
    user.leave()


def test_with_both_addresses_nothing_is_started(local):
    user = User(local, DATABASE_URL="postgres://elsewhere/medaius", REDIS_URL="redis://elsewhere")
    assert user.urls() == ["postgres://elsewhere/medaius", "redis://elsewhere"]
    user.leave()
    assert not local.exists()


def test_what_cannot_start_says_why(local):
    local.write_text("a file where a folder should be")
    complaint = User(local).leave()
    assert complaint.startswith("The embedded servers did not start. ")
    assert str(local) in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize("command", ["--help", "collectstatic", "help"])
def test_a_command_without_database_starts_nothing(local, command):
    clean = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    code = f"from config import embedded; embedded.start_for(['manage.py', {command!r}])"
    subprocess.run(  # noqa: S603 this interpreter
        [sys.executable, "-c", code], cwd=CODE, env={**clean, "MEDAIUS_LOCAL": str(local)}, check=True, timeout=60
    )
    assert not local.exists()


def test_a_migration_of_a_database_of_its_own_makes_nothing_here(local):
    code = "from config import embedded; embedded.start_for(['manage.py', 'migrate'])"
    own = {"DATABASE_URL": "postgres://db.internal/medaius", "REDIS_URL": "redis://cache.internal"}
    subprocess.run(  # noqa: S603 this interpreter
        [sys.executable, "-c", code],
        cwd=CODE,
        env={**os.environ, **own, "MEDAIUS_LOCAL": str(local)},
        check=True,
        timeout=60,
    )
    assert not local.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="as an ordinary user every other test here is this one")
def test_an_ordinary_user_runs_them_as_themselves(local):
    nobody = pwd.getpwnam("nobody")
    os.chown(local.parent, nobody.pw_uid, nobody.pw_gid)
    # The capability lets nobody reach an interpreter that is installed below /root; it owns and writes nothing by it.
    run_as = (
        *("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"),
        *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
    )
    user = User(local, run_as=run_as, HOME=str(local.parent))
    assert answer(*user.urls()) == ("UTF8", True)
    assert Path(f"/proc/{postmaster(local)}").stat().st_uid == nobody.pw_uid
    assert user.leave() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the servers' user cannot enter")
def test_a_closed_checkout_keeps_its_data_elsewhere_and_stays_closed(local):
    local.parent.chmod(0o700)
    user = User(local)
    urls = user.urls()
    assert answer(*urls) == ("UTF8", True)
    assert local.parent.stat().st_mode & 0o777 == 0o700
    assert not (local / "servers").exists()
    user.leave()
    embedded.wait_until(lambda: stopped(urls), "the servers go on without users")
    shutil.rmtree(f"/var/lib/{Path(urls[1].removeprefix('unix://')).parent.name}")


def user_sockets(local):
    lines = (local / "servers/postgres/postmaster.pid").read_text().splitlines()
    return lines[4]  # the fifth line of postmaster.pid is the socket folder


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    time.sleep(0.01)
