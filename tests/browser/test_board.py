"""The board in a real browser: keys, what is looked at while it changes, and what happens when it cannot be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from scheduling.models import Appointment
from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory, PractitionerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ONE_POLL = 12_000  # milliseconds: ten seconds, and the answer


def soon(minutes=15):
    """Give a start on the practice's grid, some minutes from now."""
    now = timezone.now().replace(second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % 15) + timedelta(minutes=minutes)


def booked(day, start=None, name="Daw Nwe Ni", **given):
    patient = PatientFactory(organization=day.organization, name=name, phone="+959250088870")
    return day.service.create_appointment(
        patient_id=patient.pk,
        practitioner_id=day.practitioner.pk,
        clinic_id=day.clinic.pk,
        appointment_date=start or soon(),
        **given,
    )


def look(page):
    """Have the page ask now, as it does when its tab comes to the front."""
    with page.expect_response(lambda answer: answer.request.headers.get("if-none-match") is not None) as answer:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    return answer.value


def card(page, name="Daw Nwe Ni"):
    return page.locator(".e > a").filter(has_text=name)


def test_another_persons_booking_appears_within_one_poll(signed_in, day, complaints):
    page = signed_in
    box = page.get_by_role("searchbox", name="Find a patient")
    box.press_sequentially("khin m")
    board = page.locator("#board")
    board.evaluate("element => element.scrollTo(0, 700)")
    booked(day)
    expect(card(page)).to_be_visible(timeout=ONE_POLL)
    expect(box).to_be_focused()
    expect(box).to_have_value("khin m")
    assert board.evaluate("element => element.scrollTop") == 700
    assert complaints == []


def test_the_focus_stays_on_an_entry_that_is_drawn_anew(signed_in, day):
    page = signed_in
    slot = page.locator(".free > a").nth(3)
    slot.focus()
    key = slot.get_attribute("id")
    booked(day, soon(120))
    assert look(page).status == 200
    expect(card(page)).to_be_visible()
    expect(page.locator(f"[id='{key}']")).to_be_focused()


def test_an_unchanged_day_has_no_answer(signed_in):
    answer = look(signed_in)
    assert (answer.status, answer.headers.get("content-length", "0")) == (204, "0")


def test_a_hidden_tab_does_not_ask(signed_in):
    page = signed_in
    asked = []
    page.on("request", lambda request: asked.extend(request.headers.keys() & {"if-none-match"}))
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(ONE_POLL)
    assert asked == []


def test_a_lost_connection_is_said_and_loses_nothing(signed_in, day):
    page = signed_in
    booked(day)
    look(page)
    expect(card(page)).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("status").first).to_contain_text("The connection is lost")
    expect(card(page)).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_timeout(500)  # the lost question is over
    look(page)
    expect(page.locator(".said")).to_have_text("")


def test_an_ended_session_is_said_and_loses_nothing(signed_in):
    page = signed_in
    page.locator(".free > a").first.click()
    box = page.locator("#panel #q")
    box.press_sequentially("Ma H")
    page.context.clear_cookies()
    assert look(page).status == 401
    expect(page.locator(".said")).to_contain_text("You are signed out")
    expect(box).to_have_value("Ma H")


def test_a_board_stays_at_its_clinic_whatever_another_tab_looks_at(signed_in, day):
    booked(day)
    there = ClinicFactory(organization=day.organization, name="Mandalay Clinic")
    page = signed_in
    page.reload()
    page.context.new_page().goto(f"{page.url}?clinic={there.pk}")
    booked(day, soon(60), "U Ba Thein")
    page.bring_to_front()
    look(page)
    expect(card(page, "U Ba Thein")).to_be_visible()


def test_a_refusal_is_not_put_in_the_place_of_the_day(signed_in, day):
    page = signed_in
    booked(day)
    look(page)
    day.membership.delete()
    assert look(page).status == 403
    expect(card(page)).to_be_visible()


def test_the_board_is_one_stop_and_arrows_lead_through_it(signed_in, day):
    booked(day)
    page = signed_in
    page.reload()
    stops = page.locator("#board [tabindex='0']:is(.e > a, .free > a)")
    expect(stops).to_have_count(1)
    card(page).focus()
    expect(stops).to_have_count(1)
    times = [page.evaluate("document.activeElement.querySelector('time').innerText")]
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End", "Home"):
        page.keyboard.press(key)
        times.append(page.evaluate("document.activeElement.querySelector('time').innerText"))
    assert times[1] == times[3]
    assert times[0] < times[1] < times[2] <= times[4]
    assert times[5] <= times[0]


def test_arrows_lead_from_column_to_column_at_the_same_time(signed_in, day):
    booked(day)
    colleague = AppointmentFactory(
        organization=day.organization,
        clinic=day.clinic,
        patient=PatientFactory(organization=day.organization, name="U Ba Thein"),
        appointment_date=soon(),
        duration=15,
        ends_at=soon(30),
    )
    page = signed_in
    page.reload()
    card(page).focus()
    order = [day.practitioner.name, colleague.practitioner.name]
    there, back = ("ArrowRight", "ArrowLeft") if order == sorted(order) else ("ArrowLeft", "ArrowRight")
    page.keyboard.press(there)
    expect(card(page, "U Ba Thein")).to_be_focused()
    page.keyboard.press(back)
    expect(card(page)).to_be_focused()


def test_a_step_by_its_button_leads_back_to_the_card(signed_in, day, complaints):
    booked(day)
    page = signed_in
    page.reload()
    card(page).hover(position={"x": 50, "y": 6})
    page.get_by_role("button", name="Check in, Daw Nwe Ni").click()
    expect(page.get_by_role("status").first).to_contain_text("Checked in")
    expect(card(page)).to_be_focused()
    assert Appointment.objects.get().status == "arrived"
    card(page).hover(position={"x": 50, "y": 6})
    page.get_by_role("button", name="Undo, Daw Nwe Ni").click()
    expect(page.get_by_role("status").first).to_contain_text("Taken back")
    assert Appointment.objects.get().status == "booked"
    assert complaints == []


def test_the_keys_of_a_visit_act_on_the_card_that_has_the_focus(signed_in, day, complaints):
    visit = booked(day)
    booked(day, soon(60), "U Ba Thein")
    page = signed_in
    page.reload()
    page.locator("#board").focus()
    page.keyboard.press("Tab")
    card(page).focus()
    page.keyboard.press("c")
    expect(page.get_by_role("status").first).to_contain_text("Checked in")
    expect(card(page)).to_be_focused()
    page.keyboard.press("u")
    expect(page.get_by_role("status").first).to_contain_text("Taken back")
    expect(card(page)).to_be_focused()
    page.keyboard.press("f")
    expect(page.get_by_role("status").first).to_contain_text("Confirmed")
    visit.refresh_from_db()
    assert visit.status == "confirmed"
    expect(card(page)).to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reschedule")
    page.go_back()
    card(page).focus()
    page.keyboard.press("x")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancel")
    assert complaints == []


def test_on_touch_a_visit_is_two_taps_from_its_next_step(browser, live_server, day):
    booked(day)
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 820, "height": 1180})
    page = sign_in_plainly(browser, live_server, day, context)
    card(page).tap()
    page.get_by_role("button", name="Check in").tap()
    expect(page.get_by_role("status").first).to_contain_text("Checked in")
    context.close()


def test_a_visit_is_checked_in_without_javascript(browser, live_server, day):
    booked(day)
    page = sign_in_plainly(browser, live_server, day)
    card(page).hover(position={"x": 50, "y": 6})
    page.get_by_role("button", name="Check in, Daw Nwe Ni").click()
    expect(page.get_by_role("status").first).to_contain_text("Checked in")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 820, 1366])
def test_the_board_shuts_nobody_out(signed_in, day, width, scheme):
    booked(day)
    booked(day, soon(30), "ဒေါ်ခင်မြတ်နိုး", status="pending", notes="Hard of hearing")
    booked(day, soon(45), "Maha Thiri Thudhamma " * 5)
    booked(day, soon(60), "فاطمة الزهراء عبد الرحمن")
    page = signed_in
    page.set_viewport_size({"width": width, "height": 768})
    page.emulate_media(color_scheme=scheme)
    home = page.url
    for address in ("", "?show=to-come", "?view=table", "?date=2031-01-01&show=arrived"):
        page.goto(home + address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("columns", [1, 7])
def test_a_click_in_the_middle_of_a_short_card_opens_it(signed_in, day, columns):
    """What stands under the pointer keeps to the last two fifths of the card."""
    type(day.schedule).objects.update(slot_minutes=15)
    booked(day, duration=15)
    for number in range(columns - 1):
        practitioner = PractitionerFactory(organization=day.organization)
        AppointmentFactory(
            patient=PatientFactory(organization=day.organization, name=f"U Ba {number}"),
            practitioner=practitioner,
            clinic=day.clinic,
            appointment_date=soon(),
            duration=15,
        )
    page = signed_in
    page.set_viewport_size({"width": 1366, "height": 768})
    page.reload()
    link = card(page)
    box = link.bounding_box()
    link.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    quick = link.locator("xpath=../*[@class='quick']")
    expect(quick).to_have_css("opacity", "1")
    shown = quick.bounding_box()
    assert shown["x"] >= box["x"] + 0.6 * box["width"] - 1
    page.mouse.click(box["x"] + 0.55 * box["width"], box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name="Daw Nwe Ni")).to_be_visible()
    assert Appointment.objects.get(patient__name="Daw Nwe Ni").status == "booked"
