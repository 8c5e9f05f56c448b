"""The day while it is looked at: asked every ten seconds, answered without a query while nothing has changed."""

import pytest
from django.db import transaction
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains
from redis.exceptions import ConnectionError as NoConnection

from clinics import memory
from clinics.models import Role
from scheduling.services import freshness
from tests.practice import NINE, SIX, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = [pytest.mark.django_db(transaction=True)]

WHO_ASKS = 2
"""The queries by which a request knows who asks: session, user, memberships."""


@pytest.fixture(autouse=True)
def asked_again():
    """Ask the memory in each test, whatever the one before made of it."""
    memory._alone_until = 0.0
    yield
    memory._alone_until = 0.0


def unanswered():
    raise NoConnection


@pytest.fixture
def at_six(time_machine):
    time_machine.move_to(SIX, tick=False)
    return time_machine


@pytest.fixture
def looks(clinic_day, at_six):  # noqa: ARG001 the clock stands before anybody looks
    """Look at the day as the page does: with the tag of what is on the screen."""
    browser = signed_in(clinic_day.organization)
    seen = {"tag": browser.get("/").context["tag"]}

    def look(**query):
        answer = browser.get("/", query, headers={"HX-Request": "true", "If-None-Match": seen["tag"]})
        if answer.context:
            seen["tag"] = answer.context["tag"]
        return answer

    look.browser = browser
    return look


def test_an_unchanged_day_has_no_body_and_costs_no_query(looks, django_assert_num_queries):
    with django_assert_num_queries(WHO_ASKS):
        answer = looks()
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_booking_of_somebody_else_is_in_the_next_answer(looks, clinic_day):
    clinic_day.book(NINE)
    answer = looks()
    assertContains(answer, str(clinic_day.patient))
    assertContains(answer, 'id="sheet" class="ledger " hx-swap-oob="true"')
    assertContains(answer, 'id="counts"')
    assertNotContains(answer, "<html")
    assert looks().status_code == 204


def test_a_change_that_is_taken_back_is_none(looks, clinic_day):
    with transaction.atomic():
        clinic_day.book(NINE)
        transaction.set_rollback(True)
    assert looks().status_code == 204


def test_another_organization_changes_nothing_here(looks):
    practice().book(NINE)
    assert looks().status_code == 204


def test_the_minute_is_part_of_it_so_that_a_time_that_has_passed_goes(looks, at_six):
    at_six.move_to(NINE, tick=False)
    assertContains(looks(), "Book 09:00 with")
    at_six.move_to(NINE + minutes(1), tick=False)
    assertNotContains(looks(), "Book 09:00 with")


def test_a_lost_word_of_a_change_is_mended_within_the_minute(looks, clinic_day, at_six, monkeypatch):
    monkeypatch.setattr(freshness, "renew", lambda _organization_id: None)
    clinic_day.book(NINE)
    assert looks().status_code == 204
    at_six.move_to(SIX + minutes(1), tick=False)
    assertContains(looks(), str(clinic_day.patient))


def test_a_cache_that_does_not_answer_costs_the_tag_not_the_page(looks, monkeypatch):
    monkeypatch.setattr(memory, "_client", unanswered)
    answer = looks()
    assert (answer.status_code, answer.context["tag"]) == (200, "")
    assert looks().status_code == 200


def test_a_change_is_written_while_the_cache_does_not_answer(clinic_day, monkeypatch):
    monkeypatch.setattr(memory, "_client", unanswered)
    assert clinic_day.book(NINE).pk


def test_what_one_may_is_part_of_it(looks):
    membership = looks.browser.user.memberships.get()
    membership.role = Role.ADMINISTRATOR
    membership.save()
    assert looks().status_code == 200


def test_looking_keeps_no_session_alive(looks, at_six):
    before = looks.browser.session.get_expiry_date()
    at_six.move_to(SIX + minutes(1), tick=False)
    answer = looks()
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies
    session = looks.browser.session
    assert session.model.objects.get(pk=session.session_key).expire_date == before


def test_who_has_been_signed_out_is_told_so_and_loses_nothing(looks):
    looks.browser.logout()
    answer = looks()
    assert (answer.status_code, "HX-Redirect" in answer) == (401, False)
    answer = looks.browser.get("/", headers={"HX-Request": "true"})
    assert reverse("login") in answer["HX-Redirect"]
