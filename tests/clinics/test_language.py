"""Which language somebody reads in: the account's, else the cookie's, else the browser's."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from tests.factories import MembershipFactory
from tests.factories.clinics import PASSWORD
from tests.practice import practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

BURMESE, ENGLISH = '<html lang="my"', '<html lang="en"'


@pytest.fixture
def member(client):
    membership = MembershipFactory(organization=practice().organization, role="front_desk")
    client.force_login(membership.user, backend="clinics.authentication.MemberBackend")
    return membership.user


def choose(client, language, *, page="/requests/", **sent):
    return client.post("/language/", {"language": language, **sent}, headers={"Referer": f"http://testserver{page}"})


class TestSomebodySignedIn:
    def test_chooses_and_stays_on_the_page(self, client, member):
        assertContains(client.get("/requests/"), ENGLISH)
        assertRedirects(choose(client, "my"), "/requests/", status_code=303)
        member.refresh_from_db()
        assert member.language == "my"
        page = client.get("/requests/")
        assertContains(page, BURMESE)
        assertContains(page, "တောင်းဆိုချက်")
        assertNotContains(page, ">Requests<")

    def test_reads_what_was_chosen_in_every_browser(self, member):
        member.language = "my"
        member.save()
        browser = Client(headers={"Accept-Language": "en"})
        browser.cookies["django_language"] = "en"
        browser.force_login(member, backend="clinics.authentication.MemberBackend")
        assertContains(browser.get("/requests/"), BURMESE)

    def test_who_has_chosen_none_reads_the_browsers(self, client, member):  # noqa: ARG002 somebody is signed in
        assertContains(client.get("/requests/", headers={"Accept-Language": "my,en;q=0.5"}), BURMESE)

    def test_goes_back_to_the_browsers_with_none(self, client, member):
        choose(client, "my")
        choose(client, "")
        member.refresh_from_db()
        assert member.language == ""
        assertContains(client.get("/requests/"), ENGLISH)

    def test_leaves_no_language_behind_when_signing_out(self, client, member):  # noqa: ARG002
        client.post("/language/", {"language": "my"})
        client.post("/logout/")
        assert client.get("/login/").headers["Content-Language"] == "en"

    def test_asks_the_database_no_more_for_it(self, client, member, django_assert_num_queries):
        client.get("/requests/")
        with django_assert_num_queries(4):
            assertContains(client.get("/requests/"), ENGLISH)
        member.language = "my"
        member.save()
        with django_assert_num_queries(4):
            assertContains(client.get("/requests/"), BURMESE)

    def test_leaves_everybody_elses_alone(self, client, member):
        other = MembershipFactory(organization=member.memberships.get().organization).user
        choose(client, "my")
        other.refresh_from_db()
        assert other.language == ""

    def test_finds_the_switch_in_the_menu_of_the_account(self, client, member):  # noqa: ARG002
        page = client.get("/requests/")
        assertContains(page, 'value="my" lang="my">မြန်မာဘာသာ</button>')
        assertContains(page, 'value="en" lang="en" aria-current="true">English</button>')

    def test_is_not_led_to_a_page_that_only_takes_forms(self, client, member):  # noqa: ARG002
        assertRedirects(choose(client, "my", page="/keys/"), "/", status_code=303)


class TestNobodySignedIn:
    def test_chooses_at_the_door_and_keeps_the_way_back(self, client):
        client.get("/login/?next=/requests/")
        answer = choose(client, "my", page="/login/", next="/login/?next=%2Frequests%2F")
        assertRedirects(answer, "/login/?next=%2Frequests%2F", status_code=303)
        page = client.get(answer["Location"])
        assertContains(page, BURMESE)
        assertContains(page, 'name="next" value="/requests/"')
        assertContains(page, 'name="next" value="/login/?next=%2Frequests%2F"')

    def test_and_reads_it_until_somebody_signs_in_who_chose_another(self, client):
        member = MembershipFactory(organization=practice().organization, user__language="en").user
        choose(client, "my", page="/login/")
        client.post("/login/", {"username": member.email, "password": PASSWORD})
        assertContains(client.get("/requests/"), ENGLISH)

    def test_its_cookie_says_the_language_and_nothing_reads_it_but_the_server(self, client):
        cookie = choose(client, "my", page="/login/").cookies["django_language"]
        assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("my", True, "Lax")

    @pytest.mark.parametrize(
        "elsewhere", ["https://evil.example/", "//evil.example/login/", "javascript:alert(1)", "\0"]
    )
    def test_is_never_led_out_of_the_house(self, client, elsewhere):
        answer = choose(client, "my", page="/login/", next=elsewhere)
        assertRedirects(answer, "/login/", status_code=303)

    @pytest.mark.parametrize("language", ["de", "xx", "my-mm", "\0", "m" * 500])
    def test_a_language_that_we_do_not_speak_changes_nothing(self, client, language):
        answer = choose(client, language, page="/login/")
        assert answer.status_code == 303
        assert "django_language" not in answer.cookies

    def test_only_by_a_form_of_ours(self):
        assert Client(enforce_csrf_checks=True).post("/language/", {"language": "my"}).status_code == 403


def test_a_page_that_says_no_speaks_it_and_offers_the_others(client, member):  # noqa: ARG001
    choose(client, "my")
    page = client.get("/nowhere/")
    assertContains(page, "ဤနေရာတွင် မရှိပါ", status_code=404)
    assertContains(page, 'value="en" lang="en">English</button>', status_code=404)


def test_what_is_missing_is_said_in_burmese_at_the_door(client):
    choose(client, "my", page="/login/")
    page = client.post("/login/", {"username": "", "password": ""})
    assertContains(page, "ဤအကွက်ကို ဖြည့်ပါ။", status_code=422)
