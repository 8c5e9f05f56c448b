"""What a practitioner opens each morning: the own day at every clinic, whoever is next on top."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from clinics.models import Clinic, ClinicAssignment, Membership, Practitioner
from clinics.permissions import Action
from clinics.views import last_clinic_key, remember_clinic
from scheduling.enums import FREEING, UNDER_WAY, Status
from scheduling.forms import OwnDayForm
from scheduling.lifecycle import EXPECTED
from scheduling.models import Appointment
from scheduling.permissions import own_clinics, own_practitioner
from scheduling.services import AppointmentService
from scheduling.services.practitioner_day import PractitionerDay
from scheduling.services.status import since_when
from scheduling.views.board import Visit
from scheduling.views.dated import DatedPage
from scheduling.views.lines import Gap, Line, lines_of
from scheduling.views.live import LiveView
from scheduling.views.patient import PatientSoFar, patient_so_far


@dataclass
class TodayPage(DatedPage):
    """One date of the member who practises, as things stand at the instant `now`.

    Where clinics are in different zones, the date is that of `home`; of today, each clinic shows its own.
    """

    membership: Membership
    may: frozenset[Action]
    service: AppointmentService
    asked_day: date | None = None
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def practitioner(self) -> Practitioner | None:
        return own_practitioner(self.membership).first()

    @cached_property
    def clinics(self) -> dict[int, Clinic]:
        """The own clinics, those first where one works now."""
        today = self.now.astimezone(ZoneInfo(self.membership.organization.timezone)).date()
        works_now = ClinicAssignment.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=today),
            clinic=OuterRef("pk"),
            practitioner__in=own_practitioner(self.membership),
            starts_on__lte=today,
        )
        clinics = own_clinics(self.membership).annotate(works_now=Exists(works_now))
        return {clinic.pk: clinic for clinic in clinics.order_by("-works_now", "pk")}

    @property
    def home(self) -> Clinic | None:
        """The clinic whose clock and date the page tells: the oldest where one works now, else the oldest of all."""
        return next(iter(self.clinics.values()), None)

    @property
    def zone(self) -> ZoneInfo:
        return self.home.zone if self.home else ZoneInfo(self.membership.organization.timezone)

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def day(self) -> date:
        return self.asked_day or self.today

    @cached_property
    def visits(self) -> list[Visit]:
        if self.practitioner is None:
            return []
        rows = (
            self.service.get_today_appointments(practitioner_id=self.practitioner.pk, over_midnight=True)
            if self.is_today
            else self.service.get_appointments_on(date=self.day, practitioner_id=self.practitioner.pk)
        )
        # A name that was not loaded with the rows would be one more query for each of them.
        appointments = list(rows.fetch_mode(models.FETCH_RAISE))
        began = self._began(appointments)
        return [
            Visit.of(each, self.may, self.now, is_today=self.is_today, began=began.get(each.pk))
            for each in appointments
        ]

    def _began(self, appointments: list[Appointment]) -> dict[int, datetime]:
        keys = [each.pk for each in appointments if self.is_today and each.status == Status.IN_PROGRESS]
        return since_when(keys, Status.IN_PROGRESS) if keys else {}

    @property
    def with_you(self) -> list[Visit]:
        """Whoever is being seen at this minute."""
        return [visit for visit in self.visits if self.is_today and visit.appointment.status == Status.IN_PROGRESS]

    @cached_property
    def next(self) -> Visit | None:
        """Give who is to be seen next: of those who are here, else of those who are expected."""
        here = [visit for visit in self.visits if visit.appointment.status == Status.ARRIVED]
        expected = [visit for visit in self.visits if visit.appointment.status in EXPECTED]
        return min(here, key=self._turn, default=None) or min(expected, key=self._due, default=None)

    def _turn(self, visit: Visit) -> tuple[datetime, int]:
        """Since when it is their turn: who comes early overtakes nobody who is there on time."""
        start, came = visit.appointment.appointment_date, visit.appointment.checked_in_at
        return max(start, came or start), visit.appointment.pk

    def _due(self, visit: Visit) -> tuple[bool, datetime, int]:
        """By time, and last those whose time is over: they will hardly come."""
        return visit.appointment.ends_at <= self.now, visit.appointment.appointment_date, visit.appointment.pk

    @cached_property
    def so_far(self) -> PatientSoFar | None:
        return patient_so_far(self.next.appointment.patient, self.membership) if self.next else None

    @cached_property
    def hours(self) -> PractitionerDay | None:
        """When one is in, and what is free; of a day that is past nobody asks that."""
        if self.practitioner is None or self.day < self.today:
            return None
        asked = None if self.is_today else self.day
        return self.service.get_practitioner_day(practitioner_id=self.practitioner.pk, date=asked)

    @cached_property
    def lines(self) -> list[Line]:
        return lines_of(self.visits, self.hours, self.clinics, self.now)

    @property
    def ahead(self) -> list[Line]:
        """The list of the day; of today without what is over."""
        return [line for line in self.lines if not (self.is_today and line.is_over(self.now))]

    @property
    def earlier(self) -> list[Line]:
        return [line for line in self.lines if self.is_today and line.is_over(self.now)]

    @property
    def earlier_words(self) -> str:
        """How those who were to come earlier fared, as "5 completed, 1 no-show"."""
        fared = Counter(visit.appointment.status for line in self.earlier for visit in line.visits)
        words = {
            Status.COMPLETED: ngettext("%(count)s completed", "%(count)s completed", fared[Status.COMPLETED]),
            Status.NO_SHOW: ngettext("%(count)s no-show", "%(count)s no-shows", fared[Status.NO_SHOW]),
            Status.CANCELLED: ngettext("%(count)s cancelled", "%(count)s cancelled", fared[Status.CANCELLED]),
        }
        return ", ".join(said % {"count": fared[status]} for status, said in words.items() if fared[status])

    @property
    def says_clinic(self) -> bool:
        """Tell whether each line must say at which clinic it is: there are several, or one with another clock."""
        zones = {line.clinic.zone for line in self.lines}
        return len({line.clinic.pk for line in self.lines}) > 1 or bool(zones - {self.zone})

    @property
    def patients(self) -> int:
        """How many are booked or were seen; a request is none of them yet."""
        return sum(visit.appointment.status not in (*FREEING, Status.PENDING) for visit in self.visits)

    @property
    def requests(self) -> int:
        return sum(visit.appointment.status == Status.PENDING for visit in self.visits)

    @property
    def seen(self) -> int:
        return sum(visit.appointment.status == Status.COMPLETED for visit in self.visits)

    @property
    def waiting(self) -> int:
        return sum(self.is_today and visit.appointment.status == Status.ARRIVED for visit in self.visits)

    @property
    def to_come(self) -> list[Appointment]:
        """Whoever is here or expected; a request is not."""
        visits = [visit.appointment for visit in self.visits]
        return [visit for visit in visits if visit.status in UNDER_WAY and visit.status != Status.PENDING]

    @property
    def last_to_come(self) -> Appointment | None:
        """The visit that ends the day; None once all are over."""
        return max(self.to_come, key=lambda visit: visit.ends_at, default=None) if self.day >= self.today else None

    @property
    def first_to_come(self) -> Appointment | None:
        """The visit that begins a day to come."""
        return next(iter(self.to_come), None) if self.day > self.today else None

    @property
    def absence(self) -> str:
        """Why nobody is booked on a day that is not past: `out`, `closed`, `away`, or "" where one is in."""
        if self.hours is None:
            return ""
        if not self.hours.sessions:
            return "out"
        gaps = [line.entry.what for line in self.lines if isinstance(line.entry, Gap)]
        reasons = {what for what in gaps if what != "break"}
        return next(iter(reasons)) if reasons in ({"closed"}, {"away"}) else ""

    def url(self, day: date) -> str:
        """Give the address of a date; that of today has none, so that a new day is seen when it begins."""
        return reverse("today") if day == self.today else f"{reverse('today')}?{urlencode({'date': day.isoformat()})}"


class TodayView(LiveView):
    """One's own day, for whoever practises."""

    needs = Action.SEE_OWN_DAY

    def draw(self, tag: str) -> HttpResponse:
        service = AppointmentService(self.request.organization, actor=self.request.user)
        page = TodayPage(self.request.membership, self.request.may, service)
        form = OwnDayForm(self.request.GET, today=lambda: page.today)
        form.full_clean()
        page.asked_day = form.cleaned_data.get("date")
        with timezone.override(page.zone):
            response = self.rendered("today.html", {"page": page, "form": form, "tag": tag})
        if page.home and not self.is_partial() and not last_clinic_key(self.request):
            remember_clinic(self.request, response, page.home)
        return response
