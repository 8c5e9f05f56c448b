"""Finding a patient while the caller is on the phone."""

from __future__ import annotations

import re
from datetime import date

from django.db.models import Case, CharField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from clinics.models import Organization
from clinics.text import fold_digits
from patients.models import Patient

SHOWN = 10
_PUNCTUATION = re.compile(r"[\s\-().+/]+")


def find_patients(organization: Organization, query: str, *, limit: int = SHOWN) -> list[Patient]:
    """Give the organization's active patients that every word of `query` fits, best first; for no words, nobody.

    A word fits a name that holds it; one with a digit also the end of a phone or of a record number, or the birth date
    (1971-03-04). A query of digits alone is one number, however it is spaced.
    """
    words = _words(fold_digits(query))
    if not words:
        return []
    found = _searchable(organization)
    for word in words:
        found = found.filter(_fits(word))
    starts = When(name__istartswith=words[0], then=Value(0))
    order = Case(starts, default=Value(1), output_field=IntegerField())
    return list(found.order_by(order, "name", "id")[:limit])


def _searchable(organization: Organization) -> QuerySet[Patient]:
    patients = Patient.objects.filter(organization=organization, is_active=True)
    # As text: the field itself would read the last digits as a whole number.
    return patients.annotate(phone_text=Cast("phone", CharField()))


def _words(query: str) -> list[str]:
    day = _as_date(query.strip())
    if day:
        return [day.isoformat()]
    joined = _PUNCTUATION.sub("", query)
    return [joined] if joined.isdecimal() else query.split()


def _fits(word: str) -> Q:
    fits = Q(name__icontains=word)
    if not any(character.isdecimal() for character in word):
        return fits
    day = _as_date(word)
    if day:
        return fits | Q(birth_date=day)
    fits |= Q(record_number__iendswith=word)
    digits = _PUNCTUATION.sub("", word)
    if digits.isdecimal():
        # Kept with its country code, said with a leading zero: 09 7935 2281 is +95 9 7935 2281.
        fits |= Q(phone_text__endswith=digits.removeprefix("0") or digits)
    return fits


def _as_date(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if "-" in word else None
    except ValueError:
        return None
