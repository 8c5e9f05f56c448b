"""Rows as a file that spreadsheets open."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 Excel takes wide ones, too


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Give each row as a line of CSV. The first begins with the mark by which Excel knows UTF-8."""
    line = StringIO()
    writer = csv.writer(line)
    line.write("\ufeff")
    for row in rows:
        writer.writerow([harmless(str(cell)) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def harmless(cell: str) -> str:
    """Keep a spreadsheet from working out what somebody typed."""
    return f"'{cell}" if cell.startswith(BEGINS_A_FORMULA) else cell
