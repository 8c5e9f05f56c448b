"""Appointments that are booked to see how long it takes, and taken back afterwards."""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from config.celery import app
from patients.models import Patient
from scheduling.models import Appointment
from scheduling.services.lookups import type_of
from tests.benchmarks import floors
from tests.benchmarks.world import TODAY

# What was written about them; the trigger that keeps events for ever is told to look away.
TAKE_BACK = """
DELETE FROM scheduling_notification WHERE appointment_id = ANY(%(keys)s);
ALTER TABLE clinics_activityevent DISABLE TRIGGER USER;
DELETE FROM clinics_activityevent USING django_content_type kind
WHERE kind.id = target_type_id AND kind.model = 'appointment' AND target_id = ANY(%(keys)s);
ALTER TABLE clinics_activityevent ENABLE TRIGGER USER;
DELETE FROM scheduling_appointment WHERE id = ANY(%(keys)s);
"""


class Bookings:
    """Free times of the stage's first clinic, each taken once, by the service or by a bare insert."""

    def __init__(self, stage):
        self.stage = stage
        first, last = TODAY + timedelta(days=3), TODAY + timedelta(days=33)
        offered = stage.service.get_clinic_slots_range(clinic_id=stage.main.pk, start_date=first, end_date=last)
        self._free = iter([slot for slots in offered.values() for slot in slots])
        told = Patient.objects.filter(organization=stage.organization, is_active=True).exclude(email="")
        self._patients = iter(told.order_by("-pk").values_list("pk", flat=True)[:4000])
        self._kind = type_of(stage.organization, None)
        self._keys = []

    def choose(self):
        """Choose a time, and a patient who has it free, too."""
        while True:
            slot, patient = next(self._free), next(self._patients)
            self.wish = {
                "patient_id": patient,
                "practitioner_id": slot.practitioner_id,
                "clinic_id": slot.clinic_id,
                "appointment_date": slot.start,
            }
            if self.stage.service.explain_slot(**self.wish) is None:
                self.slot = slot
                return

    def book(self):
        self._keys.append(self.stage.service.create_appointment(**self.wish).pk)

    def insert(self):
        wish, slot = self.wish, self.slot
        minutes = (slot.end - slot.start) // timedelta(minutes=1)
        values = (
            *(wish["patient_id"], wish["practitioner_id"], wish["clinic_id"], self.stage.organization.pk),
            *(self._kind.pk, slot.start, minutes, slot.end, timezone.now()),
        )
        self._keys += [key for (key,) in self.stage.raw.fetch(floors.INSERT, values)]

    def take_back(self):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TAKE_BACK, {"keys": self._keys})
        with app.connection_for_write() as broker:
            broker.default_channel.queue_purge(settings.CELERY_TASK_DEFAULT_QUEUE)
        assert not Appointment.objects.filter(pk__in=self._keys).exists()
