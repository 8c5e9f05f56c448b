"""The board: one day at one clinic, as columns or as a table, kept true while it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db import models
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
from scheduling.services.clinic_day import ClinicDay
from scheduling.services.status import undoable_among
from scheduling.views.asked import book_url
from scheduling.views.board import COUNTS, Column, Count, Free, Group, Sheet, Visit, laid_out, off_times, sheet_of
from scheduling.views.dated import DatedPage
from scheduling.views.live import LiveView


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
        return self.service.get_clinic_day(clinic_id=self.clinic.pk, date=self.day)

    @cached_property
    def appointments(self) -> list[Appointment]:
        if self.clinic is None:
            return []
        rows = visible_appointments(self.desk.membership).filter(clinic=self.clinic)
        rows = rows.on_local_day(self.day, self.clinic.zone).with_names().select_related("practitioner__specialty")
        if self.practitioner:
            rows = rows.filter(practitioner=self.practitioner)
        # A name that was not loaded with the rows would be one more query for each of them.
        return list(rows.fetch_mode(models.FETCH_RAISE).order_by("appointment_date", "id"))

    @cached_property
    def all_visits(self) -> list[Visit]:
        undoable = undoable_among([appointment.pk for appointment in self.appointments], self.now)
        return [
            Visit.of(
                appointment,
                self.may,
                self.now,
                is_today=self.is_today,
                can_undo=appointment.pk in undoable,
            )
            for appointment in self.appointments
        ]

    @cached_property
    def all_free(self) -> list[TimeSlot]:
        """What can be booked, of those whom the member looks at."""
        if self.clinic is None:
            return []
        return [slot for person in self.people for slot in self.offered.slots.get(person.pk, [])]

    @property
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

    def _column(self, person: Practitioner, sheet: Sheet) -> Column:
        slots = self.offered.slots.get(person.pk, [])
        own = [visit for visit in self.visits if visit.appointment.practitioner_id == person.pk]
        free = slots if self.show in {"", "free"} else []
        entries = [*self._groups(person, free), *self._alone(own), *self._free(free)]
        # Behind the entries: it takes no lane from them.
        off = [laid_out([off], sheet)[0] for off in off_times(self.offered, person.pk, sheet)]
        return Column(
            person,
            off + laid_out(entries, sheet),
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
        for visit in self.all_visits:
            if visit.appointment.practitioner_id == person.pk and visit.appointment.slot_capacity > 1:
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
