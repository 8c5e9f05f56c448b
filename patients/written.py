"""How pages write a patient's name and phone number."""

from __future__ import annotations

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from patients.models import Patient

BURMESE = re.compile(r"[\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff]")


def written_name(patient: Patient) -> SafeString:
    """Write a patient's name in its own direction, and in Burmese as Burmese: the script needs more height."""
    written = ' lang="my"' if BURMESE.search(patient.name) else ""
    return format_html('<bdi class="n"{}>{}</bdi>', mark_safe(written), patient.name)  # noqa: S308 ours, one of two


def split_phone(phone: object) -> tuple[str, str]:
    """Give the number as it is dialled at home in two parts: up to the last four digits, and from these on.

    A text, as the database has it, is split as it is.
    """
    written = _national(phone)
    digits = [place for place, character in enumerate(written) if character.isdecimal()][-4:]
    return (written[: digits[0]], written[digits[0] :]) if digits else (written, "")


def _national(phone: object) -> str:
    # A number that no plan knows is kept and shown as it was written.
    is_valid = getattr(phone, "is_valid", None)
    return str(phone.as_national) if is_valid and is_valid() else str(phone or "")  # type: ignore[attr-defined]
