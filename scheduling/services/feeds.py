"""A practitioner's private calendar: an address that only its owner knows, which calendar programs read by themselves.

Whoever has the address needs no password, so it gives the least that is of use: initials, time and clinic.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from clinics.models import Practitioner, User, record_event
from clinics.permissions import Action, actions_of, memberships_of
from scheduling.enums import FREEING, FeedEventKind
from scheduling.models import Appointment, AppointmentQuerySet, CalendarFeed

SECRET_BYTES = 32  # nobody needs to count the tries
BEFORE, AFTER = timedelta(days=30), timedelta(days=366)
"""How much of the past and of what is to come a calendar holds."""


def feed_of(practitioner: Practitioner) -> CalendarFeed | None:
    """Give the feed of whoever the practitioner is now; an address that another had is no feed of theirs."""
    return CalendarFeed.objects.filter(practitioner=practitioner, user=practitioner.user_id).first()


def address_of(feed: CalendarFeed) -> str:
    return str(settings.SITE_URL).rstrip("/") + reverse("feed_calendar", args=[feed.secret])


@transaction.atomic
def give_new_address(practitioner: Practitioner, *, actor: User) -> CalendarFeed:
    """Give the feed an address that it never had; whoever reads the old one finds nothing there from now on."""
    feed, is_new = CalendarFeed.objects.update_or_create(
        practitioner=practitioner,
        defaults={
            "organization_id": practitioner.organization_id,
            "user": actor,
            "secret": secrets.token_urlsafe(SECRET_BYTES),
        },
    )
    kind = FeedEventKind.OPENED if is_new else FeedEventKind.CHANGED
    record_event(kind=kind, target=practitioner, actor=actor)
    return feed


@transaction.atomic
def close(practitioner: Practitioner, *, actor: User) -> None:
    """Take the address away; without one, nothing happens."""
    deleted, _rows = CalendarFeed.objects.filter(practitioner=practitioner).delete()
    if deleted:
        record_event(kind=FeedEventKind.CLOSED, target=practitioner, actor=actor)


def find_feed(secret: str) -> CalendarFeed | None:
    """Give the feed of that secret; None for any other, and while its owner may not look at own appointments."""
    feeds = CalendarFeed.objects.select_related("practitioner", "user", "organization")
    feed = feeds.filter(secret=secret, practitioner__is_active=True, practitioner__user=F("user")).first()
    if feed is None or not feed.user.is_active:
        return None
    here = [each for each in memberships_of(feed.user) if each.organization_id == feed.organization_id]
    return feed if any(Action.KEEP_OWN_FEED in actions_of(each) for each in here) else None


def appointments_of(feed: CalendarFeed, now: datetime) -> AppointmentQuerySet:
    """Give what stands in the calendar, by time: what was cancelled leaves it, as does who did not come."""
    own = Appointment.objects.filter(organization=feed.organization_id, practitioner=feed.practitioner_id)
    near = own.filter(appointment_date__gte=now - BEFORE, appointment_date__lt=now + AFTER)
    return near.exclude(status__in=FREEING).select_related("patient", "clinic").order_by("appointment_date", "seat")
