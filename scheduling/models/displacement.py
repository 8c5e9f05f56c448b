"""Visits that a change of hours left standing where nobody could book them any more."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models import SameOrganization, TenantModel
from scheduling.models.appointment import Appointment


class Displacement(TenantModel):
    """That a visit fell outside its practitioner's hours, and why; gone once it is moved, or stays by choice.

    `reason` is a code of `scheduling.domain.rules.Refusal`.
    """

    appointment = models.OneToOneField(
        Appointment, on_delete=models.CASCADE, related_name="displacement", db_constraint=False
    )
    reason = models.CharField(_("reason"), max_length=32)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("visit outside hours")
        verbose_name_plural = _("visits outside hours")
        constraints = (SameOrganization(field="appointment", name="displacement_appointment_same_organization"),)

    def __str__(self) -> str:
        return f"{self.appointment_id} {self.reason}"
