"""An appointment of the demo, with the steps that are due and not written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from clinics.models import Organization
from scheduling.enums import Status
from scheduling.management.demo.fates import Step
from scheduling.models import Appointment, AppointmentQuerySet
from scheduling.services.booking import snapshot

OURS = "demo-"


@dataclass
class Visit:
    """`due` are the steps up to now, in order; `created` is what its first event says while it is new, else empty."""

    appointment: Appointment
    due: list[Step] = field(default_factory=list)
    created: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.written = Status(self.appointment.status)

    @property
    def status(self) -> Status:
        return self.due[-1].status if self.due else self.written

    @property
    def checked_in_at(self) -> datetime | None:
        arrived = [step.at for step in self.due if step.status == Status.ARRIVED]
        return arrived[0] if arrived else self.appointment.checked_in_at

    def take_steps(self) -> None:
        """Bring the appointment itself to where the steps lead."""
        appointment = self.appointment
        appointment.checked_in_at = self.checked_in_at
        appointment.status = self.status
        if self.due:
            appointment.cancellation_reason = self.due[-1].cancellation_reason
        appointment.version += len(self.due)
        appointment.request_digest = f"{OURS}{appointment.version}"


def new_visit(appointment: Appointment) -> Visit:
    """Take an appointment as it is booked: pending or booked."""
    return Visit(appointment, created=snapshot(appointment))


def ours(organization: Organization) -> AppointmentQuerySet:
    """Give what the demo has booked, whatever became of it."""
    return Appointment.objects.filter(organization=organization, request_id__startswith=OURS)


def untouched(organization: Organization) -> AppointmentQuerySet:
    """Give what the demo has booked and nobody else has changed."""
    return ours(organization).filter(request_digest=Concat(Value(OURS), Cast("version", CharField())))
