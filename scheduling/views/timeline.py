"""The history of an appointment in words: what happened, who did it, and which messages went out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.days import dated
from clinics.models import ActivityEvent, Clinic, Practitioner
from scheduling.enums import CancellationReason, EventKind, Status
from scheduling.models import Appointment, AppointmentType, Encounter
from scheduling.services.calls import NO_ANSWER
from scheduling.services.links import BY_THE_LINK
from scheduling.services.status import UNDO, UNDONE
from scheduling.services.visits import FINALIZED, OPENED
from scheduling.views.messages_sent import Sent, sent_of

State = Mapping[str, Any]
"""What an event keeps of an appointment, by name; see `scheduling.services.booking.snapshot`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history. With a `status` the heading is that status, else it is `heading`."""

    at: datetime
    order: tuple[int, int]
    by: str = ""
    who: str = ""
    status: str = ""
    heading: str = ""
    sentences: list[str] = field(default_factory=list)
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The names behind the ids in events, each kind loaded once."""

    practitioners: Mapping[int, Practitioner]
    clinics: Mapping[int, Clinic]
    types: Mapping[str, AppointmentType]

    def practitioner(self, state: State) -> str:
        return str(self.practitioners.get(state.get("practitioner_id", 0), _("somebody")))

    def clinic(self, state: State) -> str:
        return str(self.clinics.get(state.get("clinic_id", 0), _("a clinic")))

    def kind(self, state: State) -> str:
        code = state.get("appointment_type")
        return str(self.types.get(code, code)) if code else _("none")

    def when(self, state: State) -> str:
        """Give the start on its clinic's own clock; the zone where it is not the reader's."""
        clinic = self.clinics.get(state.get("clinic_id", 0))
        zone = clinic.zone if clinic else timezone.get_current_timezone()
        local = datetime.fromisoformat(state["appointment_date"]).astimezone(zone)
        this_year = local.year == timezone.now().astimezone(zone).year
        said = dated(local, "D j F, H:i") if this_year else dated(local, "D j F Y, H:i")
        return said if str(zone) == timezone.get_current_timezone_name() else f"{said} ({zone})"


def events_about(appointment: Appointment) -> QuerySet[ActivityEvent]:
    """Give what was recorded of the appointment and of its encounters, the latest first."""
    encounters = Encounter.objects.filter(appointment=appointment)
    types = ContentType.objects.get_for_models(Appointment, Encounter)
    about = Q(target_type=types[Appointment], target_id=appointment.pk)
    about |= Q(target_type=types[Encounter], target_id__in=encounters.values("pk"))
    events = ActivityEvent.objects.filter(about, organization=appointment.organization_id)
    return events.select_related("actor").order_by("-id")


def timeline_of(appointment: Appointment) -> list[Entry]:
    """Give the history, the latest first; in a constant number of queries."""
    events = list(events_about(appointment))
    told = [_message(sent) for sent in sent_of(appointment)]
    return sorted([*entries_of(appointment, events), *told], key=lambda entry: (entry.at, entry.order), reverse=True)


def changes_since(appointment: Appointment, version: int) -> list[Entry]:
    """Give what has happened since the version that somebody saw, the latest first; each change counts one."""
    type_of_target = ContentType.objects.get_for_model(Appointment)
    events = [
        event
        for event in events_about(appointment)
        if event.target_type_id == type_of_target.pk and event.kind in OF_THE_APPOINTMENT
    ]
    return entries_of(appointment, events)[: max(appointment.version - version, 0)]


def entries_of(appointment: Appointment, events: list[ActivityEvent]) -> list[Entry]:
    """Tell the events, which are the latest first: each from the state that it led to and the one before."""
    names = _names(appointment, events)
    after: dict[str, Any] = _state_now(appointment)
    entries = []
    for event in events:
        before = {**after, **event.old}
        tell = WORDS.get(EventKind(event.kind), _plain) if event.kind in EventKind else _plain
        who, by = _by(event)
        said = {"quote": _quote(event), **tell(event, before, {**after, **event.new}, names)}
        entries.append(Entry(event.created_at, (0, event.pk), by, who, **said))
        if event.kind in OF_THE_APPOINTMENT:
            after = before
    return entries


def _created(event: ActivityEvent, before: State, after: State, names: Names) -> dict[str, Any]:  # noqa: ARG001
    given = {"when": names.when(after), "practitioner": names.practitioner(after), "clinic": names.clinic(after)}
    return {
        "status": after["status"],
        "sentences": [_("For %(when)s, with %(practitioner)s at %(clinic)s.") % given],
    }


def _moved(event: ActivityEvent, before: State, after: State, names: Names) -> dict[str, Any]:
    said = []
    if "appointment_date" in event.new:
        said.append(_("From %(old)s to %(new)s.") % {"old": names.when(before), "new": names.when(after)})
    if "practitioner_id" in event.new:
        given = {"old": names.practitioner(before), "new": names.practitioner(after)}
        said.append(_("From %(old)s to %(new)s; the patient agreed.") % given)
    if "clinic_id" in event.new:
        said.append(_("From %(old)s to %(new)s.") % {"old": names.clinic(before), "new": names.clinic(after)})
    if "duration" in event.new:
        given = {"old": before["duration"], "new": after["duration"]}
        said.append(_("From %(old)s to %(new)s minutes.") % given)
    if "status" in event.new:
        said.append(_("The patient has not confirmed the new time yet."))
    return {"heading": _("Rescheduled"), "sentences": said + _edited(event, before, after, names)["sentences"]}


def _edited(event: ActivityEvent, before: State, after: State, names: Names) -> dict[str, Any]:
    said = []
    if "appointment_type" in event.new:
        said.append(_("For %(new)s, not %(old)s.") % {"old": names.kind(before), "new": names.kind(after)})
    heading = _("Type changed") if said else _("Note changed")
    if "notes" in event.new:
        old, new = event.old.get("notes", ""), event.new["notes"]
        note = _("The note was “%(old)s”.") if old else _("Until then there was none.")
        said += [note % {"old": old}, *([] if new else [_("It was taken away.")])]
    return {"heading": heading, "sentences": said}


def _stepped(event: ActivityEvent, before: State, after: State, names: Names) -> dict[str, Any]:  # noqa: ARG001
    new = after["status"]
    if UNDONE in event.new:
        given = {"undone": Status(before["status"]).label, "status": Status(new).label}
        return {"heading": _("Undone"), "sentences": [_("From “%(undone)s” back to “%(status)s”.") % given]}
    said = []
    if cause := event.new.get("cancellation_reason"):
        label = CancellationReason(cause).label if cause in CancellationReason else cause
        said.append(_("Reason: %(reason)s.") % {"reason": label})
    if OPENED in event.new:
        said.append(_("The encounter was opened."))
    if FINALIZED in event.new:
        said.append(_("The encounter was finalized."))
    return {"status": new, "sentences": said}


def _kept(event: ActivityEvent, before: State, after: State, names: Names) -> dict[str, Any]:  # noqa: ARG001
    return {"heading": _("Kept"), "sentences": [_("It is outside of the hours as they are now, and takes place.")]}


def _called(event: ActivityEvent, before: State, after: State, names: Names) -> dict[str, Any]:  # noqa: ARG001
    return {"heading": _("Patient called"), "sentences": [_("Nobody answered.")] if event.reason == NO_ANSWER else []}


def _plain(event: ActivityEvent, before: State, after: State, names: Names) -> dict[str, Any]:  # noqa: ARG001
    word = EventKind(event.kind).label if event.kind in EventKind else event.words
    return {"heading": str(word).capitalize()}


Tell = Callable[[ActivityEvent, State, State, Names], dict[str, Any]]

WORDS: Mapping[EventKind, Tell] = {
    EventKind.CREATED: _created,
    EventKind.IMPORTED: _plain,
    EventKind.RESCHEDULED: _moved,
    EventKind.UPDATED: _edited,
    EventKind.STATUS_CHANGED: _stepped,
    EventKind.CALLED: _called,
    EventKind.KEPT: _kept,
    EventKind.ENCOUNTER_OPENED: _plain,
    EventKind.ENCOUNTER_LINKED: _plain,
    EventKind.ENCOUNTER_FINALIZED: _plain,
}
"""How each kind of event is told."""

OF_THE_APPOINTMENT = {EventKind.CREATED, EventKind.RESCHEDULED, EventKind.UPDATED, EventKind.STATUS_CHANGED}
"""The kinds that count a version each; a call leaves the appointment as it was."""


def _by(event: ActivityEvent) -> tuple[str, str]:
    """Give the name of who did it, or else the words that stand for one."""
    if event.actor:
        return str(event.actor), ""
    return "", _("By the patient, from the e-mail link.") if event.reason == BY_THE_LINK else _("By the system.")


def _quote(event: ActivityEvent) -> str:
    return (
        ""
        if event.reason in {BY_THE_LINK, NO_ANSWER} or (event.reason == UNDO and UNDONE in event.new)
        else event.reason
    )


def _message(sent: Sent) -> Entry:
    return Entry(sent.at, (1, sent.pk), heading=sent.heading, sentences=sent.sentences)


def _state_now(appointment: Appointment) -> dict[str, Any]:
    kind = appointment.appointment_type
    return {
        "practitioner_id": appointment.practitioner_id,
        "clinic_id": appointment.clinic_id,
        "appointment_date": appointment.appointment_date.isoformat(),
        "duration": appointment.duration,
        "appointment_type": kind.code if kind else None,
        "status": str(appointment.status),
    }


def _names(appointment: Appointment, events: Iterable[ActivityEvent]) -> Names:
    states = [_state_now(appointment), *(state for event in events for state in (event.old, event.new))]
    keys = {name: {state[name] for state in states if state.get(name)} for name in _IDS}
    own = {"organization": appointment.organization_id}
    return Names(
        Practitioner.objects.filter(**own).in_bulk(keys["practitioner_id"]),
        Clinic.objects.filter(**own).in_bulk(keys["clinic_id"]),
        {kind.code: kind for kind in AppointmentType.objects.filter(code__in=keys["appointment_type"], **own)},
    )


_IDS = ("practitioner_id", "clinic_id", "appointment_type")
