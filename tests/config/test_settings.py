"""What the settings promise, in each of their forms."""

import os
import subprocess
import sys
import zoneinfo
from pathlib import Path

import pytest
import tzdata
from celery import current_app
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
    current_app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(current_app.tasks)


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
