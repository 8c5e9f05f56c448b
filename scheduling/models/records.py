"""What is brought from other systems: the file, how its columns are read, how far it is, and what was wrong in it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models import TenantModel, User


class ImportKind(models.TextChoices):
    """What the rows of a file are; each value is a kind of `scheduling.services.records.columns`."""

    CLINICS = "clinics", _("clinics")
    APPOINTMENT_TYPES = "appointment-types", _("appointment types")
    PRACTITIONERS = "practitioners", _("practitioners")
    WORKING_HOURS = "working-hours", _("working hours")
    TIME_OFF = "time-off", _("time off")
    CLOSURES = "closures", _("closures")
    PATIENTS = "patients", _("patients")
    APPOINTMENTS = "appointments", _("appointments")


class ImportFile(TenantModel):
    """A file of one kind of rows, on its way in.

    `mapping` gives the file's heading by our column, `options` how the file is read. A run, a check or the import
    itself, is told from an earlier one by `run`: it writes its progress only while that is still its own, so that of
    two workers one gives up. `rows_known` were here already, `rows_created` came with this file, of whatever run;
    `rows_bad` were left out, each with its problems. `beat_at` is when the run last came on.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("columns to be chosen")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        IMPORTING = "importing", _("being imported")
        STOPPED = "stopped", _("stopped")
        IMPORTED = "imported", _("imported")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=20, choices=ImportKind)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.UPLOADED)
    run = models.PositiveIntegerField(default=0, editable=False)
    runs_in_a_row = models.PositiveSmallIntegerField(default=0, editable=False)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_created = models.PositiveIntegerField(_("new"), default=0)
    rows_known = models.PositiveIntegerField(_("here already"), default=0)
    rows_bad = models.PositiveIntegerField(_("refused"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("brought"), default=timezone.now)
    beat_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["beat_at"], condition=Q(state__in=["checking", "importing"]), name="import_running"),
        )
        constraints = (
            models.CheckConstraint(name="import_kind_known", condition=Q(kind__in=ImportKind.values)),
            models.CheckConstraint(
                name="import_state_known",
                condition=Q(
                    state__in=["uploaded", "checking", "checked", "importing", "stopped", "imported", "failed"]
                ),
            ),
        )

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_running(self) -> bool:
        return self.state in {self.State.CHECKING, self.State.IMPORTING}

    @property
    def percent(self) -> int:
        """How much of the file this run has read."""
        return min(100 * self.rows_read // self.rows_total, 100) if self.rows_total else 0


class ImportContent(models.Model):
    """The bytes of a file, apart from what is listed; they go when it is imported, or has lain there for a while."""

    import_file = models.OneToOneField(
        ImportFile, on_delete=models.CASCADE, primary_key=True, related_name="content_row"
    )
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.import_file_id)


class ImportProblem(models.Model):
    """Why a row was refused, or a cell of it: `row_number` is the one that a spreadsheet shows."""

    import_file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="problems", db_index=False)
    row_number = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=100, blank=True)
    value = models.TextField(_("value"), blank=True)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        indexes = (models.Index(fields=["import_file", "row_number", "id"], name="import_problem_of_file"),)

    def __str__(self) -> str:
        return f"{self.row_number} {self.column}: {self.reason}"


class ColumnMapping(TenantModel):
    """Which of another system's headings are our columns, kept under a name for its next file."""

    kind = models.CharField(_("kind"), max_length=20, choices=ImportKind)
    name = models.CharField(_("name"), max_length=100)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        ordering = ("kind", "name")
        constraints = (
            models.CheckConstraint(name="column_mapping_kind_known", condition=Q(kind__in=ImportKind.values)),
            models.UniqueConstraint(
                fields=["organization", "kind", "name"],
                name="column_mapping_name_once",
                violation_error_message=_("There is a mapping of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name
