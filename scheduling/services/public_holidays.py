"""Public holidays of a country, as the `holidays` library computes them: proposals, never closures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import holidays

ENGLISH = "en_US"


@dataclass(frozen=True, slots=True)
class PublicHoliday:
    """The holidays of one day: their names in English and in the country's own language, empty where that is the same.

    `estimated`: the date follows the moon, and is only sure once it is announced.
    """

    day: date
    english: str
    native: str
    estimated: bool

    @property
    def name(self) -> str:
        """Give both names, as a closure's reason keeps them."""
        return f"{self.english} ({self.native})" if self.native else self.english


@cache
def public_holidays(country: str, year: int) -> tuple[PublicHoliday, ...] | None:
    """Give the nationwide public holidays of a year, by day; None for a country that the library does not know.

    `country` is an ISO 3166-1 code of two letters.
    """
    if country not in holidays.list_supported_countries():
        return None
    english = _computed(country, year, ENGLISH)
    native = english.default_language
    own = None if native is None or native.startswith("en") else _computed(country, year, native)
    return tuple(
        PublicHoliday(
            day=day,
            english=_name(english, day),
            native=_name(own, day) if own is not None else "",
            estimated=any(_estimated(english).search(name) for name in english.get_list(day)),
        )
        for day in sorted(english)
    )


def _computed(country: str, year: int, language: str) -> Any:
    found = holidays.country_holidays(country, years=year, language=language)
    found.expand = False  # what is asked about is what was computed
    return found


def _estimated(found: Any) -> re.Pattern[str]:
    """Match the mark that the library writes after the name of a holiday whose date it only estimates."""
    marks = [getattr(found, name, None) for name in ("estimated_label", "observed_estimated_label")]
    words = [re.escape(found.tr(mark).replace("%s", "").strip()) for mark in marks if mark]
    return re.compile("|".join(rf"\s*{each}$" for each in words) or r"(?!)")


def _name(found: Any, day: date) -> str:
    mark = _estimated(found)
    return ", ".join(mark.sub("", name) for name in found.get_list(day))
