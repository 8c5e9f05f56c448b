"""The one way in: everything that is asked about appointments, and everything that is done to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from clinics.models import ActivityEvent, Clinic, Organization, Practitioner, User
from patients.models import Patient
from scheduling.domain.sessions import ONE_DAY
from scheduling.domain.slots import GridTime, TimeSlot
from scheduling.exceptions import AppointmentError, Code
from scheduling.models import Appointment, AppointmentQuerySet
from scheduling.services import booking, calls, changes, offers
from scheduling.services import status as status_service
from scheduling.services.availability import ClinicAvailability, Length, by_clinic, by_date
from scheduling.services.clinic_day import ClinicDay
from scheduling.services.lookups import check_range, find_or_refuse, is_key, type_of
from scheduling.services.planning import Wish, find_parties, plan
from scheduling.services.practitioner_day import PractitionerDay
from scheduling.services.statistics import AppointmentStats, stats_of
from scheduling.services.upcoming import Upcoming, between, summary_of, upcoming


class AppointmentService:
    """Appointments of one organization; another's rows are not found. `actor` is who asks, None for the system.

    Every refusal is an AppointmentError, and nothing is written when one is raised. Dates are those of the clinic's
    own clock; an `appointment_date` is any aware datetime.
    """

    def __init__(self, organization: Organization, *, actor: User | None = None) -> None:
        self.organization = organization
        self.actor = actor

    def create_appointment(
        self,
        *,
        patient_id: int,
        practitioner_id: int,
        clinic_id: int,
        appointment_date: datetime,
        duration: int | None = None,
        appointment_type: str | None = None,
        notes: str = "",
        status: str = "booked",
        request_id: object | None = None,
    ) -> Appointment:
        """Book a visit of `duration` minutes, `pending` or `booked`.

        A `request_id` (at most 64 characters) that has booked before gives that appointment again.
        """
        wish = Wish(
            patient_id=patient_id,
            practitioner_id=practitioner_id,
            clinic_id=clinic_id,
            appointment_date=appointment_date,
            duration=duration,
            appointment_type=appointment_type,
        )
        return booking.create(self.organization, self.actor, wish, notes=notes, status=status, request_id=request_id)

    def update_appointment(
        self, *, appointment_id: int, expected_version: int | None = None, **wanted: Any
    ) -> Appointment:
        """Move or edit: `appointment_date`, `duration`, `practitioner_id`, `clinic_id`, `appointment_type`, `notes`.

        A move is checked like a new booking and keeps the length unless another `duration` is given.
        """
        if unknown := wanted.keys() - changes.CHANGEABLE:
            raise TypeError(f"An appointment has no {', '.join(sorted(unknown))} to change")
        return changes.change(self.organization, self.actor, appointment_id, wanted, expected_version=expected_version)

    def update_appointment_status(
        self,
        *,
        appointment_id: int,
        status: str,
        reason: str = "",
        cancellation_reason: str | None = None,
        expected_version: int | None = None,
    ) -> Appointment:
        """Give the appointment its next status; see `scheduling.lifecycle` for which that may be.

        `cancelled` needs a `cancellation_reason`; the reason `other` needs words in `reason`.
        """
        return status_service.change(
            self.organization,
            self.actor,
            appointment_id,
            status,
            reason=reason,
            cancellation_reason=cancellation_reason,
            expected_version=expected_version,
        )

    def undo_status_change(self, *, appointment_id: int, expected_version: int | None = None) -> Appointment:
        """Take the latest change of status back, within ten minutes, if nothing has happened to the visit since."""
        return status_service.undo(self.organization, self.actor, appointment_id, expected_version=expected_version)

    def note_no_answer(self, *, appointment_id: int, expected_version: int | None = None) -> ActivityEvent:
        """Record that the patient was called about a booked visit to come and did not answer; nothing else changes."""
        return calls.note_no_answer(self.organization, self.actor, appointment_id, expected_version=expected_version)

    def explain_slot(
        self,
        *,
        practitioner_id: int,
        clinic_id: int,
        appointment_date: datetime,
        duration: int | None = None,
        appointment_type: str | None = None,
        patient_id: int | None = None,
        exclude_appointment_id: int | None = None,
    ) -> AppointmentError | None:
        """Give the refusal that booking this would meet with now, or None when it can be booked."""
        wish = Wish(
            patient_id=patient_id,
            practitioner_id=practitioner_id,
            clinic_id=clinic_id,
            appointment_date=appointment_date,
            duration=duration,
            appointment_type=appointment_type,
            exclude_appointment_id=exclude_appointment_id if is_key(exclude_appointment_id) else None,
        )
        try:
            plan(wish, find_parties(self.organization, wish), patient_required=False)
            self._check_own(exclude_appointment_id)
        except AppointmentError as refused:
            return refused
        return None

    def get_practitioner_slots(
        self,
        *,
        practitioner_id: int,
        date: date,
        clinic_id: int | None = None,
        duration: int | None = None,
        appointment_type: str | None = None,
        exclude_appointment_id: int | None = None,
    ) -> list[TimeSlot]:
        """Give what the practitioner offers on a date, by start."""
        return self.get_practitioner_slots_range(
            practitioner_id=practitioner_id,
            start_date=date,
            end_date=date,
            clinic_id=clinic_id,
            duration=duration,
            appointment_type=appointment_type,
            exclude_appointment_id=exclude_appointment_id,
        )[date]

    def get_practitioner_slots_range(
        self,
        *,
        practitioner_id: int,
        start_date: date,
        end_date: date,
        clinic_id: int | None = None,
        duration: int | None = None,
        appointment_type: str | None = None,
        exclude_appointment_id: int | None = None,
    ) -> dict[date, list[TimeSlot]]:
        """Give what the practitioner offers on each date from `start_date` to `end_date`, both included."""
        ask = offers.Ask(
            first=start_date,
            last=end_date,
            duration=duration,
            appointment_type=appointment_type,
            practitioner_id=_given(practitioner_id),
            clinic_id=clinic_id,
            exclude_appointment_id=exclude_appointment_id,
        )
        return offers.slots(self.organization, ask)

    def get_practitioner_times_range(
        self,
        *,
        practitioner_id: int,
        start_date: date,
        end_date: date,
        clinic_id: int | None = None,
        duration: int | None = None,
        appointment_type: str | None = None,
        exclude_appointment_id: int | None = None,
    ) -> dict[date, list[GridTime]]:
        """Give every start on the practitioner's grid on each date: the slots, and what stands in another's way."""
        ask = offers.Ask(
            first=start_date,
            last=end_date,
            duration=duration,
            appointment_type=appointment_type,
            practitioner_id=_given(practitioner_id),
            clinic_id=clinic_id,
            exclude_appointment_id=exclude_appointment_id,
        )
        return offers.times(self.organization, ask)

    def get_times_of(
        self, practitioner: Practitioner, clinic: Clinic, *, start_date: date, end_date: date, length: Length
    ) -> dict[date, list[GridTime]]:
        """Give the same of rows at hand, loaded for this very request: nothing is asked for twice."""
        ask = offers.Ask(first=start_date, last=end_date, practitioner_id=practitioner.pk, clinic_id=clinic.pk)
        return by_date(offers.at_hand(self.organization, ask).times(length), start_date, end_date)

    def get_clinic_slots_range(
        self,
        *,
        clinic_id: int,
        start_date: date,
        end_date: date,
        specialty_id: int | None = None,
        duration: int | None = None,
        appointment_type: str | None = None,
    ) -> dict[date, list[TimeSlot]]:
        """Give what all practitioners offer at the clinic on each date, by start; each slot names its practitioner."""
        ask = offers.Ask(
            first=start_date,
            last=end_date,
            duration=duration,
            appointment_type=appointment_type,
            clinic_id=_given(clinic_id),
            specialty_id=specialty_id,
        )
        return offers.slots(self.organization, ask)

    def get_clinic_day(self, *, clinic_id: int, date: date, length: Length | None = None) -> ClinicDay:
        """Give who works at the clinic on a date and when, who is away, and what is free for a visit.

        It is a usual one, unless its `length` is given.
        """
        clinic = self._clinic(clinic_id)
        ask = offers.Ask(first=date, last=date, clinic_id=clinic.pk)
        usual = length or Length.of(None, type_of(self.organization, None))
        return ClinicDay.of(offers.at_hand(clinic.organization, ask), clinic, date, usual)

    def get_practitioner_day(self, *, practitioner_id: int, date: date | None = None) -> PractitionerDay:
        """Give when the practitioner is in on a date, at every clinic; without a date on each clinic's today."""
        now = timezone.now()
        # Somewhere it is still yesterday, somewhere tomorrow already.
        first, last = (now.date() - ONE_DAY, now.date() + ONE_DAY) if date is None else (date, date)
        ask = offers.Ask(first=first, last=last, practitioner_id=_given(practitioner_id))
        found = offers.loaded(self.organization, ask)
        return PractitionerDay.of(
            found.available, practitioner_id, found.length, lambda zone: date or now.astimezone(zone).date()
        )

    def get_clinic_times_range(
        self,
        *,
        clinic_id: int,
        start_date: date,
        end_date: date,
        specialty_id: int | None = None,
        duration: int | None = None,
        appointment_type: str | None = None,
    ) -> dict[date, list[GridTime]]:
        """Give every start on the grids of all practitioners at the clinic on each date: free, or why it is not."""
        ask = offers.Ask(
            first=start_date,
            last=end_date,
            duration=duration,
            appointment_type=appointment_type,
            clinic_id=_given(clinic_id),
            specialty_id=specialty_id,
        )
        return offers.times(self.organization, ask)

    def get_slots_range(
        self,
        *,
        start_date: date,
        end_date: date,
        specialty_id: int | None = None,
        duration: int | None = None,
        appointment_type: str | None = None,
    ) -> dict[date, list[TimeSlot]]:
        """Give what anyone offers at any clinic on each date, by start; a date is that of the slot's own clinic."""
        ask = offers.Ask(
            first=start_date,
            last=end_date,
            duration=duration,
            appointment_type=appointment_type,
            specialty_id=specialty_id,
        )
        return offers.slots(self.organization, ask)

    def get_available_clinics(
        self,
        *,
        date: date,
        specialty_id: int | None = None,
        duration: int | None = None,
        appointment_type: str | None = None,
    ) -> list[ClinicAvailability]:
        """Give the clinics that offer something on a date, by name, each with its slots."""
        ask = offers.Ask(
            first=date,
            last=date,
            duration=duration,
            appointment_type=appointment_type,
            specialty_id=specialty_id,
        )
        found = offers.loaded(self.organization, ask)
        return by_clinic(found.available.slots(found.length), self._clinics().filter(is_active=True))

    def get_today_appointments(
        self, *, practitioner_id: int | None = None, clinic_id: int | None = None, over_midnight: bool = False
    ) -> AppointmentQuerySet:
        """Give the appointments of today, as each clinic counts days, by time; the cancelled ones too.

        `over_midnight` brings those as well that began before today, are being seen and reach into it.
        """
        rows, clinics = self._rows_and_clinics(practitioner_id, clinic_id)
        now = timezone.now()
        today = rows.today_at(clinics, now)
        if over_midnight:
            today |= rows.over_midnight_at(clinics, now)
        return today.with_names().order_by("appointment_date", "id")

    def get_appointments_on(
        self, *, date: date, practitioner_id: int | None = None, clinic_id: int | None = None
    ) -> AppointmentQuerySet:
        """Give the appointments of another date, otherwise as those of today."""
        check_range(date, date)
        rows, clinics = self._rows_and_clinics(practitioner_id, clinic_id)
        return rows.on_date_at(clinics, date).with_names().order_by("appointment_date", "id")

    def get_upcoming_appointments(
        self,
        *,
        start_date: date | None = None,
        end_date: date | None = None,
        practitioner_id: int | None = None,
        patient_id: int | None = None,
        include_summary: bool = False,
        among: AppointmentQuerySet | None = None,
    ) -> Upcoming:
        """Give what is to come, by time, without cancelled and no-show: from now on, or on the dates asked for.

        Both dates are included; a `start_date` brings what has passed of it, too. `among` leaves out all other rows.
        """
        rows = (Appointment.objects.all() if among is None else among).filter(organization=self.organization)
        if patient_id is not None:
            patients = Patient.objects.filter(organization=self.organization)
            rows = rows.filter(patient=find_or_refuse(patients, patient_id, Code.PATIENT_NOT_FOUND))
        if practitioner_id is not None:
            practitioner = find_or_refuse(self._practitioners(), practitioner_id, Code.PRACTITIONER_NOT_FOUND)
            rows = rows.filter(practitioner=practitioner)
        rows = upcoming(between(rows, self._clinics(), timezone.now(), start_date, end_date))
        return Upcoming(rows, summary_of(rows, self.organization.pk) if include_summary else None)

    def get_appointment_stats(
        self,
        *,
        start_date: date,
        end_date: date,
        practitioner_id: int | None = None,
        clinic_id: int | None = None,
        among: AppointmentQuerySet | None = None,
    ) -> AppointmentStats:
        """Count what starts on the dates, both included, of the organization, a practitioner, a clinic or both.

        `among` leaves out all other rows.
        """
        rows, clinics = self._rows_and_clinics(practitioner_id, clinic_id, among)
        return stats_of(rows, clinics, start_date, end_date, self.organization.pk)

    def _rows_and_clinics(
        self, practitioner_id: int | None, clinic_id: int | None, among: AppointmentQuerySet | None = None
    ) -> tuple[AppointmentQuerySet, list[Clinic]]:
        rows = (Appointment.objects.all() if among is None else among).filter(organization=self.organization)
        if practitioner_id is not None:
            practitioner = find_or_refuse(self._practitioners(), practitioner_id, Code.PRACTITIONER_NOT_FOUND)
            rows = rows.filter(practitioner=practitioner)
        if clinic_id is not None:
            return rows, [self._clinic(clinic_id)]
        return rows, self.organization.every_clinic()

    def _practitioners(self) -> QuerySet[Practitioner]:
        # With the organization: its policy is read anew each time, not when this service was made.
        return Practitioner.objects.filter(organization=self.organization).select_related("organization")

    def _clinics(self) -> QuerySet[Clinic]:
        return Clinic.objects.filter(organization=self.organization).select_related("organization")

    def _clinic(self, clinic_id: Any) -> Clinic:
        """Give the clinic with its organization: as they came with the request, else as they are now."""
        if self.organization.known_clinics is None:
            return find_or_refuse(self._clinics(), clinic_id, Code.CLINIC_NOT_FOUND)
        clinic = next((each for each in self.organization.known_clinics if each.pk == clinic_id), None)
        if clinic is None or not is_key(clinic_id):
            raise AppointmentError(Code.CLINIC_NOT_FOUND)
        clinic.organization = self.organization
        return clinic

    def _check_own(self, appointment_id: int | None) -> None:
        if appointment_id is not None:
            own = Appointment.objects.filter(organization=self.organization)
            find_or_refuse(own, appointment_id, Code.APPOINTMENT_NOT_FOUND)


def _given(key: Any) -> Any:
    """Give the key; where none was given, one that nothing has: it is refused like any other that is not there."""
    return 0 if key is None else key
