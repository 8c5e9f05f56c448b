"""In which of several organizations somebody works at the moment.

The session says so, for all tabs at once. A form that another tab still shows from the organization before must not
write into this one: whoever comes in gets a new secret behind the tokens of forms, so that older forms are refused.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from clinics.models import Membership

CHOSEN = "organization"
"""The session's key for the organization's id."""

SECRET = "organization_forms"  # noqa: S105 the name of a key
"""The session's key for the secret of the forms of that organization: the two are kept, and lost, together."""

MOVED = "organization_left"
"""The session's key for whether one was in another organization before."""


def start(request: HttpRequest, memberships: list[Membership]) -> None:
    """Begin a session in the first of the user's organizations, or go on in the one chosen before."""
    membership = chosen(request, memberships) or next(iter(memberships), None)
    if membership is not None:
        _be_in(request, membership)


def enter(request: HttpRequest, membership: Membership) -> None:
    """Go on in the membership's organization; forms shown until now no longer count."""
    rotate_token(request)
    _be_in(request, membership)
    request.session[MOVED] = True


def _be_in(request: HttpRequest, membership: Membership) -> None:
    request.session[CHOSEN] = membership.organization_id
    request.session[SECRET] = request.META["CSRF_COOKIE"]


def chosen(request: HttpRequest, memberships: list[Membership]) -> Membership | None:
    """Give the membership that the session names; None where it names none, or one that is no longer the user's."""
    wanted = request.session.get(CHOSEN)
    return next((each for each in memberships if each.organization_id == wanted), None)


def is_elsewhere(request: HttpRequest) -> bool:
    """Tell whether the browser holds another secret than that of the organization one is in."""
    return SECRET in request.session and request.session[SECRET] != request.META.get("CSRF_COOKIE")


def has_moved(request: HttpRequest) -> bool:
    """Tell whether the session was in another organization before."""
    return MOVED in request.session


def keep(request: HttpRequest) -> None:
    """Let the forms of this answer carry the secret of the organization one is in."""
    if SECRET in request.session:
        request.META["CSRF_COOKIE"] = request.session[SECRET]
