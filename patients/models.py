"""Whom the clinic sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models import CharField, F, Func, Q, TextField, Value
from django.db.models.functions import Replace, Reverse, Upper
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinics.models import Organization, SameOrganization, TenantModel, User, organization_key, record_event
from clinics.validators import validate_readable, validate_visible
from patients.names import search_form

PATIENT_CREATED = "PATIENT_CREATED"
MADE_FROM_NAME = ("search_name", "search_name_of")


def with_search_name(fields: Iterable[str]) -> list[str]:
    """Give the names of fields to write, and with `name` those that follow it."""
    names = dict.fromkeys(fields)
    return list(names | dict.fromkeys(MADE_FROM_NAME)) if "name" in names else list(names)


def bare_name() -> Func:
    """Give the expression of the search name without its title."""
    return Func("search_name", Value("|"), Value(1), function="split_part", output_field=TextField())


def joined_name() -> Func:
    """Give the expression of the search name without its title, all its words in one."""
    return Replace(bare_name(), Value(" "), Value(""), output_field=TextField())


def name_words() -> Func:
    """Give the expression of the array of the search name's words, among them its title and empty ones."""
    return Func("search_name", Value(" "), function="string_to_array", output_field=ArrayField(TextField()))


class PatientQuerySet(models.QuerySet["Patient"]):
    """Writes the search name wherever it writes a name."""

    def update(self, **changes: Any) -> int:
        """Take a name as a string only: what the database works out itself would be refused by the database."""
        if isinstance(changes.get("name"), str):
            changes |= {"search_name": search_form(changes["name"]), "search_name_of": changes["name"]}
        return super().update(**changes)

    def bulk_create(self, objs: Iterable[Patient], *args: Any, **options: Any) -> list[Patient]:
        patients = list(objs)
        for patient in patients:
            patient.follow_name()
        if options.get("update_fields"):
            options["update_fields"] = with_search_name(options["update_fields"])
        return super().bulk_create(patients, *args, **options)

    def bulk_update(self, objs: Iterable[Patient], fields: Iterable[str], batch_size: int | None = None) -> int:
        patients, written = list(objs), with_search_name(fields)
        if "name" in written:
            for patient in patients:
                patient.follow_name()
        return super().bulk_update(patients, written, batch_size)


class PatientManager(models.Manager["Patient"]):
    def get_queryset(self) -> PatientQuerySet:
        return PatientQuerySet(self.model, using=self._db)

    def register(self, organization: Organization, *, actor: User | None, **fields: Any) -> Patient:
        """Add a patient under the organization's next record number, with the event that tells of it."""
        with transaction.atomic():
            (number,) = self.next_record_numbers(organization, 1)
            patient = self.create(organization=organization, record_number=number, **fields)
            told = {"name": patient.name, "record_number": patient.record_number}
            record_event(kind=PATIENT_CREATED, target=patient, actor=actor, new=told)
        return patient

    def next_record_numbers(self, organization: Organization, count: int) -> list[str]:
        """Count on, past the numbers that others brought with them; the count's row is locked until the end."""
        counter, numbers = Organization.objects.filter(pk=organization.pk), list[str]()
        while missing := count - len(numbers):
            counter.update(last_record_number=F("last_record_number") + missing)
            last = counter.values_list("last_record_number", flat=True).get()
            tried = [f"MR-{number:06}" for number in range(last - missing + 1, last + 1)]
            rows = self.filter(organization=organization, record_number__in=tried)
            taken = set(rows.values_list("record_number", flat=True))
            numbers += [number for number in tried if number not in taken]
        return numbers


class Patient(TenantModel):
    """A person with one name, as it is spoken: many people have no family name. A phone may be shared.

    `search_name` is `name` as patients.names.search_form writes it, which the database cannot work out. So it is kept
    with the name that it was made from, and the database refuses a row where that is no longer the name: every writer
    here brings both along, and one that goes around them cannot leave a patient who is not found.
    """

    name = models.CharField(_("name"), max_length=200, validators=[validate_readable, validate_visible])
    search_name = models.TextField(default="", editable=False)
    search_name_of = models.CharField(max_length=200, default="", editable=False)
    record_number = models.CharField(_("record number"), max_length=32)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    birth_date_estimated = models.BooleanField(_("estimated from an age"), default=False)
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="my")
    is_active = models.BooleanField(_("active"), default=True)
    # Always who it is now: when that patient is merged in turn, this follows, so that nobody has to go along a chain.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        db_constraint=False,
        db_index=False,
        editable=False,
        verbose_name=_("merged into"),
    )

    objects: ClassVar[PatientManager] = PatientManager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ("name", "id")
        indexes = (
            models.Index(fields=["organization", "phone"], name="patient_phone"),
            models.Index(fields=["organization", "birth_date"], name="patient_birth_date"),
            # By the last digits. The phone as characters: its field would read them as a whole number.
            models.Index(
                "organization",
                OpClass(Reverse("phone", output_field=CharField()), name="text_pattern_ops"),
                name="patient_phone_end",
            ),
            models.Index(
                "organization",
                OpClass(Reverse(Upper("record_number")), name="text_pattern_ops"),
                name="patient_record_number_end",
            ),
            # Without the organization: PostgreSQL joins the index with another that has it, just as quickly.
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="patient_search_name"),
            GinIndex(name_words(), name="patient_name_words"),
            models.Index("organization", OpClass(joined_name(), name="text_pattern_ops"), name="patient_joined_name"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="patient_merged_into"),
        )
        constraints = (
            organization_key("patient"),
            models.UniqueConstraint(
                fields=["organization", "record_number"],
                name="patient_record_number_once",
                violation_error_message=_("Another patient has this record number."),
            ),
            models.CheckConstraint(name="patient_has_a_name", condition=~Q(name="")),
            SameOrganization(field="merged_into", name="patient_merged_into_same_organization"),
            models.CheckConstraint(
                name="patient_merged_is_not_active",
                condition=Q(merged_into=None) | Q(is_active=False) & ~Q(merged_into=F("id")),
                violation_error_message=_("This record was merged into another one, so it cannot be active."),
            ),
            models.CheckConstraint(name="patient_search_name_follows_name", condition=Q(search_name_of=F("name"))),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.follow_name()

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        self.follow_name()
        super().save(update_fields=None if update_fields is None else with_search_name(update_fields), **options)

    def follow_name(self) -> None:
        """Make what follows `name` anew, unless that was left in the database and so cannot have changed."""
        if "name" not in self.get_deferred_fields():
            self.search_name_of = self.name or ""
            self.search_name = search_form(self.search_name_of)


class PatientPair(TenantModel):
    """That two patients who look like one person are two: somebody has looked. `first` has the smaller key."""

    first = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    second = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("pair of patients")
        verbose_name_plural = _("pairs of patients")
        constraints = (
            SameOrganization(field="first", name="patient_pair_first_same_organization"),
            SameOrganization(field="second", name="patient_pair_second_same_organization"),
            models.CheckConstraint(name="patient_pair_in_order", condition=Q(first__lt=F("second"))),
            models.UniqueConstraint(fields=["first", "second"], name="patient_pair_once"),
        )

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class NameWord(models.Model):
    """A word of a search name, of whatever organization: what a misspelt one may have meant.

    The database notes it, by a trigger, with the patient whose name has it. It stays when that patient goes, and finds
    nobody then.
    """

    word = models.TextField(db_index=True)

    def __str__(self) -> str:
        return self.word
