"""E-mails to those who sign in: an invitation, the way back to a forgotten password, or that something is ready.

A letter is a row before it is an e-mail. The link to choose a password is made when it is sent, so that it lies in no
table and no broker, and its time counts from then on; it works until a password has been chosen. What is ready is not
in the letter, only the page where it lies, for whoever may open that.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from clinics.broker import hand_over
from clinics.mail import describe, is_final, is_out_of_reach, message_id, on_the_site
from clinics.models import AccountLetter, Membership, Organization, Role, User

MOST_ATTEMPTS = 56  # with the pauses between them, a day
LONGEST_PAUSE = timedelta(minutes=30)
ENOUGH = timedelta(minutes=5)
"""How long after one letter about a forgotten password no other is written: nobody can flood a mailbox from here."""

SEND = "clinics.tasks.send_letters"
"""The task that sends them."""

logger = logging.getLogger(__name__)


class Links(PasswordResetTokenGenerator):
    """Django's own: signed, dead after PASSWORD_RESET_TIMEOUT, and with the password or the sign-in that it led to."""

    key_salt = "clinics.letters"


links = Links()


def link_for(user: User) -> str:
    """Give the address at which the user can choose a password, from now on for three days."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return on_the_site(reverse("password_choose", args=[key, links.make_token(user)]))


def may_sign_in(user: User) -> bool:
    """Tell whether a password would be of any use: the account is open, and has a place to go."""
    return user.is_active and (user.is_superuser or user.memberships.filter(is_active=True).exists())


# Owing them


def invite(membership: Membership) -> AccountLetter:
    """Owe the member an invitation, in the transaction of the change; asked for again, it is sent again."""
    letter = _owe(user=membership.user, membership=membership)
    transaction.on_commit(partial(hand_over, SEND, [letter.pk]))
    return letter


def tell_the_way_back(email: str) -> None:
    """Owe a letter to whoever has forgotten the password of this account; nothing where nobody can sign in by it."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None or not may_sign_in(user):
        return
    lately = timezone.now() - ENOUGH
    with transaction.atomic():
        asked = AccountLetter.objects.filter(user=user, kind=AccountLetter.Kind.PASSWORD, membership=None)
        if not asked.filter(asked_at__gt=lately).exists():
            # For the sweep: the page that asks must not take longer for an address that is known.
            _owe(user=user, membership=None)


def tell_ready(user: User, organization: Organization, page: str) -> AccountLetter:
    """Owe the user word that what they asked for lies on a page of the site now, in the transaction that put it there.

    `page` is its path. Whoever administers the organization no longer by then is not written to.
    """
    letter = AccountLetter.objects.create(
        kind=AccountLetter.Kind.READY, user=user, organization=organization, page=page
    )
    transaction.on_commit(partial(hand_over, SEND, [letter.pk]))
    return letter


def _owe(*, user: User, membership: Membership | None) -> AccountLetter:
    now = timezone.now()
    anew = {"asked_at": now, "due_at": now, "sent_at": None, "attempts": 0, "error": ""}
    password = AccountLetter.Kind.PASSWORD
    letter, _made = AccountLetter.objects.update_or_create(
        user=user, kind=password, membership=membership, defaults=anew
    )
    return letter


# Sending them


def sweep(keys: Collection[int] | None = None) -> None:
    """Send what is due, or the due ones among `keys`; where the server cannot be reached, one is tried."""
    started = timezone.now()
    while letter := _claim(started, keys):
        if not _deliver(letter):
            return


def _claim(now: datetime, keys: Collection[int] | None) -> AccountLetter | None:
    """Take the next that is due and still has something to say, so that nobody else sends it meanwhile."""
    due = AccountLetter.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    due = due if keys is None else due.filter(pk__in=keys)
    due = due.select_related("user", "membership__organization", "organization").select_for_update(
        skip_locked=True, of=("self",)
    )
    while True:
        with transaction.atomic():
            letter = due.first()
            if letter is None:
                return None
            if _is_wanted(letter):
                letter.attempts += 1
                letter.due_at = timezone.now() + timedelta(seconds=settings.NOTIFICATION_LEASE_SECONDS)
                letter.save(update_fields=["attempts", "due_at"])
                return letter
            letter.due_at = None
            letter.save(update_fields=["due_at"])


def _is_wanted(letter: AccountLetter) -> bool:
    """Tell whether there is still somebody to write to, and something to write."""
    if letter.kind == AccountLetter.Kind.READY:
        theirs = letter.user.memberships.filter(organization=letter.organization, is_active=True)
        return letter.user.is_active and theirs.filter(role=Role.ADMINISTRATOR).exists()
    if letter.membership is None:
        return may_sign_in(letter.user)
    return letter.membership.is_active and letter.user.is_active and not letter.user.has_usable_password()


def _deliver(letter: AccountLetter) -> bool:
    """Send one that was claimed, and write what became of it; tell whether the server could be reached."""
    try:
        email_for(letter).send()
    except Exception as error:  # noqa: BLE001 whatever it is, the letter stays owed
        logger.warning("Letter %s was not sent: %s", letter.pk, describe(error))
        final = is_final(error) or letter.attempts >= MOST_ATTEMPTS
        again = timezone.now() + _pause(letter.attempts)
        _settle(letter, due_at=None if final else again, error=describe(error))
        return not is_out_of_reach(error)
    _settle(letter, due_at=None, sent_at=timezone.now(), error="")
    return True


def _pause(attempts: int) -> timedelta:
    first: float = settings.NOTIFICATION_RETRY_SECONDS
    return min(timedelta(seconds=first * 2.0 ** min(attempts - 1, 16)), LONGEST_PAUSE)


def _settle(letter: AccountLetter, **what: object) -> None:
    # Only as long as it is this claim's: it may have been asked for again, or sent after a lease that ran out.
    own = AccountLetter.objects.filter(pk=letter.pk, asked_at=letter.asked_at, attempts=letter.attempts)
    own.update(**what)


def email_for(letter: AccountLetter) -> EmailMultiAlternatives:
    """Give the e-mail, text and HTML, in the user's language.

    What was asked for once has the same Message-ID however often it is sent.
    """
    with translation.override(letter.user.language or settings.LANGUAGE_CODE):
        is_ready = letter.kind == AccountLetter.Kind.READY
        subject, context = _that_it_is_ready(letter) if is_ready else _about_the_password(letter)
        template = "ready" if is_ready else "letter"
        context |= {"user": letter.user, "subject": subject}
        email = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"messages/{template}.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[letter.user.email],
            headers={
                "Message-ID": message_id(f"letter-{letter.pk}-{letter.asked_at.timestamp():.0f}"),
                "Auto-Submitted": "auto-generated",
            },
        )
        email.attach_alternative(render_to_string(f"messages/{template}.html", context), "text/html")
        return email


def _about_the_password(letter: AccountLetter) -> tuple[str, dict[str, Any]]:
    organization = letter.membership.organization if letter.membership else None
    invites = _("Choose your password for %(organization)s") % {"organization": organization}
    days = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT).days
    context = {"organization": organization, "link": link_for(letter.user), "days": days}
    return invites if organization else _("Choose a new password"), context


def _that_it_is_ready(letter: AccountLetter) -> tuple[str, dict[str, Any]]:
    subject = _("%(organization)s: the file is ready") % {"organization": letter.organization}
    return subject, {"organization": letter.organization, "link": on_the_site(letter.page)}
