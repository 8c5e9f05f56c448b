"""A patient who presses twice, and a desk that moves the visit while the patient says yes."""

import pytest
from django.test import Client
from django.urls import reverse

from clinics.models import ActivityEvent
from scheduling.models import Appointment
from scheduling.services.links import token_of
from tests.concurrency.conftest import at_once
from tests.practice import NINE, minutes, practice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday"), pytest.mark.concurrency]

PRESSES = 8


@pytest.fixture
def day():
    return practice()


def pressed(visit, said, answers):
    """Give a call that presses the button of a page that was opened by now, and keeps how that was answered."""
    address = reverse("patient_link", args=[token_of(visit)])
    form = {"seen": Client().get(address).context["seen"], "answer": said}
    return lambda: answers.append(Client().post(address, form).status_code)


@pytest.mark.parametrize(("said", "status"), [("come", "confirmed"), ("cancel", "cancelled")])
def test_all_presses_are_one_answer(day, said, status, told):
    visit, answers = day.book(), []
    storm = at_once([pressed(visit, said, answers) for _ in range(PRESSES)])
    told(storm)
    assert (storm.lost, set(answers)) == (set(), {303})
    assert Appointment.objects.get().status == status
    assert ActivityEvent.objects.filter(new__status=status).count() == 1


@pytest.mark.parametrize("later", [60, 120, 180, 240])
def test_nobody_confirms_a_time_that_was_not_shown(day, later):
    visit, answers = day.book(), []
    wanted = NINE + minutes(later)
    storm = at_once(
        [
            pressed(visit, "come", answers),
            lambda: day.service.update_appointment(appointment_id=visit.pk, appointment_date=wanted),
        ]
    )
    assert storm.lost == set()
    assert set(answers) <= {303, 409}
    after = Appointment.objects.get()
    assert (after.appointment_date, after.status) == (wanted, "booked")
