"""What somebody who looks for a patient has typed: words of a name, numbers, a birth date, in any order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from patients.names import fold_decimals, join_finals, search_words, split_title

# Nobody types more, and what is cut off could only have narrowed the search.
LONGEST = 200
MOST_PARTS = 12

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_BURMESE_MONTHS = (
    *("ဇန်နဝါရီ", "ဖေဖော်ဝါရီ", "မတ်", "ဧပြီ", "မေ", "ဇွန်"),
    *("ဇူလိုင်", "သြဂုတ်", "စက်တင်ဘာ", "အောက်တိုဘာ", "နိုဝင်ဘာ", "ဒီဇင်ဘာ"),
)
_SHORTEST_MONTH = 3  # letters of an English one
_CENTURIES = (2000, 1900)  # of a year of two digits, the later one first
_SHORT_YEAR = 2  # digits
_YEAR = r"(?P<year>\d{4}|\d\d)"
_YEAR_FIRST = r"(?P<year>\d{4})[-./](?P<month>\d\d?)[-./](?P<day>\d\d?)"
_DAY_FIRST = rf"(?P<day>\d\d?)\s?[-./၊]\s?(?P<month>\d\d?)\s?[-./၊]\s?{_YEAR}"
_MONTH_IN_WORDS = rf"(?P<day>\d\d?)(?:st|nd|rd|th)?[\s./-]*(?P<month>[^\s\d.,/-]+)[\s.,/-]*{_YEAR}"
_DATES = tuple(
    re.compile(rf"(?<![^\s,;(]){form}(?![^\s,;).])", re.ASCII) for form in (_YEAR_FIRST, _DAY_FIRST, _MONTH_IN_WORDS)
)
_PUNCTUATION = re.compile(r"[\s\-().+/]+")
# The letters wa and ra, typed for the digits 0 and 7 that look like them.
_BURMESE_NUMBER = re.compile(
    r"(?<!\S)[\d\u1040-\u1049\u101d\u101b\-().+/]*[\u1040-\u1049][\d\u1040-\u1049\u101d\u101b\-().+/]*(?!\S)"
)
_LETTERS_AS_DIGITS = {0x101D: "0", 0x101B: "7"}
_RECORD_NUMBER = re.compile(r"\b(mr)[\s.:#-]+(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """The parts of a query; a patient fits it who fits every one of them."""

    title: tuple[str, ...] = ()  # often left out, or another: it counts for the order alone
    words: tuple[str, ...] = ()  # of the name, as patients.names.search_words gives them
    runs: tuple[tuple[str, ...], ...] = ()  # of digits: each one number, spaced, or several
    codes: tuple[str, ...] = ()  # letters and digits: MR-004182
    born: date | None = None

    @property
    def spellings(self) -> list[tuple[list[str], list[str]]]:
        """The title and the words, and how they read when a lone letter ends the Burmese syllable before it."""
        title, words = list(self.title), list(self.words)
        joined = join_finals(title + words)
        return [(title, words)] if joined == title + words else [(title, words), split_title(joined)]


def read_query(typed: str, today: date) -> Query:
    """Read a query in any digits. What is no date is a number, what is no number is a word.

    A year of two digits is the latest that is not after `today`.
    """
    text = _BURMESE_NUMBER.sub(lambda number: number[0].translate(_LETTERS_AS_DIGITS), _readable(typed[:LONGEST]))
    born, text = _cut_date(text, today)
    text = _RECORD_NUMBER.sub(r"\1-", text)
    parts = text.split()[:MOST_PARTS]
    words: list[str] = []
    runs: list[tuple[str, ...]] = []
    codes: list[str] = []
    for kind, alike in groupby(parts, key=_kind):
        if kind == "number":
            runs.append(tuple(_PUNCTUATION.sub("", fold_decimals(part)) for part in alike))
        elif kind == "code":
            codes += map(fold_decimals, alike)
        else:
            said = [word for part in alike for word in search_words(part)]
            runs += [(word,) for word in said if word.isdecimal()]
            words += (word for word in said if not word.isdecimal())
    title, words = _split_title(words[:MOST_PARTS], alone=not (runs or codes or born))
    return Query(tuple(title), tuple(words), tuple(runs), tuple(codes), born)


def _split_title(words: list[str], *, alone: bool) -> tuple[list[str], list[str]]:
    """Take a title for a name only where nothing else is asked for."""
    title, others = split_title(words)
    if not alone and not split_title([*words, "x"])[1][:-1]:
        return words, []
    return title, others


def _readable(text: str) -> str:
    """Drop what is not seen, such as right-to-left marks; what PostgreSQL refuses becomes a space."""
    text = unicodedata.normalize("NFKC", text)
    seen = (sign for sign in text if unicodedata.category(sign) != "Cf")
    return "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in seen)


def _kind(part: str) -> str:
    digits = fold_decimals(part)
    if _PUNCTUATION.sub("", digits).isdecimal():
        return "number"
    # Only in ASCII: in Burmese a digit often stands for the letter that looks like it.
    return "code" if digits.isascii() and any(map(str.isdecimal, digits)) else "word"


def _cut_date(text: str, today: date) -> tuple[date | None, str]:
    """Give the first date in the text, and the text without it."""
    digits = fold_decimals(text)
    for form in _DATES:
        for found in form.finditer(digits):
            day = _as_date(found, today)
            if day:
                return day, f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def _as_date(found: re.Match[str], today: date) -> date | None:
    short = len(found["year"]) <= _SHORT_YEAR
    for century in _CENTURIES if short else (0,):
        try:
            day = date(century + int(found["year"]), _month(found["month"]), int(found["day"]))
        except ValueError:
            continue
        if day <= today or not short:
            return day
    return None


def _month(said: str) -> int:
    """Give 1 to 12 for a month's number, name or first letters; raise ValueError for anything else."""
    if said.isdecimal():
        return int(said)
    if len(said) >= _SHORTEST_MONTH:
        for number, name in enumerate(_MONTHS, 1):
            if name.startswith(said.lower()):
                return number
    return [search_words(name) for name in _BURMESE_MONTHS].index(search_words(said)) + 1
