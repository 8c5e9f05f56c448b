"""The `date` filter of all templates, in the place of Django's own: a format is written in the reader's order."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.defaultfilters import date as django_date
from django.utils.translation import gettext

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, form: str | None = None) -> str:
    """Write a day or a time; `form` is a message of the catalog, as for `clinics.days.dated`."""
    return str(django_date(value, gettext(form) if form else None))
