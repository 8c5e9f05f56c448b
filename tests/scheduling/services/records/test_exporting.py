"""What stands in the files of an export: every row of the organization, nobody else's, each cell as it is read back."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, time

import pytest
from django.apps import apps

from clinics.models import (
    AccountLetter,
    ClinicAssignment,
    MembershipClinic,
    Role,
    Specialty,
    User,
    record_event,
)
from patients.models import NameWord, PatientPair
from scheduling.models import (
    CalendarFeed,
    ColumnMapping,
    Displacement,
    ExportFile,
    ExportPart,
    ImportContent,
    ImportFile,
    ImportProblem,
    PatientMerge,
    WorkingHours,
)
from scheduling.services.records.columns import RECORDS, Kind
from scheduling.services.records.export_rows import SOURCES
from scheduling.services.records.exporting import write_archive
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicAssignmentFactory,
    ClinicClosureFactory,
    ClinicFactory,
    EncounterFactory,
    MembershipFactory,
    NotificationFactory,
    OrganizationFactory,
    PatientFactory,
    PractitionerFactory,
    ScheduleFactory,
    SpecialtyFactory,
    TimeOffFactory,
    UserFactory,
)
from tests.practice import NINE, minutes, practice
from tests.records import Progress, exported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def archive_of(organization):
    return zipfile.ZipFile(io.BytesIO(exported(organization)))


def table(organization, kind):
    """Give the rows of a file by their headings, as a program reads them."""
    text = archive_of(organization).read(f"{kind}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def some(row, *columns):
    return {column: row[column] for column in columns}


@pytest.fixture
def house():
    return practice(name="Yankin Clinic")


def test_there_is_a_file_for_each_kind_and_one_that_explains(house):
    assert archive_of(house.organization).namelist() == [*(f"{kind}.csv" for kind in Kind), "README.txt"]


def test_the_files_have_the_documented_columns():
    assert {kind: list(source.cells) for kind, source in SOURCES.items()} == {
        kind: [column.name for column in records.columns if not column.only_in] for kind, records in RECORDS.items()
    }


IN_OTHER_FILES = {MembershipClinic, Specialty, ClinicAssignment, WorkingHours}
"""What stands in the row of its parent, or of whoever names it."""

LEFT_OUT = {
    Displacement: "follows from hours and visits",
    CalendarFeed: "a secret",
    PatientPair: "about two records here; its event tells of it",
    PatientMerge: "what undoes it for a day; patients.csv says into whom a record went",
    User: "of no organization; members say who it is",
    AccountLetter: "an e-mail about a password, or about this file",
    NameWord: "follows from the names, of whatever organization",
    **dict.fromkeys((ExportFile, ExportPart), "this file"),
    **dict.fromkeys((ImportFile, ImportContent, ImportProblem), "the events tell of it"),
    ColumnMapping: "about other systems' files",
    **dict.fromkeys((PatientMerge, PatientPair), "the events tell of it"),
}


def test_every_model_is_in_a_file_or_left_out_for_a_reason():
    models = {model for app in ("clinics", "patients", "scheduling") for model in apps.get_app_config(app).get_models()}
    in_files = {source.rows().model for source in SOURCES.values()}
    assert in_files | IN_OTHER_FILES | LEFT_OUT.keys() == models


def test_an_appointment(house):
    visit = AppointmentFactory(
        patient=house.patient,
        practitioner=house.practitioner,
        clinic=house.clinic,
        appointment_date=NINE,
        duration=20,
        status="cancelled",
        cancellation_reason="other",
        notes="=1+1\nDeaf",
        appointment_type=AppointmentTypeFactory(organization=house.organization, code="follow-up"),
        checked_in_at=NINE + minutes(1),
    )
    (row,) = table(house.organization, "appointments")
    assert row == {
        "record_number": house.patient.record_number,
        "patient": house.patient.name,
        "practitioner": house.practitioner.name,
        "specialty": "",
        "clinic": "Yankin Clinic",
        "start": "2030-01-07 09:00:00+06:30",
        "minutes": "20",
        "type": "follow-up",
        "status": "cancelled",
        "cancellation_reason": "other",
        "notes": "'=1+1\nDeaf",
        "checked_in_at": "2030-01-07 09:01:00+06:30",
        "booked_at": "2030-01-07 06:00:00+06:30",
        "imported": "no",
        "id": str(visit.pk),
    }


def test_the_hour_that_a_clock_shows_twice_is_told_apart():
    clinic = ClinicFactory(timezone="America/New_York")
    for hour in (5, 6):
        AppointmentFactory(clinic=clinic, appointment_date=datetime(2030, 11, 3, hour, 30, tzinfo=UTC))
    rows = table(clinic.organization, "appointments")
    assert [row["start"] for row in rows] == ["2030-11-03 01:30:00-04:00", "2030-11-03 01:30:00-05:00"]


def test_a_patient():
    patient = PatientFactory(
        name="ဒေါ်ခင်", birth_date=date(1960, 7, 1), birth_date_estimated=True, phone="+959420123456", is_active=False
    )
    (row,) = table(patient.organization, "patients")
    assert some(row, "name", "birth_date", "birth_date_estimated", "phone", "active", "id") == {
        "name": "ဒေါ်ခင်",
        "birth_date": "1960-07-01",
        "birth_date_estimated": "yes",
        "phone": "'+959420123456",
        "active": "no",
        "id": str(patient.pk),
    }


def test_a_practitioner_has_a_row_for_each_assignment_and_one_without_any():
    organization = OrganizationFactory()
    skin = SpecialtyFactory(organization=organization, name="Skin")
    aye = PractitionerFactory(organization=organization, name="Dr Aye", specialty=skin)
    PractitionerFactory(organization=organization, name="Dr Ba", is_active=False)
    for name, ends_on in (("North", date(2029, 1, 31)), ("South", None)):
        clinic = ClinicFactory(organization=organization, name=name)
        ClinicAssignmentFactory(practitioner=aye, clinic=clinic, starts_on=date(2028, 1, 1), ends_on=ends_on)
    assert [list(row.values()) for row in table(organization, "practitioners")] == [
        ["Dr Aye", "Skin", "North", "2028-01-01", "2029-01-31", "yes"],
        ["Dr Aye", "Skin", "South", "2028-01-01", "", "yes"],
        ["Dr Ba", "", "", "", "", "no"],
    ]


def test_hours_have_a_row_each_and_a_schedule_without_any_has_one(house):
    house.hours.end_time = time(0, 30)
    house.hours.save()
    ScheduleFactory(assignment=house.assignment, valid_from=date(2031, 1, 1), valid_until=date(2031, 12, 31))
    columns = (
        "practitioner",
        "clinic",
        "valid_from",
        "valid_until",
        "slot_minutes",
        "weekday",
        "start_time",
        "end_time",
    )
    name, since = house.practitioner.name, str(house.schedule.valid_from)
    assert [list(some(row, *columns).values()) for row in table(house.organization, "working-hours")] == [
        [name, "Yankin Clinic", since, "", "30", "0", "09:00:00", "00:30:00"],
        [name, "Yankin Clinic", "2031-01-01", "2031-12-31", "30", "", "", ""],
    ]


def test_a_member_whose_account_was_there_before_keeps_the_name_private(house):
    user = UserFactory(email="aye@yankin.example", name="Daw Aye")
    membership = MembershipFactory(user=user, organization=house.organization, role=Role.FRONT_DESK)
    membership.clinics.add(house.clinic, through_defaults={"organization": house.organization})
    columns = ("email", "name", "role", "clinics", "active")
    expected = ["aye@yankin.example", "Daw Aye", "front_desk", "Yankin Clinic", "yes"]
    (row,) = table(house.organization, "members")
    assert list(some(row, *columns).values()) == expected
    membership.attached = True
    membership.save()
    (row,) = table(house.organization, "members")
    assert (row["email"], row["name"]) == ("aye@yankin.example", "")


def test_an_event_keeps_what_it_says(house):
    user = UserFactory(email="aye@yankin.example")
    record_event(kind="CLINIC_CHANGED", target=house.clinic, actor=user, old={"name": "ရန်ကင်း"}, reason="-")
    (row,) = [row for row in table(house.organization, "events") if row["kind"] == "CLINIC_CHANGED"]
    assert some(row, "about", "about_id", "by", "old", "new", "reason") == {
        "about": "clinic",
        "about_id": str(house.clinic.pk),
        "by": "aye@yankin.example",
        "old": '{"name": "ရန်ကင်း"}',
        "new": "",
        "reason": "'-",
    }


def test_the_readme_says_what_each_column_means(house):
    text = archive_of(house.organization).read("README.txt").decode()
    assert text.startswith(f"{house.organization}: everything that was kept in Medaius Scheduling, as it stood at ")
    assert "2030-01-07 06:00:00+06:30\r\n" in text
    assert "\r\nclinics.csv\r\n-----------\r\nA clinic. 1 row.\r\n  name: name; no two clinics" in text
    for kind, records in RECORDS.items():
        section = text.partition(f"\r\n{kind}.csv\r\n")[2]
        for column in (each for each in records.columns if not each.only_in):
            assert f"\r\n  {column.name}: {column.meaning}" in section


def test_the_readme_warns_of_what_cannot_be_told_apart(house):
    ClinicFactory(organization=house.organization, name="YANKIN clinic")
    for specialty in ("Skin", "Skin", "Eyes"):
        made = Specialty.objects.get_or_create(organization=house.organization, name=specialty)[0]
        PractitionerFactory(organization=house.organization, name="Dr Aye", specialty=made)
    text = archive_of(house.organization).read("README.txt").decode()
    assert re.findall("the 2 [^:]*", text) == [
        "the 2 clinics called “yankin clinic” for one",
        "the 2 practitioners called “dr aye skin” for one",
    ]


def furnish(organization, rows):
    """Give the organization so many rows of every kind."""
    for number in range(rows):
        house = practice(organization=organization, name=f"Clinic {number}")
        TimeOffFactory(practitioner=house.practitioner)
        ClinicClosureFactory(clinic=house.clinic)
        AppointmentTypeFactory(organization=organization, code=f"type-{number}")
        MembershipFactory(organization=organization)
        visit = AppointmentFactory(patient=house.patient, practitioner=house.practitioner, clinic=house.clinic)
        EncounterFactory(appointment=visit, patient=house.patient, practitioner=house.practitioner)
        NotificationFactory(appointment=visit, patient=house.patient)


@pytest.mark.parametrize("rows", [1, 3])
def test_every_file_has_the_organizations_rows_and_nobody_elses_in_as_many_queries(
    house, rows, django_assert_num_queries
):
    organization = OrganizationFactory()
    furnish(organization, rows)
    furnish(house.organization, 2)
    progress = Progress()
    out = io.BytesIO()
    with django_assert_num_queries(2 * len(Kind) + 2):  # counted, then read; names that are there twice
        written = write_archive(organization, out, progress)
    text = {name: zipfile.ZipFile(out).read(name).decode("utf-8-sig") for name in zipfile.ZipFile(out).namelist()}
    counts = {kind: len(list(csv.DictReader(io.StringIO(text[f"{kind}.csv"], newline="")))) for kind in Kind}
    assert counts == {kind: 1 if kind == Kind.ORGANIZATION else rows for kind in Kind}
    assert progress.done == progress.total == written == sum(counts.values())
    assert not any(house.patient.name in each or house.organization.name in each for each in text.values())
