"""A file that a spreadsheet reads as text and numbers, never as formulas."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics.spreadsheet import as_written, csv_answer, safe


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"])
def test_what_would_be_run_is_made_text(begin):
    name = f'{begin}HYPERLINK("http://evil.example")'
    assert safe(name) == f"'{name}"


@pytest.mark.parametrize("cell", ["Yankin Clinic", "", "a=b", "Dr A-B", -1, 7.5, None])
def test_what_is_text_or_a_number_stays(cell):
    assert safe(cell) == cell


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''=1+1", "'", "''", "'tis", " 'x", "'\t", "", "+95 9 42", "' =x"])
def test_what_was_made_text_is_read_back_as_it_was(text):
    assert as_written(safe(text)) == text


@given(st.text(alphabet="'=+-@ \t\nab\uff1d"))
def test_whatever_it_was(text):
    written = safe(text)
    assert as_written(written) == text
    assert not written.startswith(("=", "+", "-", "@", "\t", "\n", "\uff1d"))


def test_a_file_is_utf8_and_says_so():
    answer = csv_answer([("name", "value"), ("ဒေါ်ခင်", 3), ('"quoted", too', None)], "some.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="some.csv"'
    content = answer.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert read == [["name", "value"], ["ဒေါ်ခင်", "3"], ['"quoted", too', ""]]
