"""The address at which a practitioner's own calendar is read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinics.models import Practitioner, SameOrganization, TenantModel, User


class CalendarFeed(TenantModel):
    """A practitioner's calendar, open to whoever knows the `secret`; another secret, and the old address is dead.

    It was given to `user`: once the practitioner is somebody else, nobody reads on.
    """

    practitioner = models.OneToOneField(
        Practitioner, on_delete=models.CASCADE, related_name="feed", db_constraint=False, verbose_name=_("practitioner")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))
    secret = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = (
            SameOrganization(field="practitioner", name="calendar_feed_practitioner_same_organization"),
            models.CheckConstraint(
                name="calendar_feed_secret_is_long", condition=models.Q(("secret__regex", r"^[A-Za-z0-9_-]{43,}$"))
            ),
        )

    def __str__(self) -> str:
        return str(self.practitioner)
