"""An administrator takes the organization's data along, in a real browser."""

import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinics.models import ActivityEvent
from scheduling import tasks
from scheduling.models import ExportFile
from tests.browser.test_admin import enter
from tests.practice import practice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_asks_for_the_file_and_fetches_it_when_it_is_there(page, live_server, complaints, tmp_path):
    house = practice()
    enter(page, live_server, house.organization)
    page.get_by_role("link", name="Exports of all data").first.click()
    page.get_by_role("button", name="Make the file").click()
    expect(page.get_by_text("waiting for a worker")).to_be_visible()
    assert Axe().run(page).response["violations"] == []

    tasks.make_exports()
    # Nobody presses anything: the page looks by itself.
    fetch = page.get_by_role("button", name="Download")
    expect(fetch).to_be_visible()
    expect(page.get_by_role("button", name="Make the file")).to_be_visible()
    assert Axe().run(page).response["violations"] == []

    with page.expect_download() as downloading:
        fetch.click()
    path = tmp_path / "all.zip"
    downloading.value.save_as(path)
    assert downloading.value.suggested_filename == ExportFile.objects.get().file_name
    assert zipfile.ZipFile(path).testzip() is None
    assert ActivityEvent.objects.filter(kind="EXPORT_DOWNLOADED").count() == 1
    assert complaints == []


@pytest.mark.parametrize("width", [390, 768])
def test_the_page_is_no_wider_than_the_window(page, live_server, width):
    house = practice()
    enter(page, live_server, house.organization)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{live_server.url}/admin/scheduling/exportfile/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
