"""The first pages in a real browser: keys, focus, and what the policy forbids."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from scheduling.models import Appointment
from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.factories import PatientFactory, SpecialtyFactory
from tests.factories.clinics import PASSWORD
from tests.practice import YANGON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def book_by_keys(page):
    page.get_by_role("link", name="New booking").first.click()
    expect(page.get_by_label("Find a patient")).to_be_focused()
    page.keyboard.type("8870")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Book"))).to_be_focused()
    page.keyboard.press("Enter")


def tab_to(page, role, name):
    """Press Tab until what has that role and name has the focus, as somebody without a mouse does."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    for _press in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab never reaches {name}")


def test_from_the_door_to_a_booking_by_keys_alone(page, live_server, day, complaints):
    page.goto(f"{live_server.url}/login/")
    page.keyboard.type(day.membership.user.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    tab_to(page, "link", "New booking")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Find a patient")).to_be_focused()
    page.keyboard.type("8870")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Book"))).to_be_focused()
    page.keyboard.press("Enter")
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


def test_a_new_patient_is_added_where_nobody_was_found(signed_in, complaints):
    page = signed_in
    page.goto(page.url + "book/")
    expect(page.get_by_label("Find a patient")).to_be_focused()
    page.keyboard.type("Daw Nwe Ni")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Daw Nwe Ni")
    expect(page.get_by_label("Phone")).to_be_focused()
    page.keyboard.type("09 250 123 456")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Book"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("li:target")).to_contain_text("Daw Nwe Ni")
    assert str(Appointment.objects.get().patient.phone) == "+959250123456"
    assert complaints == []


def test_somebody_known_already_is_shown_before_being_added_again(signed_in, day):
    page = signed_in
    page.goto(page.url + "book/")
    page.get_by_text("New patient").click()
    page.get_by_label("Name", exact=True).fill("Khin Myat Noe")
    page.get_by_label("Phone").fill("09250088870")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Is it one of these?")
    assert_accessible(page)
    page.get_by_role("link", name="Daw Khin Myat Noe").click()
    page.get_by_role("button", name=re.compile("^Book")).click()
    expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")
    assert Appointment.objects.get().patient == day.patient


def test_anyone_of_a_specialty_this_week(signed_in, day, complaints):
    day.practitioner.specialty = SpecialtyFactory(organization=day.organization, name="Dermatology")
    day.practitioner.save()
    page = signed_in
    page.goto(page.url + f"book/?patient={day.patient.pk}")
    page.get_by_label("With", exact=True).select_option("Anyone, Dermatology")
    expect(page.get_by_label("At", exact=True)).to_have_value("")
    soonest = page.locator("[aria-labelledby=l-soon] a").nth(1)
    soonest.click()
    expect(page.locator("[aria-labelledby=l-soon] a").nth(1)).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name=re.compile("^Book")).click()
    expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")
    assert Appointment.objects.get().practitioner == day.practitioner
    assert complaints == []


def test_a_time_that_cannot_be_had_says_why(signed_in, day):
    tomorrow = timezone.now().astimezone(YANGON).date() + timedelta(days=1)
    taken = datetime.combine(tomorrow, time(10), tzinfo=YANGON)
    other = PatientFactory(organization=day.organization)
    day.book(taken, patient_id=other.pk)
    page = signed_in
    page.goto(page.url + f"book/?patient={day.patient.pk}&date={tomorrow}")
    page.get_by_role("link", name="10:00 cannot be booked. Why not?").click()
    expect(page.locator(".confirm").get_by_role("status")).to_contain_text(re.compile("It was taken (just now|.* ago)"))
    assert_accessible(page)
    page.get_by_role("link", name="10:15").last.click()
    page.get_by_role("button", name="Book 10:15").click()
    expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")


def test_the_back_button_and_a_second_tab_book_nothing_twice(signed_in, day):
    page = signed_in
    address = page.url + f"book/?patient={day.patient.pk}"
    other_tab = page.context.new_page()
    for tab in (page, other_tab):
        tab.goto(address)
    page.keyboard.press("Enter")
    expect(page.locator("li:target")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text("Booked just now")
    page.keyboard.press("Enter")
    other_tab.bring_to_front()
    other_tab.keyboard.press("Enter")
    expect(other_tab.get_by_role("alert")).to_contain_text("This visit is booked already")
    other_tab.keyboard.press("Enter")
    other_tab.wait_for_timeout(500)
    assert Appointment.objects.count() == 1


def test_a_request_without_javascript(browser, live_server, day):
    page = sign_in_plainly(browser, live_server, day)
    page.get_by_role("link", name="New booking").first.click()
    page.get_by_label("Find a patient").fill("Daw Nwe Ni")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Daw Nwe Ni")
    page.get_by_role("button", name="Add and go on").click()
    page.get_by_role("button", name="Save as a request").click()
    expect(page.locator("li:target")).to_contain_text("Pending")
    page.get_by_role("link", name="Requests").click()
    page.get_by_text("Decline").first.click()
    page.get_by_label("Reason").select_option("the patient asked")
    page.get_by_role("button", name="Decline the request").click()
    expect(page.get_by_role("status")).to_contain_text("Declined")
    assert Appointment.objects.get().status == "cancelled"
    page.context.close()


def test_without_javascript(browser, live_server, day):
    page = sign_in_plainly(browser, live_server, day)
    page.get_by_role("link", name="New booking").first.click()
    page.get_by_label("Find a patient").fill("khin")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#say")).to_contain_text("Daw Khin Myat Noe")
    page.locator(".days .chip").nth(1).click()
    page.get_by_role("link", name="09:15", exact=True).click()
    page.get_by_role("button", name="Book 09:15").click()
    expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")
    assert Appointment.objects.count() == 1
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(signed_in, day, scheme):
    page = signed_in
    home = page.url
    page.emulate_media(color_scheme=scheme)
    book_by_keys(page)
    expect(page.locator("li:target")).to_be_visible()
    appointment = Appointment.objects.get()
    request = day.book(appointment.appointment_date + timedelta(days=1), status="pending")
    addresses = [
        *("", "book/", f"book/?patient={day.patient.pk}", f"book/?patient={day.patient.pk}&who=anyone-any"),
        *(f"book/?at={request.appointment_date:%Y-%m-%dT%H:%MZ}", "requests/", f"appointments/{appointment.pk}/"),
        "nothing-here/",
    ]
    for address in addresses:
        page.goto(home + address)
        assert_accessible(page)
    page.goto(home)
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert_accessible(page)
