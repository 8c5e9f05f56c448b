"""An administrator changes hours, sees what that would leave outside, and decides."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import Displacement, WorkingHours
from tests.administration import url
from tests.factories import MembershipFactory
from tests.practice import YANGON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(day):
    """Give a visit at nine tomorrow; the hours of each weekday are from eight to five."""
    WorkingHours.objects.update(start_time=time(8), end_time=time(17))
    day.membership = MembershipFactory(organization=day.organization, role=Role.ADMINISTRATOR)
    tomorrow = timezone.now().astimezone(YANGON) + timedelta(days=1)
    return day.book(tomorrow.replace(hour=9, minute=0, second=0, microsecond=0), patient_id=day.patient.pk)


def begin_at_ten(page, visit):
    row = page.locator("tr.has_original").filter(has=page.locator("p", has_text=f"{visit.local_start:%A}"))
    row.get_by_label("From").fill("10:00")


@pytest.mark.parametrize("width", [820, 1366])
def test_hours_are_looked_at_saved_and_followed_up(visit, signed_in, day, complaints, width):
    page, home = signed_in, signed_in.url.rstrip("/")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(home + url(day.schedule))
    begin_at_ten(page, visit)
    page.get_by_role("button", name="Preview").click()

    effect = page.get_by_role("region", name="What this would change")
    expect(effect).to_be_focused()
    expect(effect).to_contain_text("1 booked visit would be left outside")
    expect(effect.get_by_role("link", name="Daw Khin Myat Noe")).to_have_attribute("href", f"/appointments/{visit.pk}/")
    assert Axe().run(page, context=".effect").violations_count == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    assert not Displacement.objects.exists()

    page.get_by_label("Save all the same").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.goto(f"{home}/follow-up/")
    outside = page.get_by_role("region", name="Outside of the practitioner's hours now")
    expect(outside).to_contain_text("Daw Khin Myat Noe")
    expect(outside.locator(".chip").first).to_contain_text("10:00")
    outside.locator(".chip").first.click()
    page.get_by_role("button", name="Move to").click()
    expect(page.get_by_role("status").first).to_contain_text("Moved")
    assert not Displacement.objects.exists()
    assert complaints == []
