"""The organization's settings: what each comes to in words, looked at before it is saved, and at once when it is."""

from datetime import timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import ActivityEvent, Organization
from scheduling.admin.meaning import meanings_of
from scheduling.models import Encounter, Notification
from scheduling.services import AppointmentService
from scheduling.services.freshness import version_of
from tests.administration import administrator, superuser, url
from tests.factories import PatientFactory
from tests.practice import NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def house():
    return practice(slot_minutes=15)


@pytest.fixture
def office(house):
    return administrator(house.organization)


def fields(house, **changed):
    """Give what the page sends for the settings as they are, with these changes."""
    kept = Organization.objects.get(pk=house.organization.pk)
    names = ("name", "timezone", "phone_region", "buffer_minutes", "late_start_minutes", "encounter_opens")
    names += ("patient_wait_minutes", "reminder_hours")
    marks = ("email_notifications", "sms_notifications", "practitioner_emails", "automatic_no_show")
    return (
        {name: getattr(kept, name) for name in names}
        | {name: "on" for name in marks if getattr(kept, name)}
        | {name: value for name, value in changed.items() if value is not None}
    )


class TestMeaning:
    @pytest.mark.parametrize(
        ("minutes", "words"),
        [
            (0, "09:00–09:30 booked: next start 09:30. Before it, half an hour can start at 08:30 at the latest."),  # noqa: RUF001
            (15, "09:00–09:30 booked: next start 09:45. Before it, half an hour can start at 08:15 at the latest."),  # noqa: RUF001
            (20, "09:00–09:30 booked: next start 10:00. Before it, half an hour can start at 08:00 at the latest."),  # noqa: RUF001
            (60, "09:00–09:30 booked: next start 10:30."),  # noqa: RUF001
            (1440, "09:00–09:30 booked: nothing else that day."),  # noqa: RUF001
        ],
    )
    def test_of_the_minutes_between_visits(self, minutes, words):
        assert meanings_of(Organization(buffer_minutes=minutes))["buffer_minutes"] == words

    @pytest.mark.parametrize(
        ("late", "words"),
        [
            (0, "A time can be booked until it begins: 09:00 until 09:00."),
            (5, "Somebody walks in: 09:00 can still be booked at 09:05, not a minute later."),
        ],
    )
    def test_of_a_late_start(self, late, words):
        assert meanings_of(Organization(late_start_minutes=late))["late_start_minutes"] == words

    @pytest.mark.parametrize(
        ("wait", "words"),
        [
            (0, "Booked at 09:00: told at once."),
            (10, "Booked at 09:00: told at 09:10. Taken back before then: nothing is sent."),
        ],
    )
    def test_of_the_wait(self, wait, words):
        assert meanings_of(Organization(patient_wait_minutes=wait))["patient_wait_minutes"].startswith(words)

    @pytest.mark.parametrize(
        ("hours", "words"),
        [
            (0, "Nobody is reminded."),
            (24, "A visit on Monday 09:00: reminded on Sunday 09:00. Booked after that: not reminded."),
            (2, "A visit on Monday 09:00: reminded on Monday 07:00. Booked after that: not reminded."),
            (240, "A visit on Monday 09:00: reminded on Friday 28 December, 09:00. Booked after that: not reminded."),
        ],
    )
    def test_of_the_reminder(self, hours, words):
        assert meanings_of(Organization(reminder_hours=hours))["reminder_hours"] == words

    def test_without_a_channel_nothing_is_promised(self):
        said = meanings_of(Organization(email_notifications=False))
        assert said["patient_wait_minutes"] == "Patients are told nothing: both e-mail and SMS are off."
        assert said["reminder_hours"] == "Nobody is reminded: both e-mail and SMS are off."

    @pytest.mark.parametrize("opens", Organization.EncounterOpens)
    def test_of_when_a_record_opens(self, opens):
        assert meanings_of(Organization(encounter_opens=opens))["encounter_opens"]

    @pytest.mark.parametrize(("by_itself", "words"), [(True, "is a no-show"), (False, "on the follow-up list")])
    def test_of_those_who_do_not_come(self, by_itself, words):
        assert words in meanings_of(Organization(automatic_no_show=by_itself))["automatic_no_show"]


class TestThePage:
    def test_explains_what_is_set(self, office, house):
        page = office.get(url(house.organization))
        assertContains(page, "next start 09:30")
        assertContains(page, "Free minutes that each practitioner keeps")

    def test_works_out_what_is_typed_and_saves_nothing(self, office, house):
        page = office.post(url(house.organization), fields(house, buffer_minutes="၁၅", _preview="1"))
        assertContains(page, "next start 09:45")
        assertContains(page, "What this would change")
        house.organization.refresh_from_db()
        assert house.organization.buffer_minutes == 0
        assert not ActivityEvent.objects.exists()

    def test_works_out_the_rest_where_one_is_wrong(self, office, house):
        sent = fields(house, buffer_minutes="-1", late_start_minutes="7", _preview="1")
        page = office.post(url(house.organization), sent)
        assertContains(page, "can still be booked at 09:07")
        assertContains(page, "next start 09:30")

    def test_does_so_for_a_superuser_too_who_sees_no_visits(self, house):
        house.book()
        page = superuser().post(url(house.organization), fields(house, buffer_minutes=15, _preview="1"))
        assertContains(page, "next start 09:45")
        assertNotContains(page, house.patient.name)
        house.organization.refresh_from_db()
        assert house.organization.buffer_minutes == 0

    def test_names_the_visits_that_a_larger_buffer_leaves_outside(self, office, house):
        house.book()
        house.book(NINE + minutes(15), patient_id=PatientFactory(organization=house.organization, name="U Ba").pk)
        page = office.post(url(house.organization), fields(house, buffer_minutes=15))
        assertContains(page, "1 booked visit would be left outside")
        assertContains(page, "U Ba")


class TestAtOnce:
    """A service, and a page, that were there before the change."""

    def save(self, office, house, **changed):
        assert office.post(url(house.organization), fields(house, **changed)).status_code == 302

    def test_the_buffer(self, office, house):
        before = AppointmentService(house.organization)
        house.book(duration=30)
        self.save(office, house, buffer_minutes=15)
        slots = before.get_practitioner_slots(practitioner_id=house.practitioner.pk, date=NINE.date())
        assert slots[0].start == NINE + minutes(45)
        assert house.explain(NINE + minutes(30)) == "buffer_conflict"
        assert house.explain(NINE + minutes(45)) is None

    def test_a_late_start(self, office, house, time_machine):
        time_machine.move_to(NINE + minutes(4), tick=False)
        assert house.explain(NINE) == "in_the_past"
        self.save(office, house, late_start_minutes=5)
        assert house.explain(NINE) is None
        assert house.book(NINE).status == "booked"

    def test_how_long_a_patient_is_not_told(self, office, house):
        before = AppointmentService(house.organization)
        house.patient.email = "nwe@p.example"
        house.patient.save()
        self.save(office, house, patient_wait_minutes=45)
        visit = before.create_appointment(
            patient_id=house.patient.pk,
            practitioner_id=house.practitioner.pk,
            clinic_id=house.clinic.pk,
            appointment_date=NINE,
        )
        owed = Notification.objects.get(appointment=visit, channel="email")
        assert owed.due_at - owed.event.created_at == timedelta(minutes=45)

    def test_whether_a_patient_is_told_at_all(self, office, house):
        house.patient.email = "nwe@p.example"
        house.patient.save()
        before = fields(house)
        del before["email_notifications"]
        office.post(url(house.organization), before)
        house.book()
        assert not Notification.objects.filter(channel="email").exists()

    def test_when_a_record_opens(self, office, house):
        visit = house.book()
        self.save(office, house, encounter_opens="arrived")
        house.service.update_appointment_status(appointment_id=visit.pk, status="arrived")
        assert Encounter.objects.get().appointment_id == visit.pk

    def test_the_pages_that_are_open_are_old(self, office, house, django_capture_on_commit_callbacks):
        before = version_of(house.organization.pk)
        with django_capture_on_commit_callbacks(execute=True):
            self.save(office, house, buffer_minutes=15)
        assert version_of(house.organization.pk) != before
