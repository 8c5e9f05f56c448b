"""The letters to those who sign in: how to come to a password of their own, and that what they asked for is ready."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models.organization import Organization
from clinics.models.people import Membership, User


class AccountLetter(models.Model):
    """That a user is owed an e-mail, or was sent it.

    One about a `password` has a link to choose it, which itself is kept nowhere: with a `membership` it invites into
    that organization; without one, somebody has forgotten a password. Asked for again, it is the same row. One that
    something is `ready` leads to the `page` of the `organization` where it lies.

    `due_at`: when it is tried (again); None: nothing is owed, since it was sent or `error` says why it never will be.
    """

    class Kind(models.TextChoices):
        PASSWORD = "password", _("password")
        READY = "ready", _("ready")

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PASSWORD, db_default=Kind.PASSWORD)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="letters", verbose_name=_("user"))
    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="letter", verbose_name=_("member")
    )
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    page = models.CharField(max_length=200, blank=True, default="", db_default="")
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), null=True, blank=True, default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(kind="password", membership=None),
                name="account_letter_one_forgotten",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="password", organization=None, page="")
                | models.Q(kind="ready", organization__isnull=False, membership=None) & ~models.Q(page=""),
                name="account_letter_leads_somewhere",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="account_letter_owed"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at:%Y-%m-%d %H:%M}"
