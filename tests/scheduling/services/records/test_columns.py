"""The table of columns, and the page that shows it."""

from pathlib import Path

from scheduling.services.records.columns import RECORDS

PAGE = Path(__file__).parents[4] / "docs" / "records.md"


def test_the_page_of_records_has_every_column_with_its_meaning():
    sections = PAGE.read_text(encoding="utf-8").split("\n### ")[1:]
    shown = {}
    for section in sections:
        name, _, text = section.partition(".csv\n")
        rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
        shown[name] = [(cells[0].strip("| `"), cells[1].partition(" (*")[0], cells[2].rstrip(" |")) for cells in rows]
    assert shown == {
        str(kind): [(column.name, column.meaning, column.example) for column in records.columns]
        for kind, records in RECORDS.items()
    }


def test_no_file_has_a_column_twice():
    for records in RECORDS.values():
        names = [column.name for column in records.columns]
        assert len(names) == len(set(names))
