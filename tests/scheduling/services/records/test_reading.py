"""Files of every odd kind that other systems write, and how they are read."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from scheduling.services.records import reading
from scheduling.services.records.reading import LONGEST_CELL, Options, read_table, told_by

TEXT = "Name,Phone\r\nDaw Khin,၀၉၄၂၀၁၂၃၄၅၆\r\n"


def rows(content):
    """Read a file as its content tells; give its headings and its rows."""
    table = read_table(content, told_by(content))
    return table.headings, [(line.number, *line.cells.values()) for line in table.lines()]


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(content, name, old, new):
    """Give a spreadsheet with something else in one of the files that it is zipped from."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w") as changed:
        for part in parts.namelist():
            text = parts.read(part)
            assert part != name or old in text
            changed.writestr(part, text.replace(old, new) if part == name else text)
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
    content = saved(book)
    table = read_table(content, Options())
    assert (table.sheets, table.options.sheet, table.headings) == (("Sheet", "Patients"), "Sheet", ("Name",))
    assert read_table(content, Options(sheet="Patients")).headings == ("MRN",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b" \n ", "The file is empty."),
        (b"\n\nA,B\n", "The first row is empty"),
        (b"Name,Name\nA,B\n", "Two columns have the heading"),
        (b"PK\x03\x04 no spreadsheet", "This is not a spreadsheet that can be read."),
        (b"\xd0\xcf\x11\xe0 an old one", "This is an old Excel file, or one with a password."),
        (b"Name\n" + b'"' + b"x" * (LONGEST_CELL + 1) + b'"\n', "A cell of row 2 is too long."),
        (b'Name\n"open', "Row 2 cannot be read."),
        (b"%PDF-1.7 ...", "This is neither a CSV nor an Excel file."),
        (b"\x89PNG\r\n\x1a\n\0\0", "This is neither a CSV nor an Excel file."),
        (b"\xef\xbb\xbf <html><table><tr><td>Name", "This is a web page that is called a spreadsheet."),
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


def test_a_row_with_too_many_cells_is_at_fault_alone():
    table = read_table(b"Name,Notes\nA,one, two\nB,three,,\n", Options())
    said = "This row has more cells than there are headings. Are quotation marks missing?"
    assert [(line.number, line.fault) for line in table.lines()] == [(2, said), (3, "")]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_end_as_any_system_ends_them(end):
    assert rows(end.join(["Name;Notes", "A;b, c, d", "B;"]).encode()) == (
        ("Name", "Notes"),
        [(2, "A", "b, c, d"), (3, "B", "")],
    )


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_line_that_tells_excel_the_separator_is_no_heading(mark):
    content = f"{mark}sep=;\r\nName;Notes\r\nA;b,c\r\n".encode()
    assert rows(content) == (("Name", "Notes"), [(3, "A", "b,c")])


def test_one_column_of_burmese_is_read_in_every_unicode():
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        assert rows("အမည်\nဒေါ်ခင်မြတ်\n".encode(encoding)) == (("အမည်",), [(2, "ဒေါ်ခင်မြတ်")])


def test_headings_and_cells_stand_without_the_space_around_them():
    assert rows("\ufeff Name , Phone\n  Khin\u00a0, 1 \n".encode()) == (("Name", "Phone"), [(2, "Khin", "1")])


def test_a_spreadsheet_is_read_to_its_end_whatever_it_says_of_its_size():
    content = workbook(["Name", "Age"], ["A", 1], ["B", 2])
    wrong = with_part(content, "xl/worksheets/sheet1.xml", b'ref="A1:B3"', b'ref="A1"')
    assert rows(wrong) == (("Name", "Age"), [(2, "A", "1"), (3, "B", "2")])


def test_of_a_formula_its_last_result_is_read():
    content = workbook(["Name", "Age"], ["A", "=1+1"])
    known = with_part(content, "xl/worksheets/sheet1.xml", b"<v />", b"<v>2</v>")
    assert rows(known)[1] == [(2, "A", "2")]


def test_a_sheet_with_nothing_below_its_headings_has_no_rows():
    assert rows(workbook(["Name", "Age"])) == (("Name", "Age"), [])
    assert rows(b"Name,Age\n") == (("Name", "Age"), [])


def test_a_spreadsheet_that_would_unpack_to_far_more_is_refused(monkeypatch):
    monkeypatch.setattr("scheduling.services.records.reading.UNPACKED", 1000)
    with pytest.raises(ValidationError, match="larger than it can be"):
        read_table(workbook(["Name"]), Options())


def test_times_of_a_spreadsheet_are_the_minutes_that_it_shows():
    minute = 1 / 24 / 60
    book = Workbook()
    book.active.append(["At"])
    for count in range(0, 24 * 60, 7):
        book.active.append([45747 + count * minute])
        book.active.cell(book.active.max_row, 1).number_format = "yyyy-mm-dd hh:mm"
    cells = [row[1] for row in rows(saved(book))[1]]
    day = datetime(2025, 3, 31)  # noqa: DTZ001 cells have none
    wanted = [day + timedelta(minutes=count) for count in range(0, 24 * 60, 7)]
    assert cells == ["2025-03-31", *(f"{moment:%Y-%m-%d %H:%M}" for moment in wanted[1:])]


def test_burmese_with_one_damaged_letter_is_still_utf_8_and_its_row_is_told():
    content = ("Name\n" + "ဒေါ်ခင်\n" * 5000).encode() + b"\xff\n"
    table = read_table(content, told_by(content))
    with pytest.raises(ValidationError, match="Row 5002 cannot be read as UTF-8"):
        list(table.lines())


def test_a_sheet_that_says_it_has_a_row_far_below_is_not_read_for_hours(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 100)
    content = with_part(
        workbook(["Name"], ["Khin"]), "xl/worksheets/sheet1.xml", b'<row r="2">', b'<row r="2000000000">'
    )
    with pytest.raises(ValidationError, match="There are more than 100 rows in it"):
        list(read_table(content, Options()).lines())


def test_a_spreadsheet_that_says_one_thing_a_million_times_is_not_read():
    """A file of some kilobytes would keep the page busy for minutes."""
    content, out = workbook(["Name"], ["Khin"]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for part in parts.infolist():
            changed.writestr(part.filename, parts.read(part))
        changed.writestr("xl/sharedStrings.xml", b"<sst>" + b"<si><t/></si>" * 200_000 + b"</sst>")
    assert len(out.getvalue()) < 50_000
    with pytest.raises(ValidationError, match="The spreadsheet is larger than it can be"):
        read_table(out.getvalue(), Options())


def test_a_long_sheet_of_people_is_read():
    rows = [(f"P{n}", "Daw Khin Myat", "1971-03-04", "completed") for n in range(20_000)]
    assert len(list(read_table(workbook(("Number", "Name", "Born", "Status"), *rows), Options()).lines())) == 20_000
