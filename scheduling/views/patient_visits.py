"""What a patient has had and is to have, as far as a booking asks for it: one query, read several ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q

from clinics.models import Membership
from patients.models import Patient
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.sessions import ONE_DAY
from scheduling.enums import UNDER_WAY, Status
from scheduling.models import Appointment
from scheduling.permissions import sees, visible_appointments

A_MOMENT = timedelta(minutes=10)
TOOK_PLACE = (Status.COMPLETED, Status.IN_PROGRESS, Status.ARRIVED)


@dataclass
class PatientVisits:
    """The visits of a patient around `now`; without a patient there are none."""

    patient: Patient | None
    membership: Membership
    now: datetime

    @cached_property
    def _rows(self) -> list[Appointment]:
        """Those under way or to come, also where the member sees none; and the last that the member has seen."""
        if self.patient is None:
            return []
        seen = visible_appointments(self.membership).filter(
            patient=self.patient, status__in=TOOK_PLACE, appointment_date__lt=self.now
        )
        last = seen.order_by("-appointment_date").values("pk")[:1]
        # What has just ended may still stand in the way of a visit that is offered a while after its start.
        to_come = Q(status__in=UNDER_WAY, imported=False, ends_at__gt=self.now - ONE_DAY)
        rows = Appointment.objects.filter(
            to_come | Q(pk__in=last), organization=self.membership.organization_id, patient=self.patient
        )
        return list(rows.with_names())

    def _visible(self) -> Iterator[Appointment]:
        return (row for row in self._rows if sees(self.membership, row))

    def _to_come(self) -> Iterator[Appointment]:
        return (row for row in self._visible() if _is_under_way(row) and row.ends_at > self.now)

    @cached_property
    def last(self) -> Appointment | None:
        """The latest that took place."""
        past = (row for row in self._visible() if row.status in TOOK_PLACE and row.appointment_date < self.now)
        return max(past, key=lambda row: row.appointment_date, default=None)

    @cached_property
    def just_booked(self) -> Appointment | None:
        """The one still to come that the patient was given a moment ago: whoever comes back must see it first."""
        fresh = (row for row in self._to_come() if row.created_at > self.now - A_MOMENT)
        return max(fresh, key=lambda row: row.pk, default=None)

    @cached_property
    def next(self) -> Appointment | None:
        """What the patient has to come already: whoever calls may want to move it, not one more."""
        return min(self._to_come(), key=lambda row: row.appointment_date, default=None)

    def busy(self) -> Timeline[Interval]:
        """Give when the patient is elsewhere, wherever that is."""
        return Timeline(Interval(row.appointment_date, row.ends_at) for row in self._rows if _is_under_way(row))


def _is_under_way(row: Appointment) -> bool:
    return row.status in UNDER_WAY and not row.imported
