"""Many appointments at once, with all that the service would have written: events, encounters and reminders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, Subquery

from clinics.models import ActivityEvent
from scheduling.enums import EncounterStatus, EventKind, Status
from scheduling.management.demo import chance
from scheduling.management.demo.reminders import write_reminders
from scheduling.management.demo.visits import Visit
from scheduling.models import Appointment, Encounter

BATCH = 500
BY_PRACTITIONER = (Status.IN_PROGRESS, Status.COMPLETED)


@dataclass(frozen=True)
class Actors:
    """Keys of the users who stand in the events: those of the desk, and each practitioner's own."""

    desk: Sequence[int]
    practitioners: dict[int, int | None]

    def of(self, appointment: Appointment, status: str) -> int | None:
        if status in BY_PRACTITIONER:
            return self.practitioners.get(appointment.practitioner_id)
        return chance("actor", appointment.request_id, status).choice(self.desk)


def write(visits: Sequence[Visit], actors: Actors, now: datetime) -> None:
    """Write new appointments and due steps, in the caller's transaction."""
    new = [visit for visit in visits if visit.created]
    moved = [visit for visit in visits if visit.due and not visit.created]
    booked_at = [visit.appointment.created_at for visit in new]
    for visit in (*new, *moved):
        visit.take_steps()
    Appointment.objects.bulk_create([visit.appointment for visit in new], batch_size=BATCH)
    # That put the time of writing into them.
    for visit, moment in zip(new, booked_at, strict=True):
        visit.appointment.created_at = moment
    events = [event for visit in (*new, *moved) for event in events_of(visit, actors)]
    events.sort(key=lambda event: event.created_at)
    ActivityEvent.objects.bulk_create(events, batch_size=BATCH)
    date_by_events(new)
    write_reminders(new, events, now)
    Appointment.objects.bulk_update(
        [visit.appointment for visit in moved],
        ["status", "checked_in_at", "cancellation_reason", "version", "request_digest"],
        batch_size=BATCH,
    )
    open_encounters(visits)
    finalize_encounters(moved)


def date_by_events(new: Sequence[Visit]) -> None:
    """Have each new appointment booked when its first event says it was."""
    told = ActivityEvent.objects.filter(
        target_type=ContentType.objects.get_for_model(Appointment), target_id=OuterRef("pk"), kind=EventKind.CREATED
    )
    keys = [visit.appointment.pk for visit in new]
    Appointment.objects.filter(pk__in=keys).update(created_at=Subquery(told.values("created_at")[:1]))


def events_of(visit: Visit, actors: Actors) -> Iterator[ActivityEvent]:
    appointment = visit.appointment
    about: dict[str, Any] = {
        "organization_id": appointment.organization_id,
        "target_type": ContentType.objects.get_for_model(Appointment),
        "target_id": appointment.pk,
    }
    if visit.created:
        yield ActivityEvent(
            **about,
            kind=EventKind.CREATED,
            actor_id=actors.of(appointment, EventKind.CREATED),
            new=visit.created,
            created_at=appointment.created_at,
        )
    before = visit.written
    for step in visit.due:
        cancels = step.status == Status.CANCELLED
        yield ActivityEvent(
            **about,
            kind=EventKind.STATUS_CHANGED,
            actor_id=actors.of(appointment, step.status),
            old={"status": str(before)},
            new={"status": str(step.status)}
            | ({"cancellation_reason": str(step.cancellation_reason)} if cancels else {}),
            reason=step.reason,
            priority=ActivityEvent.Priority.HIGH if cancels else ActivityEvent.Priority.NORMAL,
            created_at=step.at,
        )
        before = step.status


def open_encounters(visits: Sequence[Visit]) -> None:
    """Open one for each visit that began, but where somebody opened one by hand."""
    begun = {visit.appointment.pk: (visit, at) for visit in visits if (at := step_at(visit, Status.IN_PROGRESS))}
    present = set(
        Encounter.objects.filter(appointment__in=begun)
        .exclude(status=EncounterStatus.VOIDED)
        .values_list("appointment_id", flat=True)
    )
    Encounter.objects.bulk_create(
        (encounter_of(visit, at) for key, (visit, at) in begun.items() if key not in present), batch_size=BATCH
    )


def encounter_of(visit: Visit, begun_at: datetime) -> Encounter:
    appointment, ended_at = visit.appointment, step_at(visit, Status.COMPLETED)
    return Encounter(
        organization_id=appointment.organization_id,
        appointment_id=appointment.pk,
        patient_id=appointment.patient_id,
        practitioner_id=appointment.practitioner_id,
        encounter_type=appointment.appointment_type.encounter_type if appointment.appointment_type else "",
        status=EncounterStatus.FINALIZED if ended_at else EncounterStatus.OPEN,
        opened_at=begun_at,
        finalized_at=ended_at,
    )


def finalize_encounters(visits: Sequence[Visit]) -> None:
    """Finalize what is still open of visits that have ended, whoever opened it."""
    ended: dict[int | None, datetime] = {
        visit.appointment.pk: moment for visit in visits if (moment := step_at(visit, Status.COMPLETED))
    }
    encounters = list(Encounter.objects.filter(appointment__in=ended, status=EncounterStatus.OPEN))
    for encounter in encounters:
        encounter.status, encounter.finalized_at = EncounterStatus.FINALIZED, ended[encounter.appointment_id]
    Encounter.objects.bulk_update(encounters, ["status", "finalized_at"], batch_size=BATCH)


def step_at(visit: Visit, status: Status) -> datetime | None:
    """Give when the visit came to that status, if it is among the due steps."""
    return next((step.at for step in visit.due if step.status == status), None)
