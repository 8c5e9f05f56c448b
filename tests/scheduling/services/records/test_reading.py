"""Files of every odd kind that other systems write, and how they are read."""

import io
from datetime import date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from scheduling.services.records.reading import LONGEST_CELL, Options, read_table, told_by

TEXT = "Name,Phone\r\nDaw Khin,၀၉၄၂၀၁၂၃၄၅၆\r\n"


def rows(content):
    """Read a file as its content tells; give its headings and its rows."""
    table = read_table(content, told_by(content))
    return table.headings, [(line.number, *line.cells.values()) for line in table.lines()]


def workbook(*rows, sheet="Sheet"):
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_is_told_by_the_content(encoding):
    assert rows(TEXT.encode(encoding)) == (("Name", "Phone"), [(2, "Daw Khin", "၀၉၄၂၀၁၂၃၄၅၆")])


def test_what_is_no_unicode_is_read_as_windows_1252():
    assert rows("Name;City\nJosé Müller;Zürich\n".encode("cp1252"))[1] == [(2, "José Müller", "Zürich")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_told_by_the_first_line(delimiter):
    text = f'Name{delimiter}Notes\n"Khin"{delimiter}"a, b; c"\n'
    assert rows(text.encode())[1] == [(2, "Khin", "a, b; c")]


def test_rows_keep_the_number_that_a_spreadsheet_shows():
    assert rows(b"Name,Age\nA,1\n,\n\nB,2\n")[1] == [(2, "A", "1"), (5, "B", "2")]


def test_a_quoted_cell_may_have_several_lines_and_quotation_marks():
    assert rows(b'Name,Notes\nA,"first\nsecond ""x"""\n')[1] == [(2, "A", 'first\nsecond "x"')]


def test_a_short_row_is_filled_up():
    assert rows(b"Name,Age,Phone\nA\n")[1] == [(2, "A", "", "")]


def test_columns_without_a_heading_are_numbered():
    assert rows(b"Name,,Phone\nA,x,1\n") == (("Name", "Column 2", "Phone"), [(2, "A", "x", "1")])


def test_what_an_export_made_harmless_is_read_as_it_was():
    assert rows(b"Name,Notes\nA,'=1+1\n")[1] == [(2, "A", "=1+1")]


def test_a_spreadsheet_is_read_as_a_person_would_write_it():
    content = workbook(
        ["Name", "Phone", "Born", "At", "Starts", "Active", "Gone"],
        ["Khin", 9420123456.0, date(1987, 5, 31), datetime(2025, 3, 1, 9, 30), time(9, 30), True, None],  # noqa: DTZ001 cells have none
    )
    assert rows(content)[1] == [
        (2, "Khin", "9420123456", "1987-05-31", "2025-03-01 09:30", "09:30:00", "yes", ""),
    ]


def test_the_first_sheet_is_read_unless_another_is_chosen():
    book = Workbook()
    book.active.append(["Name"])
    book.create_sheet("Patients").append(["MRN"])
    out = io.BytesIO()
    book.save(out)
    table = read_table(out.getvalue(), Options())
    assert (table.sheets, table.options.sheet, table.headings) == (("Sheet", "Patients"), "Sheet", ("Name",))
    assert read_table(out.getvalue(), Options(sheet="Patients")).headings == ("MRN",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b" \n ", "The file is empty."),
        (b"\n\nA,B\n", "The first row is empty"),
        (b"Name,Name\nA,B\n", "Two columns have the heading"),
        (b"PK\x03\x04 no spreadsheet", "This is not a spreadsheet that can be read."),
        (b"\xd0\xcf\x11\xe0 an old one", "This is an old Excel file."),
        (b"Name\n" + b'"' + b"x" * (LONGEST_CELL + 1) + b'"\n', "A cell of row 2 is too long."),
        (b'Name\n"open', "Row 2 cannot be read."),
        (b"Name,Age\nA,1,2,3\n", "Row 2 has more cells than there are headings."),
        (",".join(f"c{n}" for n in range(300)).encode(), "There are more than 200 columns in it."),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content, words):
    with pytest.raises(ValidationError) as refused:
        rows(content)
    assert refused.value.messages[0].startswith(words)


def test_a_wrong_choice_of_encoding_names_the_row():
    content = "Name\nKhin\nJosé\n".encode("cp1252")
    with pytest.raises(ValidationError, match="cannot be read as UTF-8"):
        list(read_table(content, Options(encoding="utf-8-sig")).lines())
