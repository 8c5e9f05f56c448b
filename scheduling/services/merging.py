"""Two records of one patient made one, and for a day two again. Nothing is deleted."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import models
from django.db.models import Count, F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from clinics.models import Organization, User, record_event
from patients.models import Patient, PatientPair
from patients.pairs import FIELDS, Pair, find_pairs
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment, Encounter, Notification, PatientMerge
from scheduling.models.merging import UNDOABLE_FOR
from scheduling.services.contention import contended
from scheduling.services.lookups import is_key

PATIENT_MERGED = "PATIENT_MERGED"
PATIENT_MERGE_UNDONE = "PATIENT_MERGE_UNDONE"
PATIENTS_TOLD_APART = "PATIENTS_TOLD_APART"

TOO_LONG = 1.0  # seconds
KEPT_FOR = 10 * 60  # seconds

FOLLOW = (
    "scheduling.appointment.patient",
    "scheduling.encounter.patient",
    "scheduling.notification.patient",
    # Those who were merged into the merged one before.
    "patients.patient.merged_into",
)
"""Every relation whose rows go along with a patient, as app, model and field."""

STAY = (
    "patients.patientpair.first",
    "patients.patientpair.second",
    "scheduling.patientmerge.kept",
    "scheduling.patientmerge.merged",
)
"""The relations that tell of the records themselves."""


@dataclass(frozen=True, slots=True)
class History:
    """How much of it a patient has, whatever its status: rows, and when the last visit is."""

    appointments: int
    encounters: int
    last_visit: datetime | None

    @property
    def weight(self) -> tuple[int, int]:
        return self.appointments, self.encounters


def histories_of(patient_ids: Collection[int]) -> dict[int, History]:
    """Count what each of the patients has, in two queries."""
    visits = Appointment.objects.filter(patient__in=patient_ids).order_by().values("patient")
    counted = {row["patient"]: row for row in visits.annotate(count=Count("pk"), last=Max("appointment_date"))}
    met = Encounter.objects.filter(patient__in=patient_ids).order_by().values_list("patient")
    encounters = dict(met.annotate(count=Count("pk")))
    return {
        key: History(
            appointments=counted[key]["count"] if key in counted else 0,
            encounters=encounters.get(key, 0),
            last_visit=counted[key]["last"] if key in counted else None,
        )
        for key in patient_ids
    }


def likely_pairs(organization: Organization) -> list[Pair]:
    """Give the pairs that may be one person; where finding them took long, those found in the last ten minutes.

    Keys alone are kept. Whoever was merged or told apart since is left out.
    """
    key = f"pairs:{organization.pk}"
    try:
        known = cache.get(key)
    except RedisError:
        known = None
    if known is not None:
        return _still_there(organization, [Pair(*each) for each in known])
    begun = time.monotonic()
    pairs = find_pairs(organization)
    if time.monotonic() - begun > TOO_LONG:
        with contextlib.suppress(RedisError):
            cache.set(key, [astuple(pair) for pair in pairs], timeout=KEPT_FOR)
    return pairs


def _still_there(organization: Organization, pairs: list[Pair]) -> list[Pair]:
    keys = {key for pair in pairs for key in (pair.first, pair.second)}
    rows = Patient.objects.filter(organization=organization, is_active=True, pk__in=keys)
    active = set(rows.values_list("pk", flat=True))
    apart = set(PatientPair.objects.filter(first__in=keys).values_list("first", "second"))
    there = [pair for pair in pairs if pair.first in active and pair.second in active]
    return [pair for pair in there if (pair.first, pair.second) not in apart]


def overlaps(first: Patient, second: Patient) -> list[tuple[Appointment, Appointment]]:
    """Give the visits under way of the one that overlap one of the other: nobody can be at both."""
    rows = Appointment.objects.under_way().filter(patient__in=[first, second]).with_names()
    visits = list(rows.select_related("appointment_type").order_by("appointment_date", "id"))
    of_second = [visit for visit in visits if visit.patient_id == second.pk]
    return [
        (one, other)
        for one in visits
        if one.patient_id == first.pk
        for other in of_second
        if one.appointment_date < other.ends_at and other.appointment_date < one.ends_at
    ]


@contended
def merge(
    organization: Organization,
    *,
    actor: User | None,
    kept_id: int,
    merged_id: int,
    from_merged: Collection[str] = (),
) -> PatientMerge:
    """Make the second record part of the first, which takes of it the fields of `FIELDS` that `from_merged` names.

    Everything of the second follows, and it stays as a row that is not active. Raises AppointmentError: for the same
    record twice; for one that is not there, not active, or merged already; while visits under way of the two overlap.
    """
    if kept_id == merged_id:
        raise AppointmentError(Code.INVALID_TRANSITION, _("This is one record, not two."), field="patient_id")
    found = _locked(organization, kept_id, merged_id)
    kept, merged = found.get(kept_id), found.get(merged_id)
    if kept is None or merged is None:
        raise AppointmentError(Code.PATIENT_NOT_FOUND)
    if not (kept.is_active and merged.is_active):
        words = _("One of the two records is not active any more, or was merged already.")
        raise AppointmentError(Code.STALE_VERSION, words, field="patient_id")
    if overlaps(kept, merged):
        words = _("Both records have visits at the same time. Cancel or move one of each pair first.")
        raise AppointmentError(Code.PATIENT_CONFLICT, words)
    changed = _take(kept, merged, from_merged)
    moved = {name: _follow(name, merged, kept) for name in FOLLOW}
    merged.is_active, merged.merged_into = False, kept
    merged.save(update_fields=["is_active", "merged_into"])
    done = PatientMerge.objects.create(
        organization=organization, kept=kept, merged=merged, moved=moved, changed=changed, created_by=actor
    )
    _tell(PATIENT_MERGED, done, actor, changed)
    return done


@contended
def undo_merge(organization: Organization, *, actor: User | None, merge_id: int) -> PatientMerge:
    """Give the merged record back what followed, and the kept one the fields that nobody has changed since.

    What belongs to a visit that goes back goes with it; what was booked for the kept record since stays there. Raises
    `undo_expired` after a day, when it was undone already, and when the kept record was itself merged since.
    """
    own = PatientMerge.objects.filter(organization=organization)
    seen = own.filter(pk=merge_id).first() if is_key(merge_id) else None
    if seen is None:
        raise AppointmentError(Code.PATIENT_NOT_FOUND, _("There is no such merge."), field="")
    found = _locked(organization, seen.kept_id, seen.merged_id)
    kept, merged = found[seen.kept_id], found[seen.merged_id]
    done = own.get(pk=seen.pk)
    if reason := reason_not_to_undo(done, kept, merged, timezone.now()):
        raise AppointmentError(Code.UNDO_EXPIRED, reason, field="")
    changed = _give_back(kept, done.changed)
    for name in FOLLOW:
        _rows(name, kept).filter(pk__in=done.moved.get(name, ())).update(**{name.rpartition(".")[2]: merged})
    returned = Appointment.objects.filter(pk__in=done.moved.get(FOLLOW[0], ()), patient=merged)
    for model in (Encounter, Notification):
        model._default_manager.filter(appointment__in=returned, patient=kept).update(patient=merged)
    merged.is_active, merged.merged_into = True, None
    merged.save(update_fields=["is_active", "merged_into"])
    done.undone_at = timezone.now()
    done.save(update_fields=["undone_at"])
    _tell(PATIENT_MERGE_UNDONE, done, actor, changed)
    return done


def reason_not_to_undo(done: PatientMerge, kept: Patient, merged: Patient, now: datetime) -> str:
    """Say why the merge cannot be undone; empty when it can."""
    if done.undone_at is not None:
        return _("This merge was undone already.")
    if now >= done.created_at + UNDOABLE_FOR:
        return _("A merge can be undone for a day. That day is over.")
    if kept.merged_into_id is not None:
        return _("The record that was kept was merged into another one since. Undo that first.")
    if not kept.is_active or merged.merged_into_id != kept.pk:
        return _("The record that was kept is not active any more. Make it active first.")
    return ""


def recent_merges(organization: Organization, now: datetime, *, kept: Patient | None = None) -> list[PatientMerge]:
    """Give the merges that can still be undone, the latest first, with both records and who did it."""
    rows = PatientMerge.objects.filter(organization=organization, undone_at=None, created_at__gt=now - UNDOABLE_FOR)
    rows = rows.filter(kept__is_active=True, merged__merged_into=F("kept"))
    rows = rows.filter(kept=kept) if kept else rows
    return list(rows.select_related("kept", "merged", "created_by").order_by("-created_at", "-id"))


@contended
def tell_apart(organization: Organization, *, actor: User | None, first_id: int, second_id: int) -> PatientPair:
    """Remember that two patients are two; the same again is the same."""
    found = _locked(organization, first_id, second_id)
    if len(found) != 2:  # noqa: PLR2004 a pair
        raise AppointmentError(Code.PATIENT_NOT_FOUND)
    first, second = (found[key] for key in sorted(found))
    pair, is_new = PatientPair.objects.get_or_create(
        first=first, second=second, defaults={"organization": organization, "created_by": actor}
    )
    if is_new:
        for one, other in ((first, second), (second, first)):
            told = {"patient_id": other.pk, "record_number": other.record_number}
            record_event(kind=PATIENTS_TOLD_APART, target=one, actor=actor, new=told)
    return pair


def not_told_apart_from(patient: Patient, others: Collection[Patient]) -> list[Patient]:
    """Leave out those of whom somebody said that they are somebody else."""
    pairs = PatientPair.objects.filter(Q(first=patient) | Q(second=patient))
    apart = {key for pair in pairs.values_list("first", "second") for key in pair} if others else set()
    return [other for other in others if other.pk not in apart]


def _locked(organization: Organization, *patient_ids: Any) -> dict[int, Patient]:
    """Keep the records, in the order of their keys. With their keys: nobody may even begin to refer to them."""
    keys = [key for key in patient_ids if is_key(key)]
    rows = Patient.objects.filter(organization=organization, pk__in=keys)
    return {patient.pk: patient for patient in rows.order_by("pk").select_for_update(of=("self",))}


def _rows(relation: str, patient: Patient) -> models.QuerySet[Any]:
    label, _dot, field = relation.rpartition(".")
    rows: models.QuerySet[Any] = apps.get_model(label)._base_manager.filter(**{field: patient})
    return rows


def _follow(relation: str, merged: Patient, kept: Patient) -> list[int]:
    rows = _rows(relation, merged)
    # Those of them that were found, not those that there are by now.
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.filter(pk__in=keys).update(**{relation.rpartition(".")[2]: kept})
    return keys


def _take(kept: Patient, merged: Patient, names: Collection[str]) -> dict[str, list[Any]]:
    """Write the other's fields into the kept record; give the old and the new, as JSON has them."""
    columns = [column for name in names for column in FIELDS[name]]
    changed = {}
    for column in columns:
        before, since = plain(getattr(kept, column)), plain(getattr(merged, column))
        if before != since:
            changed[column] = [before, since]
            setattr(kept, column, getattr(merged, column))
    if changed:
        kept.save(update_fields=list(changed))
    return changed


def _give_back(kept: Patient, changed: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Write the fields of before where they are as the merge left them; what belongs together goes together."""
    restored = {}
    for columns in FIELDS.values():
        here = [column for column in columns if column in changed]
        if all(plain(getattr(kept, column)) == changed[column][1] for column in here):
            for column in here:
                before, since = changed[column]
                setattr(kept, column, date.fromisoformat(before) if column == "birth_date" and before else before)
                restored[column] = [since, before]
    if restored:
        kept.save(update_fields=list(restored))
    return restored


def plain(value: Any) -> Any:
    """Give a field of a patient as JSON keeps it: text, truth or nothing."""
    if value is None or isinstance(value, bool):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _tell(kind: str, done: PatientMerge, actor: User | None, changed: Mapping[str, list[Any]]) -> None:
    """Tell of it at both records; the changed fields at the one that has them."""
    old = {column: before for column, (before, _since) in changed.items()}
    new = {column: since for column, (_before, since) in changed.items()}
    counts = {name.split(".")[1]: len(keys) for name, keys in done.moved.items() if keys}
    told = {"merged": done.merged.record_number, "kept": done.kept.record_number, "moved": counts}
    record_event(kind=kind, target=done.kept, actor=actor, old=old, new={**new, **told})
    record_event(kind=kind, target=done.merged, actor=actor, new=told)
