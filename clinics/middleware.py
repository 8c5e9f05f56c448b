"""Who asks, and for which organization."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clinics.models import Membership


class MembershipMiddleware:
    """Set `request.membership` and `request.organization`; both None for whoever belongs to none.

    Pages that know who asks are never kept by a browser: the next person at the desk must not find them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = None
        if request.user.is_authenticated:
            membership = (
                Membership.objects.filter(user=request.user)
                .select_related("organization")
                .prefetch_related("clinics")
                .order_by("id")
                .first()
            )
        request.membership = membership  # type: ignore[attr-defined]
        request.organization = membership.organization if membership else None  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
