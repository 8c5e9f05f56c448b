"""Appointments on their way in: history as it was, visits to come by every rule.

What ended before the import is `imported`: it keeps its status, times and reasons, also where visits overlap, and takes
no time from anybody. What is still to come is booked as a desk would book it, or refused in the same words. Nobody is
told of it: patients know of visits that were arranged with them elsewhere; they are reminded like everybody.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Clinic, Practitioner, record_events
from patients.models import Patient
from patients.names import search_form
from scheduling.enums import FREEING, EventKind, NotificationStatus, Status
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, AppointmentType, ImportKind, Notification
from scheduling.services import AppointmentService, freshness
from scheduling.services.booking import snapshot
from scheduling.services.lookups import LONGEST_TEXT, LONGEST_VISIT
from scheduling.services.records.house import House
from scheduling.services.records.incoming import Arrival, Incoming, Outcome, Row, at_most
from scheduling.services.records.values import (
    read_instant,
    read_line,
    read_name,
    read_number,
    read_reason,
    read_status,
    read_text,
    read_whole,
)

TO_COME = (Status.PENDING, Status.BOOKED, Status.CONFIRMED, Status.CANCELLED)
"""The statuses that a visit which has not ended can come with."""

COLUMNS = {
    "patient_id": "patient",
    "practitioner_id": "practitioner",
    "clinic_id": "clinic",
    "appointment_date": "start",
    "duration": "minutes",
    "appointment_type": "type",
}
"""Our columns, by the fields that refusals name."""

type Visit = tuple[int, int, int, datetime, bool]
"""What tells one row from another: patient, practitioner, clinic, start, and whether it takes the time."""


@dataclass(slots=True)
class SaidAppointment:
    """What a row says; `nth` counts the rows before it that say the same visit."""

    record_number: str
    patient: str
    practitioner: Practitioner | None
    clinic: Clinic | None
    start: datetime
    minutes: int
    kind: AppointmentType | None
    status: Status
    reason: str
    notes: str
    checked_in_at: datetime | None
    nth: int = 0
    patient_id: int = 0

    @property
    def ends_at(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    @property
    def is_free(self) -> bool:
        return self.status in FREEING

    @property
    def visit(self) -> Visit:
        assert self.practitioner and self.clinic  # noqa: S101, PT018 refused without
        return self.patient_id, self.practitioner.pk, self.clinic.pk, self.start, self.is_free


class AppointmentRecords(Incoming):
    kind = ImportKind.APPOINTMENTS

    def __init__(self, arrival: Arrival) -> None:
        super().__init__(arrival)
        self.now = timezone.now()
        self._seen: Counter[bytes] = Counter()
        self.house = House(self.organization)
        self.types = {each.code: each for each in AppointmentType.objects.filter(organization=self.organization)}
        self.default = next((each for each in self.types.values() if each.is_default), None)

    # Reading

    def read(self, row: Row) -> None:
        clinic = self.house.clinic(row)
        zone = clinic.zone if clinic else ZoneInfo(self.organization.timezone)
        moment = partial(read_instant, zone=zone, order=self.arrival.options.date_order)
        start = row.need("start", moment)
        kind = self._type(row)
        said = SaidAppointment(
            record_number=row.read("record_number", read_number, ""),
            patient=row.read("patient", read_name, ""),
            practitioner=self.house.practitioner(row),
            clinic=clinic,
            start=start or self.now,
            minutes=self._minutes(row, kind),
            kind=kind,
            status=row.need("status", read_status) or Status.BOOKED,
            reason=row.read("cancellation_reason", read_reason, ""),
            notes=row.read("notes", at_most(LONGEST_TEXT, read_text), ""),
            checked_in_at=row.read("checked_in_at", moment, None),
        )
        row.said = said
        if not (said.record_number or said.patient or row.problems):
            row.refuse("patient", _("The record number or the name is needed."))
        if said.reason and said.status != Status.CANCELLED:
            row.refuse("cancellation_reason", _("Only a cancelled appointment has a reason for it."))
        if self.is_slow(row) and not row.problems and said.status not in TO_COME:
            words = _("It has not ended yet, and so can only be pending, booked, confirmed or cancelled.")
            row.refuse("status", words)
        key = self._key(said)
        said.nth = self._seen[key]
        self._seen[key] += 1

    def _type(self, row: Row) -> AppointmentType | None:
        code = row.read("type", read_line, "")
        kind = self.types.get(code) if code else None
        if code and kind is None:
            row.refuse("type", _("There is no type of appointment with this code."))
        return kind

    def _minutes(self, row: Row, kind: AppointmentType | None) -> int:
        usual = kind or self.default
        minutes = row.read("minutes", read_whole, usual.duration if usual else None)
        if minutes is None:
            if not row.cells.get("minutes"):
                row.refuse("minutes", _("This is needed: the type has no length."))
            return 1
        if not 1 <= minutes <= LONGEST_VISIT:
            row.refuse("minutes", _("A visit lasts from 1 minute to 24 hours, in whole minutes."))
            return 1
        return int(minutes)

    def _key(self, said: SaidAppointment) -> bytes:
        """Give what tells the visit from others of the same file, before its patient is looked up."""
        who = (said.record_number or search_form(said.patient), said.practitioner and said.practitioner.pk)
        what = (*who, said.clinic and said.clinic.pk, said.start.isoformat(), said.is_free)
        return hashlib.blake2b(repr(what).encode(), digest_size=12).digest()

    def is_slow(self, row: Row) -> bool:
        return row.said is not None and row.said.ends_at > self.now

    # Taking

    def take(self, rows: list[Row]) -> None:
        self._find_patients([row for row in rows if row.outcome is None])
        good = [row for row in rows if row.outcome is None]
        there = self._there(good)
        requests = {_request_id(row.said) for row in good}
        own = Appointment.objects.filter(organization=self.organization)
        known = set(own.filter(request_id__in=requests).values_list("request_id", flat=True))
        for row in good:
            if row.said.nth < there[row.said.visit] or _request_id(row.said) in known:
                row.outcome = Outcome.KNOWN
        new = [row for row in good if row.outcome is None]
        history = [row for row in new if not self.is_slow(row)]
        if not self.arrival.only_look:
            self._keep_history(history)
        for row in history:
            row.outcome = Outcome.CREATED
        for row in new:
            if self.is_slow(row):
                self._book(row)
        transaction.on_commit(partial(freshness.renew, self.organization.pk), robust=True)

    def _find_patients(self, rows: list[Row]) -> None:
        own = Patient.objects.filter(organization=self.organization)
        numbers = {row.said.record_number for row in rows if row.said.record_number}
        names = {search_form(row.said.patient) for row in rows if not row.said.record_number}
        # A record that was merged stands for the one that was kept.
        survivor = Coalesce("merged_into_id", "pk")
        by_number = dict(own.filter(record_number__in=numbers).values_list("record_number", survivor))
        by_name: defaultdict[str, set[int]] = defaultdict(set)
        if names:
            here = own.filter(Q(is_active=True) | Q(merged_into__isnull=False), search_name__in=names)
            for name, key in here.values_list("search_name", survivor):
                by_name[name].add(key)
        for row in rows:
            if row.said.record_number:
                found = {by_number[row.said.record_number]} if row.said.record_number in by_number else set()
                column = "record_number"
            else:
                found, column = by_name[search_form(row.said.patient)], "patient"
            if not found:
                row.refuse(column, _("There is no such patient. Bring the patients first."))
            elif len(found) > 1:
                row.refuse("patient", _("Several patients have this name: say which by the record number."))
            else:
                (row.said.patient_id,) = found

    def _there(self, rows: list[Row]) -> Counter[Visit]:
        """Count the appointments that are there already, of the visits that these rows say."""
        asked = {row.said.visit for row in rows}
        found = Appointment.objects.filter(
            organization=self.organization,
            practitioner__in={visit[1] for visit in asked},
            appointment_date__in={visit[3] for visit in asked},
        ).values_list("patient_id", "practitioner_id", "clinic_id", "appointment_date", "status")
        return Counter((*visit, state in FREEING) for *visit, state in found)  # type: ignore[misc]

    def _keep_history(self, rows: list[Row]) -> None:
        appointments = Appointment.objects.bulk_create(
            Appointment(**self._fields(row.said), imported=True, status=row.said.status) for row in rows
        )
        for row, appointment in zip(rows, appointments, strict=True):
            # For what the event keeps; nobody has to load it again.
            appointment.appointment_type = row.said.kind
        self._record(appointments)

    def _fields(self, said: SaidAppointment) -> dict[str, Any]:
        return {
            "organization": self.organization,
            "patient_id": said.patient_id,
            "practitioner": said.practitioner,
            "clinic": said.clinic,
            "appointment_type": said.kind,
            "appointment_date": said.start,
            "ends_at": said.ends_at,
            "duration": said.minutes,
            "cancellation_reason": said.reason,
            "checked_in_at": said.checked_in_at,
            "notes": said.notes,
            "request_id": _request_id(said),
        }

    def _record(self, appointments: list[Appointment]) -> None:
        record_events(
            kind=EventKind.IMPORTED,
            organization=self.organization,
            actor=self.arrival.actor,
            told=[(each, snapshot(each)) for each in appointments],
            reason=self.arrival.file_name,
        )

    def _book(self, row: Row) -> None:
        """Book a visit to come by every rule; one that was cancelled takes no time, and is kept as it was."""
        said: SaidAppointment = row.said
        if said.status == Status.CANCELLED:
            self._record(Appointment.objects.bulk_create([Appointment(**self._fields(said), status=said.status)]))
            row.outcome = Outcome.CREATED
            return
        try:
            with transaction.atomic():
                self._book_quietly(said)
        except AppointmentError as error:
            row.refuse(COLUMNS.get(error.field, ""), str(error.message))
        else:
            row.outcome = Outcome.CREATED

    def _book_quietly(self, said: SaidAppointment) -> None:
        visit = said.visit
        service = AppointmentService(self.organization, actor=self.arrival.actor)
        appointment = service.create_appointment(
            patient_id=visit[0],
            practitioner_id=visit[1],
            clinic_id=visit[2],
            appointment_date=said.start,
            duration=said.minutes,
            appointment_type=said.kind.code if said.kind else None,
            notes=said.notes,
            status=Status.PENDING if said.status == Status.PENDING else Status.BOOKED,
            request_id=_request_id(said),
        )
        if said.status == Status.CONFIRMED:
            service.update_appointment_status(appointment_id=appointment.pk, status=Status.CONFIRMED)
        owed = Notification.objects.filter(appointment=appointment, status=NotificationStatus.PENDING)
        owed.update(status=NotificationStatus.SUPPRESSED)


def _request_id(said: SaidAppointment) -> str:
    """Give what the database keeps once: the visit, and which of those that say the same it is."""
    digest = hashlib.sha256(repr((*said.visit[:3], said.start.isoformat(), said.is_free, said.nth)).encode())
    return f"import-{digest.hexdigest()[:56]}"
