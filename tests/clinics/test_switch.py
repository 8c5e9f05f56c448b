"""One person, several organizations, several tabs."""

import re

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Membership, Role
from patients.models import Patient
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.clinics import PASSWORD
from tests.practice import practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def yankin():
    return practice(organization=OrganizationFactory(name="Yankin Health"))


@pytest.fixture
def mandalay():
    return practice(organization=OrganizationFactory(name="Mandalay Care"))


@pytest.fixture
def thiri(yankin, mandalay):
    """Give somebody at the front desk of two organizations."""
    user = UserFactory(email="thiri@yankin.example")
    for each in (yankin, mandalay):
        MembershipFactory(user=user, organization=each.organization)
    return user


@pytest.fixture
def browser(thiri):
    """Give a browser that minds the tokens of forms, in which she has signed in."""
    browser = Client(enforce_csrf_checks=True)
    answer = browser.get("/login/")
    browser.post("/login/", {"username": thiri.email, "password": PASSWORD, "csrfmiddlewaretoken": token_of(answer)})
    return browser


def token_of(page):
    return re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.content)[1].decode()


def switch(browser, to, page=None):
    page = page or browser.get("/")
    return browser.post("/organization/", {"organization": to.pk, "csrfmiddlewaretoken": token_of(page)})


def add_patient(browser, page, **headers):
    said = {"new-name": "Daw Nwe Ni", "csrfmiddlewaretoken": token_of(page)}
    return browser.post("/patients/new/", said, headers=headers)


class TestTheChoice:
    def test_one_begins_in_the_oldest(self, browser, yankin):
        assert browser.get("/").wsgi_request.organization == yankin.organization

    def test_it_leads_to_the_home_of_the_other_and_stays_there(self, browser, mandalay):
        assertRedirects(switch(browser, mandalay.organization), "/", status_code=303, fetch_redirect_response=False)
        answer = browser.get("/")
        assert answer.context["page"].clinic == mandalay.clinic
        assert browser.get("/book/").wsgi_request.organization == mandalay.organization

    def test_every_page_says_where_one_is_and_offers_the_other(self, browser, yankin, mandalay):
        answer = browser.get("/")
        assertContains(answer, '<b class="in-org">Yankin Health</b>')
        assertContains(answer, f'<button class="btn" name="organization" value="{mandalay.organization.pk}">', count=1)
        assertNotContains(answer, f'name="organization" value="{yankin.organization.pk}"')

    def test_nobody_is_asked_to_choose_from_one(self, client, yankin):
        client.force_login(MembershipFactory(organization=yankin.organization).user)
        assertNotContains(client.get("/"), "/organization/")

    def test_a_get_chooses_nothing(self, browser, yankin, mandalay):
        assert browser.get("/organization/", {"organization": mandalay.organization.pk}).status_code == 405
        assert browser.get("/", {"organization": mandalay.organization.pk}).wsgi_request.organization == (
            yankin.organization
        )

    @pytest.mark.parametrize("named", ["stranger", "", "0", "-1", "x", "\0", "9" * 40])
    def test_one_that_is_not_ones_own_is_not_here(self, browser, yankin, named):
        named = OrganizationFactory().pk if named == "stranger" else named
        page = browser.get("/")
        answer = browser.post("/organization/", {"organization": named, "csrfmiddlewaretoken": token_of(page)})
        assertContains(answer, "This is not here", status_code=404)
        assert browser.get("/").wsgi_request.organization == yankin.organization

    def test_the_role_is_that_in_the_chosen_one(self, browser, thiri, mandalay):
        membership = Membership.objects.get(user=thiri, organization=mandalay.organization)
        membership.role = Role.PRACTITIONER
        membership.save(update_fields=["role"])
        assert browser.get("/book/").status_code == 200
        switch(browser, mandalay.organization)
        assert browser.get("/book/").status_code == 403

    def test_the_door_forgets_the_clinic_of_the_one_before(self, browser, mandalay):
        browser.get("/")
        assert switch(browser, mandalay.organization).cookies["clinic"]["max-age"] == 0

    def test_signing_out_forgets_it(self, browser, thiri, yankin, mandalay):
        switch(browser, mandalay.organization)
        browser.post("/logout/", {"csrfmiddlewaretoken": token_of(browser.get("/"))})
        said = {"username": thiri.email, "password": PASSWORD, "csrfmiddlewaretoken": token_of(browser.get("/login/"))}
        browser.post("/login/", said)
        assert browser.get("/").wsgi_request.organization == yankin.organization


class TestTheOtherTab:
    """A form that was opened in one organization never writes into another."""

    def test_its_form_is_refused_and_says_why(self, browser, mandalay):
        form = browser.get("/book/")
        switch(browser, mandalay.organization)
        answer = add_patient(browser, form)
        assertContains(answer, "You are in Mandalay Care now", status_code=409)
        assertContains(answer, "nothing was written", status_code=409)
        assertContains(answer, "Change to Yankin Health", status_code=409)
        assert not Patient.objects.filter(name="Daw Nwe Ni").exists()

    def test_and_so_it_is_under_htmx_as_a_whole_page(self, browser, mandalay):
        form = browser.get("/book/")
        switch(browser, mandalay.organization)
        answer = add_patient(browser, form, **{"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Retarget"], answer["HX-Push-Url"]) == (409, "body", "false")
        assert not Patient.objects.filter(name="Daw Nwe Ni").exists()

    def test_the_page_that_says_so_leads_on(self, browser, yankin, mandalay):
        form = browser.get("/book/")
        switch(browser, mandalay.organization)
        refused = add_patient(browser, form)
        assert switch(browser, yankin.organization, page=refused).status_code == 303
        assert browser.get("/").wsgi_request.organization == yankin.organization

    def test_a_form_opened_since_is_taken(self, browser, mandalay):
        switch(browser, mandalay.organization)
        assert add_patient(browser, browser.get("/book/")).status_code == 303
        assert Patient.objects.get(name="Daw Nwe Ni").organization == mandalay.organization

    def test_a_page_that_comes_late_with_the_old_secret_does_not_revive_its_forms(self, browser, mandalay):
        form = browser.get("/book/")
        old_secret = browser.cookies["csrftoken"].value
        switch(browser, mandalay.organization)
        browser.cookies["csrftoken"] = old_secret
        assert add_patient(browser, form).status_code == 409
        browser.cookies["csrftoken"] = old_secret
        assert add_patient(browser, browser.get("/book/")).status_code == 303
        assert Patient.objects.get(name="Daw Nwe Ni").organization == mandalay.organization

    def test_a_session_that_another_request_writes_back_does_not_mix_the_two(self, browser, mandalay):
        before = dict(browser.session)
        switch(browser, mandalay.organization)
        form = browser.get("/book/")
        session = browser.session
        session.clear()
        session.update(before)
        session.save()
        assert add_patient(browser, form).status_code == 409
        assert not Patient.objects.filter(name="Daw Nwe Ni").exists()

    def test_one_signs_out_from_any_page_opened_since(self, browser, mandalay):
        switch(browser, mandalay.organization)
        form = browser.get("/")
        assertRedirects(browser.post("/logout/", {"csrfmiddlewaretoken": token_of(form)}), "/login/")


class TestTakenAway:
    """What an administrator changes counts from the next request on."""

    @pytest.fixture
    def in_mandalay(self, browser, mandalay):
        switch(browser, mandalay.organization)
        return browser

    def test_one_goes_on_in_the_first_that_is_left(self, in_mandalay, thiri, yankin, mandalay):
        Membership.objects.get(user=thiri, organization=mandalay.organization).delete()
        assert in_mandalay.get("/").wsgi_request.organization == yankin.organization

    @pytest.mark.parametrize("looked", [False, True], ids=["at once", "after another page"])
    def test_a_form_of_the_lost_one_writes_nothing_into_the_other(self, in_mandalay, thiri, mandalay, looked):
        form = in_mandalay.get("/book/")
        Membership.objects.get(user=thiri, organization=mandalay.organization).delete()
        if looked:
            in_mandalay.get("/")
        assertContains(add_patient(in_mandalay, form), "You are in Yankin Health now", status_code=409)
        assert not Patient.objects.filter(name="Daw Nwe Ni").exists()

    def test_also_where_one_has_never_switched(self, browser, thiri, yankin):
        form = browser.get("/book/")
        Membership.objects.get(user=thiri, organization=yankin.organization).delete()
        assert add_patient(browser, form).status_code == 409
        assert not Patient.objects.filter(name="Daw Nwe Ni").exists()

    def test_whoever_is_left_with_none_sees_nothing(self, browser, thiri, yankin):
        thiri.memberships.all().delete()
        answer = browser.get("/")
        assertContains(answer, "You are in no organization", status_code=403)
        assertNotContains(answer, yankin.patient.name, status_code=403)

    def test_another_role_counts_at_once(self, browser, thiri):
        thiri.memberships.update(role=Role.PRACTITIONER)
        assert browser.get("/book/").status_code == 403

    def test_a_deactivated_user_is_at_the_door(self, browser, thiri):
        thiri.is_active = False
        thiri.save(update_fields=["is_active"])
        assert browser.get("/")["Location"] == "/login/?next=/"


@pytest.mark.parametrize("organizations", [1, 3])
def test_two_queries_tell_who_asks(client, organizations, django_assert_num_queries):
    """Session, user, and the memberships with their organizations, clinics and practitioner: whatever their number."""
    user = UserFactory()
    for _ in range(organizations):
        MembershipFactory(user=user)
    client.force_login(user)
    with django_assert_num_queries(2):
        client.get("/nothing-here/")
