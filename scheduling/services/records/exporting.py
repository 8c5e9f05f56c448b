"""All of an organization's own data as a zip of CSV files, with a README that says what each column means."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BufferedWriter
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils import timezone

from clinics.models import Clinic, Organization, Practitioner
from clinics.spreadsheet import csv_lines
from scheduling.services.records.columns import RECORDS, Kind
from scheduling.services.records.export_rows import AT_A_TIME, SOURCES
from scheduling.services.records.incoming import folded

README = "README.txt"
HOW_TO_READ = """\
It holds the names of patients: keep it as safe as the appointment book itself, and delete it when it is done with.

The files are tables: text in UTF-8 with its mark at the beginning, cells parted by commas, text in double quotes, the
names of the columns in the first line. Any spreadsheet opens them.
- A cell that is empty says that nothing is known.
- Dates are written 2026-12-31, times 17:30:00, instants with the offset of the clock from UTC: 2026-12-31
  17:30:00+06:30. Those of appointments are on the clinic's clock, all others on the organization's.
- Text that begins like a formula (with = + - @ or white space) has an apostrophe before it, so that no spreadsheet runs
  it. It is not part of the text: take one apostrophe away from before such a beginning and it is as it was. An import
  does that by itself. Phone numbers begin with + and so have one.
- Passwords, the addresses of calendars and the links sent to patients are secrets, and in none of the files.

To import all of it into an organization: manage.py import_organization FILE.zip --organization NAME
"""
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
    entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    # How large it will be is known when it is written.
    return BufferedWriter(archive.open(entry, "w", force_zip64=True), BUFFER)


def readme(organization: Organization, counts: dict[Kind, int]) -> str:
    """Give what the README says of this export: in English, as the headings of the files are."""
    return "\r\n".join(_lines(organization, counts)) + "\r\n"


def _lines(organization: Organization, counts: dict[Kind, int]) -> Iterable[str]:
    made = timezone.localtime(timezone=ZoneInfo(organization.timezone)).isoformat(sep=" ", timespec="seconds")
    yield f"{organization}: everything that was kept in Medaius Scheduling, as it stood at {made}"
    yield ""
    yield from HOW_TO_READ.splitlines()
    yield from taken_for_one(organization)
    for kind, rows in counts.items():
        records = RECORDS[kind]
        name = file_of(kind)
        yield ""
        yield name
        yield "-" * len(name)
        told = "1 row" if rows == 1 else f"{rows} rows"
        yield f"{records.row} {told}.{' To be read only: an import leaves it out.' if records.only_out else ''}"
        for column in records.columns:
            if column.only_in:
                continue
            notes = [column.meaning]
            notes += ["required" if column.required else ""]
            notes += ["not imported" if column.only_out and not records.only_out else ""]
            yield f"  {column.name}: {', '.join(note for note in notes if note)}"


def taken_for_one(organization: Organization) -> list[str]:
    """Say which rows an import cannot tell apart, since it knows them by their names."""
    names = Clinic.objects.filter(organization=organization).values_list("name", flat=True)
    clinics = Counter(folded(name) for name in names)
    people = Practitioner.objects.filter(organization=organization).values_list("name", "specialty__name")
    practitioners = Counter((folded(name), folded(specialty or "")) for name, specialty in people)
    words = "An import takes the {count} {what} called “{name}” for one: name them differently, and export again."
    twice = [("clinics", name, count) for name, count in clinics.items()]
    twice += [("practitioners", " ".join(both).strip(), count) for both, count in practitioners.items()]
    return [words.format(count=count, what=what, name=name) for what, name, count in twice if count > 1]
