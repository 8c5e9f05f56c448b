"""The rows of one organization that its appointments are made of, loaded once a run."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

from django.utils.text import slugify

from clinics.models import Clinic, Membership, Organization, Practitioner, Role
from patients.models import Patient
from scheduling.domain.intervals import Interval
from scheduling.management.demo import chance
from scheduling.management.demo.organizations import email_of
from scheduling.management.demo.patients import record_number
from scheduling.management.demo.places import CHILDREN, MOVEMENT, SKIN, Tenant
from scheduling.management.demo.visits import ours
from scheduling.management.demo.writing import Actors
from scheduling.models import Appointment, AppointmentType

CHILDHOOD = timedelta(days=16 * 365)
REST = timedelta(hours=12)
TRIES = 8


class People:
    """Clinics and practitioners of the demo's tables by key, and which patients can come when.

    What somebody has added or renamed is theirs, and not among them.
    """

    def __init__(self, organization: Organization, tenant: Tenant, patients: int, since: datetime) -> None:
        self.organization = organization
        clinics = Clinic.objects.filter(organization=organization, name__in=tenant.clinics)
        practitioners = Practitioner.objects.filter(organization=organization, name__in=tenant.practitioners)
        self.clinics = {row.pk: row for row in clinics}
        self.practitioners = {row.pk: row for row in practitioners}
        self.types = {row.code: row for row in AppointmentType.objects.filter(organization=organization)}
        self.taken = set(ours(organization).values_list("request_id", flat=True))
        self._tenant = tenant
        self._patients = list(
            Patient.objects.filter(
                organization=organization, is_active=True, record_number__lte=record_number(patients)
            ).order_by("pk")
        )
        self._by_key = {patient.pk: patient for patient in self._patients}
        self._pools: dict[tuple[int, int], list[int]] = {}
        self._visits: defaultdict[int, list[Interval]] = defaultdict(list)
        rows = Appointment.objects.filter(organization=organization, ends_at__gte=since - REST)
        for patient_id, start, end in rows.values_list("patient_id", "appointment_date", "ends_at"):
            self._visits[patient_id].append(Interval(start, end))

    def specialty(self, practitioner_id: int) -> str:
        return self._tenant.practitioners[self.practitioners[practitioner_id].name].specialty

    def slot_name(self, practitioner_id: int, start: datetime, place: int) -> str:
        """Give the slot's place a name that is the same in every database."""
        return f"{slugify(self.practitioners[practitioner_id].name)}-{start:%Y%m%dT%H%M}-{place}"

    def actors(self) -> Actors:
        emails = [login.email for login in self._tenant.logins]
        emails += [email_of(name, self._tenant) for name in self._tenant.staff]
        desk = Membership.objects.filter(
            organization=self.organization, role=Role.FRONT_DESK, user__email__in=emails
        ).order_by("pk")
        return Actors(
            desk=list(desk.values_list("user_id", flat=True)),
            practitioners={row.pk: row.user_id for row in self.practitioners.values()},
        )

    def patient_for(self, random: Random, practitioner_id: int, clinic_id: int, visit: Interval) -> int | None:
        """Give a patient of the practitioner, the regulars more often, who is nowhere else half a day around."""
        pool = self._pool(practitioner_id, clinic_id)
        around = Interval(visit.start - REST, visit.end + REST)
        for _attempt in range(TRIES if pool else 0):
            patient_id = pool[int(len(pool) * random.random() ** 1.5)]
            if not any(other.overlaps(around) for other in self._visits[patient_id]):
                return patient_id
        return None

    def patient(self, key: int) -> Patient:
        return self._by_key[key]

    def is_new(self, patient_id: int) -> bool:
        return not self._visits[patient_id]

    def comes(self, patient_id: int, visit: Interval) -> None:
        self._visits[patient_id].append(visit)

    def _pool(self, practitioner_id: int, clinic_id: int) -> list[int]:
        """Give those who live near the clinic and whom the practitioner is for, in an order of the practitioner's."""
        key = (practitioner_id, clinic_id)
        if key not in self._pools:
            specialty, name = self.specialty(practitioner_id), self.clinics[clinic_id].name
            near = self._tenant.clinics[name].digits
            pool = [
                patient.pk
                for patient in self._patients
                if patient.record_number[-1] in near and _is_for(specialty, patient)
            ]
            chance("regulars", self.practitioners[practitioner_id].name, name).shuffle(pool)
            self._pools[key] = pool
        return self._pools[key]


def _is_for(specialty: str, patient: Patient) -> bool:
    """Tell whether a practitioner of that specialty sees the patient: some see children only, some none."""
    if patient.birth_date is None:
        return specialty != CHILDREN
    # By a fixed day: nobody changes doctors on a birthday.
    child = datetime(2026, 7, 1).date() - patient.birth_date < CHILDHOOD  # noqa: DTZ001 a date
    if specialty == CHILDREN:
        return child
    return not (child and specialty in {SKIN, MOVEMENT})
