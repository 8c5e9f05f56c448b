"""Several sweeps at the same moment: each message is sent by one of them."""

from collections import Counter

import pytest
from django.core import mail

from scheduling.models import Notification
from scheduling.services import delivery
from tests.concurrency.conftest import at_once
from tests.factories import AppointmentFactory, NotificationFactory, PatientFactory
from tests.practice import NINE, minutes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def test_sweeps_at_once_never_send_the_same(told):
    patient = PatientFactory(email="ma.hla@patients.example", language="en")
    for number in range(30):
        appointment = AppointmentFactory(patient=patient, appointment_date=NINE + minutes(30 * number))
        NotificationFactory(appointment=appointment)
    Notification.objects.update(due_at="2020-01-01T00:00Z")
    storm = at_once([delivery.sweep] * 6)
    told(storm)
    assert storm.lost == set()
    assert set(Counter(each.extra_headers["Message-ID"] for each in mail.outbox).values()) == {1}
    assert len(mail.outbox) == 30
    assert set(Notification.objects.values_list("status", "attempts")) == {("sent", 1)}
