"""A page that is kept true while it is looked at: it asks every ten seconds, and is answered only when it is not."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from clinics.permissions import MemberRequest, MemberView
from scheduling.services.freshness import version_of


class LiveView(MemberView):
    """Answers 204 to a page that still shows what is true, else draws it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        # Read before the rows are: what changes meanwhile makes this answer old, not true.
        tag = tag_of(self.request, timezone.now())
        if self.is_partial() and tag and request.headers.get("If-None-Match") == tag:
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return self.draw(tag)

    def draw(self, tag: str) -> HttpResponse:
        """Draw the page; `tag` goes with it, for the page to ask with."""
        raise NotImplementedError

    def rendered(self, template: str, context: dict[str, Any]) -> HttpResponse:
        """Render the page, or its partial `live`; 422 where its form has errors."""
        part = "#live" if self.is_partial() else ""
        status = HTTPStatus.UNPROCESSABLE_ENTITY if context["form"].errors else HTTPStatus.OK
        return render(self.request, template + part, context, status=status)


def tag_of(request: MemberRequest, now: datetime) -> str:
    """Name what the page depends on, without a query; empty while that cannot be told.

    The minute is part of it: a time that has passed goes and a patient grows late without anything being written, and
    whatever the cache has lost is mended with the next one.
    """
    version = version_of(request.organization.pk)
    if version is None:
        return ""
    member = request.membership
    return f'"{version}.{int(now.timestamp() // 60)}.{get_language()}.{member.pk}.{member.role}"'
