"""Checks of single values, shared by models and forms."""

import re
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Control characters but tab and line breaks; lone surrogates; what a decoder puts where it could not read; and what
# turns the direction of everything after it.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]")


def validate_readable(value: str) -> None:
    """Refuse text that PostgreSQL cannot keep or nobody can read: NUL, control characters, broken Unicode."""
    if _UNREADABLE.search(value):
        raise ValidationError(_("Some characters here cannot be read. Please type them again."), code="unreadable")


def validate_visible(value: str) -> None:
    """Refuse a name of marks and spaces alone, some of which nobody sees."""
    if not any(character.isalnum() for character in value):
        raise ValidationError(_("Write the name in letters."), code="invisible")


def validate_timezone(value: str) -> None:
    """Refuse what is not the name of an IANA time zone."""
    if value not in available_timezones():
        raise ValidationError(
            _("%(value)s is not the name of a time zone, such as Asia/Yangon."), params={"value": value}
        )


def validate_region(value: str) -> None:
    """Refuse what is not two capital letters, as ISO 3166 writes a country."""
    if not (len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):  # noqa: PLR2004 two letters
        raise ValidationError(_("%(value)s is not a country code of two letters, such as MM."), params={"value": value})
