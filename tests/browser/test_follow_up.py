"""The bell, the notices and the follow-up list in a real browser, without scripts and on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import Appointment, Notification
from tests.factories import AppointmentFactory, MembershipFactory, NotificationFactory, UserFactory
from tests.factories.clinics import PASSWORD
from tests.practice import practice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1366, 820, 390)


@pytest.fixture
def admin():
    """Give an administrator with a row in each section, and a notice."""
    day = practice()
    user = MembershipFactory(
        organization=day.organization, role=Role.ADMINISTRATOR, user=UserFactory(name="Daw Khin Swe Oo")
    ).user
    place = {"practitioner": day.practitioner, "clinic": day.clinic}
    now = timezone.now()
    AppointmentFactory(**place, appointment_date=now - timedelta(days=2))
    AppointmentFactory(**place, status="cancelled", cancellation_reason="practice_request", appointment_date=now)
    asked = AppointmentFactory(**place, status="pending", appointment_date=now + timedelta(days=1))
    NotificationFactory(appointment=asked, status="failed", error="TimeoutError", attempts=12)
    NotificationFactory(appointment=asked, user=user, channel="in-app", status="sent", sent_at=now)
    return user


def sign_in(page, live_server, user):
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def test_from_the_bell_to_the_visit_and_through_the_list_without_scripts(browser, live_server, admin):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, live_server, admin)
    page.get_by_role("link", name="Notices 1 not read").click()
    page.get_by_role("button", name="Open").click()
    expect(page).to_have_url(f"{live_server.url}/appointments/{Notification.objects.get(user=admin).appointment_id}/")
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()
    page.get_by_role("link", name="Follow-up 4").click()
    page.get_by_role("button", name="No-show").click()
    expect(page.get_by_role("status")).to_have_text("Written: No-show.")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("link", name="Follow-up 2")).to_be_visible()
    page.get_by_role("link", name="Book again").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert Appointment.objects.filter(status="no-show").count() == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_fits_and_shuts_nobody_out(page, live_server, admin, scheme):
    sign_in(page, live_server, admin)
    page.emulate_media(color_scheme=scheme)
    for address in ("/notices/", "/notices/failed/", "/follow-up/"):
        page.goto(live_server.url + address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 768})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
            found = Axe().run(page).response["violations"]
            assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
