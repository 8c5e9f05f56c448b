"""When practitioners see patients. Each row has one parent, which says its organization."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.days import dated
from clinics.models import Clinic, ClinicAssignment, Practitioner

MINUTES_A_DAY = 24 * 60


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Schedule(models.Model):
    """What an assignment offers from `valid_from` to `valid_until`, both included; None: without an end."""

    assignment = models.ForeignKey(
        ClinicAssignment, on_delete=models.CASCADE, related_name="schedules", verbose_name=_("assignment")
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    slot_minutes = models.PositiveSmallIntegerField(
        _("minutes of a slot"), validators=[MinValueValidator(1), MaxValueValidator(MINUTES_A_DAY)]
    )
    capacity = models.PositiveSmallIntegerField(_("patients in a slot"), default=1, validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = (
            models.CheckConstraint(
                name="schedule_valid_until_after_from",
                condition=Q(valid_until__gte=F("valid_from")) | Q(valid_until=None),
                violation_error_message=_("This is before its start."),
            ),
            models.CheckConstraint(
                name="schedule_slot_minutes_in_a_day",
                condition=Q(slot_minutes__gte=1, slot_minutes__lte=MINUTES_A_DAY),
            ),
            models.CheckConstraint(name="schedule_capacity_positive", condition=Q(capacity__gte=1)),
        )

    def __str__(self) -> str:
        return f"{self.assignment}, {dated(self.valid_from, 'j F Y')}"


class WorkingHours(models.Model):
    """One session a week, on the clinic's clock; an end not after the start is on the next day."""

    schedule = models.ForeignKey(
        Schedule, on_delete=models.CASCADE, related_name="working_hours", verbose_name=_("schedule")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("until"))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ("weekday", "start_time")
        constraints = (
            models.CheckConstraint(name="working_hours_weekday_known", condition=Q(weekday__in=Weekday.values)),
            models.UniqueConstraint(
                fields=["schedule", "weekday", "start_time"],
                name="working_hours_start_once",
                violation_error_message=_("There are hours from this time on that day already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start_time:%H:%M}-{self.end_time:%H:%M}"


class TimeOff(models.Model):
    """The instants `[starts_at, ends_at)` at which a practitioner sees nobody, at any clinic."""

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.CASCADE, related_name="time_off", db_index=False, verbose_name=_("practitioner")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
        indexes = (models.Index(fields=["practitioner", "ends_at", "starts_at"], name="time_off_of_practitioner"),)
        constraints = (
            models.CheckConstraint(
                name="time_off_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("This is not after its start."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.practitioner}, {dated(timezone.localtime(self.starts_at), 'j F Y H:i')}"


class ClinicClosure(models.Model):
    """A local date on which a clinic is closed from midnight to midnight."""

    clinic = models.ForeignKey(
        Clinic, on_delete=models.CASCADE, related_name="closures", db_index=False, verbose_name=_("clinic")
    )
    date = models.DateField(_("date"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("clinic closure")
        verbose_name_plural = _("clinic closures")
        ordering = ("date",)
        constraints = (
            models.UniqueConstraint(
                fields=["clinic", "date"],
                name="clinic_closure_once",
                violation_error_message=_("The clinic is closed on that day already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.clinic}, {dated(self.date, 'j F Y')}"
