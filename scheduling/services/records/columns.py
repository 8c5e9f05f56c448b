"""Interim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
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
    name: str
    meaning: str
    required: bool = False
    example: str = ""


COLUMNS: dict[Kind, tuple[Column, ...]] = dict.fromkeys(Kind, ())
