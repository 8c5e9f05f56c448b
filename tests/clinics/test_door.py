"""In and out."""

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from config.settings import base
from tests.factories import ClinicFactory, MembershipFactory, UserFactory
from tests.factories.clinics import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]


@pytest.fixture
def member():
    return MembershipFactory(user=UserFactory(email="thiri@yankin.example"))


def sign_in(client, password=PASSWORD, username="thiri@yankin.example", **given):
    return client.post("/login/", {"username": username, "password": password, **given})


def test_it_leads_to_the_day(client):
    assertRedirects(sign_in(client), "/")


def test_however_the_address_is_capitalized(client):
    assertRedirects(sign_in(client, username="Thiri@Yankin.example"), "/")


def test_and_back_where_one_was(client):
    answer = sign_in(client, next="/book/?date=2030-01-07")
    assertRedirects(answer, "/book/?date=2030-01-07", fetch_redirect_response=False)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_but_never_out_of_the_house(client, elsewhere):
    assertRedirects(sign_in(client, next=elsewhere), "/")


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(client):
    wrong, unknown = sign_in(client, "wrong"), sign_in(client, "wrong", username="nobody@yankin.example")
    for answer in (wrong, unknown):
        assertContains(answer, "This e-mail address and password do not go together.", status_code=422)


@pytest.mark.parametrize("name", ["", "\0", "\ufffd", "x" * 10_000])
def test_an_address_that_is_none_is_named(client, name):
    assertContains(sign_in(client, username=name), 'href="#id_username"', status_code=422)


@pytest.mark.parametrize("password", ["", "\0", "x" * 10_000])
def test_a_password_that_is_none(client, password):
    assert sign_in(client, password).status_code == 422


def test_five_wrong_passwords_lock_the_account_on_that_connection(client):
    names = ("thiri@yankin.example", "Thiri@yankin.example", "THIRI@yankin.example", "tHiri@yankin.example")
    answers = [sign_in(client, "wrong", username=name) for name in (*names, names[0])]
    assertContains(answers[-1], "Too many wrong passwords", status_code=429)
    assert sign_in(client).status_code == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    assertRedirects(sign_in(elsewhere), "/", fetch_redirect_response=False)


def test_out_by_post_only(client):
    sign_in(client)
    assert client.get("/logout/").status_code == 405
    assertRedirects(client.post("/logout/"), "/login/")
    assert client.get("/").status_code == 302


def test_whoever_is_in_passes_by(client):
    sign_in(client)
    assertRedirects(client.get("/login/"), "/")


@pytest.mark.usefixtures("monday")
def test_the_door_shows_the_clock_of_the_clinic_last_looked_at(client, member):
    ClinicFactory(organization=member.organization, name="Yankin Clinic")
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/")
    client.post("/logout/")
    answer = client.get("/login/")
    for said in ("Good morning", "Yankin Clinic", "<b>06:00</b>"):
        assertContains(answer, said)


def test_a_forged_cookie_shows_nothing(client):
    client.cookies["clinic"] = str(ClinicFactory(name="Yankin Clinic").pk)
    assert b"Yankin" not in client.get("/login/").content


def test_argon2_keeps_the_passwords(settings):
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    user = UserFactory.build()
    user.set_password("the dog sat on the log")
    assert identify_hasher(user.password).algorithm == "argon2"


@pytest.mark.parametrize("address", ["/login/", "/nothing-here/", "/book/"])
def test_no_page_allows_inline_script_or_style(client, address):
    sign_in(client)
    policy = client.get(address)["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_old_form_says_so():
    strict = Client(enforce_csrf_checks=True)
    assertContains(sign_in(strict), "This form is too old", status_code=403)


def test_what_is_not_here_says_so(client):
    sign_in(client)
    assertContains(client.get("/nothing-here/"), "This is not here", status_code=404)
