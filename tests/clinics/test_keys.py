"""Single keys can be switched off, by each for themselves."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from tests.factories import MembershipFactory
from tests.practice import practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def member(client):
    membership = MembershipFactory(organization=practice().organization, role="front_desk")
    client.force_login(membership.user, backend="clinics.authentication.MemberBackend")
    return membership.user


def test_they_are_on_until_somebody_switches_them_off(client, member):
    assertContains(client.get("/"), "js/keys.js")
    answer = client.post("/keys/", {"shortcuts": "off"}, headers={"Referer": "http://testserver/requests/"})
    assertRedirects(answer, "/requests/", status_code=303)
    member.refresh_from_db()
    assert member.shortcuts is False
    page = client.get("/")
    assertNotContains(page, "js/keys.js")
    assertContains(page, 'data-shortcuts="off"')
    client.post("/keys/", {"shortcuts": "on"})
    assertContains(client.get("/"), "js/keys.js")


def test_nobody_elses_are_touched(client, member):
    other = MembershipFactory(organization=member.memberships.get().organization).user
    client.post("/keys/", {"shortcuts": "off"})
    other.refresh_from_db()
    assert other.shortcuts is True


def test_only_by_post(client, member):  # noqa: ARG001 somebody is signed in
    assert client.get("/keys/").status_code == 405


def test_another_sites_address_is_not_followed(client, member):  # noqa: ARG001
    answer = client.post("/keys/", {"shortcuts": "off"}, headers={"Referer": "https://evil.example/"})
    assertRedirects(answer, "/", status_code=303)
