"""In and out."""

import re
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import Role
from config.settings import base
from tests.factories import AppointmentFactory, ClinicFactory, MembershipFactory, UserFactory
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


@pytest.mark.parametrize("where", ["http://[bad", "http://", "x" * 10_000])
def test_a_part_of_a_page_that_nobody_can_be_on(client, where):
    answer = client.get(
        "/book/", headers={"HX-Request": "true", "HX-Current-URL": where.encode("latin-1", "replace").decode("latin-1")}
    )
    assert answer["HX-Redirect"].startswith("/login/?next=/")


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
    client.force_login(member.user, backend="clinics.authentication.MemberBackend")
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


class TestTheWayBack:
    """Whoever was sent to the door comes back to the page that was open, never to an address that only takes forms."""

    HTMX: ClassVar = {"HX-Request": "true", "HX-Current-URL": "http://testserver/book/?patient=7"}

    def test_to_the_page_that_was_asked_for(self, client):
        assert client.get("/book/?date=2030-01-07")["Location"] == "/login/?next=/book/%3Fdate%3D2030-01-07"

    @pytest.mark.parametrize("address", ["/book/", "/patients/search/", "/organization/"])
    def test_from_a_form_to_the_page_that_held_it(self, client, address):
        page = {"referer": "http://testserver/book/?patient=7"}
        answer = client.post(address, headers=page)
        assert answer["Location"] == "/login/?next=/book/%3Fpatient%3D7&ended=1"

    @pytest.mark.parametrize("referer", ["", "http://evil.example/book/", "http://testserver/patients/search/", "x"])
    def test_home_where_that_page_is_not_known_or_cannot_be_opened(self, client, referer):
        answer = client.post("/patients/search/", headers={"referer": referer})
        assert answer["Location"] == "/login/?next=/&ended=1"

    def test_from_a_part_of_a_page_with_the_whole_page(self, client):
        for ask in (client.get, client.post):
            answer = ask("/patients/search/", headers=self.HTMX)
            assert answer["HX-Redirect"] == "/login/?next=/book/%3Fpatient%3D7&ended=1"
            assert (answer.status_code, answer.content) == (200, b"")

    def test_the_door_says_that_what_was_sent_is_lost(self, client):
        asked = client.post("/book/", follow=True)
        assertContains(asked, "What you sent last was not written")
        assertContains(asked, 'name="next" value="/book/"')

    def test_a_session_that_ends_in_between_costs_nothing_but_the_password(self, client):
        sign_in(client)
        Session.objects.all().delete()
        answer = client.get("/book/", headers=self.HTMX)
        back = sign_in(client, next=parse_qs(urlsplit(answer["HX-Redirect"]).query)["next"][0])
        assertRedirects(back, "/book/?patient=7", fetch_redirect_response=False)

    def test_whoever_may_not_open_it_is_told_so_and_not_sent_in_circles(self, client, member):
        member.role = Role.PRACTITIONER
        member.save(update_fields=["role"])
        answer = client.post(
            "/login/", {"username": member.user.email, "password": PASSWORD, "next": "/book/"}, follow=True
        )
        assert answer.redirect_chain == [("/book/", 302)]
        assertContains(answer, "Your role does not allow this.", status_code=403)

    def test_nor_is_whoever_may_not_administer(self, client):
        answer = client.post(
            "/login/", {"username": "thiri@yankin.example", "password": PASSWORD, "next": "/admin/"}, follow=True
        )
        assert len(answer.redirect_chain) <= 2
        assertContains(answer, "You may not open this", status_code=403)

    def test_another_organizations_page_is_not_here(self, client):
        foreign = AppointmentFactory()
        assert sign_in(client, next=f"/appointments/{foreign.pk}/")["Location"] == f"/appointments/{foreign.pk}/"
        assert client.get(f"/appointments/{foreign.pk}/").status_code == 404


class TestADeactivatedUser:
    @pytest.fixture
    def gone(self):
        return MembershipFactory(user=UserFactory(email="moe@yankin.example", is_active=False)).user

    def test_learns_no_more_than_a_stranger(self, client, gone):
        answers = [
            sign_in(client, username=gone.email),
            sign_in(client, "wrong", username=gone.email),
            sign_in(client, username="nobody@yankin.example"),
        ]
        # But for the tokens, and the address that was typed.
        pages = {re.sub(rb'(value=|X-CSRFToken": )"[^"]*"', b"", answer.content) for answer in answers}
        assert {answer.status_code for answer in answers} == {422}
        assert len(pages) == 1

    def test_and_is_locked_out_like_one(self, client, gone):
        for name in (gone.email, "nobody@yankin.example"):
            answers = [sign_in(client, username=name) for _ in range(5)]
            assertContains(answers[-1], "Too many wrong passwords", status_code=429)


def test_signing_out_leaves_nothing_of_the_session(client):
    sign_in(client)
    client.get("/")
    client.post("/logout/")
    assert not Session.objects.exists()
    assert client.cookies["sessionid"].value == ""


def test_a_clinic_that_was_closed_down_is_no_longer_named_at_the_door(client, member):
    clinic = ClinicFactory(organization=member.organization, name="Yankin Clinic")
    sign_in(client)
    client.get("/")
    client.post("/logout/")
    clinic.is_active = False
    clinic.save(update_fields=["is_active"])
    assert b"Yankin" not in client.get("/login/").content
