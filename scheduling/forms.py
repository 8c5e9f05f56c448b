"""What pages ask and what people send: ids of rows at hand, dates and times of a clinic's clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.days import DayField
from clinics.models import Clinic, ClinicAssignment, Membership, Practitioner, Specialty, TenantModel
from clinics.round_trip import load_together
from clinics.text import CleanTextField, DigitsIntegerField, fold_digits
from patients.models import Patient
from scheduling.domain.sessions import exists
from scheduling.domain.slots import TimeSlot
from scheduling.enums import BOOKABLE_AS, FREEING, CancellationReason, Status
from scheduling.exceptions import REFUSALS, Code
from scheduling.models import AppointmentType
from scheduling.permissions import (
    bookable_patients,
    counted_clinics,
    visible_clinics,
    visible_patients,
    visible_practitioners,
)

# Around these, days and weeks can still be counted on both sides.
EARLIEST, LATEST = date(1901, 1, 1), date(2199, 12, 31)
LONGEST_VISIT = 24 * 60  # minutes
A_DAY = timedelta(days=1)
MAX_VERSION = 2**31 - 1
LONGEST_KEY = 18  # digits
EVERY_SPECIALTY, ANYONE = "any", "anyone-"
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")


def message_of(code: Code) -> Any:
    return REFUSALS[code][0]


class Desk:
    """The rows that a member may choose from, all loaded in one query.

    `home_key` is the key, as text, of the clinic to begin with; where it is not one of theirs, the oldest is taken.
    `looks_back` offers what has been as well: clinics that are active no longer, of which an administrator asks.
    """

    def __init__(self, membership: Membership, *, home_key: str = "", looks_back: bool = False) -> None:
        self.membership = membership
        self.home_key = home_key
        own = membership.organization_id
        self.clinics: list[Clinic]
        self.practitioners: list[Practitioner]
        self.types: list[AppointmentType]
        self.assignments: list[ClinicAssignment]
        self.clinics, self.practitioners, specialties, self.types, self.assignments = load_together(
            counted_clinics(membership) if looks_back else visible_clinics(membership),
            visible_practitioners(membership),
            Specialty.objects.filter(organization=own),
            AppointmentType.objects.filter(organization=own),
            ClinicAssignment.objects.filter(organization=own, ends_on=None)
            | ClinicAssignment.objects.filter(organization=own, ends_on__gte=timezone.now().date() - A_DAY),
        )
        by_key = {specialty.pk: specialty for specialty in specialties}
        for person in self.practitioners:
            person.specialty = by_key.get(person.specialty_id)
        self.specialties = {person.specialty for person in self.practitioners if person.specialty}

        self._clinics = {clinic.pk: clinic for clinic in self.clinics}
        self._practitioners = {practitioner.pk: practitioner for practitioner in self.practitioners}

    @property
    def home(self) -> Clinic | None:
        begun_with = (clinic for clinic in self.clinics if str(clinic.pk) == self.home_key)
        return next(begun_with, None) or min(
            self.clinics, key=lambda clinic: (not clinic.is_active, clinic.pk), default=None
        )

    @property
    def usual_type(self) -> AppointmentType | None:
        """What a visit is for where nobody says it."""
        return next((kind for kind in self.types if kind.is_default), None)

    def today(self, key: str | None) -> date:
        """Give the date at the clinic of that key, as text; where it is none of theirs, at the one to begin with."""
        asked = next((clinic for clinic in self.clinics if str(clinic.pk) == key), self.home)
        return timezone.now().astimezone(asked.zone if asked else UTC).date()

    def clinic(self, key: int) -> Clinic:
        return self._clinics[key]

    def practitioner(self, key: int) -> Practitioner:
        return self._practitioners[key]

    def knows(self, slot: TimeSlot) -> bool:
        """Tell whether both the slot's clinic and its practitioner are at hand."""
        return slot.clinic_id in self._clinics and slot.practitioner_id in self._practitioners


class PatientField(forms.ModelChoiceField):  # type: ignore[type-arg] # not generic when it runs
    """A patient by key; one who was merged into another record is the one that it became."""

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
        except ValidationError:
            found = self._survivor(value)
            if found is None:
                raise
        # Some lists offer those who are not active, too.
        return self._survivor(value) or found if found and found.merged_into_id else found

    def _survivor(self, value: Any) -> Any:
        key = str(value)
        is_one = self.queryset is not None and key.isdecimal() and len(key) <= LONGEST_KEY
        return self.queryset.filter(merged__pk=key).first() if is_one else None  # type: ignore[union-attr]


class RowField(forms.Field):
    """One of the rows at hand, by its key. Any other key, another organization's above all, does not exist."""

    def __init__(self, code: Code, *, key: str = "pk", required: bool = False, label: Any = None) -> None:
        super().__init__(required=required, label=label, error_messages={"required": message_of(code)})
        self.code, self.key = code, key
        self.rows: dict[str, TenantModel] = {}

    def offer(self, rows: Iterable[TenantModel]) -> None:
        self.rows = {str(getattr(row, self.key)): row for row in rows}

    def to_python(self, value: Any) -> TenantModel | None:
        if value in self.empty_values:
            return None
        try:
            return self.rows[str(value)]
        except KeyError:
            raise ValidationError(message_of(self.code), code=self.code) from None


@dataclass(frozen=True, slots=True)
class Anyone:
    """Whoever is free first: of a specialty, or of all."""

    specialty: Specialty | None = None

    @property
    def key(self) -> str:
        return str(self.specialty.pk) if self.specialty else EVERY_SPECIALTY


class AnyoneField(forms.Field):
    """Anyone: `any`, or the key of a specialty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.rows: dict[str, Anyone] = {}

    def offer(self, specialties: Iterable[Specialty]) -> None:
        offered = [Anyone(), *(Anyone(specialty) for specialty in specialties)]
        self.rows = {anyone.key: anyone for anyone in offered}

    def to_python(self, value: Any) -> Anyone | None:
        if value in self.empty_values:
            return None
        try:
            return self.rows[str(value)]
        except KeyError:
            raise ValidationError(message_of(Code.PRACTITIONER_NOT_FOUND), code=Code.PRACTITIONER_NOT_FOUND) from None


class SaneDateField(DayField):
    """A date that a clinic can mean."""

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and not EARLIEST <= value <= LATEST:
            raise ValidationError(message_of(Code.INVALID_DATE), code=Code.INVALID_DATE)


class DayForm(forms.Form):
    """Which day, at which clinic, of which practitioner."""

    date = SaneDateField(label=_("Date"), required=False)
    clinic = RowField(Code.CLINIC_NOT_FOUND, label=_("Clinic"))
    practitioner = RowField(Code.PRACTITIONER_NOT_FOUND, label=_("Practitioner"))

    def __init__(self, data: Any, *, desk: Desk) -> None:
        super().__init__(data)
        offer(self, desk)
        day = self.fields["date"]
        assert isinstance(day, SaneDateField)  # noqa: S101 for the type checker
        day.today = lambda: desk.today(self.data.get("clinic") or self.data.get("within"))


class TakeoverForm(DayForm):
    """Whose day at which clinic, and `to` whom its visits would go."""

    to = RowField(Code.PRACTITIONER_NOT_FOUND, label=_("To"))

    def __init__(self, data: Any, *, desk: Desk) -> None:
        super().__init__(data, desk=desk)
        for name in ("date", "clinic", "practitioner"):
            self.fields[name].required = True


class BoardForm(DayForm):
    """What of the day, and drawn how: `show` is one of the counts, `view` the table instead of the board."""

    show = forms.ChoiceField(
        choices=[(name, name) for name in ("to-come", "arrived", "waiting", "late", "free")], required=False
    )
    view = forms.ChoiceField(choices=[("table", "table")], required=False)


class OwnDayForm(forms.Form):
    """Which of one's own days."""

    date = SaneDateField(label=_("Date"), required=False)

    def __init__(self, data: Any, *, today: Callable[[], Any]) -> None:
        super().__init__(data)
        day = self.fields["date"]
        assert isinstance(day, SaneDateField)  # noqa: S101 for the type checker
        day.today = today


class BookingQuery(DayForm):
    """What has been chosen so far. `at` is an instant, or a time on the clinic's clock, with or without its date.

    `who` is the one box that offers practitioners and anyone; it says either.
    """

    anyone = AnyoneField(label=_("With"))
    within = RowField(Code.CLINIC_NOT_FOUND, label=_("At"))
    who = CleanTextField(max_length=40, required=False, label=_("With"))
    patient = PatientField(queryset=Patient.objects.none(), required=False, label=_("Patient"))
    type = RowField(Code.APPOINTMENT_TYPE_NOT_FOUND, key="code", label=_("For"))
    at = CleanTextField(max_length=40, required=False, label=_("Time"))

    def __init__(self, data: Any, *, desk: Desk) -> None:
        super().__init__(data, desk=desk)
        self.home = desk.home

    def clean_at(self) -> datetime | None:
        said: str = self.cleaned_data["at"]
        chosen = self.cleaned_data
        of_anyone = chosen.get("anyone") or (chosen.get("who") or "").startswith(ANYONE)
        clinic = chosen.get("within") if of_anyone else chosen.get("clinic")
        clinic = clinic or self.home
        return local_moment(said, self.cleaned_data.get("date"), clinic) if said and clinic else None

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        who = chosen.pop("who", "")
        anyone, practitioner = self.fields["anyone"], self.fields["practitioner"]
        if who.startswith(ANYONE):
            # Whose and where is for the soonest time to say.
            return {**chosen, "anyone": anyone.clean(who.removeprefix(ANYONE)), "practitioner": None, "clinic": None}
        if who:
            return {**chosen, "anyone": None, "practitioner": practitioner.clean(who)}
        return chosen


class BookingForm(forms.Form):
    """A booking as it is confirmed. Everything but the note was chosen before: a wrong value is no slip of the pen."""

    patient = PatientField(queryset=Patient.objects.none(), label=_("Patient"))
    clinic = RowField(Code.CLINIC_NOT_FOUND, required=True, label=_("Clinic"))
    practitioner = RowField(Code.PRACTITIONER_NOT_FOUND, required=True, label=_("Practitioner"))
    type = RowField(Code.APPOINTMENT_TYPE_NOT_FOUND, key="code", label=_("For"))
    anyone = AnyoneField(label=_("With"))
    within = RowField(Code.CLINIC_NOT_FOUND, label=_("At"))
    status = forms.ChoiceField(
        choices=[(status, status.label) for status in BOOKABLE_AS], required=False, label=_("Status")
    )
    start = CleanTextField(max_length=40, label=_("Time"), error_messages={"required": _("Choose a time.")})
    duration = DigitsIntegerField(required=False, label=_("Minutes"))
    request_id = forms.UUIDField(label=_("Form"))
    notes = CleanTextField(
        max_length=2000,
        required=False,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2, "hx-preserve": "true"}),
    )

    def __init__(self, data: Any = None, *, desk: Desk) -> None:
        super().__init__(data)
        offer(self, desk)

    def clean_start(self) -> datetime:
        return aware_moment(self.cleaned_data["start"])

    def clean_duration(self) -> int | None:
        minutes: int | None = self.cleaned_data["duration"]
        if minutes is not None and not 1 <= minutes <= LONGEST_VISIT:
            raise ValidationError(message_of(Code.INVALID_DURATION), code=Code.INVALID_DURATION)
        return minutes


class VersionForm(forms.Form):
    """What is done to a row as it was on the screen: `expected_version` is the one that was seen."""

    expected_version = forms.IntegerField(
        label=_("Version"), min_value=1, max_value=MAX_VERSION, widget=forms.HiddenInput
    )


class AnswerForm(VersionForm):
    """What is said to a request."""

    status = forms.ChoiceField(choices=[(status, status.label) for status in (Status.BOOKED, Status.CANCELLED)])
    cancellation_reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose a reason")), *CancellationReason.choices], required=False
    )
    reason = CleanTextField(label=_("In words"), max_length=2000, required=False)


class StepForm(VersionForm):
    """The next status. Cancelling is none of them: it asks for a reason, on a form of its own."""

    status = forms.ChoiceField(
        label=_("Status"),
        choices=[(status, status.label) for status in Status if status not in {Status.PENDING, Status.CANCELLED}],
    )


class CancelForm(VersionForm):
    """Why an appointment is cancelled: one of the reasons, and words where that is `other`."""

    cancellation_reason = forms.ChoiceField(
        label=_("Reason"),
        choices=CancellationReason.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), message_of(Code.CANCELLATION_REASON_REQUIRED)),
    )
    reason = CleanTextField(
        label=_("In words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("cancellation_reason") == CancellationReason.OTHER and said.get("reason") == "":
            self.add_error("reason", _("Say in words why the appointment is cancelled."))
        return said


class MoveForm(VersionForm):
    """Another time for an appointment. Everything was chosen before, but for whether the patient agrees."""

    clinic = RowField(Code.CLINIC_NOT_FOUND, required=True, label=_("Clinic"))
    practitioner = RowField(Code.PRACTITIONER_NOT_FOUND, required=True, label=_("Practitioner"))
    start = CleanTextField(max_length=40, label=_("Time"), error_messages={"required": _("Choose a time.")})
    agreed = forms.BooleanField(label=_("The patient agrees to see somebody else"), required=False)

    def __init__(self, data: Any = None, *, desk: Desk, practitioner: Practitioner) -> None:
        super().__init__(data)
        self.before = practitioner
        offer(self, desk)

    def clean_start(self) -> datetime:
        return aware_moment(self.cleaned_data["start"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("practitioner") not in {None, self.before} and not said.get("agreed"):
            self.add_error("agreed", _("Ask the patient, and say here that they agree to see somebody else."))
        return said


class EditForm(VersionForm):
    """What can be changed without moving: the type, by its code, and the note."""

    type = RowField(Code.APPOINTMENT_TYPE_NOT_FOUND, key="code", label=_("For"))
    notes = CleanTextField(
        label=_("Note, for whoever sees the patient"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: Any = None, *, types: Iterable[AppointmentType], **given: Any) -> None:
        super().__init__(data, **given)
        field = self.fields["type"]
        assert isinstance(field, RowField)  # noqa: S101 for the type checker
        field.offer(types)


class MissedForm(VersionForm):
    """What became of a visit to which nobody came."""

    status = forms.ChoiceField(choices=[(status, status.label) for status in (Status.NO_SHOW, Status.ARRIVED)])


def offer(form: forms.Form, desk: Desk) -> None:
    """Let the form's fields choose from the desk's rows."""
    rows: Mapping[str, Iterable[Any]] = {
        "anyone": desk.specialties,
        "clinic": desk.clinics,
        "within": desk.clinics,
        "practitioner": desk.practitioners,
        "to": desk.practitioners,
        "specialty": desk.specialties,
        "type": desk.types,
    }
    for name, field in form.fields.items():
        if isinstance(field, RowField | AnyoneField):
            field.offer(rows[name])
    patient = form.fields.get("patient")
    if isinstance(patient, forms.ModelChoiceField):
        patient.queryset = bookable_patients(desk.membership)
        missing = message_of(Code.PATIENT_NOT_FOUND)
        patient.error_messages |= {"invalid_choice": missing, "required": _("Choose a patient.")}


def aware_moment(said: str) -> datetime:
    """Read an instant in ISO form with its offset; refuse one without, and years far from ours."""
    moment = _read(said)
    if moment.tzinfo is None:
        raise ValidationError(message_of(Code.INVALID_DATE), code=Code.INVALID_DATE)
    return moment


def local_moment(said: str, day: date | None, clinic: Clinic) -> datetime:
    """Read an instant, or a time on the clinic's clock; refuse one that a clock change skips."""
    clock = _CLOCK.fullmatch(fold_digits(said))
    if clock and day:
        said = f"{day.isoformat()}T{clock[1]:0>2}:{clock[2]}"
    moment = _read(said)
    if moment.tzinfo is not None:
        return moment
    if not exists(moment.date(), moment.time(), clinic.zone):
        raise ValidationError(
            _("%(clinic)s has no %(time)s on that day: the clocks go forward over it."),
            code=Code.INVALID_DATE,
            params={"clinic": clinic, "time": f"{moment:%H:%M}"},
        )
    return moment.replace(tzinfo=clinic.zone)


def _read(said: str) -> datetime:
    try:
        moment = datetime.fromisoformat(fold_digits(said))
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 refused below
    if not EARLIEST <= moment.date() <= LATEST:
        raise ValidationError(message_of(Code.INVALID_DATE), code=Code.INVALID_DATE)
    return moment


class UpcomingForm(forms.Form):
    """Which of what is to come: dates as each clinic counts them, and the rows that a visit must have."""

    start_date = SaneDateField(label=_("From"), required=False)
    end_date = SaneDateField(label=_("To"), required=False)
    clinic = RowField(Code.CLINIC_NOT_FOUND)
    practitioner = RowField(Code.PRACTITIONER_NOT_FOUND)
    type = RowField(Code.APPOINTMENT_TYPE_NOT_FOUND, key="code")
    status = forms.ChoiceField(
        choices=[(status, status.label) for status in Status if status not in FREEING], required=False
    )
    patient = PatientField(queryset=Patient.objects.none(), required=False)

    def __init__(self, data: Any, *, desk: Desk) -> None:
        super().__init__(data)
        offer(self, desk)
        self.fields["patient"].queryset = visible_patients(desk.membership)  # type: ignore[attr-defined]


class AvailabilityForm(forms.Form):
    """Whose free times, from which date on, and in which part of the day."""

    date = SaneDateField(label=_("From"), required=False)
    clinic = RowField(Code.CLINIC_NOT_FOUND)
    specialty = RowField(Code.PRACTITIONER_NOT_FOUND)
    part = forms.ChoiceField(
        choices=[("morning", _("Morning")), ("afternoon", _("Afternoon")), ("evening", _("Evening"))], required=False
    )

    def __init__(self, data: Any, *, desk: Desk) -> None:
        super().__init__(data)
        offer(self, desk)
