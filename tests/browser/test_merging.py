"""Two records made one in a real browser: without scripts on a phone, and by keys at the desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from clinics.models import Role
from patients.models import Patient
from tests.browser.desk import assert_accessible, sign_in_plainly
from tests.factories import MembershipFactory, PatientFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def twice(day):
    """Give the practice with a second record of its patient."""
    day.membership = MembershipFactory(organization=day.organization, role=Role.ADMINISTRATOR)
    Patient.objects.filter(pk=day.patient.pk).update(phone="+959250088870", record_number="MR-1")
    PatientFactory(
        organization=day.organization,
        name=day.patient.name,
        phone="+959250088870",
        record_number="OLD-2",
        email="k@example.org",
    )
    return day


@pytest.mark.parametrize("scripts", [False, True])
def test_from_the_list_to_one_record_and_back(browser, live_server, twice, scripts):
    context = browser.new_context(java_script_enabled=scripts, viewport=PHONE, has_touch=True)
    page = sign_in_plainly(browser, live_server, twice, context)
    page.get_by_role("link", name="Follow-up").click()
    page.get_by_role("link", name="Records that look alike").click()
    page.get_by_role("link", name="Compare and merge").click()
    expect(page.get_by_role("radio", name="k@example.org")).to_be_checked()
    if scripts:
        assert_accessible(page)
    page.get_by_role("button", name="Merge OLD-2 into MR-1").click()
    expect(page.get_by_text("OLD-2 is part of MR-1 now.")).to_be_visible()
    expect(page.get_by_role("link", name="k@example.org")).to_be_visible()
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("OLD-2 and MR-1 are two records again.")).to_be_visible()


@pytest.mark.parametrize("width", [1366, 820, 390])
def test_no_page_is_wider_than_the_screen(browser, live_server, twice, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = sign_in_plainly(browser, live_server, twice, context)
    other = Patient.objects.get(record_number="OLD-2")
    key = twice.patient.pk
    for address in ("duplicates/", f"{key}/merge/{other.pk}/", f"{key}/same/"):
        page.goto(f"{live_server.url}/patients/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert_accessible(page)
