"""What is read in a query."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.queries import Query, read_query

BORN = date(1971, 3, 4)
TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Daw Khin", Query(title=("daw",), words=("khin",))),
        ("khin 09 250", Query(words=("khin",), runs=(("09", "250"),))),
        ("09-250 khin 88", Query(words=("khin",), runs=(("09250",), ("88",)))),
        ("daw 4182", Query(title=("daw",), runs=(("4182",),))),
        ("mr. 4182", Query(codes=("mr-4182",))),
        ("4/3/1971 mr-12 khin", Query(words=("khin",), codes=("mr-12",), born=BORN)),
        ("4 . 3 . 1971", Query(born=BORN)),
        ("4-March-1971", Query(born=BORN)),
        ("4 sept 1971", Query(born=date(1971, 9, 4))),
        ("၄ မတ် ၁၉၇၁", Query(born=BORN)),
        ("13.13.1971", Query(runs=(("13131971",),))),
        ("4 ma 1971", Query(title=("ma",), runs=(("4",), ("1971",)))),
        ("29.2.1971", Query(runs=(("2921971",),))),
        ("1971-03-04 1972-03-04", Query(runs=(("19720304",),), born=BORN)),
        ("%", Query()),
        ("19.7.85", Query(born=date(1985, 7, 19))),
        ("19/7/85", Query(born=date(1985, 7, 19))),
        ("19-7-85 khin", Query(words=("khin",), born=date(1985, 7, 19))),
        ("၁၉.၇.၈၅", Query(born=date(1985, 7, 19))),
        ("4 mar 71", Query(born=BORN)),
        ("25.11.26", Query(born=date(2026, 11, 25))),  # today
        ("26.11.26", Query(born=date(1926, 11, 26))),  # nobody is born tomorrow
        ("29.2.28", Query(born=date(1928, 2, 29))),
        ("29.2.85", Query(runs=(("29285",),))),
        ("85.7.19", Query(runs=(("85719",),))),
        ("26.11.2026", Query(born=date(2026, 11, 26))),  # as it was said
        ("ခင်၈၈၇၀", Query(words=("K1Q0X",), runs=(("8870",),))),
        ("ဝ၉ ၂၅ဝ", Query(runs=(("09", "250"),))),  # the letter wa for the digit 0
        ("၄.၃.၁၉ရ၁", Query(born=BORN)),  # the letter ra for the digit 7
        ("၀င်း", Query(words=("W0Q0XC",))),
    ],
)
def test_it_has_parts(typed, read):
    assert read_query(typed, TODAY) == read


@given(st.text())
def test_any_text_can_be_asked_for(typed):
    asked = read_query(typed, TODAY)
    parts = [*asked.title, *asked.words, *asked.codes, *(digits for run in asked.runs for digits in run)]
    assert "".join(parts).isascii()
    assert "\0" not in "".join(parts)
