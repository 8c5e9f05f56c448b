"""Appointments, and what the database itself refuses: two visits of one practitioner, or of one patient, at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic, Practitioner, SameOrganization, TenantModel, organization_key
from patients.models import Patient
from scheduling.domain.intervals import Interval
from scheduling.domain.sessions import local_day
from scheduling.enums import FREEING, UNDER_WAY, CancellationReason, Status
from scheduling.lifecycle import EXPECTED
from scheduling.models.schedule import MINUTES_A_DAY

LONGEST = timedelta(minutes=MINUTES_A_DAY)
"""Of all visits; the database refuses longer ones."""


class AppointmentType(TenantModel):
    """A kind of visit. Without a `duration` (minutes) a visit lasts as long as its slot."""

    code = models.SlugField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=200)
    duration = models.PositiveSmallIntegerField(
        _("minutes"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MINUTES_A_DAY)]
    )
    encounter_type = models.CharField(_("type of encounter"), max_length=50, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("appointment type")
        verbose_name_plural = _("appointment types")
        ordering = ("-is_default", "name")
        constraints = (
            organization_key("appointment_type"),
            models.UniqueConstraint(
                fields=["organization", "code"],
                name="appointment_type_code_once",
                violation_error_message=_("Another type has this code."),
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(is_default=True),
                name="appointment_type_one_default",
                violation_error_message=_("Another type is the default. Take the mark away there first."),
            ),
            models.CheckConstraint(
                name="appointment_type_duration_in_a_day",
                condition=Q(duration=None) | Q(duration__gte=1, duration__lte=MINUTES_A_DAY),
            ),
        )

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """The words in which pages and services ask for appointments."""

    def occupying(self) -> Self:
        """Those whose time nobody else can have."""
        return self.filter(imported=False).exclude(status__in=FREEING)

    def under_way(self) -> Self:
        """Those that keep their patient from being elsewhere."""
        return self.filter(imported=False, status__in=UNDER_WAY)

    def requests(self) -> Self:
        """Those that somebody here has still to confirm; what history left open is nobody's duty."""
        return self.filter(imported=False, status=Status.PENDING)

    def overlapping(self, interval: Interval) -> Self:
        # An index goes by the start: no visit is longer than LONGEST, and what began before that need not be looked at.
        return self.filter(
            appointment_date__lt=interval.end,
            appointment_date__gt=interval.start - LONGEST,
            ends_at__gt=interval.start,
        )

    def on_local_day(self, day: date, zone: ZoneInfo) -> Self:
        """Those that start on `day` as `zone` counts days."""
        whole = local_day(day, zone)
        return self.filter(appointment_date__gte=whole.start, appointment_date__lt=whole.end)

    def before_today_at(self, clinics: Iterable[Clinic], now: datetime) -> Self:
        """Those at one of the clinics that started before today, as that clinic counts days."""
        before = Q(pk__in=[])
        for zone, clinic_ids in _by_zone(clinics).items():
            today = local_day(now.astimezone(zone).date(), zone)
            before |= Q(clinic__in=clinic_ids, appointment_date__lt=today.start)
        # All of it is before now, too: an index finds one range of dates, but not one for each zone.
        return self.filter(before, appointment_date__lt=now)

    def today_at(self, clinics: Iterable[Clinic], now: datetime) -> Self:
        """Those at one of the clinics that start today, as that clinic counts days."""
        return self._on_day_at(clinics, lambda zone: now.astimezone(zone).date())

    def from_today_at(self, clinics: Iterable[Clinic], now: datetime) -> Self:
        """Those at one of the clinics that start today, whatever the hour, or later."""
        return self._on_day_at(clinics, lambda zone: now.astimezone(zone).date(), or_later=True)

    def on_date_at(self, clinics: Iterable[Clinic], day: date) -> Self:
        """Those at one of the clinics that start on `day`, as that clinic counts days."""
        return self._on_day_at(clinics, lambda _zone: day)

    def over_midnight_at(self, clinics: Iterable[Clinic], now: datetime) -> Self:
        """Those at one of the clinics that are being seen, began before today and reach into it, as it counts days."""
        reach_into = Q(pk__in=[])
        for zone, clinic_ids in _by_zone(clinics).items():
            begins = local_day(now.astimezone(zone).date(), zone).start
            reach_into |= Q(clinic__in=clinic_ids, appointment_date__lt=begins, ends_at__gt=begins)
        return self.filter(reach_into, status=Status.IN_PROGRESS)

    def _on_day_at(
        self, clinics: Iterable[Clinic], day_of: Callable[[ZoneInfo], date], *, or_later: bool = False
    ) -> Self:
        on_day = Q(pk__in=[])
        for zone, clinic_ids in _by_zone(clinics).items():
            whole = local_day(day_of(zone), zone)
            from_then = Q(clinic__in=clinic_ids, appointment_date__gte=whole.start)
            on_day |= from_then if or_later else from_then & Q(appointment_date__lt=whole.end)
        return self.filter(on_day)

    def with_names(self) -> Self:
        """Load in the same query what a list shows: patient, practitioner, clinic and type."""
        return self.select_related("patient", "practitioner", "clinic", "appointment_type")


def _by_zone(clinics: Iterable[Clinic]) -> dict[ZoneInfo, list[int]]:
    by_zone: defaultdict[ZoneInfo, list[int]] = defaultdict(list)
    for clinic in clinics:
        by_zone[clinic.zone].append(clinic.pk)
    return by_zone


def _visit_range() -> Func:
    return Func("appointment_date", "ends_at", function="tstzrange", output_field=DateTimeRangeField())


# What history from another system brings may overlap; it takes no time from anybody.
_OCCUPYING = Q(imported=False) & ~Q(status__in=FREEING)
_PATIENT_UNDER_WAY = Q(imported=False, status__in=UNDER_WAY)


class Appointment(TenantModel):
    """One patient's visit to one practitioner: `duration` minutes from `appointment_date`, to `ends_at`.

    Patients who share a slot have different `seat`s, up to the `slot_capacity` of the slot as it was booked. `version`
    counts the changes. `request_id` names the rendered form that booked it, `request_digest` what that form said.
    """

    patient = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        related_name="appointments",
        db_constraint=False,
        db_index=False,
        verbose_name=_("patient"),
    )
    practitioner = models.ForeignKey(
        Practitioner,
        on_delete=models.PROTECT,
        related_name="appointments",
        db_constraint=False,
        db_index=False,
        verbose_name=_("practitioner"),
    )
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        related_name="appointments",
        db_constraint=False,
        db_index=False,
        verbose_name=_("clinic"),
    )
    appointment_type = models.ForeignKey(
        AppointmentType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,  # of few values: nobody looks for visits by their type alone
        verbose_name=_("type"),
    )
    appointment_date = models.DateTimeField(_("start"))
    duration = models.PositiveSmallIntegerField(_("minutes"))
    ends_at = models.DateTimeField(_("end"), editable=False)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.BOOKED)
    seat = models.PositiveSmallIntegerField(_("seat"), default=1)
    slot_capacity = models.PositiveSmallIntegerField(_("patients in the slot"), default=1)
    notes = models.TextField(_("notes"), blank=True, max_length=2000)
    cancellation_reason = models.CharField(
        _("reason for cancelling"), max_length=32, blank=True, choices=CancellationReason
    )
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    imported = models.BooleanField(_("imported"), default=False)
    request_id = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 None is not ""
    request_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("booked"), auto_now_add=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        indexes = (
            models.Index(fields=["practitioner", "appointment_date", "status"], name="appointment_of_practitioner"),
            models.Index(fields=["clinic", "appointment_date", "status"], name="appointment_of_clinic"),
            # With all that statistics count: a year of an organization is read from the index alone.
            models.Index(
                fields=["organization", "appointment_date", "status"],
                include=["clinic", "appointment_type", "cancellation_reason", "patient", "id"],
                name="appointment_counted",
            ),
            models.Index(fields=["patient", "appointment_date"], name="appointment_of_patient"),
            # The requests that every page of the desk counts; few at any time.
            models.Index(
                fields=["organization", "clinic"], condition=Q(status=Status.PENDING), name="appointment_request"
            ),
            # Who is to come, and who did not: of the past only those whom nobody has seen to yet.
            models.Index(
                fields=["organization", "appointment_date"],
                condition=Q(imported=False, status__in=EXPECTED),
                name="appointment_expected",
            ),
            # What the practice cancelled, for the follow-up list.
            models.Index(
                fields=["organization", "clinic"],
                condition=Q(status=Status.CANCELLED, cancellation_reason=CancellationReason.PRACTICE_REQUEST),
                name="appointment_to_rebook",
            ),
        )
        constraints = (
            organization_key("appointment"),
            SameOrganization(field="patient", name="appointment_patient_same_organization"),
            SameOrganization(field="practitioner", name="appointment_practitioner_same_organization"),
            SameOrganization(field="clinic", name="appointment_clinic_same_organization"),
            SameOrganization(field="appointment_type", name="appointment_type_same_organization"),
            models.CheckConstraint(name="appointment_status_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="appointment_cancellation_reason_known",
                condition=Q(cancellation_reason__in=["", *CancellationReason.values]),
            ),
            models.CheckConstraint(name="appointment_version_counts_from_1", condition=Q(version__gte=1)),
            models.CheckConstraint(
                name="appointment_duration_in_a_day", condition=Q(duration__gte=1, duration__lte=MINUTES_A_DAY)
            ),
            models.CheckConstraint(
                name="appointment_ends_after_duration",
                condition=Q(
                    ends_at=ExpressionWrapper(
                        F("appointment_date")
                        + ExpressionWrapper(
                            F("duration") * Value(timedelta(minutes=1)), output_field=models.DurationField()
                        ),
                        output_field=models.DateTimeField(),
                    )
                ),
            ),
            models.CheckConstraint(
                name="appointment_seat_within_capacity", condition=Q(seat__gte=1, seat__lte=F("slot_capacity"))
            ),
            models.CheckConstraint(
                name="appointment_imported_is_history", condition=Q(imported=False) | Q(ends_at__lte=F("created_at"))
            ),
            ExclusionConstraint(
                name="appointment_practitioner_overlap",
                expressions=(
                    ("practitioner", RangeOperators.EQUAL),
                    (_visit_range(), RangeOperators.OVERLAPS),
                    ("appointment_date", RangeOperators.NOT_EQUAL),
                ),
                condition=_OCCUPYING,
            ),
            ExclusionConstraint(
                name="appointment_practitioner_elsewhere",
                expressions=(
                    ("practitioner", RangeOperators.EQUAL),
                    (_visit_range(), RangeOperators.OVERLAPS),
                    ("clinic", RangeOperators.NOT_EQUAL),
                ),
                condition=_OCCUPYING,
            ),
            ExclusionConstraint(
                name="appointment_slot_of_one_length",
                expressions=(
                    ("practitioner", RangeOperators.EQUAL),
                    ("appointment_date", RangeOperators.EQUAL),
                    ("ends_at", RangeOperators.NOT_EQUAL),
                ),
                condition=_OCCUPYING,
            ),
            models.UniqueConstraint(
                fields=["practitioner", "appointment_date", "seat"], condition=_OCCUPYING, name="appointment_seat_once"
            ),
            ExclusionConstraint(
                name="appointment_patient_overlap",
                expressions=(("patient", RangeOperators.EQUAL), (_visit_range(), RangeOperators.OVERLAPS)),
                condition=_PATIENT_UNDER_WAY,
            ),
            models.UniqueConstraint(fields=["organization", "request_id"], name="appointment_request_once"),
        )

    def __str__(self) -> str:
        return f"{self.appointment_date:%Y-%m-%d %H:%M} {self.status}"

    @property
    def local_start(self) -> datetime:
        """The start on the clinic's clock."""
        return self.appointment_date.astimezone(self.clinic.zone)

    @property
    def local_end(self) -> datetime:
        return self.ends_at.astimezone(self.clinic.zone)
