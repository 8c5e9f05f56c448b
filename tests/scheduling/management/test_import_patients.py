"""What the pages of import do, for a terminal."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from patients.models import Patient
from scheduling.models import Appointment, ColumnMapping, ImportFile
from tests.factories import MembershipFactory, OrganizationFactory
from tests.practice import practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

GOOD, BAD = "P1,Daw Khin,1971-03-04", "P2,U Ba,soon"


@pytest.fixture
def organization():
    return OrganizationFactory()


def write(path, *lines):
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "people.csv", "MRN,Name,DOB", GOOD, BAD)


def run(file, *options, command="import_patients"):
    """Give what the command said, of which the first is the result."""
    out, err = io.StringIO(), io.StringIO()
    call_command(command, file, *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.usefixtures("organization")
def test_a_dry_run_says_what_would_come_and_writes_nothing(file):
    said, problems = run(file, "--dry-run")
    assert said == "1 would be new, 0 here already, 1 refused\n"
    assert "row 3, birth_date “soon”: This is not a date" in problems
    assert not Patient.objects.exists()


@pytest.mark.usefixtures("organization")
def test_a_refused_row_stops_it_unless_it_is_left_out(file):
    with pytest.raises(CommandError, match="leave them out with --skip-bad"):
        run(file)
    assert not Patient.objects.exists()
    assert run(file, "--skip-bad")[0].endswith("1 new, 0 here already, 1 refused\n")
    assert run(file, "--skip-bad")[0].endswith("0 new, 1 here already, 1 refused\n")
    assert Patient.objects.get().name == "Daw Khin"


def test_a_kept_choice_says_the_columns_the_order_of_dates_and_what_no_row_says(organization, tmp_path):
    kept = {"mapping": {"record_number": "Nr", "name": "Who", "birth_date": "B"}}
    options = {"date_order": "mdy", "where_empty": {"language": "en"}}
    ColumnMapping.objects.create(organization=organization, kind="patients", name="Old", options=options, **kept)
    run(write(tmp_path / "people.csv", "Nr,Who,B", "1,Daw Khin,3/4/1971"), "--mapping", "Old")
    patient = Patient.objects.get()
    assert (patient.name, f"{patient.birth_date}", patient.language) == ("Daw Khin", "1971-03-04", "en")


@pytest.mark.usefixtures("organization")
def test_a_json_file_says_the_columns(tmp_path):
    mapping = write(tmp_path / "mapping.json", json.dumps({"name": "Who"}))
    run(write(tmp_path / "people.csv", "Nr,Who", "1,Daw Khin"), "--mapping", mapping)
    assert Patient.objects.get().name == "Daw Khin"


@pytest.mark.usefixtures("organization")
@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        (["Nr,Who", "1,A"], (), "Which heading is name"),
        (["Name", "A"], ("--mapping", "nowhere"), "neither a saved mapping nor a JSON file"),
        ([""], (), "The file is empty."),
        (["Name", "A"], ("--actor", "who@x.example"), "has the address who@x.example"),
        (["Name", "A"], ("--organization", "Nowhere"), "Nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(tmp_path, lines, options, words):
    with pytest.raises(CommandError, match=words):
        run(write(tmp_path / "people.csv", *lines), *options)
    assert not Patient.objects.exists()


def test_with_several_organizations_it_is_said_for_which(organization, file):
    OrganizationFactory()
    with pytest.raises(CommandError, match="Say by --organization"):
        run(file)
    member = MembershipFactory(organization=organization).user
    run(file, "--organization", organization.name, "--actor", member.email, "--skip-bad")
    assert Patient.objects.get().organization == organization
    assert ImportFile.objects.get().created_by == member


def test_appointments_come_in_by_their_own_command(tmp_path):
    house = practice()
    line = f"{house.patient.record_number},{house.practitioner.name},{house.clinic.name},2020-01-06 09:00,20,completed"
    file = write(tmp_path / "visits.csv", "record_number,practitioner,clinic,start,minutes,status", line)
    assert run(file, command="import_appointments")[0].endswith("1 new, 0 here already, 0 refused\n")
    assert Appointment.objects.get().imported
