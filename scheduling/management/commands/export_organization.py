"""All of an organization's own data as a zip of documented tables."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduling.management.organizations import organization_named
from scheduling.services.records import exports
from scheduling.services.records.exporting import taken_for_one


class Command(BaseCommand):
    help = "Write everything that an organization has kept here into FILE, a zip that can be imported again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="name or number")
        parser.add_argument("file", help="the zip to write; it must not be there yet")

    def handle(self, *_args: Any, organization: str, file: str, **_options: Any) -> None:
        wanted = organization_named(organization)
        for words in taken_for_one(wanted):
            self.stderr.write(words)
        told = Told(self)
        try:
            # For whoever runs the command alone, from its first byte on: it holds all patients.
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        try:
            with os.fdopen(descriptor, "wb") as out:
                exports.file_to(organization=wanted, out=out, actor=None, progress=told)
        except BaseException:
            Path(file).unlink(missing_ok=True)  # half a file looks like a whole one
            raise
        size = Path(file).stat().st_size
        self.stdout.write(f"{file}: {told.done} rows of {wanted}, {size} bytes")


class Told:
    """Says on standard error how far it is."""

    def __init__(self, command: Command) -> None:
        self.command, self.total, self.done, self.percent = command, 0, 0, -1

    def begins(self, total: int) -> None:
        self.total = total

    def goes_on(self, rows: int) -> None:
        self.done += rows
        percent = min(100 * self.done // self.total, 100) if self.total else 100
        if percent != self.percent and sys.stderr.isatty():
            self.percent = percent
            self.command.stderr.write(f"\r{percent} %", ending="")
