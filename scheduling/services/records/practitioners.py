"""Practitioners on their way in, with their specialties and the clinics where they work."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.utils.translation import gettext as _

from clinics.models import Clinic, ClinicAssignment, Practitioner, Specialty
from scheduling.models import ImportKind
from scheduling.services.records.house import record_created
from scheduling.services.records.incoming import Incoming, Outcome, Row, at_most, folded
from scheduling.services.records.values import read_date, read_line, read_name, read_yes


@dataclass(slots=True)
class SaidPractitioner:
    name: str
    specialty: str
    clinic: str
    starts_on: date | None
    ends_on: date | None
    is_active: bool


class PractitionerRecords(Incoming):
    """Known by name and specialty; where they work, by clinic and first day."""

    kind = ImportKind.PRACTITIONERS

    def read(self, row: Row) -> None:
        day = partial(read_date, order=self.arrival.options.date_order)
        clinic = row.read("clinic", read_line, "")
        said = row.said = SaidPractitioner(
            name=row.need("name", at_most(200, read_name)) or "",
            specialty=row.read("specialty", at_most(200, read_name), ""),
            clinic=clinic,
            starts_on=row.need("starts_on", day) if clinic else row.read("starts_on", day, None),
            ends_on=row.read("ends_on", day, None),
            is_active=row.read("active", read_yes, default=True),
        )
        if said.starts_on and said.ends_on and said.ends_on < said.starts_on:
            row.refuse("ends_on", _("This is before its start."))

    def take(self, rows: list[Row]) -> None:
        self.clinics = {folded(each.name): each for each in Clinic.objects.filter(organization=self.organization)}
        specialties = Specialty.objects.filter(organization=self.organization)
        self.specialties = {folded(each.name): each for each in specialties}
        self.people: defaultdict[str, list[Practitioner]] = defaultdict(list)
        for person in Practitioner.objects.filter(organization=self.organization).select_related("specialty"):
            self.people[folded(person.name)].append(person)
        for row in rows:
            if row.outcome is None:
                self._take(row)

    def _take(self, row: Row) -> None:
        said, clinic = row.said, None
        if said.clinic:
            clinic = self.clinics.get(folded(said.clinic))
            if clinic is None:
                row.refuse("clinic", _("There is no clinic of this name. Bring, or add, the clinics first."))
        candidates = self._called_so(said)
        if len(candidates) > 1:
            row.refuse("specialty", _("Several practitioners have this name: say which by the specialty."))
        if row.outcome is not None:
            return
        row.outcome = Outcome.KNOWN
        person = candidates[0] if candidates else self._add_person(row)
        if clinic is not None:
            self._assign(row, person, clinic)

    def _called_so(self, said: SaidPractitioner) -> list[Practitioner]:
        people = self.people[folded(said.name)]
        if not said.specialty:
            return people
        return [each for each in people if each.specialty and folded(each.specialty.name) == folded(said.specialty)]

    def _add_person(self, row: Row) -> Practitioner:
        said, specialty = row.said, None
        if said.specialty:
            specialty = self.specialties.get(folded(said.specialty))
            if specialty is None:
                specialty = Specialty.objects.create(organization=self.organization, name=said.specialty)
                self.specialties[folded(said.specialty)] = specialty
                record_created(self.arrival, specialty, {"name": specialty.name})
        person = Practitioner.objects.create(
            organization=self.organization, name=said.name, specialty=specialty, is_active=said.is_active
        )
        self.people[folded(said.name)].append(person)
        told = {"name": person.name, "specialty_id": person.specialty_id, "is_active": person.is_active}
        record_created(self.arrival, person, told)
        row.outcome = Outcome.CREATED
        return person

    def _assign(self, row: Row, person: Practitioner, clinic: Clinic) -> None:
        said = row.said
        there = list(ClinicAssignment.objects.filter(practitioner=person, clinic=clinic))
        if any(each.starts_on == said.starts_on for each in there):
            return
        if any(_share_a_day(each, said) for each in there):
            row.refuse("starts_on", _("The practitioner is assigned to this clinic in that time already."))
            return
        assignment = ClinicAssignment.objects.create(
            organization=self.organization,
            practitioner=person,
            clinic=clinic,
            starts_on=said.starts_on,
            ends_on=said.ends_on,
        )
        told = {
            "practitioner_id": person.pk,
            "clinic_id": clinic.pk,
            "starts_on": said.starts_on,
            "ends_on": said.ends_on,
        }
        record_created(self.arrival, assignment, told)
        row.outcome = Outcome.CREATED


def _share_a_day(one: ClinicAssignment, said: SaidPractitioner) -> bool:
    starts_on = said.starts_on or date.max
    return one.starts_on <= (said.ends_on or date.max) and starts_on <= (one.ends_on or date.max)
