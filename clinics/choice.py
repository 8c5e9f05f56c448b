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
"""The session's key for the secret of the forms shown since one came in; absent where one was in no other before."""


def start(request: HttpRequest, memberships: list[Membership]) -> None:
    """Begin in the first of the user's organizations, or go on in the one chosen before."""
    if memberships and chosen(request, memberships) is None:
        request.session[CHOSEN] = memberships[0].organization_id


def enter(request: HttpRequest, membership: Membership) -> None:
    """Go on in the membership's organization; forms shown until now no longer count."""
    rotate_token(request)
    request.session[CHOSEN] = membership.organization_id
    request.session[SECRET] = request.META["CSRF_COOKIE"]


def chosen(request: HttpRequest, memberships: list[Membership]) -> Membership | None:
    """Give the membership that the session names; None where it names none, or one that is no longer the user's."""
    wanted = request.session.get(CHOSEN)
    return next((each for each in memberships if each.organization_id == wanted), None)


def is_elsewhere(request: HttpRequest) -> bool:
    """Tell whether the browser holds another secret than that of the organization one is in."""
    return has_moved(request) and request.session[SECRET] != request.META.get("CSRF_COOKIE")


def has_moved(request: HttpRequest) -> bool:
    """Tell whether the session was in another organization before."""
    return SECRET in request.session


def keep(request: HttpRequest) -> None:
    """Let the forms of this answer carry the secret of the organization one is in."""
    request.META["CSRF_COOKIE"] = request.session[SECRET]
