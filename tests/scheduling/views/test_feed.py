"""The page of one's own calendar address, and what is read at it without signing in."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from scheduling.models import CalendarFeed
from scheduling.services.feeds import address_of
from tests.scheduling.views.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
PAGE = "/feed/"


@pytest.fixture
def doctor(clinic_day):
    browser = signed_in(clinic_day.organization, Role.PRACTITIONER)
    clinic_day.practitioner.user = browser.user
    clinic_day.practitioner.save(update_fields=["user"])
    return browser


@pytest.fixture
def feed(doctor):
    doctor.post(PAGE, {"do": "change"})
    return CalendarFeed.objects.get()


def read(client, feed, **headers):
    return client.get(reverse("feed_calendar", args=[feed.secret]), headers=headers)


def test_there_is_no_address_until_one_is_asked_for(doctor):
    assertContains(doctor.get(PAGE), "Make an address")
    assert not CalendarFeed.objects.exists()


def test_the_page_shows_the_address_and_opens_it_as_a_subscription(doctor, feed):
    page = doctor.get(PAGE)
    assertContains(page, f'value="{address_of(feed)}"')
    assertContains(page, address_of(feed).replace("http:", "webcal:"))
    assert page["Cache-Control"] == "no-store"


def test_a_new_address_ends_the_old_one(doctor, feed, client):
    assertRedirects(doctor.post(PAGE, {"do": "change"}), PAGE, status_code=303)
    assert read(client, feed).status_code == 404
    assert read(client, CalendarFeed.objects.get()).status_code == 200


def test_it_can_be_taken_away(doctor, feed, client):
    assertRedirects(doctor.post(PAGE, {"do": "close"}), PAGE, status_code=303)
    assert read(client, feed).status_code == 404


def test_who_practises_nowhere_is_told_so(clinic_day):
    browser = signed_in(clinic_day.organization, Role.PRACTITIONER)
    assertContains(browser.get(PAGE), "not connected to an active practitioner")
    assert browser.post(PAGE, {"do": "change"}).status_code == 404


def test_who_practises_no_longer_gets_none(clinic_day, doctor):
    clinic_day.practitioner.is_active = False
    clinic_day.practitioner.save(update_fields=["is_active"])
    assertContains(doctor.get(PAGE), "not connected to an active practitioner")
    assert doctor.post(PAGE, {"do": "change"}).status_code == 404


def test_a_calendar_program_reads_it_without_signing_in(clinic_day, client, feed):
    visit = clinic_day.book()
    answer = read(client, feed)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies
    assertContains(answer, f"UID:appointment-{visit.pk}@")
    assertNotContains(answer, visit.patient.name)


def test_what_has_not_changed_is_not_sent_again(clinic_day, client, feed):
    visit = clinic_day.book()
    tag = read(client, feed)["ETag"]
    unchanged = read(client, feed, if_none_match=tag)
    assert (unchanged.status_code, unchanged.content, unchanged["Cache-Control"]) == (304, b"", "private, no-cache")
    clinic_day.service.update_appointment_status(
        appointment_id=visit.pk, status="cancelled", cancellation_reason="patient_request"
    )
    changed = read(client, feed, if_none_match=tag)
    assert changed.status_code == 200
    assertNotContains(changed, "VEVENT")


def test_a_forged_address_is_not_found(client):
    assert client.get("/feed/guessed.ics").status_code == 404
    assert client.get("/feed/%00.ics").status_code == 404
