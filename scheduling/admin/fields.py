"""Dates and times as administrators type them: in either kind of digits, and in years that a clinic can mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminSplitDateTime, AdminTimeWidget
from django.core.exceptions import ValidationError
from django.db import models

from clinics.admin.tenant import CLEAN_FIELDS
from clinics.text import fold_digits
from scheduling.exceptions import Code
from scheduling.forms import EARLIEST, LATEST, SaneDateField, message_of


class DigitsTimeField(forms.TimeField):
    """A time on the clock, to the minute."""

    def to_python(self, value: Any) -> Any:
        wall = super().to_python(fold_digits(value) if isinstance(value, str) else value)
        return wall.replace(second=0, microsecond=0) if wall else wall


class SaneMomentField(forms.SplitDateTimeField):
    """A date and a time, on the clock of the page."""

    widget = AdminSplitDateTime

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields = (SaneDateField(), DigitsTimeField())

    def compress(self, data_list: Any) -> datetime | None:
        # The years are checked before the clock is: near their ends there is no going from one zone to another.
        if data_list and data_list[0] and not EARLIEST <= data_list[0] <= LATEST:
            raise ValidationError(message_of(Code.INVALID_DATE), code=Code.INVALID_DATE)
        moment: datetime | None = super().compress(data_list)
        return moment


TIME_FIELDS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    **CLEAN_FIELDS,
    models.DateField: {"form_class": SaneDateField, "widget": AdminDateWidget},
    models.TimeField: {"form_class": DigitsTimeField, "widget": AdminTimeWidget(format="%H:%M")},
    models.DateTimeField: {"form_class": SaneMomentField, "widget": AdminSplitDateTime},
}
