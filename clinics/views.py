"""The door: in and out, from one organization to another, and the pages that say no."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View
from django.views.csrf import csrf_failure
from django_htmx.http import HttpResponseClientRedirect

from clinics import choice
from clinics.forms import SignInForm, SwitchForm
from clinics.models import Clinic
from clinics.permissions import MemberRequest, memberships_of

LAST_CLINIC_COOKIE = "clinic"
"""Names, signed, the clinic last looked at on this device: the door shows its clock, the day begins there."""

A_YEAR = 365 * 24 * 60 * 60  # seconds
NOON, EVENING = 12, 17
RETRY_SECONDS = 30


def last_clinic_key(request: HttpRequest) -> str:
    """Give the key of the clinic that this device looked at last; empty where it is not known."""
    return request.get_signed_cookie(LAST_CLINIC_COOKIE, default="") or ""


def remember_clinic(request: HttpRequest, response: HttpResponse, clinic: Clinic) -> None:
    response.set_signed_cookie(
        LAST_CLINIC_COOKIE,
        str(clinic.pk),
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


class SignOutView(LogoutView):
    """Leave nothing of oneself at a shared desk: the language either, which the account keeps."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().post(request, *args, **kwargs)
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, path=settings.LANGUAGE_COOKIE_PATH)
        return response


class SignInView(LoginView):
    template_name = "login.html"
    form_class = SignInForm
    redirect_authenticated_user = True
    http_method_names = ["get", "head", "post", "options"]  # noqa: RUF012 Django's attribute; it would take PUT, too

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["ended"] = "ended" in self.request.GET
        next_page = urlencode({"next": context["next"]}) if context["next"] else ""
        context["here"] = f"{self.request.path}?{next_page}"
        clinic = self.last_clinic()
        if clinic is not None:
            now = timezone.now().astimezone(clinic.zone)
            greeting = _("Good morning") if now.hour < NOON else _("Good afternoon")
            context |= {"clinic": clinic, "now": now, "greeting": greeting if now.hour < EVENING else _("Good evening")}
        return context

    def last_clinic(self) -> Clinic | None:
        """Give the clinic whose pages this device showed last, None where that is not known."""
        pk = last_clinic_key(self.request)
        return Clinic.objects.filter(pk=pk, is_active=True).first() if pk else None

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        choice.start(self.request, memberships_of(form.get_user()))
        # The door is never a part of a page.
        return HttpResponseClientRedirect(response["Location"]) if getattr(self.request, "htmx", None) else response


class SwitchView(View):
    """Go on in another of one's organizations, on its home page."""

    request: MemberRequest
    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SwitchForm(request.POST)
        wanted = form.cleaned_data["organization"] if form.is_valid() else None
        membership = next((each for each in self.request.memberships if each.organization_id == wanted), None)
        if membership is None:
            raise Http404(_("You do not belong to that organization."))
        choice.enter(request, membership)
        response = HttpResponseRedirect(reverse("day"), status=303)
        response.delete_cookie(LAST_CLINIC_COOKIE)  # it is a clinic of the organization before
        return response


def refuse_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token does not fit: after a switch that is a form of another organization."""
    if request.user.is_authenticated and choice.has_moved(request):
        return form_of_another_organization(request)
    return csrf_failure(request, reason=reason)


def form_of_another_organization(request: HttpRequest) -> HttpResponse:
    """Answer 409 with a whole page, to htmx too: what the form stood on is the wrong organization's."""
    choice.keep(request)
    return whole_page(request, render(request, "409.html", status=409))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where the database does not answer, else 500; neither page asks for anything but its template."""
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        page = HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    else:
        page = HttpResponse(render_to_string("500.html"), status=500)
    return whole_page(request, page)


def whole_page(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """Let htmx, too, show the page in place of the whole one, not in place of the part that it asked for."""
    if request.headers.get("HX-Request"):
        page["HX-Retarget"], page["HX-Reswap"], page["HX-Push-Url"] = "body", "innerHTML", "false"
    return page
