"""Dates and clinics that several of these pages ask for."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.admin import site
from clinics.models import Clinic


def refuse_the_past(day: date) -> date:
    """Give the day; what was is not changed afterwards."""
    if day < timezone.localdate():
        raise ValidationError(_("This day is over: choose today or a later one."))
    return day


def open_clinics(request: HttpRequest) -> QuerySet[Clinic]:
    """Give the clinics that can be closed on a day."""
    return site.rows_of(Clinic, request).filter(is_active=True).order_by("name", "pk")
