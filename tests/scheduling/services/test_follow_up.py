"""What a member must still see to, counted as it is listed."""

import pytest

from clinics.models import Role
from clinics.permissions import memberships_of
from scheduling.services.follow_up import FollowUp
from tests.factories import AppointmentFactory, DisplacementFactory, MembershipFactory, NotificationFactory
from tests.practice import NINE, minutes

pytestmark = pytest.mark.django_db

ROLES = {
    "front_desk": {"to_rebook": 1, "missed": 1, "outside": 1, "requests": 1, "failed": 1, "unread": 1},
    "practitioner": {"to_rebook": 0, "missed": 1, "outside": 0, "requests": 0, "failed": 0, "unread": 1},
    "administrator": {"to_rebook": 1, "missed": 1, "outside": 1, "requests": 1, "failed": 1, "unread": 1},
}


@pytest.fixture
def member(clinic_day):
    """Give a function that makes a member of a role, whose visits those of the practice are."""

    def join(role):
        made = MembershipFactory(organization=clinic_day.organization, role=role)
        clinic_day.practitioner.user = made.user
        clinic_day.practitioner.save(update_fields=["user"])
        [membership] = memberships_of(made.user)
        return membership

    return join


@pytest.mark.parametrize("role", Role.values)
def test_each_role_has_its_sections_and_they_are_counted_in_two_queries(
    clinic_day, member, role, django_assert_num_queries
):
    place = {"practitioner": clinic_day.practitioner, "clinic": clinic_day.clinic}
    AppointmentFactory(**place, appointment_date=NINE - minutes(24 * 60))
    AppointmentFactory(**place, status="cancelled", cancellation_reason="practice_request")
    asked = AppointmentFactory(**place, status="pending")
    NotificationFactory(appointment=asked, status="failed")
    DisplacementFactory(appointment=AppointmentFactory(**place, appointment_date=NINE + minutes(60)))
    membership = member(role)
    NotificationFactory(appointment=asked, user=membership.user, channel="in-app")
    follow_up = FollowUp(membership)
    sections = [getattr(follow_up, name) for name in ROLES[role]]
    assert {section.__name__: section().count() for section in sections} == ROLES[role]
    with django_assert_num_queries(1):
        assert follow_up.counts() == ROLES[role]


def test_nothing_is_counted_as_nothing(member):
    assert set(FollowUp(member("front_desk")).counts().values()) == {0}
