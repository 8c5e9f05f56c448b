"""Help beside the page: it opens at the right place, keeps what is half written, and shuts nobody out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.desk import assert_accessible, sign_in_plainly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_board_s_help_opens_and_closes_by_keys(signed_in, complaints):
    page = signed_in
    page.locator(".free > a").first.focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Help for this page")
    expect(dialog.get_by_role("heading", name="The day board")).to_be_visible()
    expect(dialog.get_by_text("The head of a column says")).to_be_visible()
    assert_accessible(page)
    dialog.get_by_text("Filter by the counts").click()
    expect(dialog.get_by_text("The strip above the board counts")).to_be_visible()
    expect(dialog.locator("dl > :visible").filter(has_text="New booking")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".free > a").first).to_be_focused()
    assert complaints == []


def test_what_is_half_written_stays(signed_in):
    page = signed_in
    page.keyboard.press("n")
    search = page.locator("#panel").get_by_label("Find a patient")
    search.fill("Daw Kh")
    page.get_by_role("link", name="Help for this page").click()
    dialog = page.get_by_role("dialog", name="Help for this page")
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Open it in the manual").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("The day board")
    dialog.get_by_role("button", name="Close").click()
    expect(search).to_have_value("Daw Kh")


def test_a_session_that_has_ended_takes_the_help_away_not_the_page(signed_in):
    page = signed_in
    page.context.clear_cookies()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Help for this page")
    expect(dialog.get_by_role("link", name="The manual, in another tab")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#board")).to_be_attached()


def test_who_has_the_keys_switched_off_has_help_without_them(signed_in):
    page = signed_in
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Switch the keys off").click()
    page.get_by_role("link", name="Help for this page").click()
    dialog = page.get_by_role("dialog", name="Help for this page")
    expect(dialog.get_by_role("heading", name="The day board")).to_be_visible()
    expect(dialog.get_by_text("The keys of this page")).to_have_count(0)


def test_without_javascript_the_sign_leads_to_the_manual(browser, live_server, day):
    page = sign_in_plainly(browser, live_server, day)
    page.goto(f"{live_server.url}/upcoming/")
    page.get_by_role("link", name="Help for this page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is to come")
    page.get_by_role("searchbox", name="Find in the manual").fill("undo")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Take a step back").click()
    expect(page.locator("h2:target")).to_have_text("Take a step back")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 820, 1366])
def test_the_manual_shuts_nobody_out(signed_in, width, scheme):
    page, home = signed_in, signed_in.url
    page.set_viewport_size({"width": width, "height": 768})
    page.emulate_media(color_scheme=scheme)
    for address in ("help/", "help/?q=undo", "help/when-it-says-no/#about-changes", "help/booking/", "help/all/"):
        page.goto(home + address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
