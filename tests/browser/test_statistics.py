"""Statistics: legible on every width, in light and dark, by keys and without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.factories import AppointmentFactory, AppointmentTypeFactory, PractitionerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STATUSES = ["completed", "completed", "no-show", "cancelled", "completed"]
SMALLEST = """() => Math.min(...[...document.querySelectorAll("main *")]
  .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((each) => parseFloat(getComputedStyle(each).fontSize) * (each.ownerSVGElement?.getScreenCTM().a ?? 1)))"""


@pytest.fixture
def day(day):
    """Give the practice to an administrator, with a year of visits around the clock."""
    day.membership.role = Role.ADMINISTRATOR
    day.membership.save(update_fields=["role"])
    kinds = [
        AppointmentTypeFactory(organization=day.organization, name=name)
        for name in ("Follow-up", "ဆေးကုသမှု", "A type with quite a long name indeed")
    ]
    PractitionerFactory(organization=day.organization, name="Maha Thiri Thudhamma " * 4)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for number in range(60):
        status = STATUSES[number % len(STATUSES)]
        AppointmentFactory(
            practitioner=day.practitioner,
            clinic=day.clinic,
            patient=day.patient,
            appointment_type=kinds[number % 3],
            appointment_date=now - timedelta(hours=37 * number - 24),
            status="booked" if number == 0 else status,
            cancellation_reason="patient_request" if status == "cancelled" else "",
        )
    return day


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 820, 1366])
def test_it_shuts_nobody_out(signed_in, complaints, width, scheme):
    page, home = signed_in, signed_in.url
    page.set_viewport_size({"width": width, "height": 768})
    page.emulate_media(color_scheme=scheme)
    for query in ("period=last-30-days", "period=this-year", "start_date=banana"):
        page.goto(f"{home}statistics/?{query}")
        for table in page.locator("figure > details > summary").all():
            table.click()
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query
        assert page.evaluate(SMALLEST) >= 11, query
    # An answer of 422 is one that the browser writes of, too.
    assert [said for said in complaints if "422" not in said] == []


def test_the_usual_dates_and_others_without_javascript(browser, live_server, day):
    page = sign_in_plainly(browser, live_server, day)
    page.goto(f"{live_server.url}/statistics/")
    page.get_by_role("link", name="90 days").click()
    expect(page.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "true")
    page.get_by_label("From", exact=True).fill("2020-02-01")
    page.get_by_label("To", exact=True).fill("2020-02-29")
    page.get_by_role("combobox", name="With").select_option(label=str(day.practitioner))
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 to 29 February 2020")
    expect(page.get_by_text("No appointment is on these dates")).to_be_visible()
    expect(page.get_by_role("combobox", name="With")).to_have_value(str(day.practitioner.pk))
    page.get_by_role("link", name="The dates before").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 to 31 January 2020")
    page.context.close()


def test_a_table_opens_by_a_key_and_the_dates_go_on_by_others(signed_in):
    page = signed_in
    page.goto(f"{page.url}statistics/?period=last-90-days")
    page.locator("figure > details > summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Appointments by day")).to_be_visible()
    drawing = page.get_by_role("img", name="Appointments by day")
    expect(drawing).to_be_visible()
    assert drawing.locator("rect").count() > 10
    before = page.get_by_role("heading", level=1).inner_text()
    for key in "[]":
        with page.expect_navigation():  # and a key pressed before the scripts are there presses nothing
            page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text(before)


def test_the_file_is_given_to_keep(signed_in):
    page = signed_in
    page.goto(f"{page.url}statistics/?start_date=2026-11-01&end_date=2026-11-30")
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    assert started.value.suggested_filename == "statistics-2026-11-01-to-2026-11-30.csv"


def test_on_paper_it_is_all_there(signed_in):
    page = signed_in
    page.goto(f"{page.url}statistics/?period=last-30-days")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    expect(page.get_by_role("img", name="Appointments by day")).to_be_visible()
