"""What stands in each file of an export: which rows, and how each cell of them is written.

A cell is text that the import reads back to the same: dates and times in ISO form, instants with the offset of the
clinic's or the organization's clock, "yes" and "no", and nothing for what is not known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, StringAgg, Subquery, Value
from django.db.models.fields import TextField

from clinics.models import ActivityEvent, Clinic, Membership, MembershipClinic, Organization, Practitioner
from patients.models import Patient
from scheduling.models import (
    Appointment,
    AppointmentType,
    ClinicClosure,
    Encounter,
    Notification,
    Schedule,
    TimeOff,
)
from scheduling.services.records.columns import Kind

AT_A_TIME = 2000
"""How many rows come from the database at once."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How a cell is made: `written` of the values at the `paths` from the row."""

    paths: tuple[str, ...]
    written: Callable[..., object]


def as_is(path: str) -> Cell:
    """Text or a number; what is not known is an empty cell."""
    return Cell((path,), lambda value: value)


def yes_or_no(path: str) -> Cell:
    return Cell((path,), lambda value: "yes" if value else "no")


def iso(path: str) -> Cell:
    """Write a date, or a time on the clinic's clock."""
    return Cell((path,), lambda value: None if value is None else value.isoformat())


def at(path: str, zone: str = "organization__timezone") -> Cell:
    """Write an instant on the clock of the zone at that path, with its offset: an hour may come twice."""
    return Cell((path, zone), _instant)


def _instant(moment: datetime | None, zone: str) -> str | None:
    return None if moment is None else moment.astimezone(_zone(zone)).isoformat(sep=" ")


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def structured(path: str) -> Cell:
    return Cell((path,), lambda value: json.dumps(value, ensure_ascii=False) if value else None)


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a file, found by their organization at `tenant_path`, and its cells by column."""

    rows: Callable[[], QuerySet[Any]]
    cells: Mapping[str, Cell]
    tenant_path: str = "organization"
    order: tuple[str, ...] = ("pk",)

    def count(self, organization: Organization) -> int:
        return self._of(organization).count()

    def table(self, organization: Organization) -> Iterator[list[object]]:
        """Give the headings, then the rows in the order in which they were made; in bounded memory."""
        yield list(self.cells)
        cells = list(self.cells.values())
        paths = list(dict.fromkeys(path for cell in cells for path in cell.paths))
        makers = [(cell.written, [paths.index(path) for path in cell.paths]) for cell in cells]
        # By tuple index: values_list may give a path once only.
        for row in self._of(organization).values_list(*paths).iterator(AT_A_TIME):
            yield [written(*[row[place] for place in places]) for written, places in makers]

    def _of(self, organization: Organization) -> QuerySet[Any]:
        return self.rows().filter(**{self.tenant_path: organization.pk}).order_by(*self.order)


def _members() -> QuerySet[Membership]:
    limits = MembershipClinic.objects.filter(membership=OuterRef("pk")).order_by().values("membership")
    names = limits.values(names=StringAgg("clinic__name", Value("; "), order_by="clinic__name"))
    practises = Practitioner.objects.filter(user=OuterRef("user"), organization=OuterRef("organization"))
    return Membership.objects.annotate(
        limited_to=Subquery(names, output_field=TextField()), practises=Subquery(practises.values("name")[:1])
    )


OF_PRACTITIONER = {
    "practitioner": as_is("practitioner__name"),
    "specialty": as_is("practitioner__specialty__name"),
}

SOURCES: Mapping[Kind, Source] = {
    Kind.ORGANIZATION: Source(
        Organization.objects.all,
        {
            "name": as_is("name"),
            "timezone": as_is("timezone"),
            "phone_region": as_is("phone_region"),
            "buffer_minutes": as_is("buffer_minutes"),
            "late_start_minutes": as_is("late_start_minutes"),
            "encounter_opens": as_is("encounter_opens"),
            "email_notifications": yes_or_no("email_notifications"),
            "sms_notifications": yes_or_no("sms_notifications"),
            "practitioner_emails": yes_or_no("practitioner_emails"),
            "patient_wait_minutes": as_is("patient_wait_minutes"),
            "reminder_hours": as_is("reminder_hours"),
            "automatic_no_show": yes_or_no("automatic_no_show"),
        },
        tenant_path="pk",
    ),
    Kind.CLINICS: Source(
        Clinic.objects.all,
        {
            "name": as_is("name"),
            "timezone": as_is("timezone"),
            "address": as_is("address"),
            "active": yes_or_no("is_active"),
        },
    ),
    Kind.APPOINTMENT_TYPES: Source(
        AppointmentType.objects.all,
        {
            "code": as_is("code"),
            "name": as_is("name"),
            "minutes": as_is("duration"),
            "encounter_type": as_is("encounter_type"),
            "default": yes_or_no("is_default"),
        },
    ),
    Kind.PRACTITIONERS: Source(
        Practitioner.objects.all,
        {
            "name": as_is("name"),
            "specialty": as_is("specialty__name"),
            "clinic": as_is("assignments__clinic__name"),
            "starts_on": iso("assignments__starts_on"),
            "ends_on": iso("assignments__ends_on"),
            "active": yes_or_no("is_active"),
        },
        order=("pk", "assignments__starts_on", "assignments__pk"),
    ),
    Kind.WORKING_HOURS: Source(
        Schedule.objects.all,
        {
            "practitioner": as_is("assignment__practitioner__name"),
            "specialty": as_is("assignment__practitioner__specialty__name"),
            "clinic": as_is("assignment__clinic__name"),
            "assigned_from": iso("assignment__starts_on"),
            "valid_from": iso("valid_from"),
            "valid_until": iso("valid_until"),
            "slot_minutes": as_is("slot_minutes"),
            "capacity": as_is("capacity"),
            "weekday": as_is("working_hours__weekday"),
            "start_time": iso("working_hours__start_time"),
            "end_time": iso("working_hours__end_time"),
        },
        tenant_path="assignment__organization",
        order=("pk", "working_hours__weekday", "working_hours__start_time"),
    ),
    Kind.TIME_OFF: Source(
        TimeOff.objects.all,
        {
            **OF_PRACTITIONER,
            "starts_at": at("starts_at", "practitioner__organization__timezone"),
            "ends_at": at("ends_at", "practitioner__organization__timezone"),
            "reason": as_is("reason"),
        },
        tenant_path="practitioner__organization",
    ),
    Kind.CLOSURES: Source(
        ClinicClosure.objects.all,
        {"clinic": as_is("clinic__name"), "date": iso("date"), "reason": as_is("reason")},
        tenant_path="clinic__organization",
    ),
    Kind.PATIENTS: Source(
        Patient.objects.all,
        {
            "record_number": as_is("record_number"),
            "name": as_is("name"),
            "birth_date": iso("birth_date"),
            "birth_date_estimated": yes_or_no("birth_date_estimated"),
            "phone": Cell(("phone",), lambda phone: str(phone or "")),
            "email": as_is("email"),
            "language": as_is("language"),
            "active": yes_or_no("is_active"),
            "merged_into": as_is("merged_into__record_number"),
            "id": as_is("pk"),
        },
    ),
    Kind.APPOINTMENTS: Source(
        Appointment.objects.all,
        {
            "record_number": as_is("patient__record_number"),
            "patient": as_is("patient__name"),
            **OF_PRACTITIONER,
            "clinic": as_is("clinic__name"),
            "start": at("appointment_date", "clinic__timezone"),
            "minutes": as_is("duration"),
            "type": as_is("appointment_type__code"),
            "status": as_is("status"),
            "cancellation_reason": as_is("cancellation_reason"),
            "notes": as_is("notes"),
            "checked_in_at": at("checked_in_at", "clinic__timezone"),
            "booked_at": at("created_at", "clinic__timezone"),
            "imported": yes_or_no("imported"),
            "id": as_is("pk"),
        },
    ),
    Kind.ENCOUNTERS: Source(
        Encounter.objects.all,
        {
            "record_number": as_is("patient__record_number"),
            **OF_PRACTITIONER,
            "appointment_id": as_is("appointment"),
            "date": at("encounter_date"),
            "type": as_is("encounter_type"),
            "status": as_is("status"),
            "opened_at": at("opened_at"),
            "finalized_at": at("finalized_at"),
            "id": as_is("pk"),
        },
    ),
    Kind.EVENTS: Source(
        ActivityEvent.objects.all,
        {
            "when": at("created_at"),
            "kind": as_is("kind"),
            "about": as_is("target_type__model"),
            "about_id": as_is("target_id"),
            "by": as_is("actor__email"),
            "old": structured("old"),
            "new": structured("new"),
            "reason": as_is("reason"),
            "priority": as_is("priority"),
            "id": as_is("pk"),
        },
    ),
    Kind.NOTIFICATIONS: Source(
        Notification.objects.all,
        {
            "appointment_id": as_is("appointment"),
            "event_id": as_is("event"),
            "record_number": as_is("patient__record_number"),
            "user": as_is("user__email"),
            "kind": as_is("kind"),
            "channel": as_is("channel"),
            "status": as_is("status"),
            "told": structured("told"),
            "due_at": at("due_at"),
            "sent_at": at("sent_at"),
            "read_at": at("read_at"),
            "attempts": as_is("attempts"),
            "error": as_is("error"),
            "id": as_is("pk"),
        },
    ),
    Kind.MEMBERS: Source(
        _members,
        {
            "email": as_is("user__email"),
            # An account that was there before is not this organization's to show.
            "name": Cell(("user__name", "attached"), lambda name, attached: "" if attached else name),
            "role": as_is("role"),
            "clinics": as_is("limited_to"),
            "practitioner": as_is("practises"),
            "told_of_cancellations": yes_or_no("told_of_cancellations"),
            "active": yes_or_no("is_active"),
        },
    ),
}
"""The files of an export, in the order in which they can be imported: what a row names stands in a file before."""
