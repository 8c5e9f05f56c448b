"""Cells of other systems' files, read as what they mean: in either kind of digits, in several orders of a date.

Each function raises ValidationError in words for whoever has to mend the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from clinics.text import fold_digits
from clinics.validators import validate_readable, validate_visible
from scheduling.domain.sessions import exists, instant
from scheduling.enums import CancellationReason, Status

YES = {"yes", "y", "true", "1", "on", "active", "ဟုတ်", "ဟုတ်ကဲ့"}
NO = {"no", "n", "false", "0", "off", "inactive", "မဟုတ်"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
STATUSES = tuple(Status.values)
OLDEST_YEAR = 1880
CENTURY = 100

_NUMBERS = re.compile(r"(\d{1,4})\s*[./\-\s]\s*(\d{1,2})\s*[./\-\s]\s*(\d{1,4})")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s\-./]*([a-z]{3,9})\.?,?[\s\-./]*(\d{4}|\d{2})", re.IGNORECASE)
_NAMED_FIRST = re.compile(r"([a-z]{3,9})\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}|\d{2})", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:\.\d+)?)?\s*([ap])?\.?\s*(?:m\.?)?", re.IGNORECASE)
_TIME_AT_END = re.compile(r"^(.*?\d)[T,\s]+(\d{1,2}[:.h]\d{2}.*|\d{1,2}\s*[ap]\.?m\.?)$", re.IGNORECASE)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ROUNDED_NUMBER = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_SPREADSHEET_BEGINS = datetime(1899, 12, 30)  # noqa: DTZ001 the day 0 of Excel, on whatever clock
_SPREADSHEET_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"}
_MIDNIGHT = re.compile(r"[T\s]+00:00(:00(\.0+)?)?$")


class DateOrder(StrEnum):
    """Which number of 3/4/2025 is the day."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


def read_text(cell: str) -> str:
    """Give text in composed form."""
    validate_readable(cell)
    if cell in _SPREADSHEET_ERRORS:
        raise ValidationError(_("This is an error of the spreadsheet, not what should stand there."))
    return unicodedata.normalize("NFC", cell)


def read_line(cell: str) -> str:
    """Give text on one line."""
    return " ".join(read_text(cell).split())


def read_name(cell: str) -> str:
    name = read_line(cell)
    validate_visible(name)
    return name


def read_number(cell: str) -> str:
    """Give a record number as the desk would have typed and will look for it, whichever digits it is written in."""
    return fold_digits(read_line(cell))


def read_yes(cell: str) -> bool:
    said = fold_digits(cell).casefold()
    if said not in YES | NO:
        raise ValidationError(_("This is neither yes nor no."))
    return said in YES


def read_whole(cell: str) -> int:
    folded = fold_digits(cell)
    if not (folded.isascii() and folded.isdecimal() and len(folded) <= 9):  # noqa: PLR2004 digits
        raise ValidationError(_("This is not a whole number."))
    return int(folded)


def read_date(cell: str, order: DateOrder, *, over: bool = False) -> date:
    """Read a day; `over` for one that has been, so that of two digits a year to come is the century's before."""
    said = _MIDNIGHT.sub("", fold_digits(cell).strip())
    found = _named(said) or _numbers(said, order) or _without_marks(said)
    if found is None:
        raise ValidationError(_("This is not a date, such as 2025-03-31 or 31/3/2025."))
    year, month, day, is_short = found
    if is_short:
        year += 2000
        year -= CENTURY * (over and year > datetime.now(UTC).year)
    try:
        read = date(year, month, day)
    except ValueError:
        words = _("There is no such date: read as year %(year)s, month %(month)s, day %(day)s.")
        raise ValidationError(words % {"year": year, "month": month, "day": day}) from None
    if not OLDEST_YEAR <= read.year <= 2200:  # noqa: PLR2004 a typing error beyond
        raise ValidationError(_("The year %d cannot be right.") % read.year)
    return read


def _numbers(said: str, order: DateOrder) -> tuple[int, int, int, bool] | None:
    match = _NUMBERS.fullmatch(said)
    if match is None:
        return None
    one, two, three = match.groups()
    if len(one) == 4 and len(three) <= 2:  # noqa: PLR2004 the year stands first
        return int(one), int(two), int(three), False
    if len(one) > 2 or len(three) not in {2, 4}:  # noqa: PLR2004
        return None
    day, month = (int(one), int(two)) if order == DateOrder.DAY_FIRST else (int(two), int(one))
    return int(three), month, day, len(three) <= 2  # noqa: PLR2004


def _without_marks(said: str) -> tuple[int, int, int, bool] | None:
    """Read 20250331, and the number of days that Excel keeps a date as."""
    if match := _COMPACT.fullmatch(said):
        return int(match[1]), int(match[2]), int(match[3]), False
    if _SERIAL.fullmatch(said):
        day = _of_serial(said)
        return day.year, day.month, day.day, False
    return None


def _of_serial(said: str) -> datetime:
    """Give the day, and the time to the minute, that Excel keeps as days since its beginning."""
    moment = _SPREADSHEET_BEGINS + timedelta(days=float(said), seconds=30)
    return moment.replace(second=0, microsecond=0)


def order_of(cells: Iterable[str]) -> DateOrder | None:
    """Tell from dates which of their numbers is the day; None where nothing tells, or they contradict each other."""
    told = set()
    for cell in cells:
        match = _NUMBERS.match(fold_digits(cell).strip())
        if match is None or len(match[1]) > 2:  # noqa: PLR2004 the year stands first
            continue
        if int(match[1]) > 12:  # noqa: PLR2004 months
            told.add(DateOrder.DAY_FIRST)
        elif int(match[2]) > 12:  # noqa: PLR2004
            told.add(DateOrder.MONTH_FIRST)
    return told.pop() if len(told) == 1 else None


def is_open(cell: str) -> bool:
    """Tell whether a date would be another one in the other order: 3/4/2025, but not 3/3/2025 nor 31/4/2025."""
    match = _NUMBERS.match(fold_digits(cell).strip())
    if match is None or len(match[1]) > 2:  # noqa: PLR2004 the year stands first
        return False
    return match[1].lstrip("0") != match[2].lstrip("0") and max(int(match[1]), int(match[2])) <= 12  # noqa: PLR2004


def _named(said: str) -> tuple[int, int, int, bool] | None:
    if match := _NAMED.fullmatch(said):
        day, name, year = match.groups()
    elif match := _NAMED_FIRST.fullmatch(said):
        name, day, year = match.groups()
    else:
        return None
    month = name[:3].casefold()
    return (int(year), MONTHS.index(month) + 1, int(day), len(year) == 2) if month in MONTHS else None  # noqa: PLR2004


def read_time(cell: str) -> time:
    """Read a time of day: 9:30, 09.30, 9:30 pm, 14h05."""
    match = _TIME.fullmatch(fold_digits(cell).strip())
    if match is None or (match[2] is None and match[4] is None):
        raise ValidationError(_("This is not a time, such as 09:30 or 2:15 pm."))
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[4] or "").casefold()
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 hours of half a day
        raise ValidationError(_("This is not a time, such as 09:30 or 2:15 pm."))
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise ValidationError(_("This is not a time, such as 09:30 or 2:15 pm.")) from None


def read_instant(cell: str, zone: ZoneInfo, order: DateOrder) -> datetime:
    """Read a date and a time; without an offset they are those of the zone's clock."""
    said = fold_digits(cell).strip()
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None:
        if not OLDEST_YEAR <= moment.year <= 2200:  # noqa: PLR2004
            raise ValidationError(_("The year %d cannot be right.") % moment.year)
        return moment.astimezone(UTC)
    if (serial := _SERIAL.fullmatch(said)) and serial[2]:
        said = f"{_of_serial(said):%Y-%m-%d %H:%M}"
    match = _TIME_AT_END.match(said)
    if match is None:
        raise ValidationError(_("A date and a time are needed, such as 2025-03-31 09:30."))
    day, wall = read_date(match[1], order), read_time(match[2])
    if not exists(day, wall, zone):
        raise ValidationError(_("There is no such time in %s: its clocks were put forward then.") % zone.key)
    return instant(day, wall, zone)


def read_phone(cell: str, region: str) -> str:
    """Give a phone number in E.164; without a country code it is one of the region."""
    validate_readable(cell)
    said = fold_digits(cell)
    if _ROUNDED_NUMBER.fullmatch(said):
        words = _("A spreadsheet has rounded this number. Give the column the format “text”, and write it again.")
        raise ValidationError(words)
    try:
        number = phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        raise ValidationError(_("This is not a phone number."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(cell: str) -> str:
    try:
        validate_email(cell)
    except ValidationError:
        raise ValidationError(_("This is not an e-mail address.")) from None
    return cell


def read_status(cell: str) -> Status:
    """Read a status by its value or, in English, by how it is read: "No-show", "no show", "NO_SHOW"."""
    said = re.sub(r"[\s_\-]+", "-", cell.strip().casefold())
    said = {"noshow": "no-show", "canceled": "cancelled", "checked-in": "arrived", "done": "completed"}.get(said, said)
    if said not in STATUSES:
        raise ValidationError(_("This is not a status: %s.") % ", ".join(STATUSES))
    return Status(said)


def read_reason(cell: str) -> CancellationReason:
    said = re.sub(r"[\s\-]+", "_", cell.strip().casefold())
    if said not in CancellationReason.values:
        raise ValidationError(_("This is not a reason for cancelling: %s.") % ", ".join(CancellationReason.values))
    return CancellationReason(said)
