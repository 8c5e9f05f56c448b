"""The language of one's pages: kept with the account of whoever is signed in, and in the browser for everybody else."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from clinics.middleware import can_be_opened, where_one_was


class LanguageForm(forms.Form):
    """`language` is one of ours; empty, the browser's own."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)


@method_decorator(login_not_required, name="dispatch")
class LanguageView(View):
    """Read on in another language, where one was."""

    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest) -> HttpResponse:
        response = HttpResponseRedirect(_next_of(request), status=303)
        form = LanguageForm(request.POST)
        if form.is_valid():
            _keep(request, response, form.cleaned_data["language"])
        return response


def _keep(request: HttpRequest, response: HttpResponse, language: str) -> None:
    if request.user.is_authenticated and request.user.language != language:
        request.user.language = language
        request.user.save(update_fields=["language"])
    # Kept in the browser too: at the door, and where the database does not answer, nobody is known.
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, path=settings.LANGUAGE_COOKIE_PATH)


def _next_of(request: HttpRequest) -> str:
    """Give the page to go on with: the door says its own, for it has answered forms at an address without it."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, None) and can_be_opened(wanted):
        return wanted
    return where_one_was(request)
