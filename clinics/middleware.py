"""Who asks, and for which organization."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from clinics import choice
from clinics.models import Membership
from clinics.permissions import actions_of, has_left, memberships_of
from clinics.views import form_of_another_organization

READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
ANYWHERE = frozenset({"login", "logout", "switch", "language"})
"""The forms that mean the same in every organization."""


class LanguageMiddleware(LocaleMiddleware):
    """Speak the language that somebody who is signed in has chosen; else that of the cookie, or the browser's.

    The browser's comes first, so that the page for a database that does not answer has a language, too.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        chosen = request.user.language if request.user.is_authenticated else ""
        if chosen and chosen != translation.get_language() and translation.check_for_language(chosen):
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Send whoever is not signed in to the door, and back; a part of a page takes the whole page there."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponse:  # type: ignore[override]
        htmx = getattr(request, "htmx", None)
        if htmx and "If-None-Match" in request.headers:
            # A page looks whether it is still true: it says so itself, and keeps what is half written on it.
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        response = redirect_to_login(where_one_was(request), self.get_login_url(view_func))
        if htmx or request.method not in READS:
            # Nobody sends anything from a page that was never open: a session has ended.
            response["Location"] += "&ended=1"
        if htmx:
            response.status_code = HTTPStatus.OK
            response["HX-Redirect"] = response["Location"]
            del response["Location"]
        return response


def where_one_was(request: HttpRequest) -> str:
    """Give the address of the page that the person looks at, not of the part or of the form's target."""
    if htmx := getattr(request, "htmx", None):
        try:
            return htmx.current_url_abs_path or reverse("day")
        except ValueError:  # it names no address at all
            return reverse("day")
    asked = request.get_full_path()
    if request.method in READS:
        return asked
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        asked = urlsplit(referer)._replace(scheme="", netloc="").geturl()
    return asked if can_be_opened(asked) else reverse("day")


def can_be_opened(address: str) -> bool:
    """Tell whether the address answers a GET, not only what a form sends."""
    try:
        view = resolve(urlsplit(address).path).func
    except Resolver404:
        return False
    allowed = getattr(getattr(view, "view_class", None), "http_method_names", ["get"])
    return "get" in allowed


class MembershipMiddleware:
    """Set `request.membership`, `.organization` (None for whoever belongs to none), `.memberships` and `.may`.

    The memberships came with the user. Pages that know who asks are never kept by a browser: the next person at the
    desk must not find them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        memberships = memberships_of(request.user) if request.user.is_authenticated else []
        if not memberships and request.user.is_authenticated and has_left(request.user):
            # Whoever was deactivated in the last of their organizations is out with the next request.
            logout(request)
        membership = self.choose(request, memberships)
        request.memberships = memberships  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.organization = membership.organization if membership else None  # type: ignore[attr-defined]
        request.may = actions_of(membership, request.user)  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def choose(self, request: HttpRequest, memberships: list[Membership]) -> Membership | None:
        """Give the membership that the session names; the first where it names none, or one since taken away."""
        if not memberships:
            return None
        if choice.CHOSEN not in request.session:
            return memberships[0]
        membership = choice.chosen(request, memberships)
        if membership is None and request.method in READS:
            membership = memberships[0]
            choice.enter(request, membership)
        elif request.method in READS and choice.is_elsewhere(request):
            # A page of before the switch came late and brought its secret back: this page shows ours again.
            choice.keep(request)
        return membership or memberships[0]

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _arguments: Any, _named: Any
    ) -> HttpResponse | None:
        """Refuse what a form sends that was shown in another organization, before anything reads it."""
        memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
        if request.method in READS or not memberships or choice.CHOSEN not in request.session:
            return None
        if request.resolver_match and request.resolver_match.url_name in ANYWHERE:
            return None
        taken_away = choice.chosen(request, memberships) is None
        return form_of_another_organization(request) if taken_away or choice.is_elsewhere(request) else None


class WordsMiddleware:
    """Give a page to the refusal of a method: it comes without words, and the browser would show a page of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content:
            return response
        page = render(request, "405.html", status=response.status_code)
        page["Allow"] = response["Allow"]
        return page
