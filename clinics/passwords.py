"""Choosing a password by the link of a letter, and asking for such a letter; both without being signed in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from axes.utils import reset as let_in_again
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from clinics.forms import ChooseForm, ForgottenForm
from clinics.letters import links, may_sign_in, tell_the_way_back
from clinics.models import User, record_event

PAGES = ["get", "head", "post", "options"]
CHOSEN = "PASSWORD_CHOSEN"
"""The event of a password that somebody chose by a letter's link, about each of their memberships."""


@method_decorator(login_not_required, name="dispatch")
class ForgottenView(View):
    """Ask for a letter; who reads the answer learns nothing of whether there is such an account."""

    http_method_names = PAGES

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "password_forgotten.html", {"form": ForgottenForm(), "sent": "sent" in request.GET})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ForgottenForm(request.POST)
        if not form.is_valid():
            return render(request, "password_forgotten.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        tell_the_way_back(form.cleaned_data["email"])
        return HttpResponseRedirect(f"{reverse('password_forgotten')}?sent", status=HTTPStatus.SEE_OTHER)


@method_decorator(login_not_required, name="dispatch")
class ChooseView(PasswordResetConfirmView):
    """The page behind a letter's link. Looking changes nothing, since mail scanners follow links.

    The token goes into the session and out of the address at once. Nobody is signed in by it: whoever has chosen a
    password shows at the door that they know it, and whoever was signed in on this device is out.
    """

    http_method_names = PAGES
    template_name = "password_choose.html"
    form_class = ChooseForm
    success_url = reverse_lazy("login")
    token_generator = links

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Django's own answers any method where the link is bad.
        if (self.request.method or "").lower() not in self.http_method_names:
            return self.http_method_not_allowed(self.request)
        response = super().dispatch(*args, **kwargs)
        if not self.validlink and response.status_code == HTTPStatus.OK:
            response.status_code = HTTPStatus.GONE
        return response

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and may_sign_in(user) else None

    def form_invalid(self, form: SetPasswordForm[User]) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        with transaction.atomic():
            user = form.save()
            for membership in user.memberships.filter(is_active=True).order_by("pk"):
                record_event(kind=CHOSEN, target=membership, actor=user)
        let_in_again(username=user.email)
        logout(self.request)
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return HttpResponseRedirect(str(self.success_url), status=HTTPStatus.SEE_OTHER)
