"""New appointments: where somebody wants a slot, and the rules of `scheduling.domain` let it be had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from scheduling.domain.intervals import Interval, Timeline
from scheduling.domain.rules import Booking, Diary, Policy, Visits, first_free_seat, refusal, visit_length
from scheduling.domain.sessions import Session
from scheduling.enums import FREEING
from scheduling.management.demo import chance
from scheduling.management.demo.demand import demand
from scheduling.management.demo.fates import life_of, prospect_of
from scheduling.management.demo.people import People
from scheduling.management.demo.places import USUAL_TYPES
from scheduling.management.demo.visits import OURS, Visit, new_visit, ours
from scheduling.models import Appointment, AppointmentType
from scheduling.services.availability import Length, load, load_weekly_hours, policy_of

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MARGIN = timedelta(days=2)
NEW_HERE = 0.4  # the part of those never seen before who say so
WITH_NOTES = 0.18
NOTES = (
    "Hard of hearing, sit on the left.",
    "Bring the chest film from last month.",
    "Asks for a morning, comes by bus from Bago.",
    "Comes with her daughter, who interprets.",
    "Fasting blood sugar before the visit.",
    "ဆေးစာအဟောင်း ယူလာပါမည်။",
    "Wheelchair.",
    "Allergic to penicillin.",
    "Pays by KBZPay.",
)


@dataclass
class Bookings:
    """Books for one organization on the local dates `first` to `last`, in memory."""

    people: People
    first: date
    last: date
    now: datetime
    policy: Policy = field(init=False)

    def __post_init__(self) -> None:
        # Nothing is in the past for whoever tells a history.
        self.policy = policy_of(self.people.organization, LONG_AGO)

    def make(self) -> list[Visit]:
        """Give all that is booked by now and not in the database yet, by session."""
        organization = self.people.organization
        weekly = [
            hours
            for hours in load_weekly_hours(organization.pk, self.first, self.last)
            if hours.clinic_id in self.people.clinics and hours.practitioner_id in self.people.practitioners
        ]
        available = load(self.policy, self.first, self.last, weekly)
        booked = self._freed()
        sessions = [session for sessions in available.sessions.values() for session in sessions]
        visits: list[Visit] = []
        for session in sorted(sessions, key=lambda session: (session.start, session.hours.practitioner_id)):
            diary = available.diaries[session.hours.practitioner_id]
            around = booked[session.hours.practitioner_id]
            near = [*diary.bookings.near(session, MARGIN), *Timeline(around).near(session)]
            for visit, place in self._fill(session, diary, near):
                visits.append(visit)
                around.append(place)
                near.append(place)
        return visits

    def _freed(self) -> defaultdict[int, list[Booking]]:
        """Give the time, by practitioner, of ours that nobody came to.

        We do not book it twice: so a second run decides as the first one did.
        """
        begin = datetime.combine(self.first, datetime.min.time(), tzinfo=UTC) - MARGIN
        end = datetime.combine(self.last, datetime.min.time(), tzinfo=UTC) + 2 * MARGIN
        rows = ours(self.people.organization).filter(status__in=FREEING).overlapping(Interval(begin, end))
        freed: defaultdict[int, list[Booking]] = defaultdict(list)
        for key, start, until, clinic_id, seat in rows.values_list(
            "practitioner_id", "appointment_date", "ends_at", "clinic_id", "seat"
        ):
            freed[key].append(Booking(start, until, clinic_id, seat))
        return freed

    def _fill(self, session: Session, diary: Diary, near: Iterable[Booking]) -> Iterator[tuple[Visit, Booking]]:
        hours = session.hours
        for start in Visits.of(session, session.step).starts():
            if not self.first <= start.astimezone(hours.zone).date() <= self.last:
                continue
            for place in range(1, hours.capacity + 1):
                name = OURS + self.people.slot_name(hours.practitioner_id, start, place)
                if name in self.people.taken:
                    continue
                made = self._book(name, session, start, replace(diary, bookings=Timeline(near)))
                if made:
                    yield made

    def _book(self, name: str, session: Session, start: datetime, diary: Diary) -> tuple[Visit, Booking] | None:
        hours = session.hours
        random = chance("slot", name)
        local, local_now = start.astimezone(hours.zone), self.now.astimezone(hours.zone)
        wanted = demand(random, local, local_now, group=hours.capacity > 1)
        if wanted is None:
            return None
        slot = Interval(start, start + session.step)
        patient_id = self.people.patient_for(random, hours.practitioner_id, hours.clinic_id, slot)
        if patient_id is None:
            return None
        for kind in self._kinds(random, session, patient_id, short=wanted.short):
            length = visit_length(session, asked=None, usual=Length.of(None, kind).usual) or session.step
            visit = Interval(start, start + length)
            if refusal(visit, session, diary, self.policy, clinic_id=hours.clinic_id) is None:
                self.people.comes(patient_id, visit)
                appointment = Appointment(
                    organization=self.people.organization,
                    patient=self.people.patient(patient_id),
                    practitioner_id=hours.practitioner_id,
                    clinic=self.people.clinics[hours.clinic_id],
                    appointment_type=kind,
                    seat=first_free_seat(visit, hours.clinic_id, diary.bookings),
                    slot_capacity=hours.capacity,
                    notes=random.choice(NOTES) if random.random() < WITH_NOTES else "",
                    request_id=name,
                    created_at=wanted.booked_at.astimezone(UTC),
                )
                return self._live(appointment, visit)
        return None

    def _kinds(self, random: Random, session: Session, patient_id: int, *, short: bool) -> list[AppointmentType | None]:
        """Give the type that is wanted, then the one that fits into any slot."""
        types = self.people.types
        if session.hours.capacity > 1:
            return [types.get("group")]
        if short:
            return [types.get("follow-up")]
        code = random.choice(USUAL_TYPES[self.people.specialty(session.hours.practitioner_id)])
        if self.people.is_new(patient_id) and random.random() < NEW_HERE:
            code = "new-patient"
        return [types.get(code), types.get("follow-up")]

    def _live(self, appointment: Appointment, visit: Interval) -> tuple[Visit, Booking]:
        """Give the appointment at its time with what has become of it by now, and the time it takes."""
        appointment.appointment_date, appointment.ends_at = visit.start, visit.end
        appointment.duration = (visit.end - visit.start) // timedelta(minutes=1)
        life = life_of(str(appointment.request_id), visit, appointment.created_at, prospect_of(appointment))
        appointment.status = life.first
        made = new_visit(appointment)
        made.due = [step for step in life.steps if step.at <= self.now]
        return made, Booking(visit.start, visit.end, appointment.clinic_id, appointment.seat)
