"""The packages that lag behind Django, proven on the version that is locked."""

import django
import pytest
from axes.models import AccessAttempt

from tests.factories import PatientFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_they_are_proven_on_django_6_1():
    assert django.VERSION[:2] == (6, 1)


def test_phonenumber_field_keeps_e164():
    patient = PatientFactory(phone="+95 9 793 502 281")
    patient.refresh_from_db()
    assert patient.phone.as_e164 == "+959793502281"


def test_axes_counts_failures_by_name_and_address(client):
    user = UserFactory()
    for _ in range(4):
        client.post("/login/", {"username": user.email, "password": "wrong"})
    assert AccessAttempt.objects.get().failures_since_start == 4
    fifth = client.post("/login/", {"username": user.email, "password": "wrong"})
    assert fifth.status_code == 429
    assert client.post("/login/", {"username": UserFactory().email, "password": "wrong"}).status_code != 429
