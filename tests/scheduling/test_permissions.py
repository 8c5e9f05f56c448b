"""Whose rows a member sees."""

import pytest

from clinics.models import Role
from scheduling.permissions import (
    own_clinics,
    own_practitioner,
    visible_appointments,
    visible_clinics,
    visible_patients,
)
from tests.factories import AppointmentFactory, MembershipFactory, PatientFactory
from tests.practice import NINE, minutes, practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor():
    """Give a practice whose practitioner has a user, with one visit there and one at a colleague's."""
    day = practice()
    day.membership = MembershipFactory(organization=day.organization, role=Role.PRACTITIONER)
    day.practitioner.user = day.membership.user
    day.practitioner.save(update_fields=["user"])
    day.own = AppointmentFactory(practitioner=day.practitioner, clinic=day.clinic, patient=day.patient)
    colleague = practice(organization=day.organization)
    day.theirs = AppointmentFactory(practitioner=colleague.practitioner, clinic=colleague.clinic)
    AppointmentFactory()  # another organization's
    return day


def as_role(day, role):
    day.membership.role = role
    return day.membership


def test_a_practitioner_sees_own_visits_and_whoever_comes_to_them(doctor):
    later = {"appointment_date": NINE + minutes(60), "patient": doctor.patient}
    again = AppointmentFactory(practitioner=doctor.practitioner, clinic=doctor.clinic, **later)
    assert set(visible_appointments(doctor.membership)) == {doctor.own, again}
    assert list(visible_patients(doctor.membership)) == [doctor.patient]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.ADMINISTRATOR])
def test_desk_and_administrators_see_the_organizations(doctor, role):
    membership = as_role(doctor, role)
    unknown = PatientFactory(organization=doctor.organization)
    assert set(visible_appointments(membership)) == {doctor.own, doctor.theirs}
    assert {doctor.patient, doctor.theirs.patient, unknown} <= set(visible_patients(membership))
    assert {patient.organization for patient in visible_patients(membership)} == {doctor.organization}


def test_an_administrator_who_practises_has_own_things_too(doctor):
    assert list(own_practitioner(as_role(doctor, Role.ADMINISTRATOR))) == [doctor.practitioner]


def test_whoever_practises_nowhere_here_has_none(doctor):
    assert not own_practitioner(MembershipFactory(organization=doctor.organization)).exists()


def test_the_own_clinics_are_those_where_one_works_or_has_visits(doctor):
    there = AppointmentFactory(practitioner=doctor.practitioner, appointment_date=NINE + minutes(60)).clinic
    for role in (Role.PRACTITIONER, Role.ADMINISTRATOR):
        assert set(own_clinics(as_role(doctor, role))) == {doctor.clinic, there}
    assert set(visible_clinics(as_role(doctor, Role.PRACTITIONER))) == {doctor.clinic, there}
    assert not own_clinics(MembershipFactory(organization=doctor.organization)).exists()
