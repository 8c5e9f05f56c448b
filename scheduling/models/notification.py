"""What is owed to whom, before it is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinics.models import ActivityEvent, SameOrganization, TenantModel, User
from patients.models import Patient
from scheduling.enums import Channel, MessageKind, NotificationStatus
from scheduling.models.appointment import Appointment


class NotificationQuerySet(models.QuerySet["Notification"]):
    def due(self, now: datetime) -> Self:
        """Those to be sent by now; one that is being sent is due again when its lease has run out."""
        return self.filter(status=NotificationStatus.PENDING, due_at__lte=now)

    def to_the_same(self, other: Notification) -> Self:
        """Those about the same appointment to the same recipient over the same channel."""
        return self.filter(
            appointment=other.appointment_id, channel=other.channel, patient=other.patient_id, user=other.user_id
        )

    def unread_by(self, user: User | int, organization_id: int) -> Self:
        """Those in the application that the user, or the one of that key, has not read."""
        return self.filter(user=user, organization=organization_id, channel=Channel.IN_APP, read_at=None)


class Notification(TenantModel):
    """One message owed to one recipient, a patient or a user, over one channel for one event.

    `due_at` moves on with each of the `attempts`; `error` is what the last one met with, without an address in it.
    `kind` and `told` are what it says: as the event had it, then as it was when sending began. `told` holds
    `appointment_date`, `duration`, `practitioner_id` and `clinic_id`, as the event's snapshot writes them.
    """

    event = models.ForeignKey(
        ActivityEvent,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,  # `notification_once` begins with it
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="notifications", db_constraint=False
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="notifications")
    kind = models.CharField(_("says"), max_length=16, choices=MessageKind, default=MessageKind.BOOKED)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    status = models.CharField(
        _("status"), max_length=16, choices=NotificationStatus, default=NotificationStatus.PENDING
    )
    told = models.JSONField(default=dict, blank=True, editable=False)
    due_at = models.DateTimeField(_("due"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=200, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = (
            models.Index(fields=["due_at"], condition=Q(status=NotificationStatus.PENDING), name="notification_due"),
            models.Index(
                fields=["organization"], condition=Q(status=NotificationStatus.FAILED), name="notification_failed"
            ),
            models.Index(
                fields=["user", "organization"],
                condition=Q(channel=Channel.IN_APP, read_at=None),
                name="notification_unread",
            ),
        )
        constraints = (
            models.CheckConstraint(name="notification_status_known", condition=Q(status__in=NotificationStatus.values)),
            models.CheckConstraint(name="notification_kind_known", condition=Q(kind__in=MessageKind.values)),
            models.CheckConstraint(name="notification_channel_known", condition=Q(channel__in=Channel.values)),
            SameOrganization(field="event", name="notification_event_same_organization"),
            SameOrganization(field="appointment", name="notification_appointment_same_organization"),
            SameOrganization(field="patient", name="notification_patient_same_organization"),
            models.CheckConstraint(
                name="notification_one_recipient",
                condition=Q(patient=None, user__isnull=False) | Q(patient__isnull=False, user=None),
            ),
            models.UniqueConstraint(
                fields=["event", "kind", "channel", "patient", "user"], nulls_distinct=False, name="notification_once"
            ),
            models.CheckConstraint(
                name="notification_sent_has_a_time",
                condition=Q(status=NotificationStatus.SENT, sent_at__isnull=False)
                | ~Q(status=NotificationStatus.SENT) & Q(sent_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.status}"
