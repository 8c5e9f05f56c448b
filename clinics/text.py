"""Text as people type it, made ready to be kept or compared, and addresses as strangers may read them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

from clinics.validators import validate_readable

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_BURMESE_DIGITS = str.maketrans("၀၁၂၃၄၅၆၇၈၉", "0123456789")


def fold_digits(text: str) -> str:
    """Write Burmese digits as 0 to 9."""
    return text.translate(_BURMESE_DIGITS)


def shouted(name: str) -> str:
    """Write a name of code as kinds of events have it: TimeOff as TIME_OFF."""
    return _CAPITAL.sub("_", name).upper()


def masked_address(address: str) -> str:
    """Give an address that whoever knows it will recognize, and nobody can write to: t•••@gmail.com."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••{at}{domain}"


def masked_phone(number: str) -> str:
    return f"•••{number[-4:]}"


class CleanTextField(forms.CharField):
    """Text in composed form, without spaces around it; what cannot be read or kept is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Ours says in words what Django's own says of NUL alone.
        self.validators = [each for each in self.validators if not isinstance(each, ProhibitNullCharactersValidator)]
        self.validators.append(validate_readable)

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFC", super().to_python(value) or "")


class OneLineField(CleanTextField):
    """Clean text on one line: every run of white space becomes one space."""

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class DigitsDateField(forms.DateField):
    """A date in ISO form, in either kind of digits."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(fold_digits(value) if isinstance(value, str) else value)


class DigitsIntegerField(forms.IntegerField):
    """A whole number in either kind of digits."""

    def to_python(self, value: Any) -> int | None:
        return super().to_python(fold_digits(value) if isinstance(value, str) else value)
