"""What the settings promise, in each of their forms."""

import gzip
import os
import subprocess
import sys
import zoneinfo
from pathlib import Path

import pytest
import tzdata
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from config.embedded import CODE


def test_time_zones_come_from_the_locked_wheel():
    assert [Path(path) for path in zoneinfo.TZPATH] == [Path(tzdata.__file__).parent / "zoneinfo"]


def test_passwords_are_hashed_by_argon2():
    hashed = make_password("the cat sat on the mat", hasher="argon2")
    assert hashed.startswith("argon2$argon2id$")
    assert check_password("the cat sat on the mat", hashed)


def test_production_hashes_by_argon2_alone_and_asks_for_its_secrets():
    read = "from django.conf import settings; print(settings.PASSWORD_HASHERS, settings.DEBUG)"
    environ = {"DJANGO_SETTINGS_MODULE": "config.settings.production", "PATH": os.defpath}

    def answer(**more):
        return subprocess.run(  # noqa: S603 this interpreter
            [sys.executable, "-c", read], cwd=CODE, env={**environ, **more}, capture_output=True, text=True, check=False
        )

    assert "SECRET_KEY" in answer().stderr
    secret = {"SECRET_KEY": "x"}
    assert "DATABASE_URL" in answer(**secret).stderr
    given = answer(**secret, DATABASE_URL="postgres:///x", REDIS_URL="redis://", EMAIL_URL="smtp://localhost")
    assert given.stdout == "['django.contrib.auth.hashers.Argon2PasswordHasher'] False\n"


def test_celery_has_the_tasks_that_beat_sends():
    # In a process of its own, as a worker begins: pytest has imported the application before there were settings.
    ask = "from config import celery_app as app; app.loader.import_default_modules(); print(*app.tasks)"
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    tasks = subprocess.check_output([sys.executable, "-c", ask], cwd=CODE, env=environ, text=True).split()  # noqa: S603
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(tasks)


def test_celery_keeps_what_it_has_not_done_and_no_results():
    names = "task_acks_late worker_prefetch_multiplier task_ignore_result result_backend broker_connection_max_retries"
    read = f"from config import celery_app as app; print(*map(app.conf.get, {names.split()}))"
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    said = subprocess.check_output([sys.executable, "-c", read], cwd=CODE, env=environ, text=True)  # noqa: S603
    assert said.split() == ["True", "1", "True", "None", "None"]
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values())


@pytest.mark.django_db(transaction=True)
def test_every_migration_of_ours_goes_back_and_forth():
    ours = ("scheduling", "patients", "clinics")

    def applied():
        return {key for key in MigrationLoader(connection).applied_migrations if key[0] in ours}

    before = applied()
    assert {app for app, _ in before} == set(ours)
    try:
        for app in ("admin", "axes", *ours):
            call_command("migrate", app, "zero", verbosity=0)
        assert applied() == set()
    finally:
        call_command("migrate", verbosity=0)
    assert applied() == before


@pytest.mark.django_db
def test_pages_are_sent_compressed(client):
    page = client.get("/login/", headers={"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(page.content)
    assert "Content-Encoding" not in client.get("/login/")
