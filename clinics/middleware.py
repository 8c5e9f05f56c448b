"""Who asks, and for which organization."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from clinics.models import Membership


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Send whoever is not signed in to the door, and back; a part of a page takes the whole page there."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        htmx = getattr(request, "htmx", None)
        if not htmx:
            return super().handle_no_permission(request, view_func)
        # Back to the page that the person looks at, not to the fragment that was asked for.
        back_to = htmx.current_url_abs_path or reverse("day")
        response = redirect_to_login(back_to, self.get_login_url(view_func))
        response.status_code = HTTPStatus.OK
        response["HX-Redirect"] = response["Location"]
        del response["Location"]
        return response


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
