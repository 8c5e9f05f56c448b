"""The life of one appointment in letters, and what its patient reads of it.

b book at nine, r ask for nine, k confirm what was asked for, m move to ten, M move to nine, p give to another
practitioner, c cancel, u undo, a arrive; a full stop: the patient's wait passes, and what is due is sent.
"""

import re

from django.core import mail

from scheduling.models import Appointment
from scheduling.services import AppointmentService, delivery
from tests.factories import (
    ClinicAssignmentFactory,
    MembershipFactory,
    PractitionerFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.practice import NINE, SIX, minutes

SAYS = {
    r"Your appointment on .*day \d+ \w+": "booked",
    r"Your appointment is now on .*": "moved",
    r"Your appointment on .* is cancelled": "cancelled",
    r"Your appointment on .* takes place after all": "reinstated",
    r"Your appointment on .* is not confirmed yet": "requested",
    r"Reminder: your appointment on .*": "reminder",
}


class Story:
    """Something that happens to an appointment of the practice, made by its desk, as the clock goes on."""

    def __init__(self, day, time_machine):
        self.day, self.clock, self.now = day, time_machine, SIX
        day.patient.email, day.patient.language = "ma.hla@patients.example", "en"
        day.patient.save(update_fields=["email", "language"])
        self.desk = MembershipFactory(organization=day.organization).user
        self.service = AppointmentService(day.organization, actor=self.desk)
        self.other = PractitionerFactory(organization=day.organization)
        assignment = ClinicAssignmentFactory(practitioner=self.other, clinic=day.clinic)
        WorkingHoursFactory(schedule=ScheduleFactory(assignment=assignment))
        self.key = None

    @property
    def appointment(self):
        return Appointment.objects.get(pk=self.key)

    def book(self, **given):
        day = self.day
        given = {
            "patient_id": day.patient.pk,
            "practitioner_id": day.practitioner.pk,
            "clinic_id": day.clinic.pk,
        } | given
        self.key = self.service.create_appointment(**({"appointment_date": NINE} | given)).pk

    def move(self, **wanted):
        self.service.update_appointment(appointment_id=self.key, **wanted)

    def step(self, status, cause=None):
        self.service.update_appointment_status(appointment_id=self.key, status=status, cancellation_reason=cause)

    def undo(self):
        self.service.undo_status_change(appointment_id=self.key)

    def wait(self, time=2):
        self.now += minutes(time)
        self.clock.move_to(self.now, tick=False)

    def tell(self, letters):
        """Let it all happen, then the wait pass; give what the patient has read, as `booked 09:00`."""
        for letter in f"{letters}.":
            HAPPENS[letter](self)
        return self.read()

    def read(self):
        return [said(each) for each in mail.outbox if each.to == ["ma.hla@patients.example"]]


def send(story):
    story.wait()
    delivery.sweep()


HAPPENS = {
    "b": Story.book,
    "r": lambda story: story.book(status="pending"),
    "k": lambda story: story.step("booked"),
    "m": lambda story: story.move(appointment_date=NINE + minutes(60)),
    "M": lambda story: story.move(appointment_date=NINE),
    "p": lambda story: story.move(practitioner_id=story.other.pk),
    "c": lambda story: story.step("cancelled", "practice_request"),
    "u": Story.undo,
    "a": lambda story: story.step("arrived"),
    ".": send,
}


def said(email):
    """Give an e-mail to a patient in two words: what it says, and of which hour."""
    (word,) = [word for pattern, word in SAYS.items() if re.fullmatch(pattern, email.subject)]
    (hour,) = re.findall(r", (\d\d:\d\d) \(Asia/Yangon\)", email.body)
    return f"{word} {hour}"
