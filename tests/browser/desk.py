"""What the browser tests of the desk do alike."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from tests.factories.clinics import PASSWORD


def assert_accessible(page):
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def sign_in_plainly(browser, live_server, day, context=None):
    page = (context or browser.new_context(java_script_enabled=False)).new_page()
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("E-mail").fill(day.membership.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page
