"""The letters with which people come to a password of their own."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models.people import Membership, User


class AccountLetter(models.Model):
    """That a user is owed an e-mail with a link to choose a password, or was sent it; the link itself is kept nowhere.

    With a `membership` it invites into that organization; without one, somebody has forgotten a password. Asked for
    again, it is the same row. `due_at`: when it is tried (again); None: nothing is owed, since it was sent or `error`
    says why it never will be.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="letters", verbose_name=_("user"))
    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="letter", verbose_name=_("member")
    )
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), null=True, blank=True, default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(membership=None), name="account_letter_one_forgotten"
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="account_letter_owed"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at:%Y-%m-%d %H:%M}"
