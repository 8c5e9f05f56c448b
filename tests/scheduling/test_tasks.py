"""What the workers do, called as they call it."""

import pytest

from scheduling import tasks
from scheduling.models import Appointment, Notification
from scheduling.services.status import not_arrived
from tests.factories import AppointmentFactory
from tests.practice import NINE, SIX, minutes
from tests.story import Story

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture
def story(clinic_day, time_machine):
    return Story(clinic_day, time_machine)


def test_deliver_sends_those_asked_for_when_they_are_due(story):
    story.book()
    keys = [Notification.objects.get().pk]
    tasks.deliver(keys)
    assert story.read() == []
    story.wait()
    tasks.deliver([0])
    assert story.read() == []
    tasks.deliver(keys)
    tasks.deliver(keys)
    assert story.read() == ["booked 09:00"]


def test_deliver_due_sends_all_that_is(story):
    story.book()
    story.wait()
    tasks.deliver_due()
    tasks.deliver_due()
    assert story.read() == ["booked 09:00"]


def test_remind_writes_what_deliver_due_sends(story):
    story.now = SIX - minutes(2 * DAY)
    story.wait(0)
    story.tell("b")
    story.wait(DAY + 4 * 60)
    tasks.remind()
    tasks.remind()
    tasks.deliver_due()
    assert story.read() == ["booked 09:00", "reminder 09:00"]


class TestNoShows:
    @pytest.fixture
    def day(self, clinic_day, time_machine):
        """Leave one visit of each status on Monday, and look at it as midnight passes in Yangon."""
        clinic_day.organization.automatic_no_show = True
        clinic_day.organization.save()
        for number, status in enumerate(["booked", "confirmed", "pending", "arrived", "cancelled", "completed"]):
            AppointmentFactory(
                clinic=clinic_day.clinic,
                practitioner=clinic_day.practitioner,
                appointment_date=NINE + minutes(30 * number),
                status=status,
            )
        time_machine.move_to(SIX + minutes(18 * 60), tick=False)
        return clinic_day

    def statuses(self):
        return list(Appointment.objects.order_by("appointment_date").values_list("status", flat=True))

    @pytest.mark.usefixtures("day")
    def test_who_has_not_come_by_the_end_of_the_clinics_day_is_one(self):
        tasks.settle_no_shows()
        assert self.statuses() == ["no-show", "no-show", "pending", "arrived", "cancelled", "completed"]
        assert Notification.objects.count() == 0

    @pytest.mark.usefixtures("day")
    def test_not_before_the_day_has_ended(self, time_machine):
        time_machine.move_to(SIX + minutes(18 * 60 - 1), tick=False)
        tasks.settle_no_shows()
        assert "no-show" not in self.statuses()

    def test_they_are_only_proposed_unless_the_organization_wants_it(self, day):
        day.organization.automatic_no_show = False
        day.organization.save()
        tasks.settle_no_shows()
        assert self.statuses()[:2] == ["booked", "confirmed"]
        proposed = not_arrived(day.organization, SIX + minutes(18 * 60))
        assert sorted(proposed.values_list("status", flat=True)) == ["booked", "confirmed"]
