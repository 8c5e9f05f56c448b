"""The board: one day at one clinic, as columns or as a table, kept true while it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import CharField
from django.db.models.functions import Cast
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Clinic, Practitioner
from clinics.permissions import Action
from clinics.views import last_clinic_key, remember_clinic
from scheduling.domain.slots import TimeSlot
from scheduling.forms import BoardForm, Desk
from scheduling.models import Appointment
from scheduling.permissions import visible_appointments
from scheduling.services import AppointmentService
from scheduling.services.availability import Length
from scheduling.services.clinic_day import ClinicDay
from scheduling.services.status import undoable_among
from scheduling.views.asked import book_url
from scheduling.views.board import COUNTS, Column, Count, Free, Group, Sheet, Visit, laid_out, off_times, sheet_of
from scheduling.views.cards import Cards
from scheduling.views.dated import DatedPage
from scheduling.views.live import LiveView

UNSEEN = (
    "patient__organization",
    "patient__search_name",
    "patient__search_name_of",
    "patient__record_number",
    "patient__birth_date",
    "patient__birth_date_estimated",
    "patient__email",
    "patient__language",
    "patient__is_active",
)
"""What a day does not show of its patients."""


@dataclass
class DayPage(DatedPage):
    """One date at one clinic, as one member sees it at the instant `now`."""

    desk: Desk
    may: frozenset[Action]
    clinic: Clinic | None
    practitioner: Practitioner | None
    asked_day: date | None
    service: AppointmentService
    show: str = ""
    view: str = ""
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.zone).date() if self.clinic else self.now.date()

    @cached_property
    def day(self) -> date:
        return self.asked_day or self.today

    @cached_property
    def offered(self) -> ClinicDay:
        assert self.clinic is not None  # noqa: S101 whoever asks has one
        usual = Length.of(None, self.desk.usual_type)
        return self.service.get_clinic_day(clinic_id=self.clinic.pk, date=self.day, length=usual)

    @cached_property
    def appointments(self) -> list[Appointment]:
        if self.clinic is None:
            return []
        rows = visible_appointments(self.desk.membership).filter(clinic=self.clinic)
        rows = rows.on_local_day(self.day, self.clinic.zone).select_related("patient").defer(*UNSEEN)
        if self.practitioner:
            rows = rows.filter(practitioner=self.practitioner)
        if not self.view:
            # A number is understood, which takes long, where all of it is shown; a card has its end alone.
            rows = rows.defer(*UNSEEN, "patient__phone").annotate(phone=Cast("patient__phone", CharField()))
        rows = undoable_among(rows, self.desk.membership.organization_id, self.now)
        # What was not loaded with the rows would be one more query for each of them.
        found = list(rows.fetch_mode(models.FETCH_RAISE).order_by("appointment_date", "id"))
        return self._named(found, self.clinic)

    def _named(self, rows: list[Appointment], clinic: Clinic) -> list[Appointment]:
        """Give each row whom and what it names, as far as that is at hand already; the rest with one query."""
        kinds = {kind.pk: kind for kind in self.desk.types}
        people = {person.pk: person for person in self.desk.practitioners}
        missing = {row.practitioner_id for row in rows} - people.keys()
        if missing:
            people |= Practitioner.objects.select_related("specialty").in_bulk(missing)
        for row in rows:
            row.clinic = clinic
            row.practitioner = people[row.practitioner_id]
            row.appointment_type = kinds[row.appointment_type_id] if row.appointment_type_id else None
        return rows

    @cached_property
    def all_visits(self) -> list[Visit]:
        return [
            replace(
                Visit.of(row, self.may, self.now, is_today=self.is_today, can_undo=getattr(row, "can_undo", False)),
                phone=getattr(row, "phone", ""),
            )
            for row in self.appointments
        ]

    @cached_property
    def all_free(self) -> list[TimeSlot]:
        """What can be booked, of those whom the member looks at."""
        if self.clinic is None:
            return []
        return [slot for person in self.people for slot in self.offered.slots.get(person.pk, [])]

    @cached_property
    def count(self) -> Count:
        return next(count for count in COUNTS if count.name == self.show)

    @cached_property
    def visits(self) -> list[Visit]:
        return [visit for visit in self.all_visits if self.count.fits(visit)]

    @property
    def counts(self) -> list[tuple[Count, int, str]]:
        """Each count, how many it counts, and the address that shows only those."""
        shown = [count for count in COUNTS if self.is_today or not count.is_of_today]
        return [(count, self._number(count), self.url(self.day, show=count.name)) for count in shown]

    def _number(self, count: Count) -> int:
        return len(self.all_free) if count.name == "free" else sum(count.fits(visit) for visit in self.all_visits)

    @cached_property
    def people(self) -> list[Practitioner]:
        """Those who are in on that day or have visits, by name."""
        if self.clinic is None:
            return []
        here = {person.pk: person for person in self.desk.practitioners if person.pk in self.offered.sessions}
        if self.practitioner:
            here = {key: person for key, person in here.items() if person == self.practitioner}
        here |= {appointment.practitioner_id: appointment.practitioner for appointment in self.appointments}
        return sorted(here.values(), key=lambda person: (person.name, person.pk))

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw: nobody is in, or the clinic is closed and nobody was to come."""
        return not self.people or (self.is_closed and not self.appointments)

    @property
    def is_closed(self) -> bool:
        return self.clinic is not None and self.offered.closed

    @cached_property
    def sheet(self) -> Sheet:
        assert self.clinic is not None  # noqa: S101 the template asks
        sheet = sheet_of(self.offered, self.all_visits, self.clinic.zone)
        sheet.columns = [self._column(person, sheet) for person in self.people]
        return sheet

    @cached_property
    def _visits_of(self) -> dict[int, list[Visit]]:
        """The visits by the practitioner's key, each by time."""
        by_practitioner: dict[int, list[Visit]] = {}
        for visit in self.all_visits:
            by_practitioner.setdefault(visit.appointment.practitioner_id, []).append(visit)
        return by_practitioner

    @cached_property
    def cards(self) -> Cards:
        return Cards.at(self.clinic.zone if self.clinic else ZoneInfo("UTC"))

    def _column(self, person: Practitioner, sheet: Sheet) -> Column:
        slots = self.offered.slots.get(person.pk, [])
        own = [visit for visit in self._visits_of.get(person.pk, []) if self.count.fits(visit)]
        free = slots if self.show in {"", "free"} else []
        entries = [*self._groups(person, free), *self._alone(own), *self._free(free)]
        # Behind the entries: it takes no lane from them.
        off = [laid_out([off], sheet)[0] for off in off_times(self.offered, person.pk, sheet)]
        cells = off + laid_out(entries, sheet)
        return Column(
            person,
            cells,
            cards=[self.cards.draw(cell, person) for cell in cells],
            free=len(slots),
            next_free=slots[0].start if slots else None,
            ends=max((session.end for session in self.offered.sessions.get(person.pk, [])), default=None),
        )

    def _alone(self, visits: list[Visit]) -> list[Visit]:
        return [visit for visit in visits if visit.appointment.slot_capacity == 1]

    def _groups(self, person: Practitioner, free: list[TimeSlot]) -> list[Group]:
        """Give the groups in which somebody or some place is shown, each with all of its patients."""
        slots = {slot.start.astimezone(UTC): slot for slot in free if slot.capacity > 1}
        shared: dict[datetime, list[Visit]] = {start: [] for start in slots}
        for visit in self._visits_of.get(person.pk, []):
            if visit.appointment.slot_capacity > 1:
                shared.setdefault(visit.appointment.appointment_date, []).append(visit)
        groups = []
        for start, those in shared.items():
            slot = slots.get(start)
            if slot or any(map(self.count.fits, those)):
                groups.append(Group(those, slot, self._slot_url(slot) if slot else ""))
        return groups

    def _free(self, free: list[TimeSlot]) -> list[Free]:
        """Give the free times, each drawn until the next one starts: the visit may be longer than the grid."""
        alone = [slot for slot in free if slot.capacity == 1]
        ends = [following.start for _slot, following in pairwise(alone)] + [slot.end for slot in alone[-1:]]
        return [Free(slot, end, self._slot_url(slot)) for slot, end in zip(alone, ends, strict=True)]

    def _slot_url(self, slot: TimeSlot) -> str:
        at = slot.start.isoformat(timespec="minutes")
        chosen = {"clinic": slot.clinic_id, "practitioner": slot.practitioner_id, "date": slot.start.date(), "at": at}
        return book_url({name: str(value) for name, value in chosen.items()})

    def url(self, day: date, **changes: str) -> str:
        chosen = {
            "date": day.isoformat(),
            "clinic": self.clinic and self.clinic.pk,
            "practitioner": self.practitioner and self.practitioner.pk,
            "show": self.show,
            "view": self.view,
            **changes,
        }
        return f"{reverse('day')}?{urlencode({name: value for name, value in chosen.items() if value})}"

    @property
    def other_view(self) -> str:
        return self.url(self.day, view="" if self.view else "table")

    @property
    def now_css(self) -> str:
        return self.sheet.now_css(self.now) if self.is_today else ""

    @property
    def book_url(self) -> str:
        chosen: dict[str, Any] = {
            "clinic": self.clinic and self.clinic.pk,
            "practitioner": self.practitioner and self.practitioner.pk,
            "date": self.day.isoformat() if self.day > self.today else None,
        }
        return book_url({name: str(value) if value else None for name, value in chosen.items()})


class DayView(LiveView):
    """One date, one clinic, all of its practitioners or one."""

    needs = Action.SEE_BOARD

    def draw(self, tag: str) -> HttpResponse:
        desk = Desk(self.request.membership, home_key=last_clinic_key(self.request))
        form = BoardForm(self.request.GET, desk=desk)
        form.full_clean()
        if form.errors.keys() - {"date"}:
            raise Http404(_("That address names something that is not here."))
        page = self.page(desk, form.cleaned_data)
        response = self.rendered("day.html", {"page": page, "form": form, "tag": tag})
        if page.clinic and not self.is_partial():
            remember_clinic(self.request, response, page.clinic)
        return response

    def page(self, desk: Desk, asked: dict[str, Any]) -> DayPage:
        return DayPage(
            desk=desk,
            may=self.request.may,
            clinic=asked.get("clinic") or desk.home,
            practitioner=asked.get("practitioner"),
            asked_day=asked.get("date"),
            service=AppointmentService(self.request.organization, actor=self.request.user),
            show=asked["show"],
            view=asked["view"],
        )
