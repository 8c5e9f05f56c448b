"""The tenant and its locations."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinics.models.tenancy import TenantModel, organization_key
from clinics.validators import validate_region, validate_timezone

MAX_POLICY_MINUTES = 24 * 60


class Organization(models.Model):
    """A tenant: everything else belongs to exactly one."""

    class EncounterOpens(models.TextChoices):
        ARRIVED = "arrived", _("when the patient arrives")
        IN_PROGRESS = "in-progress", _("when the visit starts")
        BY_HAND = "by-hand", _("by hand")

    name = models.CharField(_("name"), max_length=200)
    timezone = models.CharField(_("time zone"), max_length=64, default="Asia/Yangon", validators=[validate_timezone])
    phone_region = models.CharField(_("phone region"), max_length=2, default="MM", validators=[validate_region])
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes between visits"), default=0, validators=[MaxValueValidator(MAX_POLICY_MINUTES)]
    )
    late_start_minutes = models.PositiveSmallIntegerField(
        _("minutes a started slot stays on offer"), default=0, validators=[MaxValueValidator(MAX_POLICY_MINUTES)]
    )
    encounter_opens = models.CharField(
        _("encounter opens"), max_length=16, choices=EncounterOpens, default=EncounterOpens.IN_PROGRESS
    )
    email_notifications = models.BooleanField(
        _("tell patients by e-mail"),
        default=True,
        help_text=_("Those who have an address, of each booking, move and cancellation of theirs."),
    )
    sms_notifications = models.BooleanField(
        _("tell patients by SMS"),
        default=False,
        help_text=_("Likewise, those who have a phone. It needs a gateway, which whoever runs the server sets up."),
    )
    practitioner_emails = models.BooleanField(
        _("tell practitioners by e-mail"),
        default=True,
        help_text=_("Without it they see the same in the application alone."),
    )
    patient_wait_minutes = models.PositiveSmallIntegerField(
        _("minutes before a patient is told"),
        default=2,
        validators=[MaxValueValidator(MAX_POLICY_MINUTES)],
        help_text=_("What is taken back within this time is never sent."),
    )
    reminder_hours = models.PositiveSmallIntegerField(
        _("hours before a visit to remind"),
        default=24,
        help_text=_("0: never. Of a visit that was booked later than this nobody is reminded."),
    )
    automatic_no_show = models.BooleanField(
        _("no-show by itself"),
        default=False,
        help_text=_("Who has not come by the end of the clinic's day becomes a no-show without being asked about."),
    )
    last_record_number = models.PositiveIntegerField(default=0, editable=False)

    known_clinics: list[Clinic] | None = None
    """Those that came with the organization of a request; None where nobody has asked for them."""

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = (
            models.CheckConstraint(
                name="organization_minutes_in_a_day",
                condition=models.Q(buffer_minutes__lte=MAX_POLICY_MINUTES, late_start_minutes__lte=MAX_POLICY_MINUTES),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def every_clinic(self) -> list[Clinic]:
        """Give all clinics, the closed ones too; those that came with the organization, else with one query."""
        return list(Clinic.objects.filter(organization=self)) if self.known_clinics is None else self.known_clinics


class Clinic(TenantModel):
    """A location; its dates and times are those of its own time zone."""

    name = models.CharField(_("name"), max_length=200)
    timezone = models.CharField(_("time zone"), max_length=64, default="Asia/Yangon", validators=[validate_timezone])
    address = models.TextField(_("address"), blank=True, max_length=500)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinics")
        ordering = ("name", "id")
        constraints = (organization_key("clinic"),)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
