import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import WorkingHours
from tests.factories import MembershipFactory, PatientFactory, WorkingHoursFactory
from tests.factories.clinics import PASSWORD
from tests.practice import practice

DEBIANS_CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Drive Debian's Chromium where there is one; a container has no sandbox to nest in, nor much shared memory."""
    args = {**browser_type_launch_args, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}
    return {**args, "executable_path": str(DEBIANS_CHROMIUM)} if DEBIANS_CHROMIUM.exists() else args


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    """Let the tests here, and only these, ask the database: Playwright keeps an event loop in their thread.

    A hook, since the fixtures of pytest-django come before any of ours.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        return (yield)
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def noon(time_machine):
    """Keep clear of midnight: what comes in some hours is today's, in Yangon as well."""
    time_machine.move_to(timezone.now().replace(hour=5, minute=30), tick=True)


@pytest.fixture
def day(noon):  # noqa: ARG001 the clock stands before
    """Give a practice that is open around the clock, so that today always has free times."""
    day = practice(slot_minutes=15)
    WorkingHours.objects.all().delete()
    for weekday in range(7):
        WorkingHoursFactory(schedule=day.schedule, weekday=weekday, start_time="00:00", end_time="00:00")
    day.patient = PatientFactory(organization=day.organization, name="Daw Khin Myat Noe", phone="+959250088870")
    day.membership = MembershipFactory(organization=day.organization, role=Role.FRONT_DESK)
    return day


@pytest.fixture
def complaints(page):
    """Everything that the browser complains of: errors of scripts, and what the policy forbids."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.fixture
def signed_in(page, live_server, day):
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("E-mail").fill(day.membership.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    page.wait_for_load_state()  # a key pressed before the scripts are there presses nothing
    return page
