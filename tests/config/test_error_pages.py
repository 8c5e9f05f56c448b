"""What the browser shows when nothing else can be shown."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains

from scheduling.services import AppointmentService
from tests.practice import practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


def test_an_address_of_another_host_is_a_page_of_ours():
    answer = Client().get("/login/", headers={"host": "evil.example"})
    assertContains(answer, "The browser sent something unreadable", status_code=400)


def test_a_fault_of_ours_says_so_and_shows_nothing_else(monkeypatch):
    def broken(*_arguments, **_named):
        raise RuntimeError("the cat sat on it")

    monkeypatch.setattr(AppointmentService, "get_clinic_slots_range", broken)
    desk = signed_in(practice().organization)
    desk.raise_request_exception = False
    answer = desk.get("/")
    assertContains(answer, "Something broke on our side", status_code=500)
    assert b"cat" not in answer.content
    assert "script-src 'self'" in answer["Content-Security-Policy"]
