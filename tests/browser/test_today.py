"""A practitioner's day in a real browser: two taps with a thumb, kept true while it is open, and on paper."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import Appointment
from scheduling.services import AppointmentService
from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.browser.test_board import look
from tests.factories import AppointmentFactory, MembershipFactory, PatientFactory
from tests.practice import minutes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
NAMES = ["Daw Nwe Ni", "Maha Thiri Thudhamma " * 4, "ဒေါ်ခင်မြတ်နိုး", "فاطمة الزهراء عبد الرحمن"]


@pytest.fixture
def day(day):
    """Let the practitioner be who signs in."""
    day.membership = MembershipFactory(organization=day.organization, role=Role.PRACTITIONER)
    day.practitioner.user = day.membership.user
    day.practitioner.save(update_fields=["user"])
    return day


def visit(day, name="Daw Nwe Ni", start=0, status="arrived", **given):
    """Give a visit of 15 minutes, `start` minutes from now."""
    now = timezone.now().replace(second=0, microsecond=0)
    came = {"checked_in_at": now - minutes(9)} if status == "arrived" else {}
    return AppointmentFactory(
        practitioner=day.practitioner,
        clinic=day.clinic,
        patient=PatientFactory(organization=day.organization, name=name.strip(), phone="+959250088870"),
        appointment_date=now + minutes(start),
        duration=15,
        status=status,
        **came,
        **given,
    )


@pytest.fixture
def full(day):
    """Give somebody in each status, with names of all kinds."""
    statuses = ("completed", "no-show", "in-progress", "arrived", "booked", "confirmed", "pending", "cancelled")
    for place, status in enumerate(statuses):
        note = {"notes": "Hard of hearing, sit on the left."} if place % 2 else {}
        visit(day, NAMES[place % len(NAMES)], 15 * (place - 2), status, **note)
    return day


@pytest.mark.usefixtures("noon")
def test_the_next_patient_is_two_taps_from_start_to_end(browser, live_server, day):
    shown = visit(day)
    visit(day, "U Ba Thein", 30, "confirmed")
    context = browser.new_context(has_touch=True, is_mobile=True, viewport=PHONE)
    page = sign_in_plainly(browser, live_server, day, context)
    expect(page.locator(".next > .n")).to_have_text("Daw Nwe Ni")
    start = page.locator(".next").get_by_role("button", name="Start the visit")
    box = start.bounding_box()
    assert box["height"] >= 44
    assert box["y"] + box["height"] < PHONE["height"], "it is in reach without scrolling"
    start.tap()
    expect(page.locator(".with h2")).to_contain_text("With you now")
    expect(page.locator(".next > .n")).to_have_text("U Ba Thein")
    page.locator(".with").get_by_role("button", name="Complete the visit").tap()
    expect(page.get_by_role("status").first).to_contain_text("is completed")
    expect(page.locator(".with")).to_have_count(0)
    shown.refresh_from_db()
    assert shown.status == "completed"
    context.close()


@pytest.mark.usefixtures("noon")
def test_without_javascript_it_is_the_same(browser, live_server, day):
    visit(day)
    page = sign_in_plainly(browser, live_server, day)
    page.locator(".own-day summary").first.click()
    page.locator(".own-day").get_by_role("button", name="Start the visit").click()
    expect(page.locator(".with h2")).to_contain_text("With you now")
    page.context.close()


@pytest.mark.usefixtures("noon")
def test_who_checks_in_shows_while_it_is_open_and_nothing_closes(signed_in, day, complaints):
    nwe, thein = visit(day, start=20, status="booked"), visit(day, "U Ba Thein", 40, "confirmed")
    page = signed_in
    page.reload()
    page.locator(f"#summary-{thein.pk}").click()
    opened = page.locator(f"#list-{thein.pk}-open")
    opened.focus()
    desk = AppointmentService(day.organization)
    desk.update_appointment_status(appointment_id=nwe.pk, status="arrived")
    assert look(page).status == 200
    expect(page.locator(".next")).to_contain_text("Arrived, waiting 0 min")
    expect(opened).to_be_visible()
    expect(opened).to_be_focused()
    assert look(page).status == 204
    assert complaints == []


@pytest.mark.usefixtures("noon")
def test_other_days_are_one_key_away(signed_in, day):
    visit(day, start=24 * 60, status="booked")
    page, heading = signed_in, signed_in.get_by_role("heading", level=1)
    today = heading.inner_text()

    def press(key):
        with page.expect_navigation():  # and a key pressed before the scripts are there presses nothing
            page.keyboard.press(key)

    press("]")
    expect(page.locator(".own-day .n")).to_have_text("Daw Nwe Ni")
    press("[")
    expect(heading).to_have_text(today)
    press("[")
    expect(heading).not_to_have_text(today)
    press("t")
    expect(heading).to_have_text(today)


@pytest.mark.usefixtures("full")
def test_keys_act_only_on_what_has_the_focus(signed_in):
    page = signed_in
    page.reload()
    page.keyboard.press("d")
    page.keyboard.press("s")
    assert not Appointment.objects.filter(version__gt=1).exists()
    page.locator(".with .whose").focus()
    page.keyboard.press("d")
    expect(page.get_by_role("status").first).to_contain_text("is completed")


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 820, 1366])
def test_it_shuts_nobody_out(signed_in, live_server, width, scheme):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 768})
    page.emulate_media(color_scheme=scheme)
    for address in ("", "?date=%2B1", "?date=-1", "?date=banana"):
        page.goto(f"{live_server.url}/today/{address}")
        page.evaluate("document.querySelectorAll('main details').forEach((each) => each.open = true)")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("full")
def test_on_paper_there_is_the_list_and_nothing_else(signed_in):
    page = signed_in
    page.reload()
    page.evaluate("window.print = () => document.title = 'printed'")
    page.get_by_role("button", name="Day sheet").click()
    assert page.title() == "printed"
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_be_visible()
    for gone in (".top", ".of-own", ".today", ".said"):
        expect(page.locator(gone)).to_be_hidden()
    assert page.locator(".paper button, .paper a").count() == 0
    assert page.locator(".paper thead").evaluate("head => getComputedStyle(head).display") == "table-header-group"


def test_it_begins_with_the_own_day_after_the_door(signed_in, live_server):
    assert signed_in.url == f"{live_server.url}/"
    expect(signed_in.get_by_role("link", name="Today").first).to_have_attribute("aria-current", "page")
