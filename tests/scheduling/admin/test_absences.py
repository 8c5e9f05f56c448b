"""Days on which a clinic is closed."""

from datetime import date

import pytest
from pytest_django.asserts import assertContains, assertRedirects

from clinics.models import ActivityEvent
from scheduling.models import ClinicClosure
from tests.administration import administrator, errors_of, events, url
from tests.factories import ClinicClosureFactory, ClinicFactory
from tests.practice import practice

pytestmark = pytest.mark.django_db

ADD, LIST = url(ClinicClosure, "add"), url(ClinicClosure, "changelist")


@pytest.fixture
def office(clinic_day):
    return administrator(clinic_day.organization)


@pytest.fixture
def sent(clinic_day):
    return {"clinic": clinic_day.clinic.pk, "date": "2030-01-07", "reason": "Independence Day"}


def test_a_closed_day_offers_nothing(office, clinic_day, sent):
    assertContains(office.get(ADD), "From midnight to midnight on the clinic's own clock.")
    assertRedirects(office.post(ADD, sent), LIST)
    assert clinic_day.starts() == []
    event = ActivityEvent.objects.get()
    assert (event.kind, event.organization) == ("CLINIC_CLOSURE_CREATED", clinic_day.organization)


def test_it_is_moved_and_opened_again(office, clinic_day, sent):
    closure = ClinicClosureFactory(clinic=clinic_day.clinic)
    office.post(url(closure), {**sent, "date": "2030-01-14"})
    assert clinic_day.starts() != []
    office.post(url(closure, "delete"), {"post": "yes"})
    assert clinic_day.starts(date(2030, 1, 14)) != []
    assert events() == ["CLINIC_CLOSURE_CHANGED", "CLINIC_CLOSURE_DELETED"]


def test_a_day_is_closed_once(office, clinic_day, sent):
    ClinicClosureFactory(clinic=clinic_day.clinic)
    assert errors_of(office.post(ADD, sent)) == {"date": ["The clinic is closed on that day already."]}


def test_another_organizations_clinic_is_not_closed(office, sent):
    foreign = practice()
    assert list(errors_of(office.post(ADD, {**sent, "clinic": foreign.clinic.pk}))) == ["clinic"]
    assert foreign.starts() != []


@pytest.mark.parametrize("day", ["", "2030-02-30", "0001-01-01", "9999-12-31", "tomorrow"])
def test_a_day_that_is_none(office, sent, day):
    assert list(errors_of(office.post(ADD, {**sent, "date": day}))) == ["date"]


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(office, clinic_day, django_assert_num_queries):
    for rows in (1, 2):
        for _ in range(rows):
            ClinicClosureFactory(clinic=ClinicFactory(organization=clinic_day.organization))
        with django_assert_num_queries(7):
            office.get(LIST)
