"""An appointment's whole life in a real browser: by buttons without JavaScript, and by keys with it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import Appointment, Encounter, WorkingHours
from tests.factories import MembershipFactory, PatientFactory, WorkingHoursFactory
from tests.factories.clinics import PASSWORD
from tests.practice import YANGON, practice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def day():
    """Give a practice that is open around the clock, with a visit tonight, and somebody who may do all of it."""
    day = practice(slot_minutes=15)
    WorkingHours.objects.all().delete()
    for weekday in range(7):
        WorkingHoursFactory(schedule=day.schedule, weekday=weekday, start_time="00:00", end_time="00:00")
    day.patient = PatientFactory(organization=day.organization, name="Daw Khin Myat Noe", email="khin@gmail.com")
    today = timezone.now().astimezone(YANGON).date()
    day.organization.late_start_minutes = 15  # so that the day's last quarter is on offer until its end
    day.organization.save()
    slots = day.service.get_practitioner_slots(practitioner_id=day.practitioner.pk, date=today)
    day.visit = day.book(slots[-1].start, patient_id=day.patient.pk)
    day.membership = MembershipFactory(organization=day.organization, role=Role.ADMINISTRATOR)
    return day


def sign_in(page, live_server, day):
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("E-mail").fill(day.membership.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    return page


@pytest.fixture
def plain(browser, live_server, day):
    """Give a browser without JavaScript, signed in."""
    page = browser.new_context(java_script_enabled=False).new_page()
    yield sign_in(page, live_server, day)
    page.context.close()


@pytest.fixture
def complaints(page):
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def assert_accessible(page):
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def saved(day):
    return Appointment.objects.get(pk=day.visit.pk)


def press(page, name):
    page.get_by_role("button", name=name).click()


def test_a_whole_life_without_javascript(plain, day, live_server):
    plain.goto(f"{live_server.url}/appointments/{day.visit.pk}/")
    press(plain, "The patient will come")
    expect(plain.get_by_role("status")).to_contain_text("Confirmed:")
    press(plain, "Check in")
    press(plain, "Start the visit")
    plain.get_by_role("link", name="Encounter, open").click()
    press(plain, "Finalize the encounter")
    expect(plain.get_by_role("status")).to_contain_text("The encounter is finalized.")
    plain.get_by_role("link", name="To the appointment").click()
    assert (saved(day).status, Encounter.objects.get().status) == ("completed", "finalized")
    press(plain, "Undo “Completed”")
    expect(plain.get_by_role("status")).to_contain_text("“In progress” again")
    assert (saved(day).status, Encounter.objects.get().status) == ("in-progress", "open")
    expect(plain.locator(".log li")).to_have_count(7)  # booked, four steps and an undo, and the message owed
    expect(plain.locator(".log")).to_contain_text("k•••@gmail.com")


def test_moved_without_javascript(plain, day, live_server):
    plain.goto(f"{live_server.url}/appointments/{day.visit.pk}/")
    plain.get_by_role("link", name="Reschedule").click()
    plain.locator(".days .chip").nth(2).click()
    plain.get_by_role("link", name="14:30", exact=True).click()
    expect(plain.locator("#say")).to_contain_text(re.compile("moves from .* to .*, 14:30"))
    press(plain, "Move to 14:30")
    expect(plain.get_by_role("status")).to_contain_text("Moved to")
    expect(plain.locator(".log")).to_contain_text("Rescheduled")
    assert f"{saved(day).local_start:%H:%M}" == "14:30"


def test_cancelled_without_javascript(plain, day, live_server):
    plain.goto(f"{live_server.url}/appointments/{day.visit.pk}/")
    plain.get_by_role("link", name="Cancel the appointment").click()
    press(plain, "Cancel the appointment")
    expect(plain.get_by_role("alert")).to_contain_text("Say why the appointment is cancelled.")
    plain.get_by_label("Emergency").check()
    plain.get_by_label("In words").fill("The doctor is ill")
    expect(plain.get_by_text("after 2 minutes")).to_be_visible()
    press(plain, "Cancel the appointment")
    expect(plain.get_by_role("status")).to_contain_text("Cancelled:")
    expect(plain.locator(".log q").first).to_have_text("The doctor is ill")
    assert saved(day).status == "cancelled"


def test_a_stale_page_says_who_was_quicker(plain, day, live_server):
    plain.goto(f"{live_server.url}/appointments/{day.visit.pk}/")
    day.service.update_appointment_status(appointment_id=day.visit.pk, status="arrived")
    press(plain, "Check in")
    expect(plain.get_by_role("alert")).to_contain_text("Somebody else was quicker")
    press(plain, "Start the visit")
    assert saved(day).status == "in-progress"


def test_by_keys(page, day, live_server, complaints):
    sign_in(page, live_server, day).goto(f"{live_server.url}/appointments/{day.visit.pk}/")
    page.keyboard.press("c")
    expect(page.get_by_role("status")).to_contain_text("Checked in")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("Taken back")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reschedule")
    page.go_back()
    page.wait_for_load_state()
    page.keyboard.press("x")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel the appointment")
    page.wait_for_load_state()
    page.keyboard.press("3")
    expect(page.get_by_label("Emergency")).to_be_checked()
    page.get_by_label("In words").press_sequentially("1 of the family rang")
    expect(page.get_by_label("Emergency")).to_be_checked()
    press(page, "Cancel the appointment")
    expect(page.locator("h1 + p")).to_contain_text("Cancelled")
    assert (saved(day).status, saved(day).cancellation_reason) == ("cancelled", "emergency")
    assert complaints == []


def test_moved_with_htmx_to_somebody_else_who_needs_the_patients_word(page, day, live_server, complaints):
    other = practice(organization=day.organization, slot_minutes=15)
    for weekday in range(1, 7):
        WorkingHoursFactory(schedule=other.schedule, weekday=weekday, start_time="09:00", end_time="17:00")
    sign_in(page, live_server, day).goto(f"{live_server.url}/appointments/{day.visit.pk}/move/")
    page.get_by_label("At", exact=True).select_option(str(other.clinic))
    expect(page.get_by_label("With", exact=True)).to_have_value(str(other.practitioner.pk))
    page.locator(".days .chip").nth(3).click()
    page.wait_for_load_state("networkidle")  # a click that comes sooner takes back the one before
    page.get_by_role("link", name="14:30", exact=True).click()
    page.wait_for_load_state("networkidle")
    press(page, "Move to 14:30")
    expect(page.get_by_role("alert")).to_contain_text("Ask the patient")
    page.get_by_label(f"The patient agrees to see {other.practitioner}").check()
    press(page, "Move to 14:30")
    expect(page.get_by_role("status")).to_contain_text("Moved to")
    assert (saved(day).practitioner, saved(day).clinic) == (other.practitioner, other.clinic)
    assert [said for said in complaints if "422" not in said] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(page, day, live_server, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(page, live_server, day)
    own = f"{live_server.url}/appointments/{day.visit.pk}/"
    tomorrow = (day.visit.local_start + timedelta(days=1)).date()
    addresses = ["", "cancel/", "edit/", "move/", f"move/?date={tomorrow}&at=10:00"]
    for address in addresses:
        page.goto(own + address)
        assert_accessible(page)
    page.goto(own + "cancel/")
    press(page, "Cancel the appointment")
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page)
    for status in ("arrived", "in-progress"):
        day.service.update_appointment_status(appointment_id=day.visit.pk, status=status)
        page.goto(own)
        assert_accessible(page)
    page.goto(own + "move/")
    assert_accessible(page)
    page.goto(f"{live_server.url}/encounters/{Encounter.objects.get().pk}/")
    assert_accessible(page)
    for width in (390, 820):
        page.set_viewport_size({"width": width, "height": 844})
        for address in ["", "cancel/"]:
            page.goto(own + address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
