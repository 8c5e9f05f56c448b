"""Tables as files for a spreadsheet, which must not take a name for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from django.http import StreamingHttpResponse

FORMULA_BEGINS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four are as wide as Chinese letters
WHITE_BEGINS = ("\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets read Burmese as Latin letters


APOSTROPHE = "'"


def safe(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run; numbers are left as they are.

    So it is before such text that has some already: `as_written` takes just the one off that was put here.
    """
    return f"{APOSTROPHE}{cell}" if isinstance(cell, str) and _is_run(cell.lstrip(APOSTROPHE)) else cell


def as_written(cell: str) -> str:
    """Give the text that `safe` was given: whoever reads one of our files has it back to the letter."""
    return cell[1:] if cell.startswith(APOSTROPHE) and _is_run(cell.lstrip(APOSTROPHE)) else cell


def _is_run(text: str) -> bool:
    return text.startswith(WHITE_BEGINS) or text.lstrip().startswith(FORMULA_BEGINS)


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Give each row as a line, the first with the mark of UTF-8; None is an empty cell."""
    line = StringIO()
    # All text is quoted: some spreadsheets part cells at a semicolon, too.
    writer = csv.writer(line, quoting=csv.QUOTE_NONNUMERIC)
    line.write(BYTE_ORDER_MARK)
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def csv_answer(rows: Iterable[Iterable[object]], filename: str) -> StreamingHttpResponse:
    """Give the rows as a file, written while they are read."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8", headers=headers)
