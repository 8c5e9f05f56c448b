"""What somebody has chosen for a booking, as a value and as an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clinics.models import Clinic, Practitioner
from patients.models import Patient
from scheduling.forms import Anyone
from scheduling.models import AppointmentType


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody has chosen so far; None is for the page to choose. `at` is aware.

    With `anyone`, practitioner and clinic are those of the chosen time, and `within` is the one clinic looked at.
    """

    patient: Patient | None = None
    clinic: Clinic | None = None
    practitioner: Practitioner | None = None
    kind: AppointmentType | None = None
    day: date | None = None
    at: datetime | None = None
    anyone: Anyone | None = None
    within: Clinic | None = None

    @classmethod
    def of(cls, cleaned: dict[str, Any]) -> Asked:
        """Take from a form's cleaned data what is there; a form with errors has less."""
        return cls(
            patient=cleaned.get("patient"),
            clinic=cleaned.get("clinic"),
            practitioner=cleaned.get("practitioner"),
            kind=cleaned.get("type"),
            day=cleaned.get("date"),
            at=cleaned.get("at") or cleaned.get("start"),
            anyone=cleaned.get("anyone"),
            within=cleaned.get("within"),
        )


def query_of(asked: Asked) -> dict[str, str]:
    """Give the choices as a query: opaque ids, a code, a date and a time, never a name."""
    chosen = {
        "patient": asked.patient and asked.patient.pk,
        "clinic": asked.clinic and asked.clinic.pk,
        "practitioner": asked.practitioner and asked.practitioner.pk,
        "type": asked.kind and asked.kind.code,
        "date": asked.day and asked.day.isoformat(),
        "at": asked.at and asked.at.isoformat(timespec="minutes"),
        "anyone": asked.anyone and asked.anyone.key,
        "within": asked.within and asked.within.pk,
    }
    return {name: str(value) for name, value in chosen.items() if value}


def book_url(chosen: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{reverse('book')}?{query}" if query else reverse("book")
