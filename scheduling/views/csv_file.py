"""Tables as files for a spreadsheet, which must not take a name for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from django.http import HttpResponse

FORMULA_BEGINS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four are as wide as Chinese letters
WHITE_BEGINS = ("\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets read Burmese as Latin letters


def safe(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run; numbers are left as they are."""
    if not isinstance(cell, str):
        return cell
    is_run = cell.startswith(WHITE_BEGINS) or cell.lstrip().startswith(FORMULA_BEGINS)
    return f"'{cell}" if is_run else cell


def csv_answer(rows: Iterable[Iterable[object]], filename: str) -> HttpResponse:
    """Give the rows as a file in UTF-8 with its mark; None is an empty cell."""
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )
    answer.write(BYTE_ORDER_MARK)
    # All text is quoted: some spreadsheets part cells at a semicolon, too.
    csv.writer(answer, quoting=csv.QUOTE_NONNUMERIC).writerows([safe(cell) for cell in row] for row in rows)
    return answer
