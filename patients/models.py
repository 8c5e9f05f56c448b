"""Whom the clinic sees."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinics.models import Organization, TenantModel, User, organization_key, record_event

PATIENT_CREATED = "PATIENT_CREATED"


class PatientManager(models.Manager["Patient"]):
    def register(self, organization: Organization, *, actor: User | None, **fields: Any) -> Patient:
        """Add a patient under the organization's next record number, with the event that tells of it."""
        with transaction.atomic():
            number = self._next_record_number(organization)
            patient = self.create(organization=organization, record_number=number, **fields)
            told = {"name": patient.name, "record_number": patient.record_number}
            record_event(kind=PATIENT_CREATED, target=patient, actor=actor, new=told)
        return patient

    def _next_record_number(self, organization: Organization) -> str:
        """Count on, past the numbers that others brought with them; the count's row is locked until the end."""
        counter = Organization.objects.filter(pk=organization.pk)
        while True:
            counter.update(last_record_number=F("last_record_number") + 1)
            number = f"MR-{counter.values_list('last_record_number', flat=True).get():06}"
            if not self.filter(organization=organization, record_number=number).exists():
                return number


class Patient(TenantModel):
    """A person with one name, as it is spoken: many people have no family name. A phone may be shared."""

    name = models.CharField(_("name"), max_length=200)
    record_number = models.CharField(_("record number"), max_length=32)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    birth_date_estimated = models.BooleanField(_("estimated from an age"), default=False)
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="my")
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[PatientManager] = PatientManager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ("name", "id")
        indexes = (models.Index(fields=["organization", "phone"], name="patient_phone"),)
        constraints = (
            organization_key("patient"),
            models.UniqueConstraint(
                fields=["organization", "record_number"],
                name="patient_record_number_once",
                violation_error_message=_("Another patient has this record number."),
            ),
            models.CheckConstraint(name="patient_has_a_name", condition=~Q(name="")),
        )

    def __str__(self) -> str:
        return self.name
