"""What is owed: a row for each recipient and channel, written with the event; and what a patient reads in the end."""

from itertools import product

import pytest
from django.core import mail
from django.db import transaction

from clinics.models import ActivityEvent, Role
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, Notification
from scheduling.services import AppointmentService, delivery, notifications
from scheduling.signals import appointment_created
from tests.factories import AppointmentFactory, ClinicFactory, MembershipFactory, UserFactory
from tests.practice import NINE, SIX, minutes
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(clinic_day, time_machine):
    return Story(clinic_day, time_machine)


@pytest.fixture
def doctor(story):
    """Give the practitioner's user."""
    user = MembershipFactory(organization=story.day.organization, role=Role.PRACTITIONER).user
    story.day.practitioner.user = user
    story.day.practitioner.save(update_fields=["user"])
    return user


def owed(**which):
    return sorted(Notification.objects.filter(**which).values_list("channel", "kind"))


STORIES = {
    "b": ["booked 09:00"],
    "bc": [],
    "bm": ["booked 10:00"],
    "bp": ["booked 09:00"],
    "bmM": ["booked 09:00"],
    "bmc": [],
    "bcu": ["booked 09:00"],
    "bcum": ["booked 10:00"],
    "b.c": ["booked 09:00", "cancelled 09:00"],
    "b.cu": ["booked 09:00"],
    "b.c.u": ["booked 09:00", "cancelled 09:00", "reinstated 09:00"],
    "b.c.um": ["booked 09:00", "cancelled 09:00", "reinstated 10:00"],
    "b.cum": ["booked 09:00", "moved 10:00"],
    "b.m": ["booked 09:00", "moved 10:00"],
    "b.p": ["booked 09:00", "moved 09:00"],
    "b.mM": ["booked 09:00"],
    "b.m.M": ["booked 09:00", "moved 10:00", "moved 09:00"],
    "b.mc": ["booked 09:00", "cancelled 09:00"],
    "b.m.c": ["booked 09:00", "moved 10:00", "cancelled 10:00"],
    "b.mcu": ["booked 09:00", "moved 10:00"],
    "r": [],
    "rm": [],
    "rc": [],
    "rcu": [],
    "rk": ["booked 09:00"],
    "rmk": ["booked 10:00"],
    "rku": [],
    "rkuk": ["booked 09:00"],
    "rkuc": [],
    "rk.u": ["booked 09:00", "requested 09:00"],
    "rk.uk": ["booked 09:00"],
    "rk.u.k": ["booked 09:00", "requested 09:00", "booked 09:00"],
    "rk.u.c": ["booked 09:00", "requested 09:00", "cancelled 09:00"],
    "rk.u.mk": ["booked 09:00", "requested 09:00", "booked 10:00"],
    "ba": [],
    "bac": [],
    "b.a": ["booked 09:00"],
    "b.ac": ["booked 09:00", "cancelled 09:00"],
    "b.ac.u": ["booked 09:00", "cancelled 09:00", "reinstated 09:00"],
}


@pytest.mark.parametrize(("letters", "read"), STORIES.items())
def test_a_patient_reads(story, letters, read):
    assert story.tell(letters) == read


def test_whatever_happens_in_three_steps_the_patient_believes_what_is_true_and_hears_it_once(story):
    """Each message changes what the patient believes, and the last one leaves the truth."""
    told = {}
    for first, second in product("mMpcu", repeat=2):
        for waits in product(("", "."), repeat=2):
            letters = f"b{waits[0]}{first}{waits[1]}{second}"
            mail.outbox.clear()
            try:
                with transaction.atomic():
                    read = story.tell(letters)
                    told[letters] = (*read, believed(read), truth(story.appointment))
                    transaction.set_rollback(True)  # so that the next can begin
            except AppointmentError:
                continue  # no such story
    assert len(told) > 40
    assert {key: value for key, value in told.items() if not is_right(*value)} == {}


def believed(read):
    return {"cancelled": "gone"}.get(read[-1].split()[0], read[-1].split()[1]) if read else "nothing"


def truth(appointment):
    return "gone" if appointment.status == "cancelled" else f"{appointment.local_start:%H:%M}"


def is_right(*story):
    *read, belief, true = story
    return belief == true or (belief == "nothing" and true == "gone" and not read)


class TestRows:
    def test_are_written_with_the_event_for_each_recipient_and_channel(self, story, doctor):
        story.book()
        event = ActivityEvent.objects.latest("pk")
        assert owed(patient=story.day.patient, event=event) == [("email", "booked")]
        assert owed(user=doctor, event=event) == [("email", "booked"), ("in-app", "booked")]
        assert Notification.objects.count() == 3

    def test_of_a_patient_wait_and_those_of_staff_do_not(self, story, doctor):
        story.book()
        due = dict(Notification.objects.exclude(channel="in-app").values_list("user", "due_at"))
        assert due == {None: SIX + minutes(2), doctor.pk: SIX}

    def test_are_gone_with_a_change_that_is_rolled_back(self, story):
        def fail(**_given):
            raise LookupError

        appointment_created.connect(fail)
        try:
            with pytest.raises(LookupError), transaction.atomic():
                story.book()
        finally:
            appointment_created.disconnect(fail)
        assert (Appointment.objects.count(), Notification.objects.count(), ActivityEvent.objects.count()) == (0, 0, 0)

    def test_a_receiver_that_fails_undoes_the_change(self, story, monkeypatch):
        monkeypatch.setattr(notifications, "_recipients", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            story.book()
        assert Appointment.objects.count() == 0

    @pytest.mark.parametrize(("email", "sms", "channels"), [(True, True, ["email", "sms"]), (False, True, ["sms"])])
    def test_go_over_the_channels_that_the_organization_uses(self, story, email, sms, channels):
        organization = story.day.organization
        organization.email_notifications, organization.sms_notifications = email, sms
        organization.save()
        story.day.patient.phone = "+959250000001"
        story.day.patient.save()
        story.book()
        assert [channel for channel, _kind in owed(patient=story.day.patient)] == channels

    def test_nothing_is_owed_to_who_has_no_address(self, story):
        story.day.patient.email = ""
        story.day.patient.save()
        story.book()
        assert owed() == []

    @pytest.mark.usefixtures("doctor")
    def test_an_edit_of_the_notes_is_nobodys_news(self, story):
        story.book()
        before = Notification.objects.count()
        story.move(notes="Brings a letter.")
        assert Notification.objects.count() == before

    def test_of_a_visit_that_is_over_nobody_is_told(self, story):
        story.book()
        before = Notification.objects.count()
        story.wait(60 * 24)
        story.step("cancelled", "entered_in_error")
        assert Notification.objects.count() == before


class TestStaff:
    def test_nobody_is_told_what_they_have_just_done(self, story, doctor):
        own = AppointmentService(story.day.organization, actor=doctor)
        key = own.create_appointment(
            patient_id=story.day.patient.pk,
            practitioner_id=story.day.practitioner.pk,
            clinic_id=story.day.clinic.pk,
            appointment_date=NINE,
        ).pk
        assert owed(user=doctor) == []
        story.key = key
        story.step("cancelled", "practice_request")
        assert owed(user=doctor) == [("email", "cancelled"), ("in-app", "cancelled")]
        delivery.sweep()
        assert [each.subject for each in mail.outbox if each.to == [doctor.email]] == ["Cancelled: Monday 7 January"]

    def test_a_practitioner_from_whom_a_visit_is_taken_hears_it_and_the_other_that_it_came(self, story, doctor):
        other = UserFactory()
        story.other.user = other
        story.other.save(update_fields=["user"])
        story.book()
        story.move(practitioner_id=story.other.pk)
        assert owed(user=doctor, channel="in-app") == [("in-app", "booked"), ("in-app", "taken")]
        assert owed(user=other, channel="in-app") == [("in-app", "booked")]

    def test_without_e_mails_to_practitioners_they_see_it_in_the_application(self, story, doctor):
        story.day.organization.practitioner_emails = False
        story.day.organization.save()
        story.book()
        assert owed(user=doctor) == [("in-app", "booked")]

    def test_a_user_who_has_left_is_told_nothing(self, story, doctor):
        doctor.is_active = False
        doctor.save()
        story.book()
        assert owed(user=doctor) == []

    def test_a_member_who_is_deactivated_is_told_nothing_new_and_nothing_that_is_still_owed(self, story, doctor):
        story.book()
        doctor.memberships.update(is_active=False)
        story.move(appointment_date=NINE + minutes(60))
        delivery.sweep()
        assert owed(user=doctor) == [("email", "booked"), ("in-app", "booked")]
        assert [each.to for each in mail.outbox if each.to == [doctor.email]] == []

    def test_nor_is_one_who_asked_to_be(self, story):
        asks = MembershipFactory(organization=story.day.organization, told_of_cancellations=True, is_active=False).user
        story.book()
        story.step("cancelled", "practice_request")
        assert owed(user=asks) == []

    def test_members_who_ask_are_told_of_cancellations_and_of_nothing_else(self, story):
        asks = MembershipFactory(organization=story.day.organization, told_of_cancellations=True).user
        story.day.organization.practitioner_emails = False  # which is about practitioners
        story.day.organization.save()
        story.book()
        story.move(appointment_date=NINE + minutes(60))
        assert owed(user=asks) == []
        story.step("cancelled", "practice_request")
        delivery.sweep()
        assert owed(user=asks) == [("email", "cancelled"), ("in-app", "cancelled")]
        story.undo()
        delivery.sweep()
        subjects = [each.subject for each in mail.outbox if each.to == [asks.email]]
        assert subjects == ["Cancelled: Monday 7 January", "Takes place after all: Monday 7 January"]

    def test_members_of_other_clinics_practitioners_and_other_organizations_are_not_told(self, story):
        organization = story.day.organization
        elsewhere = MembershipFactory(organization=organization, told_of_cancellations=True)
        elsewhere.clinics.add(ClinicFactory(organization=organization), through_defaults={"organization": organization})
        MembershipFactory(organization=organization, role=Role.PRACTITIONER, told_of_cancellations=True)
        MembershipFactory(told_of_cancellations=True)
        here = MembershipFactory(organization=organization, told_of_cancellations=True)
        here.clinics.add(story.day.clinic, through_defaults={"organization": organization})
        story.book()
        story.step("cancelled", "emergency")
        assert set(Notification.objects.exclude(user=None).values_list("user", flat=True)) == {here.user_id}


class TestReminders:
    @pytest.fixture
    def tomorrow(self, story):
        """Book for Monday at nine two days before; come back when it is the day before."""
        story.now = SIX - minutes(2 * 24 * 60)
        story.wait(0)
        story.book()
        story.tell("")
        story.wait(24 * 60 + 4 * 60)
        return story

    def remind(self, story):
        notifications.remind(story.now)
        delivery.sweep()
        return [each for each in story.read() if each.startswith("reminder")]

    def test_go_once(self, tomorrow):
        assert self.remind(tomorrow) == ["reminder 09:00"]
        tomorrow.wait(30)
        assert self.remind(tomorrow) == ["reminder 09:00"]

    def test_do_not_go_before_their_time(self, tomorrow):
        tomorrow.now -= minutes(90)
        tomorrow.wait(0)
        assert self.remind(tomorrow) == []

    def test_do_not_go_to_a_visit_booked_within_the_notice(self, story):
        story.tell("b")
        assert self.remind(story) == []

    def test_do_not_go_where_a_request_was_confirmed_within_the_notice(self, story):
        story.now = SIX - minutes(2 * 24 * 60)
        story.wait(0)
        story.book(status="pending")
        story.wait(36 * 60)
        story.tell("k")
        assert self.remind(story) == []

    @pytest.mark.parametrize("happens", ["c", "a"])
    def test_do_not_go_where_nobody_is_expected(self, tomorrow, happens):
        notifications.remind(tomorrow.now)
        tomorrow.tell(happens)
        assert [each for each in tomorrow.read() if each.startswith("reminder")] == []

    def test_of_a_moved_visit_go_for_its_new_time_alone(self, tomorrow):
        notifications.remind(tomorrow.now)
        tomorrow.move(appointment_date=NINE + minutes(7 * 24 * 60))
        tomorrow.tell("")
        assert tomorrow.read() == ["booked 09:00", "moved 09:00"]
        tomorrow.wait(7 * 24 * 60)
        assert self.remind(tomorrow) == ["reminder 09:00"]
        assert mail.outbox[-1].subject == "Reminder: your appointment on Monday 14 January"

    def test_never_go_where_the_organization_wants_none(self, tomorrow):
        tomorrow.day.organization.reminder_hours = 0
        tomorrow.day.organization.save()
        assert self.remind(tomorrow) == []

    def test_history_from_elsewhere_is_never_told(self, story):
        AppointmentFactory(
            patient=story.day.patient,
            appointment_date=SIX - minutes(24 * 60),
            imported=True,
            created_at=SIX,
        )
        assert self.remind(story) == []
