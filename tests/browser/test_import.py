"""An administrator brings files of another system in, in a real browser."""

import csv
import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import Workbook
from playwright.sync_api import expect

from patients.models import Patient
from scheduling import tasks
from scheduling.models import Appointment
from tests.browser.test_admin import enter
from tests.practice import practice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENTS = "Patient ID;Full name;DOB;Mobile\nP1;ဒေါ်ခင်မြတ်;၄/၃/၁၉၇၁;၀၉၄၂၀၁၂၃၄၅၆\nP2;U Ba;31/13/1980;\n"


@pytest.fixture
def house(page, live_server):
    house = practice()
    enter(page, live_server, house.organization)
    return house


def violations(page):
    return Axe().run(page).response["violations"]


def send(page, kind, name, content):
    page.get_by_role("link", name="Imports").first.click()
    page.get_by_label("What is in it").select_option(kind)
    page.get_by_label("File").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    assert violations(page) == []
    page.get_by_role("button", name="Go on to the columns").click()
    expect(page.get_by_role("heading", name="Which column is which", level=1)).to_be_visible()


def look(page):
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.get_by_text("waiting for a worker")).to_be_visible()
    assert violations(page) == []
    tasks.run_imports()
    # Nobody presses anything: the page looks by itself.
    expect(page.get_by_text("would be new")).to_be_visible()
    expect(page.get_by_text("I know that no button takes imported rows out again.")).to_be_visible()
    assert violations(page) == []


def bring(page, button):
    page.get_by_label("I know that no button takes imported rows out again.").check()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("waiting for a worker").or_(page.get_by_text("Rows come in"))).to_be_visible()
    tasks.run_imports()
    expect(page.get_by_role("link", name="See them")).to_be_visible()


def test_a_csv_is_looked_at_its_bad_row_taken_along_and_the_good_one_imported(page, house, complaints):
    send(page, "patients", "people.csv", PATIENTS.encode("utf-16"))
    expect(page.get_by_label("phone", exact=True)).to_have_value("Mobile")
    expect(page.get_by_text("Is ၄/၃/၁၉၇၁ read rightly?")).to_have_count(0)  # the second row tells which is the day
    page.get_by_label("Keep this choice under the name").fill("Old system")
    assert violations(page) == []
    look(page)
    expect(page.get_by_role("cell", name="31/13/1980")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="All of them as a CSV").click()
    rows = list(csv.reader(io.StringIO(downloading.value.path().read_text(encoding="utf-8-sig"))))
    assert rows[1][:3] == ["P2", "U Ba", "31/13/1980"]
    bring(page, "Import 1 rows, leave out 1 refused one")
    patient = Patient.objects.get(organization=house.organization, record_number="P1")
    assert (patient.name, str(patient.birth_date), patient.phone) == ("ဒေါ်ခင်မြတ်", "1971-03-04", "+959420123456")
    page.get_by_role("link", name="See them").click()
    expect(page.get_by_role("link", name="ဒေါ်ခင်မြတ်")).to_be_visible()
    assert complaints == []


def test_a_spreadsheet_of_visits_becomes_history(page, house, complaints):
    book = Workbook()
    book.active.append(["Patient name", "Doctor", "Date", "Outcome", "Duration"])
    book.active.append([house.patient.name, house.practitioner.name, "2020-01-06 09:00", "No show", 20])
    content = io.BytesIO()
    book.save(content)
    send(page, "appointments", "visits.xlsx", content.getvalue())
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.get_by_text("Say which heading this is: it is needed.")).to_be_visible()
    complaints.clear()  # of the 422
    page.get_by_label("clinic, where the row says nothing").fill(house.clinic.name)
    assert violations(page) == []
    look(page)
    expect(page.get_by_text("What has ended is history")).to_be_visible()
    bring(page, "Import 1 row")
    visit = Appointment.objects.get()
    assert (visit.status, visit.imported, visit.duration) == ("no-show", True, 20)
    assert complaints == []


def test_nothing_is_sent_before_it_is_known_that_it_cannot_be_taken_back(page, house):  # noqa: ARG001
    send(page, "patients", "people.csv", b"Name\nDaw Khin\n")
    look(page)
    page.get_by_role("button", name="Import 1 row").click()
    assert page.get_by_label("I know that").evaluate("box => box.validity.valueMissing")
    assert not Patient.objects.filter(name="Daw Khin").exists()


@pytest.mark.parametrize("width", [390, 768])
def test_the_pages_are_no_wider_than_the_window(page, house, width):  # noqa: ARG001
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(page.url.split("/admin/")[0] + "/admin/scheduling/importfile/")
    wide = [page.evaluate("document.documentElement.scrollWidth")]
    head = ",".join(f"A rather long heading of column {number}" for number in range(30))
    page.get_by_label("What is in it").select_option("patients")
    content = f"Name,{head}\nDaw Khin\n".encode()
    page.get_by_label("File").set_input_files({"name": "wide.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Go on to the columns").click()
    wide.append(page.evaluate("document.documentElement.scrollWidth"))
    look(page)
    wide.append(page.evaluate("document.documentElement.scrollWidth"))
    assert max(wide) <= width
