"""The move page as a value: the booking page's times, for a visit that has a time already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from clinics.models import Clinic, Practitioner
from scheduling.domain.slots import GridTime, TimeSlot
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, AppointmentType
from scheduling.views.asked import Asked, query_of
from scheduling.views.times import PractitionerPage


@dataclass
class MovePage(PractitionerPage):
    """Where a visit can go: it keeps its patient, type and length, and never stands in its own way.

    Nothing is chosen until somebody chooses a time: a visit is not moved by leaning on Enter.
    """

    appointment: Appointment = field(kw_only=True)

    @cached_property
    def clinic(self) -> Clinic | None:
        if self.asked.clinic:
            return self.asked.clinic
        return self.appointment.clinic if self.appointment.clinic in self.desk.clinics else self.desk.home

    @cached_property
    def practitioner(self) -> Practitioner | None:
        here = self.practitioners
        wishes = [person for person in (self.asked.practitioner, self.appointment.practitioner) if person in here]
        return next(iter(wishes or here), None)

    @property
    def kind(self) -> AppointmentType | None:
        return self.appointment.appointment_type

    @property
    def asked_day(self) -> date | None:
        return super().asked_day or max(self.today, self.appointment.local_start.date())

    @cached_property
    def times(self) -> dict[date, list[GridTime]]:
        """What is on the grid of the dates on show, but for the very time that the visit has."""
        if self.practitioner is None or self.clinic is None:
            return {}
        first, last = self.on_show
        times = self.service.get_practitioner_times_range(
            practitioner_id=self.practitioner.pk,
            clinic_id=self.clinic.pk,
            start_date=first,
            end_date=last,
            duration=self.appointment.duration,
            exclude_appointment_id=self.appointment.pk,
        )
        return {day: [time for time in of_day if not self.is_where_it_is(time.slot)] for day, of_day in times.items()}

    def is_where_it_is(self, slot: TimeSlot) -> bool:
        visit = self.appointment
        return (slot.start, slot.practitioner_id, slot.clinic_id) == (
            visit.appointment_date,
            visit.practitioner_id,
            visit.clinic_id,
        )

    def offered_by_colleagues(self, first: date, last: date) -> dict[date, list[TimeSlot]]:
        assert self.clinic is not None  # noqa: S101 whoever asks for others had one
        specialty = self.practitioner.specialty if self.practitioner else None
        offered = self.service.get_clinic_slots_range(
            clinic_id=self.clinic.pk,
            start_date=first,
            end_date=last,
            specialty_id=specialty.pk if specialty else None,
            duration=self.appointment.duration,
        )
        return {day: [slot for slot in slots if self.desk.knows(slot)] for day, slots in offered.items()}

    @cached_property
    def slot(self) -> TimeSlot | None:
        return super().slot if self.asked.at else None

    @cached_property
    def refusal(self) -> AppointmentError | None:
        """Why the visit cannot be moved to the chosen time; None when it can, or none is chosen."""
        if self.asked.at is None or self.practitioner is None or self.clinic is None:
            return None
        return self.service.explain_slot(
            practitioner_id=self.practitioner.pk,
            clinic_id=self.clinic.pk,
            appointment_date=self.asked.at,
            duration=self.appointment.duration,
            appointment_type=self.type_code,
            patient_id=self.appointment.patient_id,
            exclude_appointment_id=self.appointment.pk,
        )

    @property
    def changes_practitioner(self) -> bool:
        return self.practitioner != self.appointment.practitioner

    @property
    def changes_clinic(self) -> bool:
        return self.clinic != self.appointment.clinic

    @property
    def state(self) -> dict[str, str]:
        asked = Asked(clinic=self.clinic, practitioner=self.practitioner, day=self.asked.day, at=self.asked.at)
        return query_of(asked)

    def url(self, **changes: str | None) -> str:
        chosen: Mapping[str, str | None] = {**self.state, **changes}
        query = urlencode({name: value for name, value in chosen.items() if value is not None})
        return f"{reverse('appointment_move', args=[self.appointment.pk])}?{query}"
