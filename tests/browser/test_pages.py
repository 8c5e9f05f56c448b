"""The pages around the board: what is to come, who has time, one patient; on every width, in light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.factories import AppointmentFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ["Daw Khin Myat Noe", "Maha Thiri Thudhamma " * 5, "ဒေါ်ခင်မြတ်နိုး", "فاطمة الزهراء عبد الرحمن"]


@pytest.fixture
def visits(day):
    """Give the patient something to come, and a past."""
    now = timezone.now().replace(second=0, microsecond=0)
    given = {"practitioner": day.practitioner, "clinic": day.clinic, "patient": day.patient}
    for days, status in ((-40, "completed"), (-20, "no-show"), (-9, "cancelled"), (1, "booked"), (30, "pending")):
        AppointmentFactory(appointment_date=now + timedelta(days=days), status=status, **given)


@pytest.mark.usefixtures("visits")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 820, 1366])
def test_they_shut_nobody_out(signed_in, day, width, scheme):
    page, home = signed_in, signed_in.url
    page.set_viewport_size({"width": width, "height": 768})
    page.emulate_media(color_scheme=scheme)
    addresses = [f"patients/{day.patient.pk}/", f"upcoming/?patient={day.patient.pk}", "upcoming/", "availability/"]
    for name, address in zip(NAMES, addresses, strict=True):
        day.patient.name = name.strip()
        day.patient.save()
        page.goto(home + address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    for address in ("upcoming/?start_date=banana", "upcoming/?status=arrived", "availability/?part=evening"):
        page.goto(home + address)
        assert_accessible(page)


@pytest.mark.usefixtures("visits")
def test_a_visit_is_moved_and_cancelled_from_the_patient_without_javascript(browser, live_server, day):
    page = sign_in_plainly(browser, live_server, day)
    page.goto(f"{live_server.url}/patients/{day.patient.pk}/")
    page.get_by_role("link", name="Reschedule").first.click()
    page.locator(".days .chip").nth(3).click()
    page.locator(".soon .chip").first.click()
    page.get_by_role("button", name="Move to").click()
    expect(page.get_by_role("status").first).to_contain_text("Moved")
    page.get_by_role("link", name="Cancel the appointment").click()
    page.get_by_label("the patient asked").check()
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_role("status").first).to_contain_text("Cancelled")
    page.context.close()


def test_from_a_cell_to_a_booking(signed_in, day):
    page = signed_in
    page.get_by_role("link", name="Availability").click()
    page.locator("table a").nth(3).click()
    expect(page.get_by_role("searchbox", name="Find a patient").last).to_be_focused()
    page.keyboard.type("8870")
    page.keyboard.press("Enter")
    expect(page.locator("#book-button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("li:target")).to_contain_text(day.patient.name)


def tab_to(page, name):
    """Press Tab until the focus is on the link that is called so."""
    for _press in range(60):
        page.keyboard.press("Tab")
        focused = page.locator("a:focus")
        if focused.count() and name in " ".join(focused.inner_text().split()):
            return focused
    raise AssertionError(f"No Tab leads to {name}")


@pytest.mark.usefixtures("visits")
def test_the_counts_filter_by_keys(signed_in):
    page = signed_in
    page.goto(f"{page.url}upcoming/")
    tab_to(page, "1 Pending")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-label='By status'] [aria-current]")).to_have_text("1 Pending")
    expect(page.locator(".visits li")).to_have_count(1)


def test_a_free_count_opens_the_booking_beside_it_by_keys(signed_in, day):
    page = signed_in
    page.goto(f"{page.url}availability/")
    tab_to(page, "free on")
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name="New booking")).to_be_visible()
    expect(panel).to_contain_text(day.practitioner.name)
    assert page.url.endswith("/availability/")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(panel.locator(".booking")).to_have_count(0)
    expect(page.locator("table.avail td a").first).to_be_focused()
