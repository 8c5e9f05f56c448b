"""The pictures of README and docs, taken anew: `make pictures`.

It is no test that is collected: it draws the demo as it stands on Monday 23 November 2026 at 10:25 in Yangon, so that
the pictures differ only where the product does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from patients.models import Patient
from scheduling.management.demo.places import PASSWORD
from scheduling.models import Appointment, Schedule
from scheduling.services.links import token_of
from tests.practice import YANGON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MOMENT = datetime(2026, 11, 23, 10, 25, tzinfo=YANGON)
DESK, TABLET, PHONE = (1366, 768), (820, 1180), (390, 844)


def nothing(page: Page) -> None:
    pass


def book(page: Page) -> None:
    page.locator(".free > a").first.click()
    page.locator("#panel #q").press_sequentially("khin")
    expect(page.locator("#found .rows a").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#book-button")).to_be_focused()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_role("heading", level=3)).to_be_visible()


def refused(page: Page) -> None:
    page.locator("#q").press_sequentially("khin")
    expect(page.locator("#found .rows a").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#book-button")).to_be_focused()
    page.locator(".chip.why").first.click()
    expect(page.locator(".pin .note")).to_be_visible()


def known(page: Page) -> None:
    page.locator("#q").press_sequentially("Khin Cho Moe Aung")
    page.get_by_role("textbox", name="Name").fill(Patient.objects.order_by("name").first().name)
    page.get_by_role("button", name="Add and go on").click()
    expect(page.get_by_text("Is it one of these?")).to_be_visible()


def start(page: Page) -> None:
    page.locator(".next .go").click()
    page.goto(page.url)  # without what is said of the step


def begin_later(page: Page) -> None:
    row = page.locator("tr.has_original").filter(has=page.locator("p", has_text="Tuesday")).first
    row.get_by_label("From").fill("08:00")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="What this would change")).to_be_focused()


class Picture(NamedTuple):
    name: str
    address: str
    size: tuple[int, int] = DESK
    scheme: str = "light"
    act: Callable[[Page], None] = nothing
    who: str = "desk"


def pictures() -> list[Picture]:
    visit = Appointment.objects.filter(status="arrived", clinic__name__contains="Yankin").earliest("appointment_date")
    coming = Appointment.objects.filter(
        status="booked", clinic=visit.clinic, appointment_date__gt=MOMENT, patient__language="en"
    ).earliest("appointment_date")
    week = Schedule.objects.filter(assignment__practitioner=visit.practitioner).earliest("pk")
    return [
        Picture("board", "/"),
        Picture("board-dark", "/", scheme="dark"),
        Picture("board-tablet", "/", TABLET),
        Picture("board-phone", "/", PHONE),
        Picture("booking", "/", act=book),
        Picture("keys", "/", act=keys),
        Picture("refused", "/book/", act=refused),
        Picture("new-patient", "/book/", act=known),
        Picture("move", f"/appointments/{coming.pk}/move/"),
        Picture("cancel", f"/appointments/{coming.pk}/cancel/"),
        Picture("requests", "/requests/"),
        Picture("patient-link", f"/a/{token_of(coming)}/", PHONE),
        Picture("appointment", f"/appointments/{visit.pk}/"),
        Picture("patient", f"/patients/{visit.patient_id}/"),
        Picture("upcoming", "/upcoming/"),
        Picture("availability", "/availability/"),
        Picture("follow-up", "/follow-up/"),
        Picture("schedule", f"/admin/scheduling/schedule/{week.pk}/change/", who="admin"),
        Picture("preview", f"/admin/scheduling/schedule/{week.pk}/change/", act=begin_later, who="admin"),
        Picture("holidays", "/admin/scheduling/clinicclosure/public-holidays/", who="admin"),
        Picture("statistics", "/statistics/", who="admin"),
        Picture("statistics-dark", "/statistics/", scheme="dark", who="admin"),
        Picture("statistics-phone", "/statistics/", PHONE, who="admin"),
        Picture("today", "/", act=start, who="doctor"),
        Picture("today-phone", "/", PHONE, who="doctor"),
        Picture("calls", "/calls/"),
        Picture("calls-phone", "/calls/", PHONE),
        Picture("no-shows", "/statistics/no-shows/", who="admin"),
    ]


def sign_in(page: Page, url: str, who: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{url}/login/")
    page.get_by_label("E-mail").fill(f"{who}@yankin.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")


def test_take_the_pictures(page, live_server, settings, time_machine):
    settings.DEBUG = False
    time_machine.move_to(MOMENT, tick=True)
    call_command("seed_demo", force=True, patients=400, days_back=40)
    PICTURES.mkdir(exist_ok=True)
    who = ""
    for picture in pictures():
        if picture.who != who:
            who = picture.who
            sign_in(page, live_server.url, who)
        page.set_viewport_size({"width": picture.size[0], "height": picture.size[1]})
        page.emulate_media(color_scheme=picture.scheme)
        page.goto(live_server.url + picture.address)
        picture.act(page)
        page.wait_for_timeout(300)  # for fonts
        page.screenshot(path=PICTURES / f"{picture.name}.png")
