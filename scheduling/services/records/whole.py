"""A whole export on its way in: the files of its zip, one after another, each by the rules for its kind."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinics.models import Organization, User
from clinics.spreadsheet import BYTE_ORDER_MARK
from scheduling.models import ImportFile, ImportKind, ImportProblem
from scheduling.services.records import importing
from scheduling.services.records.columns import Kind
from scheduling.services.records.exporting import file_of
from scheduling.services.records.reading import LARGEST, UNPACKED

IN_ORDER = (
    *(Kind.CLINICS, Kind.APPOINTMENT_TYPES, Kind.PRACTITIONERS, Kind.WORKING_HOURS),
    *(Kind.TIME_OFF, Kind.CLOSURES, Kind.PATIENTS, Kind.APPOINTMENTS),
)
"""What a row names stands in a file before. The hours come before the visits to come, which need them."""

SHOWN = 50
"""How many refused rows of a file are told one by one."""

PART = LARGEST // 2  # bytes

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, RuntimeError)
"""What reading a zip raises that is none, is damaged, has a password, or holds no text."""

type Told = Callable[[str, int, int], None]
"""Takes the name of a file, how many of its rows have come in, and how many there are."""


@dataclass(slots=True)
class Came:
    """What became of the rows of a file: how many are new, were there already, or were refused, and the first of those.

    A problem is row number, column, value and reason.
    """

    name: str
    created: int = 0
    known: int = 0
    refused: int = 0
    problems: list[tuple[int, str, str, str]] = field(default_factory=list)


def bring_whole(*, organization: Organization, actor: User | None, archive: zipfile.ZipFile, told: Told) -> list[Came]:
    """Import every file of the zip that can be; rows that are refused are left out, and listed.

    What is there already is known and stays as it is: a second time nothing is new. Interrupted, it is run again.
    Raises ValidationError where a file is not what it should be.
    """
    came = []
    for kind in _kinds_in(archive):
        for name, content in _parts(archive, file_of(kind)):
            came.append(_bring(organization, actor, kind, name, content, told))
    return came


def unpack(*, organization: Organization, actor: User | None, content: bytes) -> list[ImportFile]:
    """Keep each file of a zip, to be looked at and imported one by one; the one that comes first is the newest.

    Raises ValidationError where it is no zip of an export, or holds more than can be brought.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, transaction.atomic():
            return _unpack(organization, actor, archive)
    except BROKEN as error:
        raise ValidationError(_("This is not a zip that an export has made.")) from error


def _unpack(organization: Organization, actor: User | None, archive: zipfile.ZipFile) -> list[ImportFile]:
    kinds = _kinds_in(archive)
    if sum(archive.getinfo(file_of(kind)).file_size for kind in kinds) > UNPACKED:
        raise ValidationError(_("There is more in it than can be brought here: whoever runs the server can."))
    return [
        importing.bring(organization=organization, actor=actor, kind=ImportKind(kind), file_name=name, content=part)
        for kind in reversed(kinds)
        for name, part in _parts(archive, file_of(kind))
    ]


def _kinds_in(archive: zipfile.ZipFile) -> list[Kind]:
    names = set(archive.namelist())
    kinds = [kind for kind in IN_ORDER if file_of(kind) in names]
    if not kinds:
        raise ValidationError(_("There is no file of an export in it: no clinics.csv, no patients.csv, no others."))
    return kinds


def _bring(organization: Organization, actor: User | None, kind: Kind, name: str, content: bytes, told: Told) -> Came:
    import_file = importing.bring(
        organization=organization, actor=actor, kind=ImportKind(kind), file_name=name, content=content
    )
    if missing := importing.missing_columns(import_file):
        words = _("%(file)s has no column %(columns)s.")
        raise ValidationError(words % {"file": name, "columns": ", ".join(missing)})
    with transaction.atomic():
        ImportFile.objects.filter(pk=import_file.pk).update(state=ImportFile.State.CHECKED)
        importing.ask_to_import(import_file, skip_bad=True)
        claimed = importing.claim(import_file.pk)  # before any worker hears of it
    if claimed is None:
        raise ValidationError(_("%s is being imported already.") % name)
    importing.run(claimed, told=lambda rows, total: told(name, rows, total))
    import_file.refresh_from_db()
    if import_file.error:
        raise ValidationError(f"{name}: {import_file.error}")
    return Came(
        name,
        created=import_file.rows_created,
        known=import_file.rows_known,
        refused=import_file.rows_bad,
        problems=_first_problems(import_file),
    )


def _first_problems(import_file: ImportFile) -> list[tuple[int, str, str, str]]:
    problems = ImportProblem.objects.filter(import_file=import_file).order_by("row_number", "pk")
    return list(problems.values_list("row_number", "column", "value", "reason")[:SHOWN])


def _parts(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, bytes]]:
    """Give the file, or where it is larger than one may be several, each with the headings."""
    if archive.getinfo(name).file_size <= LARGEST:
        yield name, archive.read(name)
        return
    with archive.open(name) as packed:
        reader = csv.reader(io.TextIOWrapper(packed, "utf-8-sig", newline=""))
        headings = next(reader)
        number, part = 1, _Part(headings)
        for row in reader:
            if part.size >= PART:
                yield f"{name} ({number})", part.content
                number, part = number + 1, _Part(headings)
            part.add(row)
        yield f"{name} ({number})", part.content


class _Part:
    """Some rows of a file below its headings, as it had them."""

    def __init__(self, headings: list[str]) -> None:
        self.text = io.StringIO(BYTE_ORDER_MARK)
        self.text.seek(0, io.SEEK_END)
        self.writer = csv.writer(self.text, quoting=csv.QUOTE_ALL)
        self.add(headings)

    def add(self, row: list[str]) -> None:
        self.writer.writerow(row)

    @property
    def size(self) -> int:
        """How long it is, about: in letters."""
        return self.text.tell()

    @property
    def content(self) -> bytes:
        return self.text.getvalue().encode()
