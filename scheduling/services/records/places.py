"""Clinics and types of appointments on their way in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from clinics.models import Clinic
from clinics.validators import validate_timezone
from scheduling.models import AppointmentType, ImportKind
from scheduling.models.schedule import MINUTES_A_DAY
from scheduling.services.records.house import record_created
from scheduling.services.records.incoming import Incoming, Outcome, Row, at_most, folded
from scheduling.services.records.values import read_line, read_name, read_text, read_whole, read_yes


class ClinicRecords(Incoming):
    """Known by their name; what a clinic here is like already stays as it is."""

    kind = ImportKind.CLINICS

    def read(self, row: Row) -> None:
        row.said = {
            "name": row.need("name", at_most(200, read_name)),
            "timezone": row.read("timezone", _zone, self.organization.timezone),
            "address": row.read("address", at_most(500, read_text), ""),
            "is_active": row.read("active", read_yes, default=True),
        }

    def take(self, rows: list[Row]) -> None:
        names = Clinic.objects.filter(organization=self.organization).values_list("name", flat=True)
        known = {folded(name) for name in names}
        for row in rows:
            if row.outcome is None:
                name = folded(row.said["name"])
                row.outcome = Outcome.KNOWN if name in known else Outcome.CREATED
                if name not in known:
                    record_created(
                        self.arrival, Clinic.objects.create(organization=self.organization, **row.said), row.said
                    )
                    known.add(name)


def _zone(cell: str) -> str:
    name = read_line(cell)
    validate_timezone(name)
    return name


@dataclass(slots=True)
class SaidType:
    code: str
    name: str
    duration: int | None
    encounter_type: str
    is_default: bool

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name,
            "duration": self.duration,
            "encounter_type": self.encounter_type,
            "is_default": self.is_default,
        }


class TypeRecords(Incoming):
    """Known by their code."""

    kind = ImportKind.APPOINTMENT_TYPES

    def read(self, row: Row) -> None:
        code = row.need("code", at_most(50, _code)) or ""
        row.said = SaidType(
            code=code,
            name=row.read("name", at_most(200, read_name), code),
            duration=row.read("minutes", read_minutes, None),
            encounter_type=row.read("encounter_type", at_most(50, read_line), ""),
            is_default=row.read("default", read_yes, default=False),
        )

    def take(self, rows: list[Row]) -> None:
        types = AppointmentType.objects.filter(organization=self.organization)
        known = set(types.values_list("code", flat=True))
        has_default = types.filter(is_default=True).exists()
        for row in rows:
            if row.outcome is not None:
                continue
            if row.said.code in known:
                row.outcome = Outcome.KNOWN
            elif row.said.is_default and has_default:
                row.refuse("default", _("Another type is the default. Take the mark away there first."))
            else:
                kind = AppointmentType.objects.create(organization=self.organization, **row.said.fields)
                record_created(self.arrival, kind, row.said.fields)
                row.outcome = Outcome.CREATED
                known.add(kind.code)
                has_default |= kind.is_default


def _code(cell: str) -> str:
    code = read_line(cell)
    validate_slug(code)
    return code


def read_minutes(cell: str) -> int:
    """Read a length: from 1 minute to 24 hours."""
    minutes = read_whole(cell)
    if not 1 <= minutes <= MINUTES_A_DAY:
        raise ValidationError(_("This is not a number of minutes from 1 to 1440."))
    return minutes
