"""The pages on which an administrator brings another system's files in."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent
from patients.models import Patient
from scheduling import tasks
from scheduling.models import ColumnMapping, ImportFile, ImportKind
from scheduling.services.records import mappings
from scheduling.services.records.columns import Kind, columns_of
from tests.administration import administrator, events, superuser
from tests.factories import ImportFileFactory, PatientFactory
from tests.practice import practice

pytestmark = pytest.mark.django_db

LIST = "/admin/scheduling/importfile/"
BRING = f"{LIST}bring/"
PATIENTS = b"MRN,Full name,DOB\nP1,Daw Khin,4/3/1971\nP2,U Ba,31/13/1980\nP3,Ma Su,\n"
State = ImportFile.State


@pytest.fixture
def house(monday):  # noqa: ARG001 the clock stands before anybody signs in
    return practice()


@pytest.fixture
def thiri(house):
    return administrator(house.organization)


def send(browser, content=PATIENTS, kind="patients", name="people.csv"):
    return browser.post(BRING, {"kind": kind, "file": SimpleUploadedFile(name, content)})


def brought(browser, *args, **kwargs):
    """Give the import of a file that was sent."""
    answer = send(browser, *args, **kwargs)
    import_file = ImportFile.objects.latest("pk")
    assertRedirects(answer, page("columns", import_file), fetch_redirect_response=False)
    return import_file


def page(name, import_file):
    return reverse(f"admin:scheduling_importfile_{name}", args=[import_file.pk])


def choose(browser, import_file, **given):
    """Say what was guessed, and what is given, and go on."""
    import_file.refresh_from_db()
    said = {f"column_{name}": heading for name, heading in import_file.mapping.items()}
    answer = browser.post(page("columns", import_file), {**import_file.options, **said, **given})
    import_file.refresh_from_db()
    return answer


def checked(browser, *args, **kwargs):
    import_file = brought(browser, *args, **kwargs)
    assertRedirects(choose(browser, import_file), page("look", import_file))
    tasks.run_imports()
    import_file.refresh_from_db()
    assert import_file.state == State.CHECKED
    return import_file


def press(browser, import_file, **given):
    answer = browser.post(page("run", import_file), {"sure": "1", "bad": import_file.rows_bad, **given}, follow=True)
    tasks.run_imports()
    import_file.refresh_from_db()
    return answer


# Bringing a file


def test_the_list_offers_every_kind_and_says_how_large_a_file_may_be(thiri):
    answer = thiri.get(LIST)
    for kind, label in ImportKind.choices:
        assertContains(answer, f'<option value="{kind}"')
        assertContains(answer, f"{LIST}template/{kind}/")
        assertContains(answer, label)
    assertContains(answer, "Up to 50 MB")


@pytest.mark.parametrize("kind", ImportKind.values)
def test_the_template_has_the_documented_columns_and_an_example(thiri, kind):
    answer = thiri.get(f"{LIST}template/{kind}/")
    heads, example = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    columns = [column for column in columns_of(Kind(kind)) if not column.only_out]
    assert heads == [column.name for column in columns]
    assert [cell.lstrip("'") for cell in example] == [column.example for column in columns]
    assert thiri.get(f"{LIST}template/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("people.csv", b"", "The file is empty."),
        ("people.xls", b"\xd0\xcf\x11\xe0\xa1", "This is an old Excel file, or one with a password."),
        ("people.xlsx", b"PK\x03\x04 broken", "This is not a spreadsheet that can be read."),
        ("people.xls", b"<html><table>", "This is a web page that is called a spreadsheet."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(thiri, name, content, words):
    answer = send(thiri, content, name=name)
    assertContains(answer, words, status_code=422)
    assert not ImportFile.objects.exists()


def test_a_file_that_is_too_large_is_refused(thiri, monkeypatch):
    monkeypatch.setattr("scheduling.admin.import_forms.LARGEST", 10)
    assertContains(send(thiri), "Please bring it in several parts.", status_code=422)


# Its columns


def test_columns_are_guessed_and_shown_with_what_stands_in_them(thiri):
    import_file = brought(thiri)
    answer = thiri.get(page("columns", import_file))
    assertContains(answer, '<option value="MRN" selected>MRN</option>')
    assertContains(answer, "<span>Daw Khin</span><span>U Ba</span><span>Ma Su</span>")
    assert import_file.mapping == {"record_number": "MRN", "name": "Full name", "birth_date": "DOB"}


def test_a_needed_column_has_to_be_said(thiri):
    import_file = brought(thiri)
    assertContains(choose(thiri, import_file, column_name=""), "it is needed", status_code=422)
    assert import_file.state == State.UPLOADED


def test_one_heading_is_not_two_columns(thiri):
    import_file = brought(thiri)
    answer = choose(thiri, import_file, column_email="DOB")
    assertContains(answer, "This heading is chosen twice.", count=2, status_code=422)


def test_what_is_the_same_in_every_row_need_not_be_in_the_file(thiri, house):
    import_file = brought(thiri, b"date,reason\n2030-04-13,Thingyan\n", "closures")
    assertContains(choose(thiri, import_file), "it is needed", status_code=422)
    assertRedirects(choose(thiri, import_file, empty_clinic=house.clinic.name), page("look", import_file))
    tasks.run_imports()
    import_file.refresh_from_db()
    assert (import_file.rows_created, import_file.rows_bad) == (1, 0)


def test_another_way_of_reading_draws_the_samples_anew_and_keeps_what_was_chosen(thiri):
    import_file = brought(thiri, "Name;Ort\nJosé;Zürich\n".encode("cp1252"))
    answer = choose(thiri, import_file, delimiter=",", _read="1")
    assertRedirects(answer, page("columns", import_file))
    assert import_file.mapping == {}
    choose(thiri, import_file, delimiter=";", _read="1")
    choose(thiri, import_file, column_name="Ort", date_order="mdy", _read="1")
    assert (import_file.mapping, import_file.options["date_order"]) == ({"name": "Ort"}, "mdy")
    answer = choose(thiri, import_file, encoding="utf-8-sig", _read="1")
    assertContains(answer, "cannot be read as UTF-8", status_code=422)


def test_another_sheet_can_be_chosen(thiri):
    book = Workbook()
    book.active.append(["Nothing"])
    for row in (["MRN", "Name"], ["P1", "Daw Khin"]):
        (book["People"] if "People" in book.sheetnames else book.create_sheet("People")).append(row)
    content = io.BytesIO()
    book.save(content)
    import_file = brought(thiri, content.getvalue(), name="people.xlsx")
    choose(thiri, import_file, sheet="People", _read="1")
    assert import_file.mapping == {"record_number": "MRN", "name": "Name"}
    assertContains(thiri.get(page("columns", import_file)), "<td>Daw Khin</td>")


@pytest.mark.parametrize(
    ("born", "words"),
    [
        ("4/3/1971", "Is 4/3/1971 read rightly?"),
        ("31/3/1971", ""),
        ("1971-03-04", ""),
    ],
)
def test_dates_that_do_not_tell_which_number_is_the_day_are_asked_about(thiri, born, words):
    import_file = brought(thiri, f"Name,DOB\nDaw Khin,{born}\n".encode())
    answer = thiri.get(page("columns", import_file))
    (assertContains if words else assertNotContains)(answer, words or "read rightly")


def test_dates_that_are_read_against_what_they_tell_are_asked_about(thiri):
    import_file = brought(thiri, b"Name,DOB\nDaw Khin,31/3/1971\n")
    choose(thiri, import_file, date_order="mdy", _read="1")
    assertContains(thiri.get(page("columns", import_file)), "but are read with the month first")


def test_a_choice_is_kept_taken_for_the_next_file_and_forgotten(thiri):
    first = brought(thiri, b"Nr,Who,Lang\n1,Daw Khin,\n")
    choose(thiri, first, column_record_number="Nr", column_name="Who", empty_language="en", save_as="Old system")
    second = brought(thiri, b"Lang,Who,Nr\n,U Ba,2\n")
    assert second.mapping == {"record_number": "Nr", "name": "Who"}
    assert mappings.where_empty(second) == {"language": "en"}
    answer = thiri.get(page("columns", second))
    assertContains(answer, "The columns are chosen as they were kept under “Old system”")
    kept = ColumnMapping.objects.get()
    choose(thiri, second, column_name="", _use="1", kept=kept.pk)
    assert second.mapping["name"] == "Who"
    choose(thiri, second, _forget="1", kept=kept.pk)
    assert not ColumnMapping.objects.exists()
    assert [kind for kind in events() if "MAPPING" in kind] == ["COLUMN_MAPPING_CREATED", "COLUMN_MAPPING_DELETED"]


def test_another_organizations_choice_is_not_offered(thiri):
    stranger = administrator(practice().organization)
    theirs = brought(stranger)
    choose(stranger, theirs, save_as="Theirs")
    own = brought(thiri, b"MRN,Who\n1,A\n")
    assertNotContains(thiri.get(page("columns", own)), "Theirs")
    choose(thiri, own, _forget="1", kept=ColumnMapping.objects.get().pk)
    assert ColumnMapping.objects.exists()


def test_a_file_that_breaks_off_can_still_be_told_to_be_read_otherwise(thiri):
    import_file = brought(thiri, b'Name,DOB\nDaw Khin,4/3/1971\n"U Ba,31/3/1980\n')
    assertContains(thiri.get(page("columns", import_file)), "<td>Daw Khin</td>")
    choose(thiri, import_file)
    tasks.run_imports()
    said = "Row 3 cannot be read. Is a quotation mark missing, or one too many?"
    assertContains(thiri.get(page("look", import_file)), said)


# The look


def test_the_look_says_what_would_come_and_why_the_others_would_not(thiri, house):
    PatientFactory(organization=house.organization, record_number="P3", name="Ma Su")
    import_file = checked(thiri)
    answer = thiri.get(page("look", import_file))
    assert (import_file.rows_created, import_file.rows_known, import_file.rows_bad) == (1, 1, 1)
    assertContains(answer, "There is no such date: read as year 1980, month 13, day 31.")
    assertContains(answer, '<td>3</td><td lang="en">birth_date</td><td><bdi>31/13/1980</bdi></td>')
    assertContains(answer, "Import 1 rows, leave out 1 refused one")
    assertContains(answer, "no button takes imported rows out again")
    assert Patient.objects.filter(name="Daw Khin").count() == 0


def test_while_a_worker_looks_the_page_asks_again_by_itself(thiri):
    import_file = brought(thiri)
    choose(thiri, import_file)
    answer = thiri.get(page("look", import_file))
    assertContains(answer, "waiting for a worker")
    assertContains(answer, "data-progress")
    assertContains(answer, '<noscript><meta http-equiv="refresh" content="5"></noscript>')


def test_refused_rows_are_paged_and_chosen_by_reason(thiri):
    rows = b"".join(b"P%d,Daw Khin %d,31/13/1980\n" % (number, number) for number in range(60))
    import_file = checked(thiri, b"MRN,Name,DOB\n" + rows + b"P99,U Ba,soon\n")
    first = thiri.get(page("look", import_file))
    assertContains(first, "Page 1 of 2")
    assertContains(thiri.get(page("look", import_file), {"p": 2}), "<bdi>soon</bdi>")
    chosen = thiri.get(page("look", import_file), {"reason": "This is not a date, such as 2025-03-31 or 31/3/2025."})
    assertContains(chosen, "<td><bdi>", count=1)


def test_refused_rows_are_taken_along_to_be_mended_and_run_nothing(thiri):
    import_file = checked(thiri, b"MRN,Name,DOB\nP1,=1+1,soon\nP2,U Ba,\n")
    answer = thiri.get(page("refused", import_file))
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows == [
        ["MRN", "Name", "DOB", "Row", "Why it was refused"],
        ["P1", "'=1+1", "soon", "2", "birth_date: This is not a date, such as 2025-03-31 or 31/3/2025."],
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_look_asks_as_often_for_one_refused_row_as_for_three(thiri, rows, django_assert_num_queries):
    import_file = checked(thiri, b"Name,DOB\n" + b"A,soon\n" * rows)
    thiri.get(page("look", import_file))
    with django_assert_num_queries(7):
        thiri.get(page("look", import_file))


# The import


def test_the_button_imports_and_the_log_says_who(thiri):
    import_file = checked(thiri)
    answer = press(thiri, import_file)
    assertRedirects(answer, page("look", import_file))
    assert (import_file.state, import_file.rows_created, import_file.rows_bad) == (State.IMPORTED, 2, 1)
    assert set(Patient.objects.filter(record_number__in=["P1", "P3"]).values_list("name", flat=True)) == {
        "Daw Khin",
        "Ma Su",
    }
    started, finished = ActivityEvent.objects.filter(kind__in=["IMPORT_STARTED", "IMPORT_FINISHED"]).order_by("pk")
    assert (started.actor, finished.new["file_name"], finished.new["rows_created"]) == (thiri.user, "people.csv", 2)
    done = thiri.get(page("look", import_file))
    assertContains(done, "/admin/patients/patient/")
    assertNotContains(done, page("run", import_file))
    log = thiri.get(reverse("admin:clinics_activityevent_changelist"))
    for words in ("File brought", "Import begun", "Data brought in"):
        assertContains(log, words)


def test_nothing_is_imported_without_the_word_that_it_cannot_be_taken_back(thiri):
    import_file = checked(thiri)
    answer = thiri.post(page("run", import_file), {"bad": "1"}, follow=True)
    assertContains(answer, "Nothing was imported")
    assert not Patient.objects.filter(record_number="P1").exists()


def test_who_saw_fewer_refused_rows_has_not_agreed_to_leave_these_out(thiri):
    import_file = checked(thiri)
    assertContains(press(thiri, import_file, bad="0"), "please look at it again")
    assert import_file.state == State.CHECKED


def test_it_is_stopped_and_goes_on(thiri):
    import_file = checked(thiri)
    thiri.post(page("run", import_file), {"sure": "1", "bad": "1"})
    thiri.post(page("stop", import_file))
    import_file.refresh_from_db()
    assert import_file.state == State.STOPPED
    assertContains(thiri.get(page("look", import_file)), "Go on")
    press(thiri, import_file)
    assert (import_file.state, import_file.rows_created) == (State.IMPORTED, 2)


def test_a_look_that_is_stopped_leads_back_to_the_columns(thiri):
    import_file = brought(thiri)
    choose(thiri, import_file)
    answer = thiri.post(page("stop", import_file), follow=True)
    assertRedirects(answer, page("columns", import_file))


def test_the_same_file_again_has_nothing_new(thiri):
    press(thiri, checked(thiri))
    again = checked(thiri)
    assert (again.rows_created, again.rows_known, again.rows_bad) == (0, 2, 1)
    assertContains(thiri.get(page("look", again)), "there is nothing to import")


def test_what_failed_is_looked_at_again_not_imported(thiri):
    import_file = checked(thiri)
    ImportFile.objects.update(state="failed", error="Something went wrong.")
    answer = thiri.get(page("look", import_file))
    assertContains(answer, "Something went wrong.")
    assertNotContains(answer, 'name="sure"')
    thiri.post(page("run", import_file), {"again": "1"})
    import_file.refresh_from_db()
    assert import_file.state == State.CHECKING


def test_what_was_imported_is_not_imported_again(thiri):
    import_file = checked(thiri)
    press(thiri, import_file)
    assertContains(press(thiri, import_file), "cannot be imported as it stands now")
    assert ActivityEvent.objects.filter(kind="IMPORT_STARTED").count() == 1


def test_a_file_that_is_kept_no_longer_says_so(thiri):
    import_file = checked(thiri)
    import_file.content_row.delete()
    assertContains(thiri.get(page("look", import_file)), "The file is no longer kept.")
    assert thiri.get(page("refused", import_file)).status_code == 404
    assertRedirects(thiri.get(page("columns", import_file)), LIST)


def test_the_page_of_appointments_says_what_history_means(thiri, house):
    line = f"{house.patient.name},{house.practitioner.name},{house.clinic.name},2020-01-06 09:00,completed"
    content = f"patient,practitioner,clinic,start,status\n{line}\n".encode()
    assertContains(thiri.get(page("look", checked(thiri, content, "appointments"))), "What has ended is history")


# Whose it is


@pytest.mark.parametrize("name", ["columns", "look", "run", "stop", "refused"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_organizations_file_is_not_there(thiri, name, method):
    import_file = brought(thiri)
    stranger = administrator(practice().organization)
    assert getattr(stranger, method)(page(name, import_file)).status_code == 404
    assert getattr(superuser(), method)(page(name, import_file)).status_code == 403


def test_a_look_changes_nothing(thiri):
    import_file = brought(thiri)
    for address in (BRING, page("run", import_file), page("stop", import_file)):
        assert thiri.get(address).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_one_as_for_three(thiri, house, rows, django_assert_num_queries):
    for _each in range(rows):
        ImportFileFactory(organization=house.organization, created_by=thiri.user)
    thiri.get(LIST)
    with django_assert_num_queries(5):
        thiri.get(LIST)


def test_a_choice_that_was_changed_after_the_look_has_to_be_looked_at_again(thiri):
    import_file = checked(thiri, b"MRN,Full name,DOB\nP1,Daw Khin,4/3/1971\n")
    choose(thiri, import_file, date_order="mdy", _read="1")
    assert (import_file.state, import_file.options["date_order"]) == (State.UPLOADED, "mdy")
    thiri.post(page("run", import_file), {"sure": "1", "bad": "0"})
    tasks.run_imports()
    assert not Patient.objects.filter(record_number="P1").exists()


def test_the_log_leads_to_what_came_of_the_file(thiri):
    import_file = brought(thiri)
    choose(thiri, import_file)
    event = ActivityEvent.objects.get(kind="IMPORT_BROUGHT")
    about = reverse("admin:scheduling_importfile_change", args=[event.target_id])
    assertContains(thiri.get(about), page("look", import_file))
