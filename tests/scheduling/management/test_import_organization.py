"""What was exported comes in elsewhere: the same patients, the same statistics, the same visits to come."""

import csv
import io
import re
import zipfile
from datetime import date, timedelta

import pytest
import time_machine as clock
from django.core.management import CommandError, call_command

from clinics.models import ActivityEvent, Clinic, ClinicAssignment, Organization, Practitioner
from patients.models import Patient
from scheduling.models import (
    Appointment,
    AppointmentType,
    ClinicClosure,
    ImportFile,
    Notification,
    Schedule,
    TimeOff,
    WorkingHours,
)
from scheduling.services import AppointmentService
from scheduling.services.records import whole
from tests.factories import AppointmentFactory, OrganizationFactory, PatientFactory
from tests.practice import NINE, minutes, practice
from tests.records import exported
from tests.scheduling.management.conftest import WEDNESDAY, seed

pytestmark = pytest.mark.django_db


def run(path, name, capsys, **options):
    """Run the command; give what it said of each file, and of each refused row."""
    capsys.readouterr()
    call_command("import_organization", str(path), organization=name, **options)
    said = capsys.readouterr()
    counts = re.findall(
        r"^(\S+)\.csv(?: \(\d+\))?: (\d+) .*?, (\d+) here already, (\d+) refused$", said.out, re.MULTILINE
    )
    return {kind: tuple(map(int, numbers)) for kind, *numbers in counts}, said.err


def rows_of(path, kind):
    text = zipfile.ZipFile(path).read(f"{kind}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def stats(organization, first, last):
    """Give every figure of those dates: of all, and by the names of clinics and practitioners."""
    service = AppointmentService(organization)
    counted = {"all": service.get_appointment_stats(start_date=first, end_date=last)}
    for clinic in Clinic.objects.filter(organization=organization):
        counted[clinic.name] = service.get_appointment_stats(start_date=first, end_date=last, clinic_id=clinic.pk)
    for person in Practitioner.objects.filter(organization=organization):
        counted[person.name] = service.get_appointment_stats(start_date=first, end_date=last, practitioner_id=person.pk)
    return counted


def visits(organization, **which):
    """Give the visits in words that do not depend on keys."""
    fields = ("patient__record_number", "practitioner__name", "clinic__name", "appointment_date", "duration")
    return set(Appointment.objects.filter(organization=organization, **which).values_list(*fields, "status", "notes"))


def of(organization, model, *fields, path="organization"):
    return sorted(model.objects.filter(**{path: organization}).values_list(*fields), key=str)


def set_up(organization):
    """Give all that was set up, in words."""
    hours = ("schedule__valid_from", "schedule__valid_until", "schedule__slot_minutes", "schedule__capacity")
    by = "schedule__assignment__"
    return {
        "clinics": of(organization, Clinic, "name", "timezone", "address", "is_active"),
        "types": of(organization, AppointmentType, "code", "name", "duration", "encounter_type", "is_default"),
        "practitioners": of(organization, Practitioner, "name", "specialty__name", "is_active"),
        "assignments": of(organization, ClinicAssignment, "practitioner__name", "clinic__name", "starts_on", "ends_on"),
        "hours": of(
            organization,
            WorkingHours,
            *(f"{by}practitioner__name", f"{by}clinic__name", *hours, "weekday", "start_time", "end_time"),
            path=f"{by}organization",
        ),
        "time off": of(
            organization,
            TimeOff,
            *("practitioner__name", "starts_at", "ends_at", "reason"),
            path="practitioner__organization",
        ),
        "closures": of(organization, ClinicClosure, "clinic__name", "date", "reason", path="clinic__organization"),
        "patients": of(
            organization,
            Patient,
            *("record_number", "name", "birth_date", "birth_date_estimated", "phone", "email", "language", "is_active"),
        ),
    }


@pytest.fixture(scope="module")
def seeded(request, django_db_blocker):
    """A demo of that Wednesday with one day ahead: each visit to come is booked by every rule, and takes its time."""
    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock():
        with clock.travel(WEDNESDAY, tick=False):
            seed(days_ahead=1)
        yield WEDNESDAY
        call_command("flush", verbosity=0, interactive=False)


class TestTheDemo:
    """Both organizations, on a Wednesday at half past nine."""

    @pytest.fixture(params=["Yankin Health", "Shwe Pyi"])
    def both(self, request, wednesday, tmp_path):
        source = Organization.objects.get(name__startswith=request.param)
        path = tmp_path / "all.zip"
        path.write_bytes(exported(source))
        return source, path, wednesday

    def test_comes_in_with_the_same_statistics(self, both, capsys):
        source, path, today = both
        counts, said = run(path, "Anew", capsys, create=True, skip_bad=True)
        anew = Organization.objects.get(name="Anew")
        assert set_up(anew) == set_up(source)
        assert {kind: refused for kind, (_new, _known, refused) in counts.items() if kind != "appointments"} == {
            kind: 0 for kind in counts if kind != "appointments"
        }

        yesterday = today - timedelta(days=1)
        for first in (yesterday, today - timedelta(days=3), date(today.year - 1, 2, 1)):
            assert stats(anew, first, yesterday) == stats(source, first, yesterday)

        # What has not ended is booked anew under the rules, or told of: nobody is silently left out.
        new, known, refused = counts["appointments"]
        assert (new + refused, known) == (Appointment.objects.filter(organization=source).count(), 0)
        missing = visits(source) - visits(anew)
        assert visits(anew) - visits(source) == set()
        assert len(missing) == refused == len(re.findall(r"^appointments.csv, row", said, re.MULTILINE))
        assert refused < 0.02 * new
        ahead = today + timedelta(days=1)
        assert not {visit for visit in missing if visit[3].date() > ahead}

        # A second time nothing is new.
        counts, _said = run(path, "Anew", capsys, skip_bad=True)
        assert {kind: created for kind, (created, _known, _refused) in counts.items()} == dict.fromkeys(counts, 0)
        assert counts["appointments"] == (0, new, refused)
        assert Patient.objects.filter(organization=anew).count() == counts["patients"][1]

    def test_into_where_it_came_from_nothing_is_new(self, both, capsys):
        source, path, _today = both
        before = set_up(source), visits(source)
        counts, _said = run(path, source.name, capsys, skip_bad=True)
        assert {kind: new for kind, (new, _known, _refused) in counts.items()} == dict.fromkeys(counts, 0)
        assert (set_up(source), visits(source)) == before


@pytest.fixture
def house(monday):  # noqa: ARG001
    return practice(organization=OrganizationFactory(name="Yankin Health", buffer_minutes=5), name="Yankin Clinic")


@pytest.fixture
def path(house, tmp_path):
    PatientFactory(organization=house.organization, name="=HYPERLINK(1)", record_number="'=1", phone="+959420123456")
    house.book()
    AppointmentFactory(
        patient=house.patient,
        practitioner=house.practitioner,
        clinic=house.clinic,
        appointment_date=NINE - minutes(7 * 24 * 60),
        status="completed",
        notes="'-\n=1+1",
    )
    path = tmp_path / "all.zip"
    path.write_bytes(exported(house.organization))
    return path


def test_makes_the_organization_with_its_settings(path, capsys):
    run(path, "Anew", capsys, create=True)
    anew = Organization.objects.get(name="Anew")
    assert anew.buffer_minutes == 5
    assert ActivityEvent.objects.get(kind="ORGANIZATION_CREATED").new["buffer_minutes"] == 5


def test_says_which_settings_stay_as_they_are(path, capsys):
    OrganizationFactory(name="Anew", buffer_minutes=0)
    _counts, said = run(path, "Anew", capsys)
    assert "The setting buffer_minutes stays 0; in the file it is 5." in said


def test_what_looks_like_a_formula_is_as_it_was(path, capsys):
    run(path, "Anew", capsys, create=True)
    patient = Patient.objects.get(organization__name="Anew", name="=HYPERLINK(1)")
    assert (patient.record_number, str(patient.phone)) == ("'=1", "+959420123456")
    assert Appointment.objects.get(organization__name="Anew", imported=True).notes == "'-\n=1+1"


def test_visits_to_come_are_booked_and_nobody_is_told(path, capsys):
    run(path, "Anew", capsys, create=True)
    assert Appointment.objects.get(organization__name="Anew", imported=False).appointment_date == NINE
    assert not Notification.objects.filter(organization__name="Anew", status="pending").exists()


def test_a_dry_run_writes_nothing(path, capsys):
    before = ActivityEvent.objects.count()
    counts, _said = run(path, "Anew", capsys, create=True, dry_run=True)
    assert counts["patients"] == (2, 0, 0)
    assert counts["appointments"] == (2, 0, 0)
    assert not Organization.objects.filter(name="Anew").exists()
    assert (ActivityEvent.objects.count(), ImportFile.objects.count()) == (before, 0)


def test_nothing_comes_in_while_a_row_is_refused_unless_it_is_left_out(house, path, capsys):
    Schedule.objects.filter(pk=house.schedule.pk).delete()
    path.write_bytes(exported(house.organization))
    with pytest.raises(CommandError, match="Leave these rows out with --skip-bad"):
        run(path, "Anew", capsys, create=True)
    assert "appointments.csv, row 2, start “2030-01-07 09:00:00+06:30”" in capsys.readouterr().err
    assert not Organization.objects.filter(name="Anew").exists()
    counts, _said = run(path, "Anew", capsys, create=True, skip_bad=True)
    assert counts["appointments"] == (1, 0, 1)


def test_a_file_that_is_too_large_comes_in_parts(path, capsys, monkeypatch):
    monkeypatch.setattr(whole, "LARGEST", 200)
    monkeypatch.setattr(whole, "PART", 200)
    run(path, "Anew", capsys, create=True)
    assert Patient.objects.filter(organization__name="Anew").count() == 2
    assert Appointment.objects.filter(organization__name="Anew").count() == 2
    names = ImportFile.objects.filter(kind="appointments").order_by("pk").values_list("file_name", flat=True)
    assert list(names) == ["appointments.csv (1)", "appointments.csv (2)"]


class TestRefusals:
    def test_what_is_no_zip(self, house, tmp_path, capsys):  # noqa: ARG002
        path = tmp_path / "all.zip"
        path.write_text("name\n")
        with pytest.raises(CommandError, match="is not a zip that an export has made"):
            run(path, "Yankin Health", capsys)

    def test_a_zip_of_something_else(self, house, tmp_path, capsys):  # noqa: ARG002
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("holiday.jpg", b"")
        with pytest.raises(CommandError, match=r"There is no organization\.csv in it"):
            run(path, "Yankin Health", capsys)

    def test_an_organization_that_is_not_there(self, path, capsys):
        with pytest.raises(CommandError, match="There is no organization “Anew”"):
            run(path, "Anew", capsys)
