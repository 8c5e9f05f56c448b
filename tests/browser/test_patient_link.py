"""The patient's page in a real browser: a phone, without scripts and without cookies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from scheduling.models import Appointment
from scheduling.services.links import token_of
from tests.factories import AppointmentFactory, ClinicFactory, OrganizationFactory, PatientFactory, PractitionerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def visit():
    """Give a visit of tomorrow; the patient reads English."""
    organization = OrganizationFactory(name="Yankin Health")
    return AppointmentFactory(
        patient=PatientFactory(organization=organization, language="en"),
        practitioner=PractitionerFactory(organization=organization, name="Dr Aye Chan"),
        clinic=ClinicFactory(organization=organization, name="Yankin Clinic", address="12 Yankin Road, Yangon"),
        appointment_date=timezone.now() + timedelta(days=1),
    )


@pytest.fixture
def phone(browser):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def link(live_server, visit):
    return f"{live_server.url}/a/{token_of(visit)}/"


def test_on_a_phone_without_scripts_the_patient_says_yes_and_then_no(phone, live_server, visit):
    phone.goto(link(live_server, visit))
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your appointment")
    for button in phone.get_by_role("button").all():
        box = button.bounding_box()
        assert box["height"] >= 48
        assert box["x"] + box["width"] <= PHONE["width"]
    assert phone.locator("html").evaluate("html => html.scrollWidth") <= PHONE["width"]
    phone.get_by_role("button", name="I will come").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("We expect you")
    assert Appointment.objects.get().status == "confirmed"
    phone.get_by_role("button", name="I cannot come").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your appointment is cancelled")
    assert (Appointment.objects.get().status, phone.get_by_role("button").count()) == ("cancelled", 0)
    assert phone.context.cookies() == []


def test_the_back_button_leads_to_how_things_stand_not_to_how_they_stood(phone, live_server, visit):
    phone.goto(link(live_server, visit))
    phone.get_by_role("button", name="I cannot come").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your appointment is cancelled")
    phone.go_back()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your appointment is cancelled")


def test_the_address_never_leaves_with_what_the_browser_asks_for(phone, live_server, visit):
    asked = []
    phone.on("request", lambda request: asked.append(request))  # noqa: PLW0108 Playwright marks what it is given
    phone.goto(link(live_server, visit))
    phone.get_by_role("button", name="I will come").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("We expect you")
    token = token_of(visit)
    headers = [request.all_headers() for request in asked]
    assert [request.url for request in asked if not request.url.startswith(live_server.url)] == []
    assert [sent for sent in headers if token in sent.get("referer", "")] == []
    assert [sent["origin"] for sent in headers if sent.get("content-type")] == [live_server.url]


def test_the_calendar_file_is_a_download(phone, live_server, visit):
    phone.goto(link(live_server, visit))
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Into my calendar").tap()
    assert download.value.suggested_filename == "appointment.ics"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_shuts_nobody_out(page, live_server, visit, scheme):
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    for status, ahead in (
        *((status, timedelta(days=1)) for status in ("booked", "pending", "confirmed", "cancelled", "no-show")),
        ("booked", timedelta(days=-1)),
    ):
        start = timezone.now() + ahead
        Appointment.objects.update(status=status, appointment_date=start, ends_at=start + timedelta(minutes=30))
        page.goto(link(live_server, visit))
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], status
