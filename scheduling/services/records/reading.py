"""Files as other systems write them: rows of text, by their headings."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.spreadsheet import as_written
from scheduling.services.records.values import DateOrder

LARGEST = 50 * 1024 * 1024  # bytes
UNPACKED = 20 * LARGEST
PACKED_TIGHTLY, SMALL = 200, 1024 * 1024
"""How many times smaller than unpacked no table of people is packed, and from how many bytes on that is looked at: what
is the same a million times would be read for minutes."""

MOST_COLUMNS = 200
MOST_ROWS = 1_048_576
"""As many as a sheet can have; one that says it has a row further down would be read for hours."""

LONGEST_CELL = 32_767  # characters: what a cell of a spreadsheet can hold

UTF_8, COMMA = "utf-8-sig", ","
ENCODINGS: Mapping[str, Any] = {
    UTF_8: gettext_lazy("UTF-8"),
    "utf-16": gettext_lazy("UTF-16"),
    "utf-16-le": gettext_lazy("UTF-16, unmarked, little end first"),
    "utf-16-be": gettext_lazy("UTF-16, unmarked, big end first"),
    "cp1252": gettext_lazy("Windows-1252, Western European"),
}
DELIMITERS: Mapping[str, Any] = {
    COMMA: gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("bar"),
}
_MARKS = {b"\xef\xbb\xbf": UTF_8, b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SPREADSHEET = b"PK\x03\x04"
_OLD_SPREADSHEET = b"\xd0\xcf\x11\xe0"
"""How an Excel file begins that is old, or is locked with a password."""

_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"\x1f\x8b", b"{\\rtf")
_MARKUP = b"<"
"""How the pages begin that some systems write and call a spreadsheet."""

_SEPARATOR_LINE = re.compile("sep=(.)\r?\n?", re.IGNORECASE)
"""What may stand above the headings, for Excel alone."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read. Of a spreadsheet the `sheet` is chosen, of other files encoding and delimiter."""

    encoding: str = UTF_8
    delimiter: str = COMMA
    sheet: str = ""
    date_order: DateOrder = DateOrder.DAY_FIRST

    def as_json(self) -> dict[str, str]:
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "sheet": self.sheet,
            "date_order": str(self.date_order),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> Self:
        return cls(
            encoding=kept.get("encoding", UTF_8),
            delimiter=kept.get("delimiter", COMMA),
            sheet=kept.get("sheet", ""),
            date_order=DateOrder(kept.get("date_order", DateOrder.DAY_FIRST)),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number, as a spreadsheet shows it, and its text by heading.

    With a `fault` the row cannot be told apart into cells, so that what stands under a heading may be another's.
    """

    number: int
    cells: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it is read: its headings, once each, and the sheets that could be read instead."""

    content: bytes
    options: Options
    headings: tuple[str, ...]
    sheets: tuple[str, ...] = ()

    def lines(self) -> Iterator[Line]:
        """Give the rows below the headings, those without any text left out.

        Raises ValidationError where the file turns out to be broken further down.
        """
        too_many = _("This row has more cells than there are headings. Are quotation marks missing?")
        rows = _rows(self.content, self.options)
        next(rows, None)
        for number, row in rows:
            if not any(row):
                continue
            fault = too_many if any(row[len(self.headings) :]) else ""
            cells = [*row, *[""] * (len(self.headings) - len(row))]
            yield Line(number, dict(zip(self.headings, cells, strict=False)), fault)


def told_by(content: bytes) -> Options:
    """Tell from a file's content how it is to be read."""
    if is_spreadsheet(content):
        return Options()
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
    if not encoding:
        encoding = _unmarked(content)
    begin = content[:65_536].decode(encoding, errors="replace")
    if (said := _SEPARATOR_LINE.match(begin)) and said[1] in DELIMITERS:
        return Options(encoding=encoding, delimiter=said[1])
    # The first line alone: in notes there are commas, too.
    first = re.split(r"[\r\n]", begin, maxsplit=1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    return Options(encoding=encoding, delimiter=delimiter if delimiter in first else ",")


def _unmarked(content: bytes) -> str:
    if b"\0" in content[:200]:
        # Latin letters in UTF-16 are every other byte; which, tells the order.
        return "utf-16-le" if content[1:200:2].count(0) >= content[:200:2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        # Burmese with a damaged letter somewhere is still no Western European.
        return UTF_8 if _has_burmese(content[: error.start]) or not _is_western(content) else "cp1252"
    return UTF_8


def _has_burmese(content: bytes) -> bool:
    return any(lead in content for lead in (b"\xe1\x80", b"\xe1\x81", b"\xe1\x82"))


def _is_western(content: bytes) -> bool:
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def is_spreadsheet(content: bytes) -> bool:
    return content.startswith(_SPREADSHEET)


def read_table(content: bytes, options: Options) -> Table:
    """Open a file.

    Raises ValidationError where it is empty, too large, not readable like that, or without usable headings.
    """
    if not content.strip():
        raise ValidationError(_("The file is empty."))
    if len(content) > LARGEST:
        raise ValidationError(_("The file is larger than 50 MB. Please bring it in several parts."))
    if content.startswith(_OLD_SPREADSHEET):
        words = _("This is an old Excel file, or one with a password. Save it as .xlsx without one, or as CSV.")
        raise ValidationError(words)
    if content.startswith(_OTHERS):
        raise ValidationError(_("This is neither a CSV nor an Excel file."))
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_MARKUP):
        words = _("This is a web page that is called a spreadsheet. Open it in Excel, and save it as .xlsx or CSV.")
        raise ValidationError(words)
    sheets: tuple[str, ...] = ()
    if is_spreadsheet(content):
        sheets = _sheets(content)
        options = replace(options, sheet=options.sheet if options.sheet in sheets else sheets[0])
    first = next(_rows(content, options), (1, []))[1]
    return Table(content, options, _headings(first), sheets)


def _headings(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    if not cells:
        raise ValidationError(_("The first row is empty: it has to name the columns."))
    if len(cells) > MOST_COLUMNS:
        raise ValidationError(_("There are more than %d columns in it.") % MOST_COLUMNS)
    named = [cell or _("Column %d") % number for number, cell in enumerate(cells, start=1)]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise ValidationError(_("Two columns have the heading “%s”. Please name them differently.") % twice)
    return tuple(named)


def _rows(content: bytes, options: Options) -> Iterator[tuple[int, list[str]]]:
    rows = _rows_of_sheet(content, options.sheet) if is_spreadsheet(content) else _rows_of_text(content, options)
    for number, row in rows:
        if any(len(cell) > LONGEST_CELL for cell in row):
            raise ValidationError(_("A cell of row %d is too long. Is a quotation mark missing?") % number)
        yield number, row


def _rows_of_text(content: bytes, options: Options) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=options.encoding, newline="")
    reader = csv.reader(text, delimiter=options.delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if number == 1 and _SEPARATOR_LINE.fullmatch(options.delimiter.join(row).removeprefix("\ufeff")):
                continue
            yield number, [as_written(cell.removeprefix("\ufeff")).strip() for cell in row]
    except UnicodeError as error:
        words = _("Row %(row)s cannot be read as %(encoding)s. Please choose the encoding that the file has.")
        encoding = ENCODINGS.get(options.encoding, options.encoding)
        told = {"row": _unreadable_row(content, options.encoding) or number + 1, "encoding": encoding}
        raise ValidationError(words % told) from error
    except csv.Error as error:
        words = _("Row %d cannot be read. Is a quotation mark missing, or one too many?")
        raise ValidationError(words % (number + 1)) from error


def _unreadable_row(content: bytes, encoding: str) -> int:
    """Give the number of the first row that is not of the encoding. Read in pieces, it was found too early."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return content[: error.start].decode(encoding, errors="ignore").count("\n") + 1
    return 0


def _workbook(content: bytes) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415 slow to import, and seldom needed

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            is_sound = _is_sound(parts.infolist())
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True) if is_sound else None
    except Exception as error:  # whatever else a broken file raises there
        raise ValidationError(_("This is not a spreadsheet that can be read. Save it anew as .xlsx or CSV.")) from error
    if book is None:
        raise ValidationError(_("The spreadsheet is larger than it can be. Please bring it in several parts."))
    return book


def _is_sound(parts: list[zipfile.ZipInfo]) -> bool:
    """Tell whether the parts of a spreadsheet are of a size that can be read, and not one thing a million times."""
    tight = any(part.file_size > max(SMALL, PACKED_TIGHTLY * part.compress_size) for part in parts)
    return not tight and sum(part.file_size for part in parts) <= UNPACKED


def _sheets(content: bytes) -> tuple[str, ...]:
    names = tuple(sheet.title for sheet in _workbook(content).worksheets)
    if not names:
        raise ValidationError(_("There is no sheet in it."))
    return names


def _rows_of_sheet(content: bytes, sheet: str) -> Iterator[tuple[int, list[str]]]:
    book = _workbook(content)
    if sheet not in book.sheetnames:
        raise ValidationError(_("There is no sheet “%s” in it.") % sheet)
    # Some writers say that a sheet ends at A1, and only the first column would be read.
    book[sheet].reset_dimensions()
    try:
        for number, row in enumerate(book[sheet].iter_rows(values_only=True), start=1):
            _refuse_further(number)
            yield number, [_as_text(cell) for cell in row]
    except ValidationError:
        raise
    except Exception as error:
        raise ValidationError(_("This is not a spreadsheet that can be read. Save it anew as .xlsx or CSV.")) from error
    finally:
        book.close()


def _refuse_further(number: int) -> None:
    if number > MOST_ROWS:
        raise ValidationError(_("There are more than %d rows in it.") % MOST_ROWS)


def _as_text(cell: Any) -> str:
    """Write a cell as a person would: a phone that became a number without its decimal, a day without midnight."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return as_written(str(cell)).strip()
