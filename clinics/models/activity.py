"""The audit trail: one row for every change, written in its transaction, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.kinds import words_of
from clinics.models.organization import Organization
from clinics.models.people import User
from clinics.models.tenancy import TenantModel, organization_key


class ActivityEvent(TenantModel):
    """What happened to `target`, by whom, from `old` to `new`. A database trigger refuses to edit or delete one."""

    class Priority(models.TextChoices):
        NORMAL = "normal", _("normal")
        HIGH = "high", _("high")

    kind = models.CharField(_("kind"), max_length=64)
    target_type = models.ForeignKey(
        ContentType,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # `activity_event_target` begins with it
    )
    target_id = models.PositiveBigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("by")
    )
    old = models.JSONField(_("old"), default=dict, encoder=DjangoJSONEncoder)
    new = models.JSONField(_("new"), default=dict, encoder=DjangoJSONEncoder)
    reason = models.TextField(_("reason"), blank=True)
    priority = models.CharField(_("priority"), max_length=8, choices=Priority, default=Priority.NORMAL)
    created_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("activity event")
        verbose_name_plural = _("activity events")
        ordering = ("id",)
        indexes = (
            models.Index(fields=["target_type", "target_id", "id"], name="activity_event_target"),
            models.Index(fields=["organization", "created_at"], name="activity_event_created"),
        )
        constraints = (
            organization_key("activity_event"),
            models.CheckConstraint(name="activity_event_priority_known", condition=Q(priority__in=["normal", "high"])),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.target_type_id}:{self.target_id}"

    @property
    def words(self) -> str:
        """The kind as it is read: "Time off created"."""
        return words_of(self.kind)


def record_event(
    *,
    kind: str,
    target: models.Model,
    actor: User | None,
    organization: Organization | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    reason: str = "",
    priority: ActivityEvent.Priority = ActivityEvent.Priority.NORMAL,
) -> ActivityEvent:
    """Write one event about `target`, in the transaction of the change that it tells of.

    `organization` is needed for a target that does not name its own: a schedule, its parent does.
    """
    return ActivityEvent.objects.create(
        organization_id=organization.pk if organization else cast("TenantModel", target).organization_id,
        kind=kind,
        target_type=ContentType.objects.get_for_model(target),
        target_id=target.pk,
        actor=actor,
        old=old or {},
        new=new or {},
        reason=reason,
        priority=priority,
        # Of the same clock as what is compared with it, an undo's ten minutes for one.
        created_at=timezone.now(),
    )


def record_events(
    *,
    kind: str,
    organization: Organization,
    actor: User | None,
    told: Sequence[tuple[models.Model, dict[str, Any]]],
    reason: str = "",
) -> None:
    """Write an event of one kind about each of many new rows of one model, in the transaction of the change.

    Nobody is told by a signal: who looks at these rows at that moment learns of them with the next change.
    """
    if not told:
        return
    target_type, now = ContentType.objects.get_for_model(told[0][0]), timezone.now()
    ActivityEvent.objects.bulk_create(
        ActivityEvent(
            organization=organization,
            kind=kind,
            target_type=target_type,
            target_id=target.pk,
            actor=actor,
            new=new,
            reason=reason,
            created_at=now,
        )
        for target, new in told
    )
