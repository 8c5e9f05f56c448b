"""The pages that say no, and the menu of whoever is at the desk, in a real browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from django.db import connection, connections
from playwright.sync_api import expect

from clinics.models import Role
from patients.models import Patient
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.clinics import PASSWORD
from tests.practice import practice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1366, 820, 390)


@pytest.fixture
def day():
    return practice(organization=OrganizationFactory(name="Yankin Health"))


@pytest.fixture
def doctor(day):
    return MembershipFactory(organization=day.organization, role=Role.PRACTITIONER).user


@pytest.fixture
def thiri(day):
    """Give somebody who works at the front desk of two organizations."""
    user = UserFactory(name="Thiri Soe")
    MembershipFactory(user=user, organization=day.organization)
    MembershipFactory(
        user=user, organization=practice(organization=OrganizationFactory(name="Mandalay Care")).organization
    )
    return user


@pytest.fixture
def no_database():
    """Point the database at a port where nobody listens, once asked to."""
    settings = connections.settings["default"]
    before = {key: settings[key] for key in ("HOST", "PORT")}
    yield lambda: settings.update(HOST="127.0.0.1", PORT="1")
    settings.update(before)


@pytest.fixture
def no_types():
    """Take a table away, once asked to."""

    def rename(old, new):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE IF EXISTS {old} RENAME TO {new}")

    yield lambda: rename("scheduling_appointmenttype", "gone")
    rename("gone", "scheduling_appointmenttype")


def sign_in(page, live_server, user, password=PASSWORD):
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    return page


def open_menu(page):
    page.get_by_role("button", name="Your account").click()
    return page.locator("#me")


def assert_fit(page, heading):
    """Assert that the page says `heading`, shuts nobody out in either scheme, and fits every width."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": WIDTHS[0], "height": 768})


def test_each_page_that_says_no(page, live_server, doctor):
    sign_in(page, live_server, doctor)
    many = "&".join(f"field{number}=x" for number in range(1001))
    for address, heading in (
        (f"/?{many}", "The browser sent something unreadable"),
        ("/book/", "You may not open this"),
        ("/nothing-here/", "This is not here"),
        ("/organization/", "Nothing to see at this address"),
    ):
        page.goto(live_server.url + address)
        assert_fit(page, heading)
    page.get_by_role("link", name="To the day's list").click()
    expect(page).to_have_url(f"{live_server.url}/")


def test_an_old_form(page, live_server, doctor):
    sign_in(page, live_server, doctor)
    page.context.clear_cookies(name="csrftoken")
    open_menu(page).get_by_role("button", name="Sign out").click()
    assert_fit(page, "This form is too old")


def test_no_organization(page, live_server):
    for user, way in ((UserFactory(), "Sign out"), (UserFactory(is_superuser=True), "Administration")):
        sign_in(page, live_server, user)
        page.goto(f"{live_server.url}/upcoming/")
        assert_fit(page, "You are in no organization")
        expect(page.locator(".door .bar")).to_contain_text(way)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("E-mail")).to_be_visible()


def test_the_door_and_the_lock_on_it(page, live_server, doctor):
    page.goto(f"{live_server.url}/login/?next=/book/&ended=1")
    expect(page.get_by_role("status")).to_contain_text("Your session has ended.")
    assert_fit(page, "Sign in")
    for _ in range(5):
        sign_in(page, live_server, doctor, password="wrong")  # noqa: S106
    assert_fit(page, "Too many wrong passwords")


def test_a_fault_and_a_database_that_is_gone(page, live_server, thiri, no_types, no_database):
    sign_in(page, live_server, thiri)
    no_types()
    page.goto(live_server.url)
    assert_fit(page, "Something broke on our side")
    no_database()
    page.goto(live_server.url)
    assert_fit(page, "The book cannot be opened just now")


class TestTheMenu:
    def test_it_opens_and_closes_by_keys(self, page, live_server, thiri):
        sign_in(page, live_server, thiri)
        page.get_by_role("button", name="Your account").focus()
        page.keyboard.press("Enter")
        menu = page.locator("#me")
        expect(menu).to_be_visible()
        expect(menu).to_contain_text("Front desk at Yankin Health")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 768})
            assert Axe().run(page).response["violations"] == []
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(page.get_by_role("button", name="Your account")).to_be_focused()

    def test_it_changes_the_organization_without_javascript(self, browser, live_server, thiri):
        context = browser.new_context(java_script_enabled=False)
        page = sign_in(context.new_page(), live_server, thiri)
        open_menu(page).get_by_role("button", name="Mandalay Care").click()
        expect(page.get_by_role("button", name="Your account")).to_contain_text("Mandalay Care")
        context.close()

    def test_a_form_of_the_other_tab_is_refused_as_a_whole_page(self, page, live_server, thiri):
        sign_in(page, live_server, thiri)
        page.goto(f"{live_server.url}/book/")
        other = page.context.new_page()
        other.goto(live_server.url)
        open_menu(other).get_by_role("button", name="Mandalay Care").click()
        expect(other.get_by_role("button", name="Your account")).to_contain_text("Mandalay Care")
        page.locator("summary", has_text="New patient").click()
        page.get_by_label("Name", exact=True).fill("Daw Nwe Ni")
        page.get_by_role("button", name=re.compile("Add")).click()
        assert_fit(page, "You are in Mandalay Care now")
        assert not Patient.objects.filter(name="Daw Nwe Ni").exists()
        page.get_by_role("button", name="Change to Yankin Health").click()
        expect(page.get_by_role("button", name="Your account")).to_contain_text("Yankin Health")


class TestUnderHtmx:
    @pytest.fixture
    def booking(self, page, live_server, thiri):
        sign_in(page, live_server, thiri)
        page.goto(f"{live_server.url}/book/")
        return page

    def test_a_session_that_ended_leads_to_the_door_and_back(self, booking, live_server, thiri):
        Session.objects.all().delete()
        booking.get_by_label("Find a patient").fill("Daw")
        booking.keyboard.press("Enter")
        expect(booking.get_by_role("status")).to_contain_text("Your session has ended.")
        booking.get_by_label("E-mail").fill(thiri.email)
        booking.get_by_label("Password").fill(PASSWORD)
        booking.keyboard.press("Enter")
        expect(booking).to_have_url(f"{live_server.url}/book/")

    def test_a_refusal_takes_the_whole_page_and_the_focus(self, booking, thiri):
        thiri.memberships.all().delete()
        booking.get_by_label("Find a patient").fill("Daw")
        booking.keyboard.press("Enter")
        expect(booking.get_by_role("heading", name="You are in no organization")).to_be_focused()
        assert booking.locator("main").count() == 1

    def test_so_does_a_database_that_is_gone(self, booking, no_database):
        no_database()
        booking.get_by_label("Find a patient").fill("Daw")
        booking.keyboard.press("Enter")
        expect(booking.get_by_role("heading", name="The book cannot be opened just now")).to_be_visible()
        assert booking.locator("main").count() == 1
