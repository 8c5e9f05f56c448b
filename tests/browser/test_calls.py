"""The call list and the rates of no-shows in a real browser, without scripts and on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import Appointment
from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.factories import AppointmentFactory, MembershipFactory, PatientFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1366, 820, 390)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def calls(day):
    """Give the practice with three visits of tomorrow, the first one's patient with a history of no-shows."""
    day.membership = MembershipFactory(organization=day.organization, role=Role.ADMINISTRATOR)
    place = {"practitioner": day.practitioner, "clinic": day.clinic}
    noon = timezone.now().astimezone(day.clinic.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    tomorrow = noon + timedelta(days=1)
    for number, name in enumerate(["Ma Hnin", "ဒေါ်သီရိခင်"], start=1):
        patient = PatientFactory(organization=day.organization, name=name, phone=f"+95925008887{number}")
        AppointmentFactory(**place, patient=patient, appointment_date=tomorrow - timedelta(hours=number))
    AppointmentFactory(**place, patient=day.patient, appointment_date=tomorrow)
    for days in range(1, 16):
        status = "no-show" if days < 6 else "completed"
        before = tomorrow - timedelta(days=days + 1)
        AppointmentFactory(**place, patient=day.patient, appointment_date=before, status=status)
    return day


def test_one_call_after_another_without_scripts_on_a_phone(browser, live_server, calls):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, has_touch=True)
    page = sign_in_plainly(browser, live_server, calls, context)
    page.get_by_role("link", name="Calls").click()
    names = page.locator(".calls h3")
    expect(names).to_have_text(["Daw Khin Myat Noe", "ဒေါ်သီရိခင်", "Ma Hnin"])
    expect(page.locator(".calls .tel a").first).to_have_attribute("href", "tel:+959250088870")
    page.get_by_role("button", name="No answer Daw Khin Myat Noe").click()
    expect(names).to_have_text(["ဒေါ်သီရိခင်", "Ma Hnin", "Daw Khin Myat Noe"])
    expect(page.get_by_text("no answer", exact=False).last).to_be_visible()
    page.get_by_role("button", name="Comes ဒေါ်သီရိခင်").click()
    expect(page.get_by_text("1 of 3 reached")).to_be_visible()
    page.get_by_role("button", name="Cannot come Ma Hnin").click()
    expect(page.get_by_role("status")).to_contain_text("The time is free again.")
    page.locator(".latest").get_by_role("button", name="Undo").click()
    expect(names.first).to_have_text("Ma Hnin")
    expect(page.get_by_text("1 of 3 reached")).to_be_visible()
    assert sorted(Appointment.objects.filter(appointment_date__gt=timezone.now()).values_list("status", flat=True)) == [
        *("booked", "booked", "confirmed")
    ]
    context.close()


def test_the_keys_turn_the_days_and_answer_for_the_row_that_has_the_focus(page, live_server, calls, signed_in):  # noqa: ARG001
    signed_in.goto(f"{live_server.url}/calls/")
    heading = signed_in.get_by_role("heading", level=1)
    tomorrow = heading.inner_text()
    for key in "][":
        with signed_in.expect_navigation():  # and a key pressed before the scripts are there presses nothing
            signed_in.keyboard.press(key)
        (expect(heading).to_have_text if key == "[" else expect(heading).not_to_have_text)(tomorrow)
    signed_in.get_by_role("link", name="Daw Khin Myat Noe", exact=True).focus()
    signed_in.keyboard.press("f")
    expect(signed_in.get_by_text("1 of 3 reached")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_fits_and_shuts_nobody_out(page, live_server, calls, signed_in, complaints, scheme):  # noqa: ARG001
    page.emulate_media(color_scheme=scheme)
    for address in ("/calls/", "/statistics/no-shows/"):
        page.goto(live_server.url + address)
        if page.get_by_role("button", name="No answer Ma Hnin").is_visible():
            page.get_by_role("button", name="No answer Ma Hnin").click()
            page.get_by_role("button", name="Comes ဒေါ်သီရိခင်").click()
            page.locator("summary").click()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 768})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
            assert_accessible(page)
    assert complaints == []


def test_a_thumb_finds_every_button(browser, live_server, calls):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = sign_in_plainly(browser, live_server, calls, context)
    page.goto(f"{live_server.url}/calls/")
    for target in page.locator(".calls :is(.tel a, .answers .btn)").all():
        assert target.bounding_box()["height"] >= 44
    context.close()
