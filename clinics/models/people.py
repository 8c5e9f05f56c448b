"""Those who sign in, and those who see patients."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models.organization import Clinic
from clinics.models.tenancy import SameOrganization, TenantModel, organization_key


class UserManager(BaseUserManager["User"]):
    """Users are found by their e-mail address, however it is capitalized: it is kept in small letters."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in, with an e-mail address; what they may do is said by their memberships."""

    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("Somebody signs in with this address already.")}
    )
    name = models.CharField(_("name"), max_length=200)
    is_staff = models.BooleanField(_("may enter Django admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now)
    shortcuts = models.BooleanField(_("single keys do things"), default=True, db_default=True)
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=settings.LANGUAGES,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of pages and messages. Where none is chosen, pages are in the browser's."),
    )

    objects: ClassVar[UserManager] = UserManager()

    known_memberships: list[Membership] | None = None
    """Those that came with the user of a request; None where nobody has asked for them."""

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.CheckConstraint(
                name="user_email_in_small_letters",
                condition=Q(email=Lower("email")),
                violation_error_message=_("Write the address in small letters."),
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()


class Role(models.TextChoices):
    FRONT_DESK = "front_desk", _("front desk")
    PRACTITIONER = "practitioner", _("practitioner")
    ADMINISTRATOR = "administrator", _("administrator")


class Membership(TenantModel):
    """A user's one role in an organization; without clinics, in all of its clinics.

    `attached`: the account was there before, so that it is not this organization's to see or change.
    Not `is_active`: who has left; whatever the row says, it gives nothing.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=16, choices=Role)
    clinics = models.ManyToManyField(
        Clinic,
        through="MembershipClinic",
        through_fields=("membership", "clinic"),
        blank=True,
        related_name="+",
        verbose_name=_("clinics"),
        help_text=_("None chosen: all clinics."),
    )
    attached = models.BooleanField(default=False, db_default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True, db_default=True, editable=False)
    told_of_cancellations = models.BooleanField(
        _("is told of cancellations"),
        default=False,
        help_text=_(
            "At the member's clinics, in the application and by e-mail. Practitioners hear of their own anyway."
        ),
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = (
            organization_key("membership"),
            models.UniqueConstraint(fields=["user", "organization"], name="membership_one_role"),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
        )

    def __str__(self) -> str:
        return f"{self.user.email}, {self.get_role_display()}"


class MembershipClinic(TenantModel):
    """A clinic that a membership is limited to."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_constraint=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["membership", "clinic"], name="membership_clinic_once"),
            SameOrganization(field="membership", name="membership_clinic_membership_same_organization"),
            SameOrganization(field="clinic", name="membership_clinic_clinic_same_organization"),
        )

    def __str__(self) -> str:
        return f"{self.membership} - {self.clinic}"


class Specialty(TenantModel):
    """A field of medicine that patients ask for."""

    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("specialty")
        verbose_name_plural = _("specialties")
        ordering = ("name",)
        constraints = (
            organization_key("specialty"),
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="specialty_name_once",
                violation_error_message=_("There is a specialty of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Practitioner(TenantModel):
    """Who sees patients; deactivated rather than deleted."""

    name = models.CharField(_("name"), max_length=200)
    specialty = models.ForeignKey(
        Specialty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="practitioners",
        db_constraint=False,
        verbose_name=_("specialty"),
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="practitioners", verbose_name=_("user")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")
        ordering = ("name", "id")
        constraints = (
            organization_key("practitioner"),
            SameOrganization(field="specialty", name="practitioner_specialty_same_organization"),
            models.UniqueConstraint(
                fields=["user", "organization"],
                name="practitioner_one_per_user",
                violation_error_message=_("This user is another practitioner already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class ClinicAssignment(TenantModel):
    """That a practitioner works at a clinic, from `starts_on` to `ends_on`, both included; None: without an end."""

    practitioner = models.ForeignKey(
        Practitioner,
        on_delete=models.PROTECT,
        related_name="assignments",
        db_constraint=False,
        verbose_name=_("practitioner"),
    )
    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, related_name="assignments", db_constraint=False, verbose_name=_("clinic")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("clinic assignment")
        verbose_name_plural = _("clinic assignments")
        constraints = (
            SameOrganization(field="practitioner", name="clinic_assignment_practitioner_same_organization"),
            SameOrganization(field="clinic", name="clinic_assignment_clinic_same_organization"),
            models.CheckConstraint(
                name="clinic_assignment_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")) | Q(ends_on=None),
                violation_error_message=_("This is before its start."),
            ),
            ExclusionConstraint(
                name="clinic_assignment_once_at_a_time",
                expressions=(
                    ("practitioner", RangeOperators.EQUAL),
                    ("clinic", RangeOperators.EQUAL),
                    (
                        Func(
                            "starts_on",
                            "ends_on",
                            models.Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ),
                violation_error_message=_("The practitioner is assigned to this clinic in that time already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.practitioner} - {self.clinic}"
