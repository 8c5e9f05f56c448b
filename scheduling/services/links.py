"""The patient's link: signed, of one appointment, and dead with its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from clinics.models import ActivityEvent
from scheduling.enums import EventKind
from scheduling.models import Appointment

# HMAC-SHA256: whoever guesses has one chance in 2**256 for each try, so nobody needs to count the tries.
_signer = Signer(salt="scheduling.patient-link")

BY_THE_LINK = "By the patient, from the link"
"""The reason that the event of an answer gives; kept in the audit trail, so not translated when it is written."""


@dataclass(frozen=True, slots=True)
class Move:
    """That a visit was at one time, and is at another since; both aware."""

    before: datetime
    after: datetime


def token_of(appointment: Appointment) -> str:
    return str(_signer.sign(str(appointment.pk)))


def link_to(appointment: Appointment) -> str:
    return str(settings.SITE_URL).rstrip("/") + reverse("patient_link", args=[token_of(appointment)])


def appointment_of(token: str) -> Appointment | None:
    """Give the appointment that the token is of; None for any other text, and for a patient who is no longer one."""
    try:
        key = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    own = Appointment.objects.with_names().select_related("organization", "practitioner__specialty")
    return own.filter(pk=key, imported=False, patient__is_active=True).first()


def moves_of(appointment: Appointment) -> list[Move]:
    """Give the times that the appointment had before, the first one first: an old message names one of them."""
    events = ActivityEvent.objects.filter(
        organization=appointment.organization_id,
        target_type=ContentType.objects.get_for_model(Appointment),
        target_id=appointment.pk,
        kind=EventKind.RESCHEDULED,
        old__has_key="appointment_date",
    )
    return [
        Move(*(datetime.fromisoformat(told["appointment_date"]) for told in (event.old, event.new)))
        for event in events.order_by("id")
    ]
