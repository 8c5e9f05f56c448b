"""The first pages in a real browser: keys, focus, and what the policy forbids."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import Appointment, WorkingHours
from tests.factories import MembershipFactory, PatientFactory, WorkingHoursFactory
from tests.factories.clinics import PASSWORD
from tests.practice import YANGON, practice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def day():
    """Give a practice that is open around the clock, so that today always has free times."""
    day = practice(slot_minutes=15)
    WorkingHours.objects.all().delete()
    for weekday in range(7):
        WorkingHoursFactory(schedule=day.schedule, weekday=weekday, start_time="00:00", end_time="00:00")
    day.patient = PatientFactory(organization=day.organization, name="Daw Khin Myat Noe", phone="+959250088870")
    day.membership = MembershipFactory(organization=day.organization, role=Role.FRONT_DESK)
    return day


@pytest.fixture
def complaints(page):
    """Everything that the browser complains of: errors of scripts, and what the policy forbids."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.fixture
def signed_in(page, live_server, day):
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("E-mail").fill(day.membership.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    return page


def assert_accessible(page):
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def book_by_keys(page):
    page.get_by_role("link", name="New booking").first.click()
    expect(page.get_by_label("Find a patient")).to_be_focused()
    page.keyboard.type("8870")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Daw Khin Myat Noe")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("Book"))).to_be_focused()
    page.keyboard.press("Enter")


def test_a_known_patient_is_booked_by_keys_alone(signed_in, day, complaints):
    page = signed_in
    book_by_keys(page)
    expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")
    appointment = Appointment.objects.get()
    assert (appointment.patient, appointment.status) == (day.patient, "booked")
    assert appointment.appointment_date > timezone.now()
    assert complaints == []


def test_a_day_and_a_time_are_chosen_and_the_note_is_kept(signed_in, day, complaints):
    page = signed_in
    page.goto(page.url + f"book/?patient={day.patient.pk}")
    page.get_by_label("Note").fill("Hard of hearing")
    chip = page.locator(".days .chip").nth(2)
    chip.click()
    expect(chip).to_have_attribute("aria-current", "date")
    page.wait_for_timeout(100)  # htmx settles after the swap
    expect(chip).to_be_focused()
    page.get_by_role("link", name="14:30", exact=True).click()
    expect(page.get_by_role("button", name="Book 14:30")).to_be_focused()
    assert "at=" in page.url
    page.keyboard.press("Enter")
    expect(page.locator("li:target")).to_contain_text("has a note")
    appointment = Appointment.objects.get()
    assert f"{appointment.appointment_date.astimezone(YANGON):%H:%M}" == "14:30"
    assert appointment.notes == "Hard of hearing"
    assert complaints == []


def test_a_lost_slot_is_repaired_with_one_enter(signed_in, day):
    page = signed_in
    page.goto(page.url + f"book/?patient={day.patient.pk}")
    chosen = page.locator("input[name=start]").get_attribute("value")
    other = PatientFactory(organization=day.organization)
    day.service.create_appointment(
        patient_id=other.pk,
        practitioner_id=day.practitioner.pk,
        clinic_id=day.clinic.pk,
        appointment_date=datetime.fromisoformat(chosen),
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")
    assert Appointment.objects.count() == 2


def test_without_javascript(browser, live_server, day):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("E-mail").fill(day.membership.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="New booking").first.click()
    page.get_by_label("Find a patient").fill("khin")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Daw Khin Myat Noe").click()
    page.locator(".days .chip").nth(1).click()
    page.get_by_role("link", name="09:15", exact=True).click()
    page.get_by_role("button", name="Book 09:15").click()
    expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")
    assert Appointment.objects.count() == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(signed_in, day, scheme):
    page = signed_in
    home = page.url
    page.emulate_media(color_scheme=scheme)
    book_by_keys(page)
    expect(page.locator("li:target")).to_be_visible()
    appointment = Appointment.objects.get()
    addresses = ["", "book/", f"book/?patient={day.patient.pk}", f"appointments/{appointment.pk}/", "nothing-here/"]
    for address in addresses:
        page.goto(home + address)
        assert_accessible(page)
    page.goto(home)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert_accessible(page)
