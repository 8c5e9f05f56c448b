"""What somebody must still see to: each row leaves by itself once that has been done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from clinics.models import ActivityEvent, Membership, Organization
from clinics.permissions import Action, actions_of
from scheduling.enums import FREEING, CancellationReason, EventKind, NotificationStatus, Status
from scheduling.lifecycle import MOVABLE
from scheduling.models import Appointment, AppointmentQuerySet, Notification
from scheduling.permissions import visible_appointments
from scheduling.services.status import not_arrived

LOOKS_BACK = timedelta(days=30)
"""What is older is history: nobody rebooks, misses or tells a patient after that."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The rows that one member sees at one moment; a section that the role has nothing to do with is empty."""

    membership: Membership
    now: datetime = field(default_factory=timezone.now)

    def to_rebook(self) -> AppointmentQuerySet:
        """Those that the practice cancelled and whose patient has nothing else booked, nor got since."""
        cancelled_at = _events().filter(kind=EventKind.STATUS_CHANGED, new__status=Status.CANCELLED)
        latest = cancelled_at.order_by("-id").values("created_at")[:1]
        cancelled = self._visible(Action.BOOK).filter(
            status=Status.CANCELLED,
            cancellation_reason=CancellationReason.PRACTICE_REQUEST,
            imported=False,
            patient__is_active=True,
        )
        others = Appointment.objects.filter(patient=OuterRef("patient"), imported=False).exclude(pk=OuterRef("pk"))
        booked_since = others.filter(created_at__gt=OuterRef("cancelled_at"))
        seen_instead = others.exclude(status__in=FREEING).filter(
            Q(ends_at__gt=self.now) | Q(appointment_date__gte=OuterRef("appointment_date"))
        )
        return (
            cancelled.annotate(cancelled_at=Coalesce(Subquery(latest), F("created_at")))
            .filter(cancelled_at__gte=self.now - LOOKS_BACK)
            .exclude(Exists(booked_since))
            .exclude(Exists(seen_instead))
        )

    def missed(self) -> AppointmentQuerySet:
        """Those of days that have ended at their clinic to which nobody has come."""
        visible = self._visible(Action.MARK_NO_SHOW, Action.CHECK_IN)
        late = not_arrived(self.membership.organization, self.now)
        return visible.filter(pk__in=late.filter(appointment_date__gte=self.now - LOOKS_BACK).values("pk"))

    def outside(self) -> AppointmentQuerySet:
        """Those still to come that a change of hours left outside of them, and that nobody has moved."""
        to_come = self._visible(Action.MOVE).filter(appointment_date__gt=self.now, status__in=MOVABLE)
        return to_come.filter(displacement__isnull=False).select_related("displacement")

    def requests(self) -> AppointmentQuerySet:
        return self._visible(Action.CONFIRM_REQUESTS).requests()

    def failed(self) -> QuerySet[Notification]:
        """The messages that failed for good, about visits that the member sees."""
        about = self._visible(Action.RETRY_NOTICES)
        failed = Notification.objects.filter(
            organization=self.membership.organization_id, status=NotificationStatus.FAILED, appointment__in=about
        )
        return failed.filter(event__created_at__gte=self.now - LOOKS_BACK)

    def unread(self) -> QuerySet[Notification]:
        return Notification.objects.unread_by(self.membership.user_id, self.membership.organization_id)

    def counts(self) -> dict[str, int]:
        """Count each of these, in one query beside that for the clinics' clocks."""
        own = Organization.objects.filter(pk=self.membership.organization_id)
        sections: dict[str, QuerySet[Any]] = {
            "to_rebook": self.to_rebook(),
            "missed": self.missed(),
            "outside": self.outside(),
            "requests": self.requests(),
            "failed": self.failed(),
            "unread": self.unread(),
        }
        found = own.values_list(*(_count(rows) for rows in sections.values())).get()
        return {name: count or 0 for name, count in zip(sections, found, strict=True)}

    def _visible(self, *any_of: Action) -> AppointmentQuerySet:
        visible = visible_appointments(self.membership)
        return visible if actions_of(self.membership) & set(any_of) else visible.none()


def _events() -> QuerySet[ActivityEvent]:
    return ActivityEvent.objects.filter(
        target_type=ContentType.objects.get_for_model(Appointment), target_id=OuterRef("pk")
    )


def _count(rows: QuerySet[Any]) -> Subquery:
    # Not Django's Count: that would group by the key, and give a row for each.
    counted = rows.order_by().annotate(rows=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("rows"), output_field=IntegerField())
