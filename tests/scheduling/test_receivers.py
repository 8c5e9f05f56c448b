"""Whoever listens to what happens to appointments."""

import pytest

from clinics.models import Role
from scheduling import receivers
from scheduling.models import Notification
from tests.factories import MembershipFactory
from tests.practice import practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch):
    woken = []
    monkeypatch.setattr(receivers, "wake", woken.append)
    return woken


@pytest.fixture
def day():
    """Give the practice with a practitioner who reads e-mails, at the clock's own time."""
    day = practice()
    day.practitioner.user = MembershipFactory(organization=day.organization, role=Role.PRACTITIONER).user
    day.practitioner.save()
    return day


def test_a_worker_is_woken_after_the_change_for_what_is_due_now(day, woken, django_capture_on_commit_callbacks):
    day.patient.email = "ma.hla@patients.example"
    day.patient.save()
    with django_capture_on_commit_callbacks(execute=True):
        day.book()
        assert woken == []
    due_now = Notification.objects.get(channel="email", patient=None)  # the patient's waits
    assert woken == [[due_now.pk]]


def test_nobody_is_woken_for_nothing(day, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        day.book(status="pending")
    assert woken == []


def test_a_page_does_not_fail_with_the_waking(day, monkeypatch, django_capture_on_commit_callbacks, caplog):
    monkeypatch.setattr(receivers, "wake", lambda _keys: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        day.book()
    assert "ZeroDivisionError" in caplog.text
    assert Notification.objects.filter(channel="email").get().status == "pending"
