"""How a member stands: in, not in yet and why, or gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.days import dated
from clinics.models import AccountLetter, Membership

WITHOUT_PASSWORD = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
IN, INVITED, LEFT = "in", "invited", "left"
WHICH = {
    IN: Q(is_active=True) & ~WITHOUT_PASSWORD,
    INVITED: Q(is_active=True) & WITHOUT_PASSWORD,
    LEFT: Q(is_active=False),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One of IN, INVITED and LEFT, in a word and, where there is more to say, in a sentence."""

    which: str
    word: str
    more: str = ""
    is_bad: bool = False
    """Whether somebody must do something about it."""

    @property
    def is_invited(self) -> bool:
        return self.which == INVITED


def standing_of(membership: Membership) -> Standing:
    """Tell how the member stands; `user` and `letter` are loaded with it."""
    if not membership.is_active:
        return Standing(LEFT, _("deactivated"))
    if not membership.user.is_active:
        return Standing(LEFT, _("account closed"))
    if membership.user.has_usable_password():
        return Standing(IN, _("active"))
    letter: AccountLetter | None = getattr(membership, "letter", None)
    if letter is None:
        return Standing(INVITED, _("not invited yet"))
    return Standing(INVITED, _("invited, not yet in"), *_what_became_of(letter))


def _what_became_of(letter: AccountLetter) -> tuple[str, bool]:
    if letter.sent_at:
        sent, until = letter.sent_at, letter.sent_at + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        if until < timezone.now():
            return _("The link of %(day)s has run out.") % {"day": _day(sent)}, True
        return _("Sent on %(day)s; the link works until %(until)s.") % {"day": _day(sent), "until": _day(until)}, False
    if letter.due_at is None:
        return _("The e-mail could not be delivered (%(error)s). Is the address right?") % {"error": letter.error}, True
    if letter.error:
        return _("The e-mail could not be sent yet (%(error)s); it is tried again.") % {"error": letter.error}, True
    return _("The e-mail is on its way."), False


def _day(moment: Any) -> str:
    return dated(timezone.localtime(moment), "j F H:i")


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [(IN, _("active")), (INVITED, _("not yet in")), (LEFT, _("deactivated"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        which = WHICH.get(self.value() or "")
        return queryset.filter(which) if which is not None else queryset
