"""When practitioners are away and clinics closed, on its way in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinics.models import Clinic, ClinicAssignment, Practitioner
from scheduling.models import ClinicClosure, ImportKind, TimeOff
from scheduling.services.records.house import House, hours_changed, record_created
from scheduling.services.records.incoming import Arrival, Incoming, Outcome, Row, at_most
from scheduling.services.records.values import read_date, read_instant, read_line


@dataclass(slots=True)
class SaidTimeOff:
    practitioner: Practitioner | None
    starts_at: datetime | None
    ends_at: datetime | None
    reason: str

    @property
    def key(self) -> tuple[object, ...]:
        return self.practitioner and self.practitioner.pk, self.starts_at, self.ends_at


class TimeOffRecords(Incoming):
    """Known by who is away, from when and until when."""

    kind = ImportKind.TIME_OFF

    def __init__(self, arrival: Arrival) -> None:
        super().__init__(arrival)
        self.house = House(self.organization)

    def read(self, row: Row) -> None:
        zone = ZoneInfo(self.organization.timezone)
        moment = partial(read_instant, zone=zone, order=self.arrival.options.date_order)
        said = row.said = SaidTimeOff(
            practitioner=self.house.practitioner(row),
            starts_at=row.need("starts_at", moment),
            ends_at=row.need("ends_at", moment),
            reason=row.read("reason", at_most(200, read_line), ""),
        )
        if said.starts_at and said.ends_at and said.ends_at <= said.starts_at:
            row.refuse("ends_at", _("This is not after its start."))

    def take(self, rows: list[Row]) -> None:
        good = [row for row in rows if row.outcome is None]
        concerned = {row.said.practitioner.pk for row in good}
        with hours_changed(self.organization, concerned):
            there = TimeOff.objects.filter(practitioner__in=concerned)
            known = set(there.values_list("practitioner", "starts_at", "ends_at"))
            for row in good:
                row.outcome = Outcome.KNOWN if row.said.key in known else Outcome.CREATED
                if row.said.key not in known:
                    self._add(row.said)
                    known.add(row.said.key)

    def _add(self, said: Any) -> None:
        fields = {"starts_at": said.starts_at, "ends_at": said.ends_at, "reason": said.reason}
        absence = TimeOff.objects.create(practitioner=said.practitioner, **fields)
        record_created(self.arrival, absence, {"practitioner_id": absence.practitioner_id, **fields})


@dataclass(slots=True)
class SaidClosure:
    clinic: Clinic | None
    day: date | None
    reason: str

    @property
    def key(self) -> tuple[object, ...]:
        return self.clinic and self.clinic.pk, self.day


class ClosureRecords(Incoming):
    """Known by clinic and day."""

    kind = ImportKind.CLOSURES

    def __init__(self, arrival: Arrival) -> None:
        super().__init__(arrival)
        self.house = House(self.organization)

    def read(self, row: Row) -> None:
        row.said = SaidClosure(
            clinic=self.house.clinic(row),
            day=row.need("date", partial(read_date, order=self.arrival.options.date_order)),
            reason=row.read("reason", at_most(200, read_line), ""),
        )

    def take(self, rows: list[Row]) -> None:
        good = [row for row in rows if row.outcome is None]
        clinics = {row.said.clinic.pk for row in good}
        work_there = ClinicAssignment.objects.filter(clinic__in=clinics).values_list("practitioner", flat=True)
        with hours_changed(self.organization, set(work_there)):
            known = set(ClinicClosure.objects.filter(clinic__in=clinics).values_list("clinic", "date"))
            for row in good:
                row.outcome = Outcome.KNOWN if row.said.key in known else Outcome.CREATED
                if row.said.key not in known:
                    self._add(row.said)
                    known.add(row.said.key)

    def _add(self, said: Any) -> None:
        closure = ClinicClosure.objects.create(clinic=said.clinic, date=said.day, reason=said.reason)
        record_created(self.arrival, closure, {"clinic_id": closure.clinic_id, "date": said.day, "reason": said.reason})
