"""Two files at once into one organization: each finds what the other has brought."""

import pytest

from patients.models import Patient
from scheduling.models import Appointment, ImportFile
from scheduling.services.records import importing
from tests.concurrency.conftest import at_once
from tests.practice import practice
from tests.records import brought, checked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday"), pytest.mark.concurrency]
ROWS = 1200


def bring_twice_at_once(organization, kind, *lines):
    """Give how many rows of a file, brought twice at the same time, are new and how many known, in both together."""
    twice = [brought(organization, kind, *lines) for _each in range(2)]
    for import_file in twice:
        checked(import_file)
        importing.ask_to_import(import_file, skip_bad=False)
    at_once([lambda pk=each.pk: importing.run(importing.claim(pk)) for each in twice])
    for import_file in twice:
        import_file.refresh_from_db()
        assert (import_file.state, import_file.error) == (ImportFile.State.IMPORTED, "")
    return sum(each.rows_created for each in twice), sum(each.rows_known for each in twice)


def test_the_same_people_without_numbers_come_in_once():
    house = practice()
    people = [f"Daw Khin {number}" for number in range(ROWS)]
    assert bring_twice_at_once(house.organization, "patients", "name", *people) == (ROWS, ROWS)
    assert Patient.objects.filter(name__startswith="Daw Khin").count() == ROWS


def test_the_same_visits_come_in_once():
    house = practice(name="Yankin Clinic")
    who = f"{house.patient.record_number},{house.practitioner.name},Yankin Clinic"
    visits = [f"{who},20{20 + n % 9}-03-{1 + n // 9 % 28:02} {n // 252:02}:00,completed,30" for n in range(ROWS)]
    head = "record_number,practitioner,clinic,start,status,minutes"
    assert bring_twice_at_once(house.organization, "appointments", head, *visits) == (ROWS, ROWS)
    assert Appointment.objects.count() == ROWS
