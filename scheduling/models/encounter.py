"""The clinical visit that an appointment leads to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models import Practitioner, SameOrganization, TenantModel
from patients.models import Patient
from scheduling.enums import EncounterStatus
from scheduling.models.appointment import Appointment


class Encounter(TenantModel):
    """One visit as it happens; without an appointment for whoever walks in. One that is not voided per appointment."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters", db_constraint=False)
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="encounters", db_constraint=False
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="encounters", db_constraint=False
    )
    encounter_date = models.DateTimeField(_("date"), default=timezone.now)
    encounter_type = models.CharField(_("type"), max_length=50, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=EncounterStatus, default=EncounterStatus.OPEN)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    finalized_at = models.DateTimeField(_("finalized"), null=True, blank=True)

    class Meta:
        verbose_name = _("encounter")
        verbose_name_plural = _("encounters")
        constraints = (
            models.CheckConstraint(name="encounter_status_known", condition=Q(status__in=EncounterStatus.values)),
            SameOrganization(field="patient", name="encounter_patient_same_organization"),
            SameOrganization(field="practitioner", name="encounter_practitioner_same_organization"),
            SameOrganization(field="appointment", name="encounter_appointment_same_organization"),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=~Q(status=EncounterStatus.VOIDED),
                name="encounter_once_per_appointment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.opened_at:%Y-%m-%d %H:%M} {self.status}"
