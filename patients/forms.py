from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Self

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from clinics.models import Organization, User
from clinics.text import CleanTextField, DigitsDateField, DigitsIntegerField, OneLineField, fold_digits
from clinics.validators import validate_readable, validate_visible
from patients.duplicates import find_duplicates
from patients.models import Patient

OLDEST = 130  # years
AGES = _("An age is a whole number of years, from 0 to 130.")


class PatientSearchForm(forms.Form):
    q = CleanTextField(
        label=_("Find a patient"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class PhoneField(PhoneNumberField):  # type: ignore[misc]
    """A phone number in either kind of digits."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            validate_readable(value)
            value = fold_digits(value)
        number = super().to_python(value)
        if getattr(number, "extension", None):
            raise forms.ValidationError(_("Write the number without an extension: none is kept."), code="invalid")
        return number


class NewPatientForm(forms.Form):
    """What a caller says: a name, and as much of the rest as is known. An age stands for a birth date."""

    name = OneLineField(
        label=_("Name"),
        max_length=200,
        validators=[validate_visible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write the name as it is spoken.")},
    )
    birth_date = DigitsDateField(label=_("Birth date"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    age = DigitsIntegerField(
        label=_("or age, in years"),
        required=False,
        min_value=0,
        max_value=OLDEST,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), AGES),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, organization: Organization, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, prefix="new", initial=initial)
        self.organization = organization
        self.fields["phone"] = PhoneField(
            label=_("Phone"),
            required=False,
            region=organization.phone_region,
            max_length=32,
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        )
        self.order_fields(["name", "phone", "birth_date", "age"])

    @classmethod
    def begun(cls, query: str, *, organization: Organization, focus: bool) -> Self:
        """Begin with what was looked for in vain, a name or a phone number; with `focus` the hand goes to the other."""
        is_name = any(character.isalpha() for character in query)
        form = cls(organization=organization, initial={"name" if is_name else "phone": query})
        form.fields["phone" if is_name else "name"].widget.attrs["autofocus"] = focus
        return form

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        # A clinic east of UTC is a day ahead; nobody there is born tomorrow.
        today = timezone.now().date() + timedelta(days=1)
        if born and not date(today.year - OLDEST, 1, 1) <= born <= today:
            raise forms.ValidationError(_("Nobody we see was born on that day."), code="invalid_date")
        return born

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("birth_date") and said.get("age") is not None:
            self.add_error("age", _("Give the birth date or the age, not both."))
        return said

    @property
    def fields_of_patient(self) -> dict[str, Any]:
        said = self.cleaned_data
        estimated = said["age"] is not None
        return {
            "name": said["name"],
            "phone": said["phone"] or "",
            "birth_date": _born(said["age"]) if estimated else said["birth_date"],
            "birth_date_estimated": estimated,
        }

    def known(self) -> list[Patient]:
        """Give the patients who may be this one."""
        return find_duplicates(self.organization, **self.fields_of_patient)

    def save(self, actor: User) -> Patient:
        return Patient.objects.register(self.organization, actor=actor, **self.fields_of_patient)


def _born(age: int) -> date:
    """Give the middle of the year in which somebody of that age was most likely born."""
    return date(timezone.now().year - age, 1, 1)
