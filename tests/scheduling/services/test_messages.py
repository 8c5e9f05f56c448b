"""What is sent, as bytes: read back by the standard library and by icalendar."""

from email import message_from_bytes, policy

import icalendar
import pytest
from django.core import mail

from clinics.models import Role
from scheduling.enums import MessageKind
from scheduling.models import Notification
from scheduling.services import delivery
from scheduling.services.messages import TO_PATIENT, email_for
from tests.factories import AppointmentTypeFactory, MembershipFactory, SpecialtyFactory
from tests.practice import NINE, minutes
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(clinic_day, time_machine):
    story = Story(clinic_day, time_machine)
    clinic_day.clinic.name, clinic_day.clinic.address = "Yankin", "12 Pyay Road"
    clinic_day.clinic.save()
    return story


def letters(to="ma.hla@patients.example"):
    sent = [each.message(policy=policy.SMTP).as_bytes() for each in mail.outbox if each.to == [to]]
    return [message_from_bytes(each, policy=policy.default) for each in sent]


def parts(letter):
    return {part.get_content_type(): part for part in letter.iter_parts()}


def entry(letter):
    calendar = icalendar.Calendar.from_ical(parts(letter)["text/calendar"].get_content())
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_an_e_mail_is_text_html_and_calendar(story):
    story.tell("b")
    (letter,) = letters()
    assert letter.get_content_type() == "multipart/alternative"
    assert [part["Content-Type"] for part in letter.iter_parts()] == [
        'text/plain; charset="utf-8"',
        'text/html; charset="utf-8"',
        'text/calendar; method="REQUEST"; charset="utf-8"',
    ]
    key = Notification.objects.get().pk
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == (f"<notification-{key}@localhost>", "auto-generated")
    assert letter["Subject"] == "Your appointment on Monday 7 January"
    text = parts(letter)["text/plain"].get_content()
    assert "Monday 7 January 2030, 09:00 (Asia/Yangon)" in text
    assert f"{story.day.practitioner}" in text
    assert "Yankin, 12 Pyay Road" in text
    assert "/a/" in text
    assert '<html lang="en">' in parts(letter)["text/html"].get_content()


def test_the_calendar_entry_stays_one_and_its_sequence_rises(story):
    story.tell("b.m.c.u")
    read = [entry(letter) for letter in letters()]
    assert [str(calendar["METHOD"]) for calendar, _ in read] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST"]
    assert {str(event["UID"]) for _, event in read} == {f"appointment-{story.key}@medaius.scheduling"}
    assert [int(event["SEQUENCE"]) for _, event in read] == [1, 2, 3, 4]
    assert [str(event["STATUS"]) for _, event in read] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED"]
    starts = [event.decoded("DTSTART") for _, event in read]
    assert starts == [NINE, *[NINE + minutes(60)] * 3]
    assert {str(event["ATTENDEE"]) for _, event in read} == {"mailto:ma.hla@patients.example"}


def test_a_request_again_leaves_the_calendar(story):
    story.tell("rk.u")
    assert [str(entry(letter)[0]["METHOD"]) for letter in letters()] == ["REQUEST", "CANCEL"]


def test_a_message_tried_again_keeps_its_id(story):
    story.book()
    ids = {email_for(Notification.objects.get()).extra_headers["Message-ID"] for _ in range(2)}
    assert len(ids) == 1


def test_nothing_clinical_is_written_and_no_name_in_a_subject(story):
    story.day.practitioner.specialty = SpecialtyFactory(organization=story.day.organization, name="Psychiatry")
    story.day.practitioner.save()
    kind = AppointmentTypeFactory(organization=story.day.organization, code="detox", name="Withdrawal")
    story.book(appointment_type=kind.code, notes="Trembles at night")
    story.tell(".m.c.u")
    story.day.clinic.refresh_from_db()
    assert len(letters()) == 4
    for letter in letters():
        whole = " ".join(part.get_content() for part in letter.iter_parts()) + str(letter["Subject"])
        for word in ("Psychiatry", "detox", "Withdrawal", "Trembles", "practice_request"):
            assert word not in whole
        assert story.day.patient.name not in letter["Subject"]
        assert story.day.practitioner.name not in letter["Subject"]


def test_a_practitioner_reads_of_no_patient(story):
    user = MembershipFactory(organization=story.day.organization, role=Role.PRACTITIONER).user
    story.day.practitioner.user = user
    story.day.practitioner.save()
    story.book()
    delivery.sweep()
    (letter,) = letters(user.email)
    assert letter["Subject"] == "Booked: Monday 7 January"
    assert sorted(parts(letter)) == ["text/html", "text/plain"]
    text = parts(letter)["text/plain"].get_content()
    assert f"/appointments/{story.key}/" in text
    assert story.day.patient.name not in text


@pytest.mark.parametrize(
    ("language", "subject"), [("", "Booked: Monday 7 January"), ("my", "ရက်ချိန်းယူပြီး - ဇန်နဝါရီလ 7 ရက်၊ တနင်္လာနေ့")]
)
def test_staff_read_in_the_language_of_their_account(story, language, subject):
    user = MembershipFactory(organization=story.day.organization, role=Role.PRACTITIONER, user__language=language).user
    story.day.practitioner.user = user
    story.day.practitioner.save()
    story.book()
    delivery.sweep()
    (letter,) = letters(user.email)
    assert letter["Subject"] == subject
    assert f'<html lang="{language or "en"}">' in parts(letter)["text/html"].get_content()


def test_a_name_is_written_as_it_is_and_runs_nothing(story):
    story.day.patient.name = "Hla <b>& Mya</b>"
    story.day.patient.save()
    story.tell("b")
    (letter,) = letters()
    assert "Dear Hla <b>& Mya</b>," in parts(letter)["text/plain"].get_content()
    assert "Dear Hla &lt;b&gt;&amp; Mya&lt;/b&gt;," in parts(letter)["text/html"].get_content()


class TestBurmese:
    def test_the_whole_message(self, story):
        story.day.patient.language = "my"
        story.day.patient.save()
        story.book()
        story.wait()
        delivery.sweep()
        (letter,) = letters()
        assert letter["Subject"] == "ဇန်နဝါရီလ 7 ရက်၊ တနင်္လာနေ့ တွင် သင့်ရက်ချိန်း"
        text = parts(letter)["text/plain"].get_content()
        assert "သင့်ရက်ချိန်းကို စာရင်းသွင်းပြီးပါပြီ" in text
        assert "2030 ခုနှစ် ဇန်နဝါရီလ 7 ရက်၊ တနင်္လာနေ့၊ 09:00 နာရီ (Asia/Yangon)" in text
        assert '<html lang="my">' in parts(letter)["text/html"].get_content()
        assert str(entry(letter)[1]["SUMMARY"]) == "Yankin တွင် ရက်ချိန်း"

    @pytest.mark.parametrize("kind", TO_PATIENT)
    def test_every_message_says_nothing_in_english(self, story, kind):
        story.day.patient.language = "my"
        story.day.patient.save()
        story.book()
        Notification.objects.update(kind=kind)
        email = email_for(Notification.objects.get())
        own = {
            story.day.patient.name,
            story.day.practitioner.name,
            story.day.organization.name,
            "Yankin",
            "12 Pyay Road",
        }
        said = f"{email.subject} {email.body}"
        for each in (*own, "Asia/Yangon"):
            said = said.replace(each, "")
        lines = [line for line in said.splitlines() if not line.startswith("http")]
        assert [line for line in lines if any("a" <= letter.lower() <= "z" for letter in line)] == []


def test_every_kind_of_message_has_its_words():
    assert {*TO_PATIENT, MessageKind.TAKEN} == set(MessageKind)
