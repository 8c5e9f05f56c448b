"""What an organization takes along: its own data as a file, made by a worker, kept for some days."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models import TenantModel, User


class ExportFile(TenantModel):
    """That somebody asked for the organization's data, and what became of it.

    `waiting` until a worker has written all of it in one transaction: one that dies leaves no half of a file, and the
    next begins anew, at most some `attempts`. `ready` until `expires_at`; then it is `emptied`, and the row still tells
    of it. `size` is in bytes, `rows` are those of all files in it. `error` names what went wrong, without its words.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("being made")
        READY = "ready", _("ready")
        EMPTIED = "emptied", _("no longer kept")
        FAILED = "failed", _("failed")

    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    file_name = models.CharField(_("file"), max_length=100)
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.CharField(_("error"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        verbose_name = _("export of all data")
        verbose_name_plural = _("exports of all data")
        indexes = (models.Index(fields=["expires_at"], condition=Q(state="ready"), name="export_file_kept"),)
        constraints = (
            models.CheckConstraint(
                name="export_file_state_known", condition=Q(state__in=["waiting", "ready", "emptied", "failed"])
            ),
            models.CheckConstraint(
                name="export_file_ready_is_finished",
                condition=~Q(state="ready") | Q(finished_at__isnull=False, expires_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(state="waiting"), name="export_file_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY


class ExportPart(models.Model):
    """Some bytes of the file; all of them in the order of their numbers are the file.

    In parts: nobody, the database neither, has to hold the whole of it at once.
    """

    export_file = models.ForeignKey(ExportFile, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["export_file", "number"], name="export_part_once"),)

    def __str__(self) -> str:
        return f"{self.export_file_id} {self.number}"
