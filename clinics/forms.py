from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinics.text import CleanTextField


class SignInForm(AuthenticationForm):
    """E-mail and password. What is wrong is said of neither: a stranger learns nothing."""

    username = CleanTextField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {  # noqa: RUF012 Django's attribute
        "invalid_login": _("This e-mail address and password do not go together."),
        "inactive": _("This account is closed."),
    }


def tried_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Give the name under which axes counts failures: however it is capitalized, it is one account."""
    return str((credentials or request.POST).get("username") or "").lower()


class SwitchForm(forms.Form):
    organization = forms.IntegerField(label=_("Organization"))
