"""The permission table."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.views import View

from clinics.models import Role
from clinics.permissions import MAY, SUPERUSER, Action, MemberView, actions_of, clinics_of, limits_of, memberships_of
from tests.factories import (
    AppointmentFactory,
    ClinicFactory,
    MembershipFactory,
    OrganizationFactory,
    PatientFactory,
    PractitionerFactory,
    UserFactory,
)
from tests.scheduling.views.conftest import signed_in

DESK = {
    "search_patients",
    "add_patients",
    "merge_patients",
    "book",
    "confirm_requests",
    "move",
    "cancel",
    "check_in",
    "undo",
} | {*("retry_notices", "see_board", "call_patients", "merge_patients")}
READS = {"see_day", "see_appointments", "see_patients", "see_notices", "follow_up"}
VISIT = {"start", "complete", "mark_no_show"}


def test_who_may_do_what():
    assert {who: set(actions) for who, actions in MAY.items()} == {
        "front_desk": READS | DESK,
        "practitioner": READS | VISIT | {"see_own_day", "see_statistics", "keep_own_feed"},
        "administrator": READS | DESK | VISIT | {"see_statistics", "administer"},
        "superuser": {"administer"},
    }


def test_every_role_stands_in_the_table_and_every_action_is_somebodys():
    assert set(MAY) == {*Role.values, SUPERUSER}
    assert frozenset().union(*MAY.values()) == frozenset(Action)


def test_templates_ask_by_names_that_the_table_knows():
    asked = {
        word
        for page in Path("templates").rglob("*.html")
        for word in re.findall(r'"(\w+)"\s+(?:not )?in request\.may', page.read_text())
    }
    assert asked
    assert asked <= set(Action)


def test_a_page_that_does_not_say_what_it_needs_opens_for_nobody(rf):
    class Careless(MemberView):
        def get(self, request):
            raise AssertionError(request)

    request = rf.get("/")
    request.membership, request.may = SimpleNamespace(), frozenset(Action)
    with pytest.raises(AttributeError, match="needs"):
        Careless.as_view()(request)
    assert issubclass(Careless, View)


@pytest.mark.django_db
class TestAMember:
    def test_a_superuser_who_belongs_nowhere_only_administers(self):
        assert actions_of(None, UserFactory(is_superuser=True)) == {"administer"}

    def test_nobody_else_without_a_membership_may_do_anything(self):
        assert actions_of(None, UserFactory(is_staff=True)) == frozenset()
        assert actions_of(None, AnonymousUser()) == frozenset()

    def test_an_administrator_who_practises_may_do_what_practitioners_do(self):
        membership = MembershipFactory(role=Role.ADMINISTRATOR)
        PractitionerFactory(organization=membership.organization, user=membership.user)
        [loaded] = memberships_of(membership.user)
        assert actions_of(loaded) == MAY[Role.ADMINISTRATOR] | MAY[Role.PRACTITIONER]

    def test_one_who_practises_in_another_organization_only_does_not(self):
        membership = MembershipFactory(role=Role.ADMINISTRATOR)
        PractitionerFactory(user=membership.user)
        [loaded] = memberships_of(membership.user)
        assert actions_of(loaded) == MAY[Role.ADMINISTRATOR]

    def test_a_front_desk_with_a_practitioners_row_stays_a_front_desk(self):
        membership = MembershipFactory(role=Role.FRONT_DESK)
        PractitionerFactory(organization=membership.organization, user=membership.user)
        [loaded] = memberships_of(membership.user)
        assert actions_of(loaded) == MAY[Role.FRONT_DESK]


@pytest.mark.django_db
class TestItsClinics:
    @pytest.fixture
    def limited(self):
        membership = MembershipFactory()
        clinics = ClinicFactory.create_batch(2, organization=membership.organization)
        membership.clinics.set(clinics[:1], through_defaults={"organization": membership.organization})
        return SimpleNamespace(membership=membership, own=clinics[0], other=clinics[1])

    def test_the_limits_are_the_same_however_the_membership_was_loaded(self, limited):
        [loaded] = memberships_of(limited.membership.user)
        assert limits_of(loaded) == limits_of(limited.membership) == {limited.own.pk}

    def test_an_administrator_has_no_limits(self, limited):
        limited.membership.role = Role.ADMINISTRATOR
        assert set(clinics_of(limited.membership)) == {limited.own, limited.other}

    def test_a_deactivated_clinic_does_not_open_the_others(self, limited):
        limited.own.is_active = False
        limited.own.save(update_fields=["is_active"])
        assert list(clinics_of(limited.membership)) == []


@pytest.mark.django_db
class TestEmptyPages:
    def test_an_administrator_of_an_organization_without_a_clinic_is_shown_the_way(self):
        page = signed_in(OrganizationFactory(), Role.ADMINISTRATOR).get("/").content.decode()
        assert "There is no clinic yet" in page
        assert 'href="/admin/"' in page

    def test_a_desk_whose_clinic_is_closed_down_is_told_so(self):
        clinic = ClinicFactory(is_active=False)
        ClinicFactory(organization=clinic.organization)
        page = signed_in(clinic.organization, clinics=[clinic]).get("/").content.decode()
        assert "Your clinic is closed" in page

    def test_a_practitioner_who_works_nowhere_is_told_so(self):
        page = signed_in(ClinicFactory().organization, Role.PRACTITIONER).get("/").content.decode()
        assert "You are not one of the practitioners yet" in page

    @pytest.mark.parametrize("address", ["/", "/book/"])
    def test_a_clinic_without_a_practitioner_has_a_page(self, address):
        clinic = ClinicFactory(name="Yankin Clinic")
        assert "Yankin Clinic" in signed_in(clinic.organization).get(address).content.decode()

    def test_what_was_booked_at_a_closed_clinic_can_still_be_read(self):
        clinic = ClinicFactory(is_active=False)
        patient = PatientFactory(organization=clinic.organization, name="Daw Nwe Ni")
        visit = AppointmentFactory(clinic=clinic, patient=patient)
        page = signed_in(clinic.organization, clinics=[clinic]).get(f"/appointments/{visit.pk}/").content.decode()
        assert "Daw Nwe Ni" in page
