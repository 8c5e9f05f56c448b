"""Bring everything that an export holds into an organization."""

from __future__ import annotations

import sys
import time
import zipfile
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clinics.models import Organization
from scheduling.management.organizations import organization_named
from scheduling.services.records.settings import create_organization, differences, settings_in
from scheduling.services.records.whole import BROKEN, Came, bring_whole


class Command(BaseCommand):
    help = (
        "Import clinics, types, practitioners and their hours, absences, patients and appointments from FILE, a zip "
        "that export_organization or the administration has made. What is there already stays as it is; run again, it "
        "goes on. It is looked at first: meanwhile nobody can book at that organization."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the zip")
        parser.add_argument("--organization", required=True, help="name or number of where it comes in")
        parser.add_argument(
            "--create", action="store_true", help="make an organization of that name, with the settings in the zip"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what it would come to, and write nothing")
        parser.add_argument("--skip-bad", action="store_true", help="leave out the rows that are refused")

    def handle(self, *_args: Any, file: str, organization: str, **options: Any) -> None:
        try:
            with zipfile.ZipFile(file) as archive:
                self._import(archive, organization, options)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        except BROKEN as error:
            raise CommandError(f"{file} is not a zip that an export has made: {error}") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted. What came in stays; run it again to go on.") from None

    def _import(self, archive: zipfile.ZipFile, organization: str, options: dict[str, Any]) -> None:
        if not options["skip_bad"] or options["dry_run"]:
            came = self._look(archive, organization, create=options["create"])
            self._say(came, "would be new")
            if options["dry_run"]:
                return
            if any(each.refused for each in came):
                raise CommandError("Nothing was imported. Leave these rows out with --skip-bad.")
        into = self._organization(archive, organization, create=options["create"])
        self._say(self._bring(into, archive), "new")

    def _look(self, archive: zipfile.ZipFile, organization: str, *, create: bool) -> list[Came]:
        with transaction.atomic():
            came = self._bring(self._organization(archive, organization, create=create), archive)
            transaction.set_rollback(True)
        return came

    def _organization(self, archive: zipfile.ZipFile, said: str, *, create: bool) -> Organization:
        settings = settings_in(archive)
        if create and not Organization.objects.filter(name=said).exists():
            return create_organization(said, settings, actor=None)
        organization = organization_named(said)
        for name, (here, wanted) in differences(organization, settings).items():
            self.stderr.write(f"The setting {name} stays {here}; in the file it is {wanted}.")
        return organization

    def _bring(self, organization: Organization, archive: zipfile.ZipFile) -> list[Came]:
        begun = time.monotonic()

        def told(name: str, rows: int, total: int) -> None:
            if sys.stderr.isatty():
                self.stderr.write(f"\r{name}: {rows} of {total} rows, {time.monotonic() - begun:.0f} s ", ending="")

        return bring_whole(organization=organization, actor=None, archive=archive, told=told)

    def _say(self, came: list[Came], new: str) -> None:
        for each in came:
            for number, column, value, reason in each.problems:
                where = f"{column} “{value}”: " if column else ""
                self.stderr.write(f"{each.name}, row {number}, {where}{reason}")
            if (more := each.refused - len({problem[0] for problem in each.problems})) > 0:
                self.stderr.write(f"{each.name}: ... and {more} more rows")
        for each in came:
            counts = f"{each.created} {new}, {each.known} here already, {each.refused} refused"
            self.stdout.write(f"{each.name}: {counts}")
