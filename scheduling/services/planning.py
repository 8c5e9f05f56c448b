"""May this patient see this practitioner then? Booking asks under locks, explaining without; the answer is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Clinic, ClinicAssignment, Organization, Practitioner
from clinics.round_trip import load_together
from patients.models import Patient
from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.rules import Diary, Policy, Refusal, first_free_seat, refusal, visit_length
from scheduling.domain.sessions import ONE_DAY, Session, local_day, sessions_between
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment, AppointmentType
from scheduling.services.availability import Length, load_diaries, load_weekly_hours, policy_of
from scheduling.services.lookups import checked_instant, find, found_type, keyed, survivor_of, types_named

# Where there is no session, there is no slot to take the length from; the refusal that follows needs some.
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for, as given: nothing in it has been checked."""

    practitioner_id: Any
    clinic_id: Any
    appointment_date: Any
    patient_id: Any = None
    duration: Any = None
    appointment_type: Any = None
    exclude_appointment_id: int | None = None

    def as_given(self) -> list[Any]:
        """Give what tells one wish from another; the same instant in two zones is one."""
        start = instant(self.appointment_date)
        return [
            self.patient_id,
            self.practitioner_id,
            self.clinic_id,
            start.isoformat() if start else None,
            self.duration,
            self.appointment_type,
        ]


@dataclass(frozen=True, slots=True)
class Parties:
    """The rows that a wish names; None for what is not there. The patient may also be left open.

    `earlier` is what the same request has booked already.
    """

    patient: Patient | None
    practitioner: Practitioner | None
    clinic: Clinic | None
    kind: AppointmentType | None
    earlier: Appointment | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit that can be had: nothing stands in its way."""

    practitioner: Practitioner
    clinic: Clinic
    appointment_type: AppointmentType | None
    interval: Interval
    capacity: int
    seat: int

    @property
    def duration(self) -> int:
        return (self.interval.end - self.interval.start) // timedelta(minutes=1)


def find_parties(
    organization: Organization, wish: Wish, *, lock: bool = False, request_id: str | None = None
) -> Parties:
    """Find the rows that the wish names; with `lock` keep them, practitioner first, to the end of the transaction.

    Who was merged into another record, a moment ago perhaps, is found there.
    """
    practitioners = Practitioner.objects.filter(organization=organization).select_related("organization")
    patients = Patient.objects.filter(organization=organization, is_active=True)
    if lock:
        practitioners, patients = _locked(practitioners), _locked(patients)
    practitioner = find(practitioners, wish.practitioner_id)
    patient = None
    if wish.patient_id is not None:
        patient = find(patients, wish.patient_id) or find(patients, survivor_of(organization, wish.patient_id))
    # After the locks: whoever sends the same form twice at once finds here what the first has booked.
    earlier = Appointment.objects.filter(organization=organization, request_id=request_id)
    clinics, kinds, booked = load_together(
        keyed(Clinic.objects.filter(organization=organization), wish.clinic_id),
        types_named(organization, wish.appointment_type),
        Appointment.objects.none() if request_id is None else earlier,
    )
    first = (next(iter(rows), None) for rows in (clinics, kinds, booked))
    return Parties(patient, practitioner, *first)


def _locked[M: (Patient, Practitioner)](rows: QuerySet[M]) -> QuerySet[M]:
    # no_key: foreign keys to the row may still be written meanwhile.
    return rows.select_for_update(no_key=True, of=("self",))


def plan(wish: Wish, parties: Parties, *, patient_required: bool) -> Plan:
    """Give the visit that the wish amounts to.

    Raises AppointmentError with the first reason against it, in the order of `Code` as DESIGN section 4 has it.
    """
    practitioner, clinic = _check_parties(parties, patient_required=patient_required or wish.patient_id is not None)
    start = instant(wish.appointment_date)
    day = start.astimezone(clinic.zone).date() if start else None
    sessions = _sessions(practitioner, clinic, start, day) if start and day else []
    if not sessions:
        _check_assigned(practitioner, clinic, day)
    appointment_type = found_type(parties.kind, wish.appointment_type)
    length = Length.of(wish.duration, appointment_type)
    if start is None or day is None:
        raise AppointmentError(Code.INVALID_DATE)
    policy = policy_of(practitioner.organization, timezone.now())
    diary = _diary(practitioner, clinic, start, day, policy, wish)
    refused: list[Refusal] = []
    # Clock changes can push two sessions of one clinic over each other: either may offer the visit.
    candidates: Sequence[Session | None] = sessions or [None]
    for session in candidates:
        visit = Interval(start, start + (visit_length(session, asked=length.asked, usual=length.usual) or SHORTEST))
        busy = None
        if parties.patient is not None:
            busy = busy_times(parties.patient.pk, visit, exclude_appointment_id=wish.exclude_appointment_id)
        reason = refusal(visit, session, diary, policy, clinic_id=clinic.pk, patient=busy)
        if reason is not None:
            refused.append(reason)
        elif session is not None:
            seat = first_free_seat(visit, clinic.pk, diary.bookings)
            return Plan(practitioner, clinic, appointment_type, visit, session.hours.capacity, seat)
    raise AppointmentError.of(refused[0])


def _check_parties(parties: Parties, *, patient_required: bool) -> tuple[Practitioner, Clinic]:
    if patient_required and parties.patient is None:
        raise AppointmentError(Code.PATIENT_NOT_FOUND)
    if parties.practitioner is None:
        raise AppointmentError(Code.PRACTITIONER_NOT_FOUND)
    if not parties.practitioner.is_active:
        raise AppointmentError(
            Code.PRACTITIONER_UNAVAILABLE, _("The practitioner sees no patients any more."), field="practitioner_id"
        )
    if parties.clinic is None:
        raise AppointmentError(Code.CLINIC_NOT_FOUND)
    return parties.practitioner, parties.clinic


def instant(moment: Any) -> datetime | None:
    """Give the instant in UTC; None, no refusal: which clinic, type or length is wrong is said before the date is."""
    try:
        return checked_instant(moment)
    except AppointmentError:
        return None


def _sessions(practitioner: Practitioner, clinic: Clinic, start: datetime, day: date) -> list[Session]:
    weekly = load_weekly_hours(
        practitioner.organization_id, day, day, practitioner_id=practitioner.pk, clinic_id=clinic.pk
    )
    return [session for session in sessions_between(weekly, day, day) if session.start <= start < session.end]


def _check_assigned(practitioner: Practitioner, clinic: Clinic, day: date | None) -> None:
    """Refuse a practitioner who is not assigned to the clinic on `day`, or for None never was."""
    assignments = ClinicAssignment.objects.filter(practitioner=practitioner, clinic=clinic)
    if day is not None:
        assignments = assignments.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)
    if not assignments.exists():
        raise AppointmentError(Code.CLINIC_NOT_ASSIGNED)


def _diary(practitioner: Practitioner, clinic: Clinic, start: datetime, day: date, policy: Policy, wish: Wish) -> Diary:
    busy = Interval(start - policy.buffer, start + ONE_DAY + policy.buffer)  # no visit is longer
    excluded = wish.exclude_appointment_id
    zones = {clinic.pk: clinic.zone}
    diary = load_diaries({practitioner.pk}, zones, day, day, busy, exclude_appointment_id=excluded)[practitioner.pk]
    if clinic.is_active:
        return diary
    closed = [local_day(day, clinic.zone), local_day(day + ONE_DAY, clinic.zone)]
    return replace(diary, closures={clinic.pk: Timeline(closed)})


def busy_times(patient_id: int, around: Interval, *, exclude_appointment_id: int | None = None) -> Timeline[Interval]:
    """Load in one query when the patient is elsewhere around that time."""
    visits = Appointment.objects.under_way().overlapping(around).filter(patient=patient_id)
    if exclude_appointment_id is not None:
        visits = visits.exclude(pk=exclude_appointment_id)
    return Timeline(Interval(start, end) for start, end in visits.values_list("appointment_date", "ends_at"))
