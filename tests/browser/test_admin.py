"""An administrator sets a clinic up from nothing, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from clinics import letters
from clinics.admin import site
from clinics.models import AccountLetter, ActivityEvent, Clinic, Membership, Practitioner, Role
from scheduling.models import Schedule
from scheduling.services import AppointmentService
from tests.administration import everything, url
from tests.factories import MembershipFactory, OrganizationFactory
from tests.factories.clinics import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


MANY = ("schedule_extra_hours", "clinicclosure_close_days", "clinicclosure_public_holidays")
MEMBERS, LOG = url(Membership, "add"), url(ActivityEvent, "changelist")


def enter(page, live_server, organization):
    membership = MembershipFactory(organization=organization, role=Role.ADMINISTRATOR)
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("E-mail").fill(membership.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()


def choose(page, box, words):
    """Pick from a box that searches as one types."""
    box.click()
    # The box asks once when it opens and once when somebody types: only the second answer stays where it is.
    with page.expect_response(re.compile("term=[^&]")):
        page.locator(".select2-search__field").fill(words[:6])
    page.locator(".select2-results__option", has_text=words).click()
    expect(box).to_contain_text(words)


def follow(page, step):
    page.get_by_role("link", name="Home").or_(page.get_by_role("link", name="Medaius Scheduling")).first.click()
    page.get_by_role("region", name="To the first appointment").get_by_role("link", name=step).click()


def save(page, said):
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text(said)


def test_from_an_empty_organization_to_a_first_slot(page, live_server, complaints):
    organization = OrganizationFactory(name="Yankin Health")
    enter(page, live_server, organization)

    follow(page, "Add a clinic")
    page.get_by_label("Name").fill("Yankin Clinic")
    save(page, "was added")

    follow(page, "Add a practitioner")
    page.get_by_label("Name").fill("Dr Aye Chan")
    choose(page, page.locator("#assignments-0 .select2-selection"), "Yankin Clinic")
    page.locator("#assignments-0").get_by_role("button", name="Today").first.click()
    save(page, "was added")

    follow(page, "Add a type")
    page.get_by_label("Name").fill("Follow-up")
    page.get_by_label("Minutes").fill("20")
    save(page, "was added")

    follow(page, "Add a schedule")
    choose(page, page.locator(".field-assignment .select2-selection"), "Dr Aye Chan - Yankin Clinic")
    page.get_by_label("Minutes of a slot").fill("20")
    for weekday in range(5):
        page.locator(f"#id_working_hours-{weekday}-weekday").select_option(str(weekday))
        page.locator(f"#id_working_hours-{weekday}-start_time").fill("09:00")
        page.locator(f"#id_working_hours-{weekday}-end_time").fill("12:00")
    save(page, "Next bookable:")  # today or later, by the clock of whoever runs this

    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    expect(page.get_by_role("region", name="To the first appointment")).to_have_count(0)
    tomorrow = timezone.now().astimezone(Clinic.objects.get().zone).date() + timedelta(days=1)
    slots = AppointmentService(organization).get_practitioner_slots_range(
        practitioner_id=Practitioner.objects.get().pk, start_date=tomorrow, end_date=tomorrow + timedelta(days=6)
    )
    assert [len(day) for day in slots.values() if day] == [9] * 5
    assert complaints == []


def test_a_row_over_another_is_refused_where_one_looks(page, live_server, complaints):
    house = everything()
    enter(page, live_server, house.organization)
    page.goto(f"{live_server.url}{url(house.schedule)}")
    page.get_by_role("button", name="Add another Working hours").click()
    page.locator("#id_working_hours-2-weekday").select_option("0")
    page.locator("#id_working_hours-2-start_time").fill("16:00")
    page.locator("#id_working_hours-2-end_time").fill("18:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field-start_time .errorlist")).to_contain_text("overlaps Monday 09:00 to 17:00")
    assert Schedule.objects.get().working_hours.count() == 1
    assert complaints == []


def test_marked_schedules_end_once_it_is_seen_what_that_comes_to(page, live_server, complaints):
    house = everything()
    enter(page, live_server, house.organization)
    page.goto(f"{live_server.url}{url(Schedule, 'changelist')}")
    page.locator(".action-select").check()
    page.locator("select[name=action]").select_option("end_on_a_date")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="1 row is concerned")).to_be_visible()
    page.get_by_label("Last day").fill("2040-01-01")
    page.get_by_role("button", name="End them").click()
    expect(page.locator(".messagelist")).to_contain_text("1 schedule ends on 1 January 2040.")
    assert complaints == []


def test_a_member_is_invited_chooses_a_password_and_is_in(page, live_server, complaints, mailoutbox, settings):
    settings.SITE_URL = live_server.url
    house = everything()
    enter(page, live_server, house.organization)
    page.goto(f"{live_server.url}{MEMBERS}")
    page.get_by_label("E-mail").fill("thiri@yankin.example")
    page.get_by_label("Name").fill("Thiri Soe")
    page.get_by_label("Role").select_option("front_desk")
    save(page, "An e-mail is on its way to thiri@yankin.example")
    row = page.get_by_role("row", name="thiri@yankin.example")
    expect(row).to_contain_text("The e-mail is on its way.")
    letters.sweep()
    page.reload()
    expect(row).to_contain_text("the link works until")
    row.get_by_role("button", name="Send again").click()
    expect(page.locator(".messagelist")).to_contain_text("is on its way")
    letters.sweep()
    assert len(mailoutbox) == 2

    page.goto(re.findall(r"http\S+", mailoutbox[-1].body)[0])
    expect(page).to_have_url(re.compile("/set-password/$"))
    expect(page.get_by_role("main")).to_contain_text("You sign in as thiri@yankin.example.")
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("New password").fill("short")
    page.get_by_label("The same again").fill("short")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("too short")
    complaints.clear()  # that it answered 422, the browser says as well
    page.get_by_label("New password").fill("mingalaba everybody")
    page.get_by_label("The same again").fill("mingalaba everybody")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your password is set. Sign in with it.")
    page.get_by_label("E-mail").fill("thiri@yankin.example")
    page.get_by_label("Password").fill("mingalaba everybody")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/$"))
    assert complaints == []


def test_whoever_has_forgotten_the_password_is_written_to(page, live_server, complaints):
    member = MembershipFactory()
    page.goto(f"{live_server.url}/login/")
    page.get_by_role("link", name="Forgotten your password?").click()
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("E-mail").fill(member.user.email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("an e-mail is on its way")
    assert Axe().run(page).response["violations"] == []
    assert AccountLetter.objects.get().user == member.user
    assert complaints == []


@pytest.mark.parametrize("page_of", ["members", "log", "settings"])
def test_on_a_tablet_nothing_is_cut_off(page, live_server, page_of):
    house = everything()
    page.set_viewport_size({"width": 820, "height": 1180})
    enter(page, live_server, house.organization)
    address = {"members": url(Membership, "changelist"), "log": LOG, "settings": url(house.organization)}[page_of]
    page.goto(f"{live_server.url}{address}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    assert page.locator("#content-main").bounding_box()["width"] > 700
    assert page.evaluate("[...document.querySelectorAll('.results')].every(e => e.clientWidth > 700)")
    assert page.evaluate("[...document.querySelectorAll('.results')].every(e => e.scrollWidth <= e.clientWidth)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_meets_the_policy_of_the_browser(page, live_server, complaints, scheme):
    house = everything()
    page.emulate_media(color_scheme=scheme)
    enter(page, live_server, house.organization)
    pages = [reverse(f"admin:scheduling_{each}") for each in MANY]
    new_hours = reverse("admin:scheduling_schedule_new_hours", args=[house.schedule.pk])
    invited = MembershipFactory(organization=house.organization, user__password=None)
    lists = ("/admin/", url(Schedule, "changelist"), MEMBERS, LOG, url(Membership, "changelist"), url(invited))
    for address in (*lists, url(house.organization), url(house.schedule), url(house.practitioner), *pages, new_hours):
        page.goto(f"{live_server.url}{address}")
        # Not ours: Django's boxes that search as one types, and the empty heading over the names of its rows.
        found = Axe().run(page, context={"exclude": [[".select2"]]}).response["violations"]
        assert [each["id"] for each in found if each["id"] != "empty-table-header"] == [], address
    for model in site._registry:
        for address in (
            url(model, "changelist"),
            url(model, "add"),
            url(house.rows[model]),
            url(house.rows[model], "history"),
        ):
            answer = page.goto(f"{live_server.url}{address}")
            if answer.status == 403:
                complaints.clear()  # that it is forbidden, the browser says as well
                continue
            assert answer.status == 200
            assert complaints == [], address
