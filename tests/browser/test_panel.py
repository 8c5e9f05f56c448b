"""The booking beside the board, and the keys: counted, and each by somebody's real press."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from scheduling.models import Appointment
from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.factories import PatientFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BOOK = re.compile("^Book")


def open_slot(page, number=0):
    """Click a free time of the board: the panel opens, with the focus in its search box."""
    page.locator(".free > a").nth(number).click()
    expect(page.locator("#panel").get_by_label("Find a patient")).to_be_focused()


class Keys:
    """A keyboard that counts what is pressed."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def book_button(page):
    return page.get_by_role("button", name=BOOK)


def booked(page, name="Daw Khin Myat Noe"):
    expect(page.locator("li:target")).to_contain_text(name)
    return Appointment.objects.get()


class TestCounting:
    @pytest.mark.parametrize("typed", ["8870", "noem"])
    @pytest.mark.parametrize("pause", [0, 600])
    def test_from_a_free_time_one_click_and_six_keys(self, signed_in, day, typed, pause, complaints):
        day.patient.name = "Daw Khin Noem"
        day.patient.save()
        page, keys = signed_in, Keys(signed_in)
        open_slot(page)
        keys.press(*typed)
        page.wait_for_timeout(pause)  # results are on show, or are not yet
        keys.press("Enter")
        expect(book_button(page)).to_be_focused()
        keys.press("Enter")
        assert booked(page, "Daw Khin Noem").patient == day.patient
        assert keys.pressed == 6
        assert complaints == []

    @pytest.mark.parametrize("address", ["", "requests/", "notices/"])
    def test_from_anywhere_at_most_nine(self, signed_in, day, address):
        PatientFactory.create_batch(2, organization=day.organization, name="U Khin Maung")
        page, keys = signed_in, Keys(signed_in)
        page.goto(page.url + address)
        keys.press("/", *"khin", "Enter")
        expect(page.locator("#found .rows a").first).to_be_focused()
        keys.press("Enter")
        expect(book_button(page)).to_be_focused()
        keys.press("Enter")
        expect(page.locator("li:target")).to_be_visible()
        assert keys.pressed == 8
        assert Appointment.objects.count() == 1

    def test_the_first_on_show_or_by_the_arrows_another(self, signed_in, day):
        PatientFactory(organization=day.organization, name="U Khin Maung")
        page, keys = signed_in, Keys(signed_in)
        open_slot(page)
        keys.press(*"khin")
        expect(page.locator("#found-say")).to_contain_text("2 found: Enter takes the first")
        second = page.locator("#found .rows .n").nth(1).inner_text()
        keys.press("ArrowDown", "ArrowDown", "ArrowDown", "Enter")
        expect(book_button(page)).to_be_focused()
        expect(page.locator("#panel .who")).to_have_text(second)

    def test_what_is_on_show_for_fewer_letters_is_not_taken(self, signed_in, day):
        other = PatientFactory(organization=day.organization, name="Aung Khin", phone="+959250081111")
        page, keys = signed_in, Keys(signed_in)
        open_slot(page)
        keys.press(*"khin")
        expect(page.locator("#found .rows a")).to_have_count(2)
        keys.press("Control+A", *"1111", "Enter")
        expect(page.locator("#panel .who")).to_have_text(other.name)


class TestPanel:
    def test_the_address_stays_and_the_focus_goes_back(self, signed_in, complaints):
        page = signed_in
        address = page.url
        open_slot(page)
        page.locator("#panel .days .chip").nth(2).click()
        expect(page.locator("#panel .days .chip").nth(2)).to_have_attribute("aria-current", "date")
        assert page.url == address
        page.keyboard.press("Escape")
        expect(page.locator("#panel")).to_be_hidden()
        expect(page.locator(".free > a").first).to_be_focused()
        open_slot(page, 1)
        page.get_by_role("link", name="Close").click()
        expect(page.locator(".free > a").nth(1)).to_be_focused()
        assert complaints == []

    def test_what_is_about_to_be_booked_is_pencilled_in_on_the_board(self, signed_in, day):
        page = signed_in
        open_slot(page, 2)
        page.keyboard.type("8870")
        page.keyboard.press("Enter")
        expect(page.locator(".free > a").nth(2)).to_have_attribute("data-pencil", day.patient.name)
        page.locator("#panel .soon .chip").first.click()
        expect(page.locator(".free > a").first).to_have_attribute("data-pencil", day.patient.name)
        expect(page.locator("[data-pencil]")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator("[data-pencil]")).to_have_count(0)

    def test_escape_throws_away_nothing_that_was_typed(self, signed_in):
        page, keys = signed_in, Keys(signed_in)
        open_slot(page)
        keys.press(*"8870", "Escape")
        expect(page.locator("#panel #q")).to_have_value("")
        keys.press(*"8870", "Enter")
        expect(book_button(page)).to_be_focused()
        page.get_by_label("Note").fill("Deaf")
        keys.press("Escape")
        expect(page.get_by_label("Note")).to_have_value("Deaf")
        keys.press("Escape")
        expect(page.locator("#panel")).to_be_hidden()

    def test_the_day_that_is_open_is_shown_anew(self, signed_in, day):
        page = signed_in
        here = day.clinic.pk
        today = page.locator("input[name=date]").first.get_attribute("value")
        page.goto(f"{page.url}?date={today}&clinic={here}")
        open_slot(page)
        page.keyboard.type("8870")
        page.keyboard.press("Enter")
        expect(book_button(page)).to_be_focused()
        page.keyboard.press("Enter")
        booked(page)
        expect(page.locator("#panel .booking")).to_have_count(0)

    def test_a_lost_time_is_repaired_in_the_panel(self, signed_in, day):
        page = signed_in
        open_slot(page)
        page.keyboard.type("8870")
        page.keyboard.press("Enter")
        expect(book_button(page)).to_be_focused()
        chosen = page.locator("input[name=start]").get_attribute("value")
        other = PatientFactory(organization=day.organization)
        day.book(datetime.fromisoformat(chosen), patient_id=other.pk)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        assert_accessible(page)
        page.keyboard.press("2")
        expect(page.locator("#panel #say")).to_contain_text("Daw Khin Myat Noe")
        expect(book_button(page)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("li:target")).to_contain_text("Daw Khin Myat Noe")
        assert Appointment.objects.count() == 2

    def test_an_impatient_hand_books_once(self, signed_in):
        page = signed_in
        open_slot(page)
        page.keyboard.type("8870")
        page.keyboard.press("Enter")
        expect(book_button(page)).to_be_focused()
        for _press in range(3):
            page.keyboard.press("Enter")
        assert booked(page).status == "booked"

    def test_a_new_patient_in_the_panel(self, signed_in, day, complaints):
        page, keys = signed_in, Keys(signed_in)
        address = page.url
        open_slot(page)
        keys.press(*"Daw Nwe Ni", "Enter")
        expect(page.get_by_label("Phone")).to_be_focused()
        page.keyboard.type("09 250 123 456")
        keys.press("Enter")
        expect(book_button(page)).to_be_focused()
        assert page.url == address
        keys.press("Enter")
        assert booked(page, "Daw Nwe Ni").practitioner == day.practitioner
        assert complaints == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1366, 320])
    def test_it_shuts_nobody_out(self, signed_in, day, scheme, width):
        page = signed_in
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 720})
        PatientFactory(organization=day.organization, name="ဒေါ်ခင်မြတ်နိုး" * 7, phone="+959250028870")
        open_slot(page)
        assert_nothing_is_wrong(page)
        page.keyboard.type("8870")
        expect(page.locator("#found .rows a")).to_have_count(2)
        assert_nothing_is_wrong(page)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(book_button(page)).to_be_focused()
        assert_nothing_is_wrong(page)
        page.locator("#other-at").fill("00:07")
        page.locator("#other-at").press("Enter")
        expect(page.locator(".pin .note")).to_be_visible()
        assert_nothing_is_wrong(page)
        page.get_by_role("link", name="Change").click()
        page.get_by_text("New patient").click()
        page.get_by_label("Name", exact=True).fill(day.patient.name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Is it one of these?")
        assert_nothing_is_wrong(page)


def assert_nothing_is_wrong(page):
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("(panel => panel.scrollWidth <= panel.clientWidth)(document.getElementById('panel'))")


class TestKeys:
    def test_each_does_what_the_list_says(self, signed_in, complaints):
        page, keys = signed_in, Keys(signed_in)
        keys.press("?")
        dialog = page.get_by_role("dialog", name="Help for this page")
        expect(dialog).to_be_visible()
        expect(dialog.locator("dl > :visible").filter(has_text="Find a patient")).to_be_visible()
        assert_accessible(page)
        keys.press("n")  # the page behind does not hear
        expect(dialog).to_be_visible()
        keys.press("Escape")
        expect(dialog).to_be_hidden()
        keys.press("/")
        expect(page.get_by_label("Find a patient")).to_be_focused()
        keys.press("n")
        expect(page.get_by_label("Find a patient")).to_have_value("n")
        page.evaluate("document.activeElement.blur()")
        keys.press("Control+N", "Shift+N")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
        keys.press("n")
        expect(page.locator("#panel").get_by_role("heading", name="New booking")).to_be_visible()
        assert complaints == []

    def test_days_back_and_on(self, signed_in):
        page = signed_in
        page.goto(page.url + "book/")
        page.evaluate("document.activeElement.blur()")
        current = page.locator(".days [aria-current]")
        today = current.get_attribute("id")
        page.keyboard.press("]")
        expect(current).not_to_have_attribute("id", today)
        expect(current).to_be_focused()
        page.keyboard.press("]")
        expect(page.locator(".days .chip").nth(2)).to_have_attribute("aria-current", "date")
        page.keyboard.press("t")
        expect(current).to_have_attribute("id", today)

    def test_by_the_place_of_the_key_on_any_keyboard(self, signed_in):
        page = signed_in
        press = "([key, code, shiftKey]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, shiftKey, bubbles: true, cancelable: true}))"  # noqa: E501
        page.evaluate(press, ["-", "Slash", False])  # German
        expect(page.get_by_label("Find a patient")).not_to_be_focused()
        page.evaluate(press, ["/", "Digit7", True])
        expect(page.get_by_label("Find a patient")).to_be_focused()
        page.evaluate("document.activeElement.blur()")
        page.evaluate(press, ["\u104b", "Slash", True])  # Burmese
        expect(page.get_by_role("dialog", name="Help for this page")).to_be_visible()

    def test_the_keys_of_what_has_the_focus_come_first_and_only_then(self, signed_in):
        page = signed_in
        page.evaluate("""() => {
          const card = document.createElement("div");
          card.dataset.keys = "";
          card.innerHTML = '<a id="card" href="#card">A visit</a> <a data-key="c" href="#checked-in">Check in</a>';
          document.querySelector("main").append(card);
        }""")
        page.keyboard.press("c")
        assert "#" not in page.url
        page.locator("#card").focus()
        page.keyboard.press("c")
        assert page.url.endswith("#checked-in")

    def test_they_can_be_switched_off(self, signed_in, day):
        page = signed_in
        address = page.url
        page.get_by_role("button", name="Your account").click()
        page.get_by_role("button", name="Switch the keys off").click()
        expect(page.locator("html")).to_have_attribute("data-shortcuts", "off")
        assert page.url == address
        page.keyboard.press("/")
        expect(page.get_by_label("Find a patient")).not_to_be_focused()
        page.get_by_role("button", name="Your account").click()
        page.get_by_role("button", name="Switch the keys on").click()
        expect(page.locator("html")).not_to_have_attribute("data-shortcuts", "off")
        page.wait_for_load_state()  # a key pressed before the scripts are there presses nothing
        page.keyboard.press("/")
        expect(page.get_by_label("Find a patient")).to_be_focused()
        day.membership.user.refresh_from_db()
        assert day.membership.user.shortcuts is True


def test_a_day_is_typed_as_it_is_said(signed_in, day):
    page = signed_in
    page.goto(page.url + f"book/?patient={day.patient.pk}")
    page.get_by_label("Date").fill("၊၊")
    page.get_by_label("Date").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Write a day as 23/11")
    page.get_by_label("Date").fill("+၁")
    page.get_by_label("Date").press("Enter")
    expect(page.locator(".days .chip").nth(1)).to_have_attribute("aria-current", "date")


def test_without_javascript_the_search_of_the_header_books(browser, live_server, day):
    page = sign_in_plainly(browser, live_server, day)
    page.get_by_label("Find a patient").fill("8870")
    page.keyboard.press("Enter")
    book_button(page).click()
    assert booked(page).patient == day.patient
    page.context.close()
