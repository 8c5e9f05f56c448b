"""The files of records, column by column: what is exported has these, what is imported may have them.

The one table that the export, its README, the import, the templates to fill in and the pages of help read. In English,
as the headings themselves are: whoever brings data from another system, or takes them there, has both side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """A kind of record; the value is the name of its file, without `.csv`. In the order in which they are imported."""

    ORGANIZATION = "organization"
    CLINICS = "clinics"
    APPOINTMENT_TYPES = "appointment-types"
    PRACTITIONERS = "practitioners"
    WORKING_HOURS = "working-hours"
    TIME_OFF = "time-off"
    CLOSURES = "closures"
    PATIENTS = "patients"
    APPOINTMENTS = "appointments"
    ENCOUNTERS = "encounters"
    EVENTS = "events"
    NOTIFICATIONS = "notifications"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the name that stands in the first line, what it means, and a cell as it may look.

    `only_out`: an export writes it, an import does not read it; `only_in`: the other way round.
    """

    name: str
    meaning: str
    example: str = ""
    required: bool = False
    only_out: bool = False
    only_in: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """A file: what a row of it is, and its columns. `only_out`: it can be exported and read, but not be imported."""

    row: str
    columns: tuple[Column, ...]
    only_out: bool = False


def _needed(name: str, meaning: str, example: str) -> Column:
    return Column(name, meaning, example, required=True)


def _out(name: str, meaning: str, example: str = "") -> Column:
    return Column(name, meaning, example, only_out=True)


_ID = _out("id", "number by which the other files name this row", "1024")
_SPECIALTY = Column("specialty", "specialty of the practitioner; tells apart two of the same name", "Skin")
_PRACTITIONER = (_needed("practitioner", "name of the practitioner", "Dr Aye Chan"), _SPECIALTY)
_CLINIC = _needed("clinic", "name of the clinic", "Yankin Clinic")
_ZONE = "IANA time zone"
_INSTANT = "2026-12-01 09:30:00+06:30"

RECORDS: Mapping[Kind, Records] = MappingProxyType(
    {
        Kind.ORGANIZATION: Records(
            "The organization and its settings.",
            (
                _needed("name", "name", "Yankin Health"),
                Column("timezone", _ZONE, "Asia/Yangon"),
                Column("phone_region", "country of phone numbers without a country code, in two letters", "MM"),
                Column("buffer_minutes", "minutes between two visits of a practitioner", "0"),
                Column("late_start_minutes", "minutes for which a slot that has started stays on offer", "0"),
                Column("encounter_opens", "when an encounter opens: arrived, in-progress or by-hand", "in-progress"),
                Column("email_notifications", "patients are told by e-mail: yes or no", "yes"),
                Column("sms_notifications", "patients are told by SMS: yes or no", "no"),
                Column("practitioner_emails", "practitioners are told by e-mail: yes or no", "yes"),
                Column("patient_wait_minutes", "minutes before a patient is told", "2"),
                Column("reminder_hours", "hours before a visit at which the patient is reminded; 0: never", "24"),
                Column("automatic_no_show", "who has not come becomes a no-show without being asked about", "no"),
            ),
        ),
        Kind.CLINICS: Records(
            "A clinic.",
            (
                _needed("name", "name; no two clinics have the same", "Yankin Clinic"),
                Column("timezone", f"{_ZONE}; empty: that of the organization", "Asia/Yangon"),
                Column("address", "address, may have several lines", "12 Yankin Road, Yangon"),
                Column("active", "no: closed for good; empty: yes", "yes"),
            ),
        ),
        Kind.APPOINTMENT_TYPES: Records(
            "A type of appointment.",
            (
                _needed("code", "short name in small letters, digits and hyphens, by which it is known", "follow-up"),
                Column("name", "name that people read; empty: the code", "Follow-up"),
                Column("minutes", "length in minutes; empty: as long as the slot", "15"),
                Column("encounter_type", "type of the encounter that it leads to", "consultation"),
                Column("default", "yes: the type of visits that name none; at most one", "no"),
            ),
        ),
        Kind.PRACTITIONERS: Records(
            "A practitioner and a clinic, in a time: one line for each; without a clinic, the practitioner alone.",
            (
                _needed("name", "name", "Dr Aye Chan"),
                Column("specialty", "specialty; made where there is none of that name", "Skin"),
                Column("clinic", "name of the clinic where the practitioner works", "Yankin Clinic"),
                Column("starts_on", "first day there", "2024-01-15"),
                Column("ends_on", "last day there; empty: without an end", ""),
                Column("active", "no: sees patients no more; empty: yes", "yes"),
            ),
        ),
        Kind.WORKING_HOURS: Records(
            "One session a week of a schedule. The lines that are the same up to capacity are one schedule.",
            (
                *_PRACTITIONER,
                _CLINIC,
                Column("assigned_from", "first day of the assignment; needed where there are several", "2024-01-15"),
                _needed("valid_from", "first day of the schedule", "2024-01-15"),
                Column("valid_until", "last day of the schedule; empty: without an end", "2026-12-31"),
                _needed("slot_minutes", "minutes of a slot", "15"),
                Column("capacity", "patients in a slot; empty: 1", "1"),
                Column("weekday", "0 Monday to 6 Sunday; empty: a schedule without hours yet", "0"),
                Column("start_time", "from, on the clinic's clock", "09:00"),
                Column("end_time", "until; not after the start: on the next day", "12:00"),
            ),
        ),
        Kind.TIME_OFF: Records(
            "A time in which a practitioner sees nobody, at any clinic.",
            (
                *_PRACTITIONER,
                _needed("starts_at", "from", _INSTANT),
                _needed("ends_at", "until; without an offset both are on the organization's clock", _INSTANT),
                Column("reason", "reason", "Conference"),
            ),
        ),
        Kind.CLOSURES: Records(
            "A day on which a clinic is closed.",
            (
                _CLINIC,
                _needed("date", "day, on the clinic's clock", "2027-01-04"),
                Column("reason", "reason", "Holiday"),
            ),
        ),
        Kind.PATIENTS: Records(
            "A patient.",
            (
                Column("record_number", "number that the patient is known by; empty: the next is given", "MR-000123"),
                _needed("name", "whole name", "Daw Khin Myat"),
                Column("birth_date", "birth date; a year alone is an estimate", "1987-05-31"),
                Column("age", "age in years, where no birth date is known: an estimate of it", only_in=True),
                Column("birth_date_estimated", "yes: the birth date was worked out from an age", "no"),
                Column("phone", "phone number", "+959420123456"),
                Column("email", "e-mail address", "khin@example.com"),
                Column("language", "language of messages: my or en", "my"),
                Column("active", "no: comes no more; empty: yes", "yes"),
                _out("merged_into", "record number of the patient whom this record was merged into", "MR-000007"),
                _ID,
            ),
        ),
        Kind.APPOINTMENTS: Records(
            "An appointment, past or to come.",
            (
                Column("record_number", "record number of the patient", "MR-000123"),
                Column("patient", "name of the patient; needed without a record number", "Daw Khin Myat"),
                *_PRACTITIONER,
                _CLINIC,
                _needed("start", "start; without an offset on the clinic's clock", _INSTANT),
                Column("minutes", "length in minutes; empty: by the type", "15"),
                Column("type", "code of the type", "follow-up"),
                _needed(
                    "status",
                    "pending, booked, confirmed, arrived, in-progress, completed, cancelled or no-show",
                    "completed",
                ),
                Column(
                    "cancellation_reason",
                    "patient_request, practice_request, emergency, duplicate, entered_in_error or other",
                    "",
                ),
                Column("notes", "notes, may have several lines", ""),
                Column("checked_in_at", "when the patient arrived", _INSTANT),
                _out("booked_at", "when it was booked, or imported", _INSTANT),
                _out("imported", "yes: history that was brought from another system", "no"),
                _ID,
            ),
        ),
        Kind.ENCOUNTERS: Records(
            "A clinical visit.",
            (
                _out("record_number", "record number of the patient", "MR-000123"),
                _out("practitioner", "name of the practitioner", "Dr Aye Chan"),
                _out("specialty", "specialty of the practitioner", "Skin"),
                _out("appointment_id", "id of its appointment; empty for whoever walked in", "1024"),
                _out("date", "date of the visit", _INSTANT),
                _out("type", "type of encounter", "consultation"),
                _out("status", "open, finalized or voided", "finalized"),
                _out("opened_at", "when it was opened", _INSTANT),
                _out("finalized_at", "when it was finalized", _INSTANT),
                _ID,
            ),
            only_out=True,
        ),
        Kind.EVENTS: Records(
            "Something that somebody, or the system, did: who changed what, and when.",
            (
                _out("when", "when", _INSTANT),
                _out("kind", "what happened", "APPOINTMENT_RESCHEDULED"),
                _out("about", "kind of row it happened to", "appointment"),
                _out("about_id", "id of that row", "1024"),
                _out("by", "e-mail address of who did it; empty: the system", "aye@clinic.example"),
                _out("old", "what was before, as JSON", ""),
                _out("new", "what is since, as JSON", ""),
                _out("reason", "reason that was given", ""),
                _out("priority", "normal or high", "normal"),
                _ID,
            ),
            only_out=True,
        ),
        Kind.NOTIFICATIONS: Records(
            "A message to a patient or a member.",
            (
                _out("appointment_id", "id of the appointment that it tells of", "1024"),
                _out("event_id", "id of the event that it tells of", "2048"),
                _out("record_number", "record number of the patient who is told", "MR-000123"),
                _out("user", "e-mail address of the member who is told", ""),
                _out("kind", "what it says", "booked"),
                _out("channel", "email, sms or in-app", "email"),
                _out("status", "pending, sent, suppressed or failed", "sent"),
                _out("told", "what it told of the appointment, as JSON", ""),
                _out("due_at", "when it is, or was, due", _INSTANT),
                _out("sent_at", "when it was sent", _INSTANT),
                _out("read_at", "when the member read it", ""),
                _out("attempts", "how often it was tried", "1"),
                _out("error", "what the last try met with", ""),
                _ID,
            ),
            only_out=True,
        ),
        Kind.MEMBERS: Records(
            "Somebody who signs in here.",
            (
                _out("email", "e-mail address", "aye@clinic.example"),
                _out("name", "name; empty where the account is not of this organization alone", "Daw Aye"),
                _out("role", "front_desk, practitioner or administrator", "front_desk"),
                _out("clinics", "names of the clinics, with semicolons; empty: all", ""),
                _out("practitioner", "name of the practitioner who it is", ""),
                _out("told_of_cancellations", "yes or no", "no"),
                _out("active", "no: has left", "yes"),
            ),
            only_out=True,
        ),
    }
)


def columns_of(kind: Kind) -> tuple[Column, ...]:
    return RECORDS[kind].columns
