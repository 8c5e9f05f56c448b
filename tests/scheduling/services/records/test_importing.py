"""A file on its way in: looked at, imported by the batch, stopped, killed and taken up again."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinics.models import ActivityEvent
from patients.models import Patient
from scheduling.models import ImportContent, ImportFile, ImportKind, ImportProblem
from scheduling.services.records import importing
from scheduling.services.records.patients import PatientRecords
from tests.factories import MembershipFactory, OrganizationFactory, PatientFactory
from tests.records import bring, brought, checked, problems_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
State = ImportFile.State
HEAD = "MRN,Name,DOB,Phone"


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)


def people(count, first=1):
    return [HEAD, *(f"P{number},Daw Khin {number},1971-03-04," for number in range(first, first + count))]


def test_columns_are_guessed_by_what_they_are_called(organization):
    heads = "Patient ID,မွေးနေ့,full_name,ဖုန်းနံပါတ်,Ward"
    assert brought(organization, "patients", heads, "1,2,3,4,5").mapping == {
        "record_number": "Patient ID",
        "birth_date": "မွေးနေ့",
        "name": "full_name",
        "phone": "ဖုန်းနံပါတ်",
    }


def test_columns_that_are_needed_and_not_found_are_named(organization):
    assert importing.missing_columns(brought(organization, "patients", "MRN,Who", "1,A")) == ["name"]


def test_what_cannot_be_read_is_not_kept(organization):
    with pytest.raises(ValidationError):
        brought(organization, "patients", "")
    assert not ImportFile.objects.exists()


def test_a_look_writes_nothing_but_what_it_found(organization):
    import_file = brought(organization, "patients", *people(2), "P1,Somebody Else,,")
    assert checked(import_file) == (2, 0, 1)
    assert problems_of(import_file) == [(4, "record_number", "In row 2 this is the number of somebody else.")]
    assert not Patient.objects.exists()
    assert list(ActivityEvent.objects.values_list("kind", flat=True)) == ["IMPORT_BROUGHT"]


def test_with_refused_rows_it_is_only_imported_when_they_are_to_be_left_out(organization):
    import_file = brought(organization, "patients", *people(1), "P2,,,")
    checked(import_file)
    assert importing.ask_to_import(import_file, skip_bad=False) is False
    assert importing.ask_to_import(import_file, skip_bad=True) is True
    importing.sweep([import_file.pk])
    assert [patient.record_number for patient in Patient.objects.all()] == ["P1"]


def test_every_problem_of_a_row_is_named_at_once(organization):
    _new, _known, problems = bring(organization, "patients", HEAD, "P1,\x07,31/31/2020,12")
    assert [(number, column) for number, column, _reason in problems] == [(2, "name"), (2, "birth_date"), (2, "phone")]


def test_the_value_that_was_refused_is_kept(organization):
    import_file = brought(organization, "patients", HEAD, "P1,Khin,31/31/2020,")
    checked(import_file)
    problem = ImportProblem.objects.get()
    assert (problem.column, problem.value) == ("birth_date", "31/31/2020")
    assert problem.reason == "There is no such date: read as year 2020, month 31, day 31."


@pytest.mark.usefixtures("small_batches")
def test_the_same_file_twice_doubles_nothing(organization):
    assert bring(organization, "patients", *people(5)) == (5, 0, [])
    assert bring(organization, "patients", *people(5)) == (0, 5, [])
    assert Patient.objects.count() == 5


def test_who_brought_what_is_recorded(organization):
    user = MembershipFactory(organization=organization).user
    bring(organization, "patients", *people(2), actor=user)
    event = ActivityEvent.objects.get(kind="IMPORT_FINISHED")
    assert (event.actor, event.new["file_name"], event.new["rows_created"]) == (user, "patients.csv", 2)
    about = ActivityEvent.objects.filter(kind="PATIENT_CREATED")
    assert {(each.actor, each.reason) for each in about} == {(user, "patients.csv")}


def test_the_file_is_kept_no_longer_than_it_is_needed(organization, time_machine):
    bring(organization, "patients", *people(1))
    assert not ImportContent.objects.exists()
    brought(organization, "patients", *people(1))
    importing.forget()
    assert ImportContent.objects.count() == 1
    time_machine.shift(importing.KEPT + timedelta(minutes=1))
    importing.forget()
    assert not ImportContent.objects.exists()


@pytest.mark.usefixtures("small_batches")
class TestInterrupted:
    @pytest.fixture
    def begun(self, organization, monkeypatch):
        """Give an import whose worker died after four of its seven rows."""
        import_file = brought(organization, "patients", *people(6), "P1,Daw Khin 1,1971-03-04,")
        checked(import_file)
        importing.ask_to_import(import_file, skip_bad=False)
        take, batches = PatientRecords.take, []

        def dies(self, rows):
            batches.append(rows)
            take(self, rows)
            if len(batches) == 3:
                raise SystemExit  # as the process would end, without a word

        monkeypatch.setattr(PatientRecords, "take", dies)
        with pytest.raises(SystemExit):
            importing.run(importing.claim(import_file.pk))
        monkeypatch.setattr(PatientRecords, "take", take)
        import_file.refresh_from_db()
        return import_file

    def test_what_came_in_is_there_and_half_a_batch_is_not(self, begun):
        assert (begun.state, begun.rows_read, begun.rows_created) == (State.IMPORTING, 4, 4)
        assert Patient.objects.count() == 4

    def test_nobody_takes_it_up_while_it_may_still_be_running(self, begun):
        assert importing.claim(begun.pk) is None

    def test_it_is_taken_up_once_it_stands_still_and_ends_right(self, begun, time_machine):
        time_machine.shift(importing.STANDS_STILL + timedelta(seconds=1))
        importing.sweep()
        begun.refresh_from_db()
        counts = (begun.rows_read, begun.rows_created, begun.rows_known, begun.rows_bad)
        assert (begun.state, *counts) == (State.IMPORTED, 7, 6, 1, 0)
        assert Patient.objects.count() == 6

    def test_the_earlier_run_comes_back_and_gives_up(self, begun, time_machine):
        earlier = ImportFile.objects.get(pk=begun.pk)
        time_machine.shift(importing.STANDS_STILL + timedelta(seconds=1))
        assert importing.claim(begun.pk) is not None
        importing.run(earlier)
        begun.refresh_from_db()
        assert (begun.state, begun.rows_created, Patient.objects.count()) == (State.IMPORTING, 4, 4)

    def test_a_file_that_kills_every_worker_is_given_up(self, begun, time_machine):
        for _ in range(importing.MOST_RUNS_IN_A_ROW):
            time_machine.shift(importing.STANDS_STILL + timedelta(seconds=1))
            importing.claim(begun.pk)
        begun.refresh_from_db()
        assert (begun.state, begun.error) == (State.FAILED, "It was interrupted several times at the same row.")


@pytest.mark.usefixtures("small_batches")
def test_a_stopped_import_keeps_what_came_in_and_goes_on_from_there(organization):
    import_file = brought(organization, "patients", *people(5))
    checked(import_file)
    importing.ask_to_import(import_file, skip_bad=False)
    importing.run(
        importing.claim(import_file.pk),
        told=lambda rows, _total: rows == 2 and importing.stop(ImportFile.objects.get(pk=import_file.pk), actor=None),
    )
    import_file.refresh_from_db()
    assert (import_file.state, import_file.rows_created, Patient.objects.count()) == (State.STOPPED, 2, 2)
    assert ActivityEvent.objects.filter(kind="IMPORT_STOPPED").count() == 1
    importing.ask_to_import(import_file, skip_bad=False)
    importing.sweep([import_file.pk])
    import_file.refresh_from_db()
    assert (import_file.state, import_file.rows_created, Patient.objects.count()) == (State.IMPORTED, 5, 5)


def test_what_breaks_is_told_and_the_next_file_is_not_kept_waiting(organization):
    broken, sound = (
        brought(organization, "patients", *people(1)),
        brought(organization, "patients", *people(1, first=9)),
    )
    for import_file in (broken, sound):
        importing.ask_to_check(import_file)
    ImportContent.objects.filter(import_file=broken).update(content=b"Name\nJos\xe9\n")
    importing.sweep()
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.state, sound.state) == (State.FAILED, State.CHECKED)
    assert "cannot be read as UTF-8" in broken.error


class TestPatients:
    def test_each_is_one_row_with_everything_that_is_known(self, organization):
        heads = "record_number,name,birth_date,birth_date_estimated,phone,email,language,active"
        row = "MR-9,  Daw   Khin ,၃၁/၅/၁၉၈၇,no,၀၉ ၄၂၀ ၁၂၃ ၄၅၆,khin@example.com,English,no"
        assert bring(organization, "patients", heads, row) == (1, 0, [])
        patient = Patient.objects.get()
        assert (patient.name, patient.record_number, str(patient.birth_date)) == ("Daw Khin", "MR-9", "1987-05-31")
        assert (patient.phone.as_e164, patient.email, patient.language) == ("+959420123456", "khin@example.com", "en")
        assert (patient.is_active, patient.birth_date_estimated) == (False, False)

    def test_a_birth_year_or_an_age_is_an_estimate(self, organization):
        bring(organization, "patients", "Name,DOB,Age", "A,1971,", "B,,40", "C,1971-03-04,12")
        born = Patient.objects.order_by("name").values_list("birth_date", "birth_date_estimated")
        year = timezone.localdate().year
        assert [(str(day), estimated) for day, estimated in born] == [
            ("1971-01-01", True),
            (f"{year - 40}-01-01", True),
            ("1971-03-04", False),
        ]

    def test_without_a_number_the_next_free_one_is_given(self, organization):
        PatientFactory(organization=organization, record_number="MR-000002")
        bring(organization, "patients", "Name", "A", "B", "C")
        numbers = Patient.objects.exclude(record_number="MR-000002").order_by("name")
        assert [patient.record_number for patient in numbers] == ["MR-000001", "MR-000003", "MR-000004"]
        assert Patient.objects.register(organization, actor=None, name="D").record_number == "MR-000005"

    def test_without_a_number_the_same_name_birth_date_and_phone_are_one(self, organization):
        lines = ("Name,DOB,Phone", "Khin,1971-03-04,09420123456", "khin,1971-03-04,09420123456", "Khin,1971-03-05,")
        assert bring(organization, "patients", *lines) == (2, 1, [])
        assert bring(organization, "patients", *lines) == (0, 3, [])

    def test_a_number_that_is_somebody_elses_is_refused(self, organization):
        PatientFactory(organization=organization, record_number="P1", name="U Ba")
        PatientFactory(record_number="P2", name="U Ba")  # of another organization
        assert bring(organization, "patients", HEAD, "P1,Khin,,", "P2,Khin,,") == (
            1,
            0,
            [(2, "record_number", "Another patient here has this record number.")],
        )

    def test_a_birth_date_to_come_is_refused(self, organization):
        assert bring(organization, "patients", HEAD, "P1,Khin,2031-01-01,")[2] == [
            (2, "birth_date", "This day is still to come.")
        ]


def test_every_kind_that_can_come_in_has_rows_and_columns():
    assert set(importing.INCOMING) == set(ImportKind.values)


def test_the_dates_of_a_file_tell_their_order(organization):
    month_first = brought(organization, "patients", HEAD, "1,A,1/2/1971,", "2,B,3/31/1971,")
    assert month_first.options["date_order"] == "mdy"
    assert brought(organization, "patients", HEAD, "1,A,1/2/1971,").options["date_order"] == "dmy"


def test_a_row_with_too_many_cells_is_refused_alone(organization):
    lines = [HEAD, "1,Daw Khin,1971-03-04,", "2,U Ba,1971-03-04,,x"]
    said = "This row has more cells than there are headings. Are quotation marks missing?"
    assert bring(organization, "patients", *lines) == (1, 0, [(3, "", said)])


def test_what_no_row_says_can_be_said_for_all_of_them(organization):
    import_file = brought(organization, "patients", "MRN,Name,Language", "1,A,my", "2,B,")
    import_file.options |= {"where_empty": {"language": "en", "active": "no"}}
    import_file.save()
    assert checked(import_file) == (2, 0, 0)
    importing.ask_to_import(import_file, skip_bad=False)
    importing.run(importing.claim(import_file.pk))
    said = Patient.objects.order_by("record_number").values_list("language", "is_active")
    assert list(said) == [("my", False), ("en", False)]


def test_a_look_that_was_stopped_is_no_import_to_go_on_with(organization):
    import_file = brought(organization, "patients", *people(5))
    importing.ask_to_check(import_file)
    ImportFile.objects.update(rows_read=3)
    assert importing.stop(import_file, actor=None)
    assert not importing.ask_to_import(import_file, skip_bad=True)
    assert (import_file.state, import_file.rows_read) == (State.UPLOADED, 0)


def test_who_presses_the_button_is_on_record(organization):
    presser = MembershipFactory(organization=organization).user
    import_file = brought(organization, "patients", *people(1))
    checked(import_file)
    importing.ask_to_import(import_file, skip_bad=False, actor=presser)
    started = ActivityEvent.objects.get(kind="IMPORT_STARTED")
    assert (started.actor, started.new) == (
        presser,
        {"kind": "patients", "file_name": "patients.csv", "rows_read": 0},
    )


def test_a_look_that_failed_is_no_leave_to_import(organization):
    import_file = brought(organization, "patients", *people(1), "P2,,,")
    ImportFile.objects.update(state=State.FAILED)
    assert not importing.ask_to_import(import_file, skip_bad=True)


def test_a_record_number_is_known_in_either_kind_of_digits(organization):
    assert bring(organization, "patients", HEAD, "MR-၀၁၂,Daw Khin,,", "MR-012,Daw Khin,,") == (1, 1, [])
    assert Patient.objects.get().record_number == "MR-012"
