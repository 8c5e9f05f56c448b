"""Sending: what is tried again, what is given up, and what is left unsaid. Real servers: tests/faults."""

from datetime import timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from scheduling.models import Notification
from scheduling.services import delivery
from scheduling.services.delivery import MOST_ATTEMPTS, describe, is_final
from tests.factories import PatientFactory
from tests.practice import SIX, minutes
from tests.story import Story

pytestmark = pytest.mark.django_db
HIM = "ma.hla@patients.example"
DOWN = SMTPServerDisconnected("the network is gone")
UNKNOWN = SMTPRecipientsRefused({HIM: (550, b"<ma.hla@patients.example> is unknown")})
GREY = SMTPRecipientsRefused({HIM: (451, b"later")})


@pytest.fixture
def story(clinic_day, time_machine):
    return Story(clinic_day, time_machine)


@pytest.fixture
def server(monkeypatch):
    """Give a mail server that takes everything until it is given an `error`."""
    server, take = SimpleNamespace(error=None, asked=0), EmailBackend.send_messages

    def send(self, messages):
        server.asked += 1
        if server.error is not None:
            raise server.error
        return take(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    return server


def row():
    return Notification.objects.get()


def test_what_is_sent_says_when(story):
    story.tell("b")
    assert (row().status, row().sent_at, row().attempts) == ("sent", SIX + minutes(2), 1)
    assert row().told["appointment_date"] == "2030-01-07T02:30:00+00:00"


class TestFailing:
    def test_is_tried_again_after_pauses_that_double(self, story, server):
        server.error = DOWN
        story.tell("b")
        pauses = []
        for _ in range(4):
            pauses.append((row().due_at - timezone.now()).total_seconds())
            story.wait((row().due_at - timezone.now()).total_seconds() / 60)
            delivery.sweep()
        assert pauses == [10, 20, 40, 80]
        assert (row().status, row().attempts, row().error) == ("pending", 5, "SMTPServerDisconnected")
        server.error = None
        story.wait(30)
        delivery.sweep()
        assert (row().status, row().error, story.read()) == ("sent", "", ["booked 09:00"])

    def test_is_not_tried_before_the_pause_is_over(self, story, server):
        server.error = DOWN
        story.tell("b")
        delivery.sweep()
        assert row().attempts == 1

    def test_is_given_up_after_a_day(self, story, server):
        server.error = DOWN
        story.day.book(SIX + timedelta(days=7, hours=3))
        first = None
        while Notification.objects.filter(status="pending"):
            story.wait(30)
            first = first or timezone.now()
            delivery.sweep()
        assert (row().status, row().attempts) == ("failed", MOST_ATTEMPTS)
        assert timedelta(hours=24) < timezone.now() - first < timedelta(hours=30)

    def test_for_good_is_tried_once_and_again_when_somebody_asks(self, story, server):
        server.error = UNKNOWN
        story.tell("b")
        assert (row().status, row().attempts, row().error) == ("failed", 1, "SMTPRecipientsRefused 550")
        server.error = None
        delivery.retry(row())
        delivery.sweep()
        assert (row().status, story.read()) == ("sent", ["booked 09:00"])

    def test_what_was_sent_is_not_sent_again_when_somebody_asks(self, story):
        story.tell("b")
        delivery.retry(row())
        delivery.sweep()
        assert story.read() == ["booked 09:00"]

    def test_one_who_is_out_of_reach_costs_one_attempt_a_sweep(self, story, server):
        server.error = DOWN
        for hour in range(3):
            story.day.book(SIX + minutes(180 + 30 * hour), patient_id=other_patient(story, hour).pk)
        story.wait()
        delivery.sweep()
        assert server.asked == 1

    def test_one_who_refuses_an_address_is_asked_for_the_others(self, story, server):
        server.error = UNKNOWN
        for hour in range(3):
            story.day.book(SIX + minutes(180 + 30 * hour), patient_id=other_patient(story, hour).pk)
        story.wait()
        delivery.sweep()
        assert server.asked == 3

    def test_the_log_names_neither_address_nor_words(self, story, server, caplog):
        server.error = UNKNOWN
        story.tell("b")
        assert "550" in caplog.text
        assert "patients.example" not in caplog.text

    @pytest.mark.parametrize(
        ("error", "final", "words"),
        [
            (UNKNOWN, True, "SMTPRecipientsRefused 550"),
            (GREY, False, "SMTPRecipientsRefused 451"),
            (SMTPDataError(554, b"no"), True, "SMTPDataError 554"),
            (SMTPDataError(452, b"full"), False, "SMTPDataError 452"),
            (SMTPSenderRefused(530, b"who?", "a@b.example"), False, "SMTPSenderRefused 530"),
            (SMTPAuthenticationError(535, b"no"), False, "SMTPAuthenticationError 535"),
            (ConnectionRefusedError(), False, "ConnectionRefusedError"),
            (TimeoutError(), False, "TimeoutError"),
            (ValueError("Header values may not contain linefeed"), True, "ValueError"),
        ],
    )
    def test_is_final_where_another_try_would_meet_the_same(self, error, final, words):
        assert (is_final(error), describe(error)) == (final, words)


def other_patient(story, number):
    return PatientFactory(organization=story.day.organization, email=f"{number}@patients.example")


class TestDying:
    def die(self, story):
        """Claim what is due, and send nothing."""
        story.wait()
        assert delivery.claim(timezone.now()) is not None

    def test_leaves_the_message_alone_for_the_lease_and_then_to_the_next(self, story):
        story.book()
        self.die(story)
        delivery.sweep()
        assert (row().status, story.read()) == ("pending", [])
        assert story.tell("") == ["booked 09:00"]

    def test_then_a_cancellation_is_told_for_the_confirmation_may_have_gone(self, story):
        story.book()
        self.die(story)
        assert story.tell("c") == ["cancelled 09:00"]

    def test_then_an_undone_cancellation_repeats_what_may_be_lost(self, story):
        story.book()
        self.die(story)
        assert story.tell("cu") == ["booked 09:00"]

    def test_who_took_too_long_does_not_overrule_who_sent_it(self, story):
        story.book()
        story.wait()
        slow = delivery.claim(timezone.now())
        story.tell("")
        delivery._fail(slow, UNKNOWN)
        assert row().status == "sent"


class TestNoLongerWanted:
    def test_a_patient_without_an_address_by_now_is_not_written_to(self, story):
        story.book()
        story.day.patient.email = ""
        story.day.patient.save()
        assert (story.tell(""), row().status) == ([], "suppressed")

    def test_an_organization_that_writes_no_e_mails_by_now_sends_none(self, story):
        story.book()
        story.day.organization.email_notifications = False
        story.day.organization.save()
        assert (story.tell(""), row().status) == ([], "suppressed")

    def test_a_visit_that_is_over_is_not_announced(self, story):
        story.book()
        story.wait(24 * 60)
        assert (story.tell(""), row().status) == ([], "suppressed")

    def test_an_address_that_would_write_a_header_reaches_nobody(self, story):
        story.day.patient.email = "ma.hla@patients.example\nBcc: everybody@elsewhere.example"
        story.day.patient.save()
        story.tell("b")
        assert mail.outbox == []
        assert (row().status, row().error) == ("failed", "ValueError")


def test_an_sms_goes_through_the_gateway_that_the_settings_name(story, settings, monkeypatch):
    sent = []
    monkeypatch.setattr(delivery, "gateway", lambda: SimpleNamespace(send=lambda *each: sent.append(each)))
    story.day.organization.sms_notifications = True
    story.day.organization.email_notifications = False
    story.day.organization.save()
    story.day.patient.phone = "+959250000001"
    story.day.patient.save()
    story.tell("b")
    ((phone, text),) = sent
    assert phone == "+959250000001"
    assert text.startswith(f"Your appointment on Monday 7 January, 09:00, {story.day.clinic}. {settings.SITE_URL}/a/")
