"""The commands that bring a file in: what the pages of the administration do, for a terminal."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinics.models import Organization, User
from scheduling.management.organizations import organization_named
from scheduling.models import ImportFile, ImportKind
from scheduling.services.records import importing, mappings

SHOWN = 50  # refused rows
WAIT = 0.5  # seconds between two looks at how far it is


class ImportCommand(BaseCommand):
    """Checks a file, and imports it unless a row was refused; interrupted, it can be run again with the same file."""

    kind: ClassVar[ImportKind]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a CSV or an Excel file")
        parser.add_argument("--organization", help="name or number; needed where there are several")
        parser.add_argument("--actor", help="e-mail address of the member who brings it, for the activity log")
        parser.add_argument("--mapping", help="a saved mapping's name, or a JSON file of {column: heading}")
        parser.add_argument("--dry-run", action="store_true", help="say what it would come to, and write nothing")
        parser.add_argument("--skip-bad", action="store_true", help="leave out the rows that are refused")

    def handle(self, *_args: Any, file: str, **options: Any) -> None:
        organization = self._organization(options["organization"])
        try:
            import_file = importing.bring(
                organization=organization,
                actor=self._actor(options["actor"], organization),
                kind=self.kind,
                file_name=Path(file).name,
                content=Path(file).read_bytes(),
            )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError(f"{file}: {' '.join(error.messages)}") from error
        self._map(import_file, options["mapping"])
        importing.ask_to_check(import_file)
        self._go(import_file, "checked")
        if import_file.rows_bad:
            self._say_problems(import_file)
        self.stdout.write(self._summary(import_file, "would be new"))
        if options["dry_run"]:
            return
        if not importing.ask_to_import(import_file, skip_bad=options["skip_bad"]):
            raise CommandError("Nothing was imported. Mend these rows, or leave them out with --skip-bad.")
        self._go(import_file, "imported")
        self.stdout.write(self._summary(import_file, "new"))

    def _organization(self, said: str | None) -> Organization:
        if said:
            return organization_named(said)
        alone = list(Organization.objects.order_by("pk")[:2])
        if len(alone) != 1:
            raise CommandError("Say by --organization for which of the organizations.")
        return alone[0]

    def _actor(self, said: str | None, organization: Organization) -> User | None:
        if not said:
            return None
        member = User.objects.filter(email__iexact=said, memberships__organization=organization).first()
        if member is None:
            raise CommandError(f"No member of {organization} has the address {said}.")
        return member

    def _map(self, import_file: ImportFile, said: str | None) -> None:
        table = importing.table_of(import_file)
        kept = mappings.kept_for(import_file).filter(name=said or "").first()
        if kept is not None:
            mappings.use(import_file, table, kept)
        elif said:
            import_file.mapping = {**import_file.mapping, **self._mapping(said)}
            import_file.save(update_fields=["mapping"])
        headings = table.headings
        unknown = sorted(set(import_file.mapping.values()) - set(headings))
        if unknown:
            raise CommandError(f"The file has no heading {', '.join(unknown)}. It has: {', '.join(headings)}")
        if missing := importing.missing_columns(import_file):
            raise CommandError(f"Which heading is {', '.join(missing)}? The file has: {', '.join(headings)}")
        for column, heading in import_file.mapping.items():
            self.stderr.write(f"  {column}: {heading}")

    def _mapping(self, said: str) -> dict[str, str]:
        try:
            mapping = json.loads(Path(said).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(
                f"“{said}” is neither a saved mapping nor a JSON file of {{column: heading}}."
            ) from error
        if not isinstance(mapping, dict) or not all(isinstance(heading, str) for heading in mapping.values()):
            raise CommandError(f"{said} has to be a JSON object of {{column: heading}}.")
        return mapping

    def _go(self, import_file: ImportFile, done: str) -> None:
        """Do the run in this process; say how far it is."""
        begun = time.monotonic()
        claimed = importing.claim(import_file.pk)
        if claimed is None:  # the site's own worker was quicker
            self._wait(import_file)
        else:
            try:
                importing.run(claimed, told=self._progress(begun))
            except KeyboardInterrupt:
                import_file.refresh_from_db()
                words = f"Interrupted after row {import_file.rows_read}. What came in stays; run it again to go on."
                raise CommandError(words) from None
        import_file.refresh_from_db()
        if import_file.error:
            raise CommandError(import_file.error)
        self.stderr.write(f"\r{import_file.rows_read} rows {done} in {time.monotonic() - begun:.1f} s")

    def _progress(self, begun: float) -> Any:
        def told(rows: int, total: int) -> None:
            if sys.stderr.isatty():
                rate = rows / max(time.monotonic() - begun, 0.001)
                self.stderr.write(f"\r{rows} of {total} rows, {rate:.0f} a second ", ending="")

        return told

    def _wait(self, import_file: ImportFile) -> None:
        while import_file.is_running:
            time.sleep(WAIT)
            import_file.refresh_from_db()

    def _say_problems(self, import_file: ImportFile) -> None:
        for problem in import_file.problems.order_by("row_number", "id")[:SHOWN]:
            where = f"row {problem.row_number}" + (f", {problem.column} “{problem.value}”" if problem.column else "")
            self.stderr.write(f"{where}: {problem.reason}")
        if (more := import_file.problems.count() - SHOWN) > 0:
            self.stderr.write(f"... and {more} more")

    def _summary(self, import_file: ImportFile, new: str) -> str:
        return (
            f"{import_file.rows_created} {new}, {import_file.rows_known} here already, {import_file.rows_bad} refused"
        )
