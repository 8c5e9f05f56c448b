"""The user manual at `/help/`: its pages, what is found in it, and the section that helps with the page one is on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views import View

from clinics.permissions import Action, MemberRequest
from clinics.text import fold_digits
from scheduling.views.manual import ORIGINAL, Hit, Manual, manual

PARTS = MappingProxyType(
    {
        1: _("For everybody"),
        2: _("At the desk"),
        3: _("Lists, calls and messages"),
        4: _("Seeing patients"),
        5: _("Looking back"),
        6: _("For administrators"),
        7: _("Why it does what it does"),
    }
)
"""The parts of the manual, by the first digit of their pages' numbers."""

HELP_FOR: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "day": ("day-board", ""),
        "today": ("today", ""),
        "book": ("booking", ""),
        "patient_search": ("finding-a-patient", ""),
        "patient_new": ("new-patient", ""),
        "patient": ("patient-page", ""),
        "duplicates": ("merging-duplicates", ""),
        "same_as": ("merging-duplicates", "from-a-patients-page"),
        "merge": ("merging-duplicates", "merge-two-records"),
        "tell_apart": ("merging-duplicates", "not-the-same-person"),
        "merge_undo": ("merging-duplicates", "take-it-back"),
        "upcoming": ("upcoming", ""),
        "availability": ("availability", ""),
        "requests": ("requests", ""),
        "request_answer": ("requests", "decline-it"),
        "follow_up": ("follow-up", ""),
        "keep_outside": ("follow-up", "outside-of-the-practitioners-hours-now"),
        "takeover": ("follow-up", "a-colleague-takes-over-a-day"),
        "missed": ("follow-up", "nobody-said-whether-they-came"),
        "calls": ("calls", ""),
        "call": ("calls", "if-an-outcome-is-refused"),
        "statistics": ("statistics", ""),
        "no_shows": ("no-shows", ""),
        "feed": ("calendar-feed", ""),
        "notices": ("notices", ""),
        "notices_failed": ("follow-up", "messages-that-failed"),
        "notice_retry": ("follow-up", "messages-that-failed"),
        "patient_link": ("messages-to-patients", "the-link-in-the-message"),
        "appointment": ("day-of-the-visit", ""),
        "appointment_step": ("day-of-the-visit", "when-a-step-is-refused"),
        "appointment_undo": ("changing-a-booking", "take-a-step-back"),
        "appointment_cancel": ("changing-a-booking", "cancel-it"),
        "appointment_move": ("changing-a-booking", "move-it"),
        "appointment_edit": ("changing-a-booking", "change-the-type-or-the-note"),
        "encounter": ("encounters", ""),
        "encounter_open": ("encounters", ""),
        "encounter_finalize": ("encounters", "finalize-it"),
        "login": ("signing-in", ""),
        "password_forgotten": ("signing-in", "choose-a-password"),
        "password_choose": ("signing-in", "choose-a-password"),
    }
)
"""Page and section of the manual for each page of the site, by the name of its route; an empty section: the beginning.

It is the only such table. A route that is neither here nor in `WITHOUT_HELP` fails a test.
"""

FOR_PRACTITIONERS: Mapping[str, tuple[str, str]] = MappingProxyType({"day": ("today", "")})
"""The same where a route shows another page to those who see no board."""

WITHOUT_HELP = frozenset(
    {
        *("healthz", "logout", "switch", "keys", "language"),
        *("help", "help_page", "help_all", "help_for"),
        *("notices_read", "notice_open", "patient_calendar", "feed_calendar", "statistics_csv"),
    }
)
"""What shows no page of its own, and the manual itself."""

_PERSONAL = re.compile(r"(?:\d[\s().+/-]*){4}")


def this_manual() -> Manual:
    return manual(get_language() or ORIGINAL)


class ManualView(View):
    """A page of the manual, for whoever is signed in: it says nothing about anybody."""

    request: MemberRequest

    def show(self, template: str, **context: Any) -> HttpResponse:
        book = this_manual()
        parts = [(PARTS[part], list(pages)) for part, pages in groupby(book.pages, lambda page: page.part)]
        return render(self.request, template, {"manual": book, "parts": parts, **context})


class HelpView(ManualView):
    """All pages, or what is found: `q` holds words. A number as patients have them is not looked for, nor repeated."""

    def get(self, request: HttpRequest) -> HttpResponse:
        said = request.GET.get("q", "").strip()[:200]
        is_personal = bool(_PERSONAL.search(fold_digits(said)))
        hits: list[Hit] = [] if is_personal else this_manual().search(said)
        shown = "" if is_personal else said
        return self.show("help.html", q=shown, hits=hits, is_search=bool(said), is_personal=is_personal)


class HelpPageView(ManualView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:  # noqa: ARG002 a view's signature
        pages = this_manual().pages
        place = next((place for place, page in enumerate(pages) if page.slug == slug), None)
        if place is None:
            raise Http404
        before, after = pages[place - 1] if place else None, pages[place + 1] if place + 1 < len(pages) else None
        return self.show("help_page.html", page=pages[place], before=before, after=after, part=PARTS[pages[place].part])


class WholeManualView(ManualView):
    """Every page, one after another: to be printed."""

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 a view's signature
        return self.show("help_all.html")


class HelpForView(View):
    """What helps on the page of that route: a part of a page for its dialog, else the way to the manual."""

    request: MemberRequest

    def get(self, request: MemberRequest, route: str) -> HttpResponse:
        slug, anchor = help_for(route, request.may)
        if not request.htmx:
            return HttpResponseRedirect(address_of(slug, anchor))
        page = this_manual().page(slug) if slug else None
        return render(request, "help_page.html#here", {"page": page, "anchor": anchor})


def help_for(route: str, may: frozenset[Action]) -> tuple[str, str]:
    """Give page and section that help on the page of that route; empty ones where there is nothing of its own."""
    if Action.SEE_BOARD not in may and route in FOR_PRACTITIONERS:
        return FOR_PRACTITIONERS[route]
    return HELP_FOR.get(route, ("", ""))


def address_of(slug: str, anchor: str) -> str:
    page = reverse("help_page", args=[slug]) if slug else reverse("help")
    return f"{page}#{anchor}" if anchor else page
