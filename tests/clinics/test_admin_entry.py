"""Into the administration: by role, through the one door."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from tests.administration import administrator, enter, superuser
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.clinics import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_staff", [True, False])
def test_an_administrator_enters_by_the_role_alone(is_staff):
    organization = OrganizationFactory(name="Yankin Health")
    answer = administrator(organization, is_staff=is_staff).get("/admin/")
    for said in ("Medaius Scheduling", "Yankin Health", 'href="/">View site'):
        assertContains(answer, said)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PRACTITIONER])
@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/patients/patient/", "/admin/jsi18n/", "/admin/password_change/"]
)
def test_other_roles_are_told_no_on_a_page_of_ours_even_the_staff(role, address):
    browser = enter(MembershipFactory(role=role, user=UserFactory(is_staff=True)).user)
    assertContains(browser.get(address), "Administration is for the administrators", status_code=403)


def test_whoever_belongs_to_no_organization_is_told_no():
    assertContains(
        enter(UserFactory(is_staff=True)).get("/admin/"), "Administration is for the administrators", status_code=403
    )


def test_a_superuser_enters_without_a_membership_and_has_no_site_to_view():
    answer = superuser().get("/admin/")
    assertContains(answer, "Members")
    assertNotContains(answer, "View site")


def test_a_stranger_comes_through_our_door_and_back():
    browser = Client()
    answer = browser.get("/admin/clinics/clinic/")
    assertRedirects(answer, "/login/?next=/admin/clinics/clinic/")
    member = MembershipFactory(role=Role.ADMINISTRATOR).user
    sent = {"username": member.email, "password": PASSWORD, "next": "/admin/clinics/clinic/"}
    assertRedirects(browser.post("/login/", sent), "/admin/clinics/clinic/")


@pytest.mark.parametrize(
    ("address", "door"),
    [
        ("/admin/login/", "/login/?next=/admin/"),
        ("/admin/login/?next=/admin/clinics/clinic/", "/login/?next=/admin/clinics/clinic/"),
    ],
)
def test_djangos_own_door_leads_to_ours(address, door):
    assertRedirects(Client().get(address), door)


def test_djangos_own_door_leads_nobody_in_circles():
    browser = enter(MembershipFactory(role=Role.FRONT_DESK).user)
    answer = browser.get("/admin/login/", follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([], 403)


def test_it_lets_an_administrator_through():
    assertRedirects(administrator(OrganizationFactory()).get("/admin/login/"), "/admin/")


def test_out_is_where_the_rest_of_the_site_is_left():
    browser = administrator(OrganizationFactory())
    assertContains(browser.get("/admin/"), 'action="/logout/"')
    assertRedirects(browser.post("/admin/logout/"), "/login/")


def test_whoever_ceases_to_be_an_administrator_is_out_at_once():
    browser = administrator(OrganizationFactory())
    browser.membership.role = Role.FRONT_DESK
    browser.membership.save(update_fields=["role"])
    assert browser.get("/admin/").status_code == 403


def test_no_page_is_kept_by_the_browser_or_allows_inline_script():
    answer = administrator(OrganizationFactory()).get("/admin/")
    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
