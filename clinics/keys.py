"""Whether single keys do things on somebody's pages; WCAG 2.1.4 asks that they can be switched off."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.views import View

from clinics.middleware import where_one_was
from clinics.permissions import MemberRequest


class KeysView(View):
    """Switch one's own keys on or off, and go on where one was."""

    request: MemberRequest
    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: MemberRequest) -> HttpResponse:
        request.user.shortcuts = request.POST.get("shortcuts") == "on"
        request.user.save(update_fields=["shortcuts"])
        return HttpResponseRedirect(where_one_was(request), status=303)
