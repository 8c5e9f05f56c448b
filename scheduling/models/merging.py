"""Two records of one person, made one: what went where, so that it can go back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models import SameOrganization, TenantModel, User
from patients.models import Patient

UNDOABLE_FOR = timedelta(days=1)


class PatientMerge(TenantModel):
    """That `merged` became part of `kept`.

    `moved` holds the keys of the rows that followed, by relation as `scheduling.services.merging.FOLLOW` names them.
    `changed` holds, by field of `kept`, `[before, since]` as text or truth, what the other record gave.
    """

    kept = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="merges", db_constraint=False, verbose_name=_("kept")
    )
    merged = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("merged")
    )
    moved = models.JSONField(default=dict, editable=False)
    changed = models.JSONField(default=dict, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("merge of patients")
        verbose_name_plural = _("merges of patients")
        indexes = (models.Index(fields=["organization", "created_at"], name="patient_merge_created"),)
        constraints = (
            SameOrganization(field="kept", name="patient_merge_kept_same_organization"),
            SameOrganization(field="merged", name="patient_merge_merged_same_organization"),
            models.CheckConstraint(name="patient_merge_of_two", condition=~Q(kept=F("merged"))),
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="patient_merge_once"),
        )

    def __str__(self) -> str:
        return f"{self.merged_id} > {self.kept_id}"

    @property
    def undoable_until(self) -> datetime:
        return self.created_at + UNDOABLE_FOR
