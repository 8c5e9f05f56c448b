"""Whose appointments, patients and practitioners a member sees."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from clinics.models import Clinic, ClinicAssignment, Membership, Practitioner, Role
from clinics.permissions import clinics_of, limits_of
from patients.models import Patient
from scheduling.models import Appointment, AppointmentQuerySet


def visible_appointments(membership: Membership) -> AppointmentQuerySet:
    """Give a practitioner's own; those at the clinics of the front desk; an administrator's are all."""
    appointments = Appointment.objects.filter(organization=membership.organization_id)
    if membership.role == Role.PRACTITIONER:
        return appointments.filter(practitioner__user=membership.user_id)
    limited_to = limits_of(membership)
    return appointments.filter(clinic__in=limited_to) if limited_to else appointments


def sees(membership: Membership, appointment: Appointment) -> bool:
    """Tell whether a row of the member's organization, loaded with its practitioner, is among the visible ones."""
    if membership.role == Role.PRACTITIONER:
        return appointment.practitioner.user_id == membership.user_id
    limited_to = limits_of(membership)
    return not limited_to or appointment.clinic_id in limited_to


def visible_practitioners(membership: Membership) -> QuerySet[Practitioner]:
    """Give a practitioner oneself; else those who work, or worked, at the member's clinics."""
    practitioners = Practitioner.objects.filter(organization=membership.organization_id)
    if membership.role == Role.PRACTITIONER:
        return own_practitioner(membership)
    limited_to = limits_of(membership)
    return practitioners.filter(assignments__clinic__in=limited_to).distinct() if limited_to else practitioners


def visible_clinics(membership: Membership) -> QuerySet[Clinic]:
    """Give the member's clinics; a practitioner's are the own ones."""
    return own_clinics(membership) if membership.role == Role.PRACTITIONER else clinics_of(membership)


def counted_clinics(membership: Membership) -> QuerySet[Clinic]:
    """Give the clinics to look back at: the visible ones; for an administrator also those closed that had visits."""
    visible = visible_clinics(membership)
    if membership.role != Role.ADMINISTRATOR:
        return visible
    had_visits = Exists(Appointment.objects.filter(clinic=OuterRef("pk")))
    clinics = Clinic.objects.filter(organization=membership.organization_id)
    return visible | clinics.filter(had_visits, is_active=False)


def own_practitioner(membership: Membership) -> QuerySet[Practitioner]:
    """Give the practitioner that the member is, whatever the role; none for most."""
    return Practitioner.objects.filter(organization=membership.organization_id, user=membership.user_id)


def own_clinics(membership: Membership) -> QuerySet[Clinic]:
    """Give those of the member's clinics where one works, or worked, or has appointments oneself."""
    own = own_practitioner(membership)
    works = ClinicAssignment.objects.filter(clinic=OuterRef("pk"), practitioner__in=own)
    sees = Appointment.objects.filter(clinic=OuterRef("pk"), practitioner__in=own)
    return clinics_of(membership).filter(Exists(works) | Exists(sees))


def visible_patients(membership: Membership) -> QuerySet[Patient]:
    """Give a practitioner's own: those who have, or had, an appointment there; else the organization's."""
    patients = Patient.objects.filter(organization=membership.organization_id)
    if membership.role != Role.PRACTITIONER:
        return patients
    return patients.filter(Exists(visible_appointments(membership).filter(patient=OuterRef("pk"))))


def bookable_patients(membership: Membership) -> QuerySet[Patient]:
    """Give the organization's active patients: whoever calls may never have been at this clinic before."""
    return Patient.objects.filter(organization=membership.organization_id, is_active=True)
