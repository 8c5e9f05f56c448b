"""The page on which an administrator takes the organization's data along."""

import io
import zipfile

import pytest
from django.core.cache import cache
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent
from scheduling import tasks
from scheduling.models import ExportFile
from scheduling.services.records import exports
from tests.administration import administrator, superuser, url
from tests.factories import ExportFileFactory
from tests.practice import practice

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/scheduling/exportfile/"
ASK = f"{LIST}ask/"


@pytest.fixture
def house(monday, monkeypatch):  # noqa: ARG001 the clock stands before anybody signs in
    monkeypatch.setattr(exports, "hand_over", lambda *_given: None)
    cache.clear()  # of what another run, with the same keys, left there
    return practice()


@pytest.fixture
def thiri(house):
    return administrator(house.organization)


@pytest.fixture
def ready(thiri):
    thiri.post(ASK)
    tasks.make_exports()
    return ExportFile.objects.get()


def download(export):
    return reverse("admin:scheduling_exportfile_download", args=[export.pk])


def test_asks_and_sees_that_it_is_being_made(thiri):
    assertContains(thiri.get(LIST), "Make the file")
    answer = thiri.post(ASK)
    assertRedirects(answer, LIST)
    page = thiri.get(LIST)
    assertContains(page, "The file is being made")
    assertContains(page, "waiting for a worker")
    assertNotContains(page, "Make the file")
    exports.Told(ExportFile.objects.get().pk).begins(10)
    assertContains(thiri.get(LIST), "0 %")


@pytest.mark.usefixtures("ready")
def test_finds_it_ready(thiri):
    page = thiri.get(LIST)
    assertContains(page, "Download")
    assertContains(page, "14 Jan 2030, 06:00")
    assertContains(page, "Make the file")


def test_downloads_all_of_it(thiri, ready):
    answer = thiri.post(download(ready))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="{ready.file_name}"'
    content = answer.getvalue()
    assert len(content) == int(answer["Content-Length"])
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert ActivityEvent.objects.filter(kind="EXPORT_DOWNLOADED", actor=thiri.user).count() == 1


def test_a_look_fetches_nothing(thiri, ready):
    for address in (download(ready), ASK):
        assert thiri.get(address).status_code == 405
    assert not ActivityEvent.objects.filter(kind="EXPORT_DOWNLOADED").exists()


def test_what_is_kept_no_longer_is_not_there(thiri, ready):
    ExportFile.objects.update(state="emptied")
    assert thiri.post(download(ready)).status_code == 404
    assertNotContains(thiri.get(LIST), "Download")


def test_another_organizations_file_is_not_there(ready):
    stranger = administrator(practice().organization)
    assert stranger.post(download(ready)).status_code == 404
    assertNotContains(stranger.get(LIST), ready.file_name)


def test_a_superuser_takes_nobodys_data_along(ready):
    for answer in (superuser().post(download(ready)), superuser().post(ASK), superuser().get(LIST)):
        assert answer.status_code == 403
    assert ExportFile.objects.count() == 1


def test_what_failed_says_so(thiri, house):
    ExportFileFactory(organization=house.organization, state="failed", error="OSError")
    assertContains(thiri.get(LIST), "failed (OSError)")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_one_as_for_three(thiri, house, rows, django_assert_num_queries):
    for _each in range(rows):
        ExportFileFactory(organization=house.organization, state="failed", created_by=thiri.user)
    thiri.get(LIST)
    with django_assert_num_queries(5):
        thiri.get(LIST)


def test_the_log_tells_of_it_in_words(thiri, ready):
    thiri.post(download(ready))
    page = thiri.get(url(ActivityEvent, "changelist"))
    assertContains(page, "All data exported")
    assertContains(page, "Exported data downloaded")
