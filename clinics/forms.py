from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinics.models import User
from clinics.permissions import has_left
from clinics.text import CleanTextField

if TYPE_CHECKING:
    SetPassword = SetPasswordForm[User]
else:
    SetPassword = SetPasswordForm


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
        "left": _("You are no longer a member. An administrator of your organization can let you in again."),
    }

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        account = cast("User", user)
        super().confirm_login_allowed(account)
        if has_left(account):
            raise ValidationError(self.error_messages["left"], code="left")


class ForgottenForm(forms.Form):
    """Whose password was forgotten. The answer is the same whether anybody signs in by the address."""

    email = CleanTextField(
        label=_("E-mail"),
        max_length=254,
        validators=[validate_email],
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class ChooseForm(SetPassword):
    """A password, twice, by the rules of the house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].widget.attrs["autofocus"] = True
        # AUTH_PASSWORD_VALIDATORS in a line: Django's own words are a list, which does not go into a paragraph.
        self.fields["new_password1"].help_text = _(
            "At least 12 characters. Not your name or address, and none of the passwords that everybody uses."
        )
        self.fields["new_password2"].label = _("The same again")
        self.fields["new_password2"].help_text = ""


def tried_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Give the name under which axes counts failures: however it is capitalized, it is one account."""
    return str((credentials or request.POST).get("username") or "").lower()


class SwitchForm(forms.Form):
    organization = forms.IntegerField(label=_("Organization"))
