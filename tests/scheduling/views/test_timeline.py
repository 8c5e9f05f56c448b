"""The history of an appointment, as people read it."""

import re
from html import unescape

import pytest

from clinics.models import ActivityEvent, Role, record_event
from scheduling.enums import Channel, EventKind, MessageKind, NotificationStatus
from scheduling.views.messages_sent import BECAME, HOW, masked_address, masked_phone
from scheduling.views.messages_sent import WORDS as MESSAGE_WORDS
from scheduling.views.patient_link import BY_THE_LINK
from scheduling.views.timeline import WORDS, changes_since
from tests.factories import AppointmentTypeFactory, EncounterFactory, NotificationFactory, PractitionerFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(clinic_day, desk):
    """Give the appointment of nine, a way to act on it as the desk, and one to read its history, the latest first."""
    desk.user.name = "Thiri Soe"
    desk.user.save()
    clinic_day.service.actor = desk.user
    clinic_day.visit = clinic_day.book()
    clinic_day.desk = desk
    return clinic_day


def step(told, status, **how):
    told.service.update_appointment_status(appointment_id=told.visit.pk, status=status, **how)


def change(told, **wanted):
    told.service.update_appointment(appointment_id=told.visit.pk, **wanted)


def page(told):
    return told.desk.get(f"/appointments/{told.visit.pk}/")


def history(told):
    log = re.search('<ol class="log">(.*?)</ol>', page(told).content.decode(), re.DOTALL)[1]
    lines = [re.sub("<time.*?</time>", "", line) for line in log.split("<li")[1:]]
    return [" ".join(unescape(re.sub("<[^>]*>", " ", "<" + line)).split()).replace(" .", ".") for line in lines]


def test_booked(told):
    assert history(told) == [
        f"Booked By Thiri Soe. For Mon 7 January, 09:00, with {told.practitioner} at {told.clinic}."
    ]


def test_a_call_that_nobody_answered(told):
    told.patient.phone = "+959250088870"
    told.patient.save(update_fields=["phone"])
    told.service.note_no_answer(appointment_id=told.visit.pk)
    assert history(told)[0] == "Patient called By Thiri Soe. Nobody answered."


def test_a_call_does_not_hide_what_has_changed_since_somebody_looked(told):
    step(told, "confirmed")
    record_event(kind=EventKind.CALLED, target=told.visit, actor=None)
    told.visit.refresh_from_db()
    assert [entry.status for entry in changes_since(told.visit, 1)] == ["confirmed"]


def test_a_request_and_its_confirmation(told):
    told.visit = told.book(NINE + minutes(60), status="pending")
    step(told, "booked")
    assert history(told) == [
        "Booked By Thiri Soe.",
        f"Pending By Thiri Soe. For Mon 7 January, 10:00, with {told.practitioner} at {told.clinic}.",
    ]


def test_confirmed_by_the_patient_from_the_link(told):
    told.service.actor = None
    step(told, "confirmed", reason=BY_THE_LINK)
    assert history(told)[0] == "Confirmed By the patient, from the e-mail link."


def test_done_by_nobody(told):
    told.service.actor = None
    step(told, "confirmed", reason="Asked by phone")
    assert history(told)[0] == "Confirmed By the system. Asked by phone"


def test_the_whole_visit(told):
    for status in ("confirmed", "arrived", "in-progress", "completed"):
        step(told, status)
    assert history(told)[:4] == [
        "Completed By Thiri Soe. The encounter was finalized.",
        "In progress By Thiri Soe. The encounter was opened.",
        "Arrived By Thiri Soe.",
        "Confirmed By Thiri Soe.",
    ]


def test_cancelled_with_the_reason_in_words(told):
    step(told, "cancelled", cancellation_reason="practice_request", reason="Dr Aye is ill")
    assert history(told)[0] == "Cancelled By Thiri Soe. Reason: the practice asked. Dr Aye is ill"


def test_undone(told):
    step(told, "arrived")
    told.service.undo_status_change(appointment_id=told.visit.pk)
    assert history(told)[:2] == ["Undone By Thiri Soe. From “Arrived” back to “Booked”.", "Arrived By Thiri Soe."]


def test_moved_and_moved_again_each_from_where_it_was(told):
    change(told, appointment_date=NINE + minutes(60))
    change(told, appointment_date=NINE + minutes(7 * 24 * 60 + 30), duration=60)
    assert history(told)[:2] == [
        "Rescheduled By Thiri Soe. From Mon 7 January, 10:00 to Mon 14 January, 09:30. From 30 to 60 minutes.",
        "Rescheduled By Thiri Soe. From Mon 7 January, 09:00 to Mon 7 January, 10:00.",
    ]


def test_another_practitioner_and_clinic_by_name_each_on_its_own_clock(told):
    there = practice(organization=told.organization, timezone="Asia/Bangkok")
    change(
        told,
        practitioner_id=there.practitioner.pk,
        clinic_id=there.clinic.pk,
        appointment_date=NINE.replace(tzinfo=there.clinic.zone) + minutes(60),
    )
    moved, booked = history(told)
    assert moved == (
        "Rescheduled By Thiri Soe. From Mon 7 January, 09:00 (Asia/Yangon) to Mon 7 January, 10:00. "
        f"From {told.practitioner} to {there.practitioner}; the patient agreed. From {told.clinic} to {there.clinic}."
    )
    assert f"09:00 (Asia/Yangon), with {told.practitioner} at {told.clinic}." in booked


def test_a_move_that_wants_a_new_confirmation(told):
    step(told, "confirmed")
    change(told, appointment_date=NINE + minutes(60))
    assert history(told)[0].endswith("The patient has not confirmed the new time yet.")


def test_another_year_is_named(told):
    change(told, appointment_date=NINE + minutes(364 * 24 * 60))
    assert "to Mon 6 January 2031, 09:00." in history(told)[0]


def test_type_and_note(told):
    AppointmentTypeFactory(organization=told.organization, code="vaccination", name="Vaccination")
    change(told, appointment_type="vaccination")
    change(told, notes="Hard of hearing")
    change(told, notes="Deaf")
    change(told, notes="")
    assert history(told)[:4] == [
        "Note changed By Thiri Soe. The note was “Deaf”. It was taken away.",
        "Note changed By Thiri Soe. The note was “Hard of hearing”.",
        "Note changed By Thiri Soe. Until then there was none.",
        "Type changed By Thiri Soe. For Vaccination, not none.",
    ]


def test_an_encounter_opened_and_finalized_by_hand(told):
    told.organization.encounter_opens = "by-hand"
    told.organization.save()
    doctor = signed_in(told.organization, Role.ADMINISTRATOR)
    step(told, "arrived")
    doctor.post(f"/appointments/{told.visit.pk}/encounter/")
    assert history(told)[0] == f"Encounter opened By {doctor.user}."


def test_what_somebody_wrote_is_text_and_nothing_else(told):
    step(told, "cancelled", cancellation_reason="other", reason="<script>alert(1)</script>")
    assert b"<script>alert" not in page(told).content
    assert "&lt;script&gt;alert(1)" in page(told).content.decode()


def test_there_are_words_for_every_kind_of_event_and_message():
    assert set(WORDS) == set(EventKind)
    assert set(MESSAGE_WORDS) == set(MessageKind)
    assert (set(BECAME), set(HOW)) == (set(NotificationStatus), set(Channel))


class TestMessages:
    @pytest.fixture
    def patient(self, told):
        told.patient.email, told.patient.phone = "thida@gmail.com", "+959250088870"
        told.patient.save()
        return told.patient

    def event(self, told):
        return ActivityEvent.objects.get(target_id=told.visit.pk, kind=EventKind.CREATED)

    def owe(self, told, **given):
        return NotificationFactory(appointment=told.visit, event=self.event(told), **given)

    @pytest.mark.parametrize(
        ("status", "said"),
        [
            ("pending", "Reminder: waits to be sent"),
            ("sent", "Reminder: sent"),
            ("suppressed", "Reminder: not sent, since it was no longer true"),
            ("failed", "Reminder: could not be sent"),
        ],
    )
    def test_what_became_of_each_with_the_address_masked(self, told, patient, status, said):
        sent_at = NINE if status == "sent" else None
        self.owe(told, patient=patient, kind="reminder", status=status, sent_at=sent_at)
        assert history(told)[0] == f"{said} E-mail to t•••@gmail.com."
        assert b"thida@gmail.com" not in page(told).content

    def test_over_every_channel_to_everybody_in_one_line(self, told, patient):
        user = told.desk.user
        self.owe(told, patient=patient, status="sent", sent_at=NINE)
        self.owe(told, patient=patient, channel="sms", status="sent", sent_at=NINE)
        self.owe(told, user=user, channel="in-app", status="sent", sent_at=NINE)
        assert history(told)[0] == (
            "Message that it is booked: sent E-mail to t•••@gmail.com. SMS to •••8870. "
            "In the application, to Thiri Soe."
        )

    @pytest.mark.parametrize(
        ("address", "masked"), [("thida@gmail.com", "t•••@gmail.com"), ("t@x.mm", "t•••@x.mm"), ("", "•••")]
    )
    def test_a_masked_address(self, address, masked):
        assert masked_address(address) == masked

    def test_a_masked_phone(self):
        assert masked_phone("+959250088870") == "•••8870"


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_events_as_for_one(told, count, django_assert_num_queries):
    AppointmentTypeFactory(organization=told.organization, code="vaccination")
    change(told, appointment_type="vaccination")
    for number in range(count):
        change(told, appointment_date=NINE + minutes(60 * (number + 1)))
        NotificationFactory(appointment=told.visit, patient=told.patient)
    PractitionerFactory(organization=told.organization)
    EncounterFactory(appointment=told.visit)
    page(told)
    with django_assert_num_queries(13):
        page(told)
