"""A zip that was exported, brought in by an administrator: its files stand in the list, the first one on top."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.asserts import assertContains, assertRedirects

from patients.models import Patient
from scheduling.models import Appointment, ImportFile
from scheduling.services.records import importing, whole
from tests.administration import administrator, told
from tests.factories import OrganizationFactory
from tests.practice import practice
from tests.records import checked, exported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

LIST = "/admin/scheduling/importfile/"
BRING = f"{LIST}bring/"


@pytest.fixture
def content():
    house = practice(name="Yankin Clinic")
    house.book()
    return exported(house.organization)


@pytest.fixture
def thiri():
    return administrator(OrganizationFactory(name="Anew"))


def send(browser, content):
    return browser.post(BRING, {"kind": "whole", "file": SimpleUploadedFile("all.zip", content)})


def test_its_files_are_imported_from_the_uppermost_down(thiri, content):
    answer = send(thiri, content)
    assertRedirects(answer, LIST, fetch_redirect_response=False)
    assert told(answer) == ["Import these files one after another, from the uppermost down: each needs those above it."]
    files = list(ImportFile.objects.order_by("-pk"))
    assert [each.kind for each in files] == list(whole.IN_ORDER)
    for import_file in files:
        new, known, bad = checked(import_file)
        assert (known, bad) == (0, 0)
        assert importing.ask_to_import(import_file, skip_bad=False)
        importing.run(importing.claim(import_file.pk))
        import_file.refresh_from_db()
        assert (import_file.state, import_file.rows_created) == ("imported", new)
    organization = thiri.membership.organization
    assert Patient.objects.filter(organization=organization).count() == 1
    assert Appointment.objects.filter(organization=organization).count() == 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("text", "This is not a zip that an export has made."),
        ("cut", "This is not a zip that an export has made."),
        ("damaged", "This is not a zip that an export has made."),
        ("other", "There is no file of an export in it"),
    ],
)
def test_what_is_no_export_is_refused(thiri, content, kind, words):
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("holiday.jpg", b"")
    middle = content.find(b"patients.csv") + 60
    sent = {
        "text": b"name\nDaw Khin\n",
        "cut": content[:-200],
        "damaged": content[:middle] + bytes(100) + content[middle + 100 :],
        "other": other.getvalue(),
    }[kind]
    answer = send(thiri, sent)
    assertContains(answer, words, status_code=422)
    assert not ImportFile.objects.exists()


def test_more_than_can_be_brought_is_refused(thiri, content, monkeypatch):
    monkeypatch.setattr(whole, "UNPACKED", 100)
    assertContains(send(thiri, content), "There is more in it than can be brought here", status_code=422)
