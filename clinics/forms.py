from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm
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
