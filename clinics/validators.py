"""Checks of single values, shared by models and forms."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_timezone(value: str) -> None:
    """Refuse what is not the name of an IANA time zone."""
    if value not in available_timezones():
        raise ValidationError(
            _("%(value)s is not the name of a time zone, such as Asia/Yangon."), params={"value": value}
        )


def validate_region(value: str) -> None:
    """Refuse what is not two capital letters, as ISO 3166 writes a country."""
    if not (len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):  # noqa: PLR2004 two letters
        raise ValidationError(_("%(value)s is not a country code of two letters, such as MM."), params={"value": value})
