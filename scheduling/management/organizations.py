"""Which organization a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError

from clinics.models import Organization


def organization_named(said: str) -> Organization:
    """Give the organization of that name or number; complain of one that is not there, or of two."""
    named = list(Organization.objects.filter(name=said).order_by("pk")[:2])
    if not named and said.isdecimal():
        named = list(Organization.objects.filter(pk=int(said)))
    if not named:
        known = ", ".join(f"{each.pk} {each}" for each in Organization.objects.order_by("pk")[:20])
        raise CommandError(f"There is no organization “{said}”. There are: {known or 'none'}")
    if len(named) > 1:
        raise CommandError(f"Several organizations are called “{said}”: give the number instead, {named[0].pk} or ...")
    return named[0]
