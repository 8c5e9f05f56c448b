"""Accounts, for superusers alone: what they change is told of, and the last of them stays."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from clinics.models import ActivityEvent, User
from tests.administration import administrator, errors_of, superuser, url
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db

LAST = "This is the last superuser. Make somebody else a superuser first."


@pytest.fixture
def office():
    return administrator(OrganizationFactory())


@pytest.fixture
def operator():
    return superuser()


def sent(user, **changed):
    fields = {"email": user.email, "name": user.name, "is_active": "on", **changed}
    return {name: value for name, value in fields.items() if value}


def test_an_administrator_has_no_page_about_accounts(office):
    for address in (url(User, "changelist"), url(User, "add"), url(office.user), f"{url(office.user)[:-7]}password/"):
        assert office.get(address).status_code == 403


def test_a_superuser_adds_closes_and_renames_accounts_but_deletes_none():
    operator = superuser()
    sent = {"email": "a@b.example", "name": "A", "password1": "mingalaba everybody", "password2": "mingalaba everybody"}
    assert operator.post(url(User, "add"), {**sent, "usable_password": "true"}).status_code == 302
    user = User.objects.get(email="a@b.example")
    assert operator.post(url(user), {"email": "a@b.example", "name": "B"}).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.is_active) == ("B", False)
    assert operator.post(url(user, "delete"), {"post": "yes"}).status_code == 403


def test_an_account_that_is_closed_is_told_of_in_each_of_its_organizations(operator):
    user = UserFactory()
    memberships = [MembershipFactory(user=user) for _ in range(2)]
    operator.post(url(user), sent(user, is_active=""))
    events = ActivityEvent.objects.order_by("organization")
    assert [(each.kind, each.target, each.organization, each.actor) for each in events] == [
        ("USER_CHANGED", membership, membership.organization, operator.user) for membership in memberships
    ]
    assert [(each.old, each.new) for each in events] == [({"is_active": True}, {"is_active": False})] * 2


def test_an_administrator_reads_of_it_in_the_history_of_the_member(office, operator):
    membership = MembershipFactory(organization=office.membership.organization)
    operator.post(url(membership.user), sent(membership.user, name="Thiri Soe"))
    event = ActivityEvent.objects.get()
    assert (event.old, event.new) == ({"name": membership.user.name}, {"name": "Thiri Soe"})
    assertContains(office.get(url(membership, "history")), "Thiri Soe")


@pytest.mark.parametrize("why", ["attached", "member elsewhere"])
def test_the_name_of_a_shared_account_is_not_told(operator, why):
    membership = MembershipFactory(attached=why == "attached")
    if why == "member elsewhere":
        MembershipFactory(user=membership.user)
    operator.post(url(membership.user), sent(membership.user, name="Secret Name"))
    for event in ActivityEvent.objects.all():
        assert (event.old, event.new) == ({}, {"name": "changed"})
    assert ActivityEvent.objects.count() == membership.user.memberships.count()


def test_a_new_password_is_told_of_and_not_kept(operator):
    user = MembershipFactory().user
    passwords = {"password1": "mingalaba everybody", "password2": "mingalaba everybody", "usable_password": "true"}
    answer = operator.post(reverse("admin:auth_user_password_change", args=[user.pk]), passwords)
    assert answer.status_code == 302
    event = ActivityEvent.objects.get()
    assert (event.kind, event.old, event.new) == ("USER_CHANGED", {}, {"password": "changed"})


def test_what_was_not_changed_is_not_told_of(operator):
    user = MembershipFactory().user
    operator.post(url(user), sent(user))
    assert not ActivityEvent.objects.exists()


@pytest.mark.parametrize("field", ["is_active", "is_superuser"])
def test_the_last_superuser_stays(operator, field):
    UserFactory(is_superuser=True, is_active=False)
    answer = operator.post(url(operator.user), sent(operator.user, is_superuser="on") | {field: ""})
    assert errors_of(answer) == {field: [LAST]}
    assert User.objects.filter(pk=operator.user.pk, is_active=True, is_superuser=True).exists()


@pytest.mark.parametrize("field", ["is_active", "is_superuser"])
def test_one_of_two_superusers_can_go(operator, field):
    UserFactory(is_superuser=True)
    fields = sent(operator.user, **{"is_superuser": "on", field: ""})
    assert operator.post(url(operator.user), fields).status_code == 302
    assert not User.objects.filter(pk=operator.user.pk, is_active=True, is_superuser=True).exists()


def test_the_last_superuser_is_renamed_like_anybody(operator):
    operator.post(url(operator.user), sent(operator.user, is_superuser="on", name="Operator"))
    assert User.objects.get(pk=operator.user.pk).name == "Operator"
