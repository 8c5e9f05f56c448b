"""Patients on their way in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import record_events
from clinics.text import fold_digits
from patients.models import PATIENT_CREATED, Patient
from patients.names import search_form
from scheduling.models import ImportKind
from scheduling.services.records.incoming import Arrival, Incoming, Outcome, Row, at_most
from scheduling.services.records.values import (
    read_date,
    read_email,
    read_name,
    read_number,
    read_phone,
    read_whole,
    read_yes,
)

OLDEST = 130  # years
YEAR_DIGITS = 4

type Person = tuple[str, date | None, str]
"""By whom two rows without a record number are told to be one: search name, birth date and phone."""


@dataclass(slots=True)
class SaidPatient:
    name: str
    record_number: str
    birth_date: date | None
    estimated: bool
    phone: str
    email: str
    language: str
    is_active: bool
    search_name: str = ""

    @property
    def person(self) -> Person:
        return self.search_name, self.birth_date, self.phone


class PatientRecords(Incoming):
    """Known by their record number; without one, by the same name, birth date and phone."""

    kind = ImportKind.PATIENTS

    def __init__(self, arrival: Arrival) -> None:
        super().__init__(arrival)
        self.today = timezone.localdate()
        self._numbers: dict[str, tuple[int, str]] = {}
        self._people: set[Person] = set()
        self._again: set[int] = set()

    def read(self, row: Row) -> None:
        name = row.need("name", at_most(200, read_name)) or ""
        birth_date, estimated = self._born(row)
        said = SaidPatient(
            name=name,
            record_number=row.read("record_number", at_most(32, read_number), ""),
            birth_date=birth_date,
            estimated=estimated or row.read("birth_date_estimated", read_yes, default=False),
            phone=row.read("phone", partial(read_phone, region=self.organization.phone_region), ""),
            email=row.read("email", at_most(254, read_email), ""),
            language=row.read("language", _language, "my"),
            is_active=row.read("active", read_yes, default=True),
        )
        said.search_name = search_form(said.name)
        row.said = said
        if not row.problems:
            self._remember(row, said)

    def _born(self, row: Row) -> tuple[date | None, bool]:
        """Give the birth date and whether it is estimated: from a year alone, or from an age."""
        cell = fold_digits(row.cells.get("birth_date", ""))
        if len(cell) == YEAR_DIGITS and cell.isdecimal():
            born, estimated = (
                row.read("birth_date", partial(_new_year, order=self.arrival.options.date_order), None),
                True,
            )
        else:
            born = row.read("birth_date", partial(read_date, order=self.arrival.options.date_order, over=True), None)
            estimated = False
        age = row.read("age", read_whole, None)
        if born is not None and born > self.today:
            row.refuse("birth_date", _("This day is still to come."))
        elif age is not None and age > OLDEST:
            row.refuse("age", _("An age is a whole number of years, from 0 to 130."))
        elif age is not None and born is None and not row.problems:
            return date(self.today.year - age, 1, 1), True
        return born, estimated

    def _remember(self, row: Row, said: SaidPatient) -> None:
        """Tell a row that says an earlier one again from one that takes another's number."""
        if said.record_number:
            number, name = self._numbers.setdefault(said.record_number, (row.number, said.search_name))
            if name != said.search_name:
                row.refuse("record_number", _("In row %d this is the number of somebody else.") % number)
            elif number != row.number:
                self._again.add(row.number)
        elif said.person in self._people:
            self._again.add(row.number)
        else:
            self._people.add(said.person)

    def take(self, rows: list[Row]) -> None:
        good = [row for row in rows if row.outcome is None]
        own = Patient.objects.filter(organization=self.organization)
        numbers = {row.said.record_number for row in good if row.said.record_number}
        names = {row.said.search_name for row in good if not row.said.record_number}
        # A record that was merged is known by its own name and by that of the patient who was kept.
        named = own.filter(record_number__in=numbers).values_list(
            "record_number", "search_name", "merged_into__search_name"
        )
        by_number = {number: {name, kept or name} for number, name, kept in named}
        people = (
            set(own.filter(search_name__in=names).values_list("search_name", "birth_date", "phone")) if names else set()
        )
        people = {(name, born, str(phone)) for name, born, phone in people}
        new = []
        for row in good:
            there = by_number.get(row.said.record_number)
            if there is not None and row.said.search_name not in there:
                row.refuse("record_number", _("Another patient here has this record number."))
            elif there or row.number in self._again or (not row.said.record_number and row.said.person in people):
                row.outcome = Outcome.KNOWN
            else:
                new.append(row)
        if not self.arrival.only_look:
            self._create(new)
        for row in new:
            row.outcome = Outcome.CREATED

    def _create(self, rows: list[Row]) -> None:
        without = [row for row in rows if not row.said.record_number]
        given = iter(Patient.objects.next_record_numbers(self.organization, len(without)))
        patients = Patient.objects.bulk_create(
            Patient(
                organization=self.organization,
                name=row.said.name,
                record_number=row.said.record_number or next(given),
                birth_date=row.said.birth_date,
                birth_date_estimated=row.said.estimated,
                phone=row.said.phone,
                email=row.said.email,
                language=row.said.language,
                is_active=row.said.is_active,
            )
            for row in rows
        )
        record_events(
            kind=PATIENT_CREATED,
            organization=self.organization,
            actor=self.arrival.actor,
            told=[(each, {"name": each.name, "record_number": each.record_number}) for each in patients],
            reason=self.arrival.file_name,
        )


def _new_year(cell: str, order: object) -> date:
    return read_date(f"{fold_digits(cell)}-01-01", order)  # type: ignore[arg-type]


def _language(cell: str) -> str:
    said = cell.casefold()
    names = {name.casefold(): code for code, name in settings.LANGUAGES} | {"burmese": "my", "myanmar": "my"}
    said = names.get(said, said)
    if said not in dict(settings.LANGUAGES):
        raise ValidationError(_("This is not a language: %s.") % ", ".join(dict(settings.LANGUAGES)))
    return said
