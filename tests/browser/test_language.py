"""The pages in Burmese: chosen in the menu, and nothing cut, on a desk's screen and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import assert_accessible
from tests.factories import AppointmentFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CUT = """() => [...document.querySelectorAll(".btn, .nav a, .counts a, h1, .facts dt, .chip, .st")]
  .filter((each) => each.offsetWidth && !each.closest(".vh, [popover]") && !each.closest("nav.counts, .tallies")
    && getComputedStyle(each).display !== "inline" && each.scrollWidth > each.clientWidth + 2)
  .map((each) => each.textContent.trim())"""


def test_it_is_chosen_in_the_menu_and_taken_back(signed_in):
    page = signed_in
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="မြန်မာဘာသာ").click()
    expect(page.locator("html")).to_have_attribute("lang", "my")
    expect(page.get_by_role("link", name="ဆက်လုပ်ရန်")).to_be_visible()
    page.get_by_role("button", name="သင့်အကောင့်").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Follow-up")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1366])
def test_nothing_is_cut(signed_in, day, width):
    page, home = signed_in, signed_in.url
    day.membership.user.language = "my"
    day.membership.user.save()
    page.set_viewport_size({"width": width, "height": 768})
    visit = AppointmentFactory(practitioner=day.practitioner, clinic=day.clinic, patient=day.patient, status="pending")
    own = f"appointments/{visit.pk}/"
    pages = ["", "?view=table", "book/", "upcoming/", "availability/", "requests/", "follow-up/", "notices/"]
    for address in (*pages, own, f"{own}move/", f"{own}cancel/", f"{own}edit/", f"patients/{day.patient.pk}/"):
        page.goto(home + address)
        expect(page.locator("html")).to_have_attribute("lang", "my")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.evaluate(CUT) == [], address
        assert_accessible(page)
