"""What the browser shows when nothing else can be shown: always a page of ours, that says what happened."""

import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from tests.factories import MembershipFactory, PatientFactory
from tests.practice import practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return signed_in(practice().organization)


@pytest.fixture
def broken():
    """Break the schema under the day's list: the query fails, and so does every other one after it."""
    browser = signed_in(practice().organization)
    browser.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scheduling_appointmenttype RENAME TO gone")
    return browser


@pytest.fixture
def dead():
    """Point the database at a port where nobody listens, under a browser that is signed in."""
    browser = signed_in(practice().organization)
    browser.raise_request_exception = False
    settings = connections.settings["default"]
    before = {key: settings[key] for key in ("HOST", "PORT")}
    connection.close()
    settings |= {"HOST": "127.0.0.1", "PORT": "1"}
    yield browser
    settings |= before
    connection.close()


def assert_ours(answer, status, *words):
    for each in (*words, 'class="door"', "css/book.css", f"<b>{status}</b>"):
        assertContains(answer, each, status_code=status)
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assertNotContains(answer, "Django", status_code=status)


def test_an_address_of_another_host():
    answer = Client().get("/login/", headers={"host": "evil.example"})
    assert_ours(answer, 400, "The browser sent something unreadable", "Nothing was written")


def test_too_many_fields(desk):
    answer = desk.post("/book/", {f"field{number}": "x" for number in range(1001)})
    assert_ours(answer, 400, "The browser sent something unreadable", "Nothing was written")


def test_what_the_role_does_not_allow():
    doctor = signed_in(practice().organization, Role.PRACTITIONER)
    assert_ours(doctor.get("/book/"), 403, "Your role does not allow this.", "Nothing was written", 'href="/"')


def test_whoever_belongs_nowhere_is_told_whom_to_ask(client):
    membership = MembershipFactory()
    client.force_login(membership.user)
    membership.delete()
    answer = client.get("/")
    assert_ours(answer, 403, "You are in no organization", f"to add {membership.user.email} as a member", "Sign out")
    assertNotContains(answer, "Administration", status_code=403)


def test_a_superuser_who_belongs_nowhere_is_led_to_the_administration(client):
    membership = MembershipFactory(user__is_superuser=True)
    patient = PatientFactory(organization=membership.organization, name="Daw Nwe Ni")
    client.force_login(membership.user)
    membership.delete()
    assertRedirects(client.get("/"), "/admin/")
    answer = client.get(f"/patients/{patient.pk}/")
    assert_ours(answer, 403, "You are in no organization", 'href="/admin/"', "Sign out")
    assertNotContains(answer, patient.name, status_code=403)


def test_an_old_form(desk):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert_ours(strict.post("/book/"), 403, "This form is too old", "Nothing was written")


def test_an_address_where_nothing_is(desk):
    assert_ours(desk.get("/nothing-here/"), 404, "This is not here", "Nothing was written")


@pytest.mark.parametrize("address", ["/patients/search/", "/patients/new/", "/logout/", "/organization/"])
def test_an_address_that_only_takes_forms(desk, address):
    answer = desk.get(address)
    assert_ours(answer, 405, "Nothing to see at this address", "Nothing was written")
    assert answer["Allow"].startswith("POST")


def test_too_many_wrong_passwords(client):
    answers = [client.post("/login/", {"username": "x@yankin.example", "password": "wrong"}) for _ in range(5)]
    assert_ours(answers[-1], 429, "Too many wrong passwords")


def test_a_fault_of_ours_asks_the_database_no_more(broken):
    answer = broken.get("/")
    assert_ours(answer, 500, "Something broke on our side", "may not have been saved")
    assertNotContains(answer, "gone", status_code=500)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/", "/book/", "/login/", "/nothing-here/"])
def test_a_database_that_does_not_answer(dead, address):
    answer = dead.get(address)
    assert_ours(answer, 503, "The book cannot be opened just now", "may not have been saved")
    assert answer["Retry-After"] == "30"


@pytest.mark.django_db(transaction=True)
def test_nor_is_anything_taken_for_written_then(dead):
    assert_ours(dead.post("/patients/new/", {"new-name": "Daw Nwe Ni"}), 503, "look before you repeat it")


@pytest.mark.django_db(transaction=True)
def test_the_door_opens_without_a_database_but_lets_nobody_in(dead):
    dead.cookies.clear()
    assertContains(dead.get("/login/"), "Sign in")
    assert_ours(dead.post("/login/", {"username": "x@yankin.example", "password": "x"}), 503, "does not answer")
