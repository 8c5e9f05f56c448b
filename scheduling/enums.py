"""The words that rows and code share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where an appointment stands in its life."""

    PENDING = "pending", _("Pending")
    BOOKED = "booked", _("Booked")
    CONFIRMED = "confirmed", _("Confirmed")
    ARRIVED = "arrived", _("Arrived")
    IN_PROGRESS = "in-progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    NO_SHOW = "no-show", _("No-show")


FREEING = (Status.CANCELLED, Status.NO_SHOW)
"""The statuses that leave the time to others; every other one occupies it."""

UNDER_WAY = (Status.PENDING, Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_PROGRESS)
"""The statuses in which the patient cannot be elsewhere."""


BOOKABLE_AS = (Status.BOOKED, Status.PENDING)
"""The statuses in which an appointment begins: booked, or as a request for somebody to confirm."""


class CancellationReason(models.TextChoices):
    PATIENT_REQUEST = "patient_request", _("the patient asked")
    PRACTICE_REQUEST = "practice_request", _("the practice asked")
    EMERGENCY = "emergency", _("emergency")
    DUPLICATE = "duplicate", _("booked twice")
    ENTERED_IN_ERROR = "entered_in_error", _("entered in error")
    OTHER = "other", _("other")


class EventKind(models.TextChoices):
    """What an activity event about an appointment or an encounter tells of."""

    CREATED = "APPOINTMENT_CREATED", _("booked")
    IMPORTED = "APPOINTMENT_IMPORTED", _("brought from another system")
    UPDATED = "APPOINTMENT_UPDATED", _("changed")
    RESCHEDULED = "APPOINTMENT_RESCHEDULED", _("moved")
    STATUS_CHANGED = "APPOINTMENT_STATUS_CHANGED", _("status changed")
    CALLED = "APPOINTMENT_CALLED", _("patient called")
    KEPT = "APPOINTMENT_KEPT", _("kept outside of hours")
    ENCOUNTER_OPENED = "ENCOUNTER_OPENED", _("encounter opened")
    ENCOUNTER_LINKED = "ENCOUNTER_LINKED", _("encounter linked to an appointment")
    ENCOUNTER_FINALIZED = "ENCOUNTER_FINALIZED", _("encounter finalized")


class FeedEventKind(models.TextChoices):
    """What an activity event about a practitioner's calendar feed tells of; the address itself is in none."""

    OPENED = "CALENDAR_FEED_OPENED", _("calendar address made")
    CHANGED = "CALENDAR_FEED_CHANGED", _("calendar address changed")
    CLOSED = "CALENDAR_FEED_CLOSED", _("calendar address taken away")


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    IN_APP = "in-app", _("in the application")


class MessageKind(models.TextChoices):
    """What a message says of an appointment."""

    BOOKED = "booked", _("booked")
    MOVED = "moved", _("moved")
    CANCELLED = "cancelled", _("cancelled")
    REINSTATED = "reinstated", _("takes place after all")
    REQUESTED = "requested", _("not confirmed yet")
    TAKEN = "taken", _("with another practitioner now")
    REMINDER = "reminder", _("reminder")


class NotificationStatus(models.TextChoices):
    PENDING = "pending", _("to be sent")
    SENT = "sent", _("sent")
    SUPPRESSED = "suppressed", _("no longer true")
    FAILED = "failed", _("failed for good")


class EncounterStatus(models.TextChoices):
    OPEN = "open", _("open")
    FINALIZED = "finalized", _("finalized")
    VOIDED = "voided", _("voided")
