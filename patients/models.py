"""Whom the clinic sees."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinics.models import TenantModel, organization_key


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
