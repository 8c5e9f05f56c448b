"""The command that writes all of an organization's data into a zip."""

import zipfile

import pytest
from django.core.management import CommandError, call_command

from clinics.models import ActivityEvent
from scheduling.services.records import exports
from tests.factories import OrganizationFactory
from tests.practice import practice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday")]


@pytest.fixture
def house():
    return practice(organization=OrganizationFactory(name="Yankin Health"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "all.zip"


@pytest.mark.parametrize("said", ["Yankin Health", "number"])
def test_writes_the_file_and_an_event(house, path, capsys, said):
    call_command("export_organization", str(house.organization.pk) if said == "number" else said, str(path))
    assert zipfile.ZipFile(path).testzip() is None
    assert path.stat().st_mode & 0o777 == 0o600
    event = ActivityEvent.objects.get(kind="EXPORT_MADE")
    assert (event.organization, event.actor) == (house.organization, None)
    told = f"{path}: {event.new['rows']} rows of Yankin Health, {path.stat().st_size} bytes"
    assert capsys.readouterr().out.strip() == told


@pytest.mark.usefixtures("house")
def test_writes_over_nothing(path):
    path.write_text("of yesterday")
    with pytest.raises(CommandError, match="File exists"):
        call_command("export_organization", "Yankin Health", str(path))
    assert path.read_text() == "of yesterday"


def test_leaves_no_half_of_a_file(house, path, monkeypatch):
    def stopped(_organization, out, _progress):
        out.write(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(exports, "write_archive", stopped)
    with pytest.raises(KeyboardInterrupt):
        call_command("export_organization", str(house.organization.pk), str(path))
    assert not path.exists()
    assert not ActivityEvent.objects.filter(kind="EXPORT_MADE").exists()


def test_an_organization_that_is_not_there(house, path):
    with pytest.raises(CommandError, match=f"There is no organization “Yankin”.*{house.organization.pk} Yankin Health"):
        call_command("export_organization", "Yankin", str(path))


def test_a_name_that_two_have(house, path):
    OrganizationFactory(name="Yankin Health")
    with pytest.raises(
        CommandError, match=f"Several organizations .* give the number instead, {house.organization.pk}"
    ):
        call_command("export_organization", "Yankin Health", str(path))
