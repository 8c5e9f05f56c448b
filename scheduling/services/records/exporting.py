"""All of an organization's own data as a zip of CSV files, with a README that says what each column means."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from io import BufferedWriter
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Organization
from clinics.spreadsheet import csv_lines
from scheduling.services.records.columns import Kind
from scheduling.services.records.export_rows import AT_A_TIME, SOURCES

README = "README.txt"
BUFFER = 64 * 1024  # bytes, before they are packed


class Progress(Protocol):
    """Whoever wants to know how far it is."""

    def begins(self, total: int) -> None:
        """Take how many rows there will be, about."""

    def goes_on(self, rows: int) -> None:
        """Take how many rows have been written since the last time."""


def file_of(kind: Kind) -> str:
    """Give the name of the file that holds the rows of a kind."""
    return f"{kind}.csv"


def write_archive(organization: Organization, out: Any, progress: Progress) -> int:
    """Write the zip to `out`, which takes bytes and need not be able to go back; give the number of rows in it.

    In bounded memory: rows come by a cursor of the server. In one transaction with one snapshot all files tell of the
    same moment.
    """
    progress.begins(sum(source.count(organization) for source in SOURCES.values()))
    counts = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind, source in SOURCES.items():
            counts[kind] = _write_table(archive, file_of(kind), source.table(organization), progress)
        with _opened(archive, README) as member:
            member.write(readme(organization, counts).encode())
    return sum(counts.values())


def _write_table(archive: zipfile.ZipFile, name: str, table: Iterator[list[object]], progress: Progress) -> int:
    rows = 0
    with _opened(archive, name) as member:
        for rows, line in enumerate(csv_lines(table)):  # the first are the headings
            member.write(line.encode())
            if rows and not rows % AT_A_TIME:
                progress.goes_on(AT_A_TIME)
    progress.goes_on(rows % AT_A_TIME)
    return rows


def _opened(archive: zipfile.ZipFile, name: str) -> BufferedWriter:
    entry = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    # How large it will be is known when it is written.
    return BufferedWriter(archive.open(entry, "w", force_zip64=True), BUFFER)  # type: ignore[arg-type]


def readme(organization: Organization, counts: dict[Kind, int]) -> str:
    """Give what the README says of this export, in the language of the moment."""
    return "\r\n".join(_lines(organization, counts)) + "\r\n"


def _lines(organization: Organization, counts: dict[Kind, int]) -> Iterable[str]:
    yield str(organization)
    made = timezone.localtime()
    yield _("All data of the organization, as they stood at %(moment)s.") % {
        "moment": made.isoformat(sep=" ", timespec="seconds")
    }
    yield ""
