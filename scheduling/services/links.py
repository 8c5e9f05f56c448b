"""The patient's link: signed, of one appointment, and dead with its end."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from scheduling.models import Appointment

_signer = Signer(salt="scheduling.patient-link")


def token_of(appointment: Appointment) -> str:
    return str(_signer.sign(str(appointment.pk)))


def link_to(appointment: Appointment) -> str:
    return str(settings.SITE_URL).rstrip("/") + reverse("patient_link", args=[token_of(appointment)])


def appointment_of(token: str) -> Appointment | None:
    """Give the appointment that the token is of; None for any other text."""
    try:
        key = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    return (
        Appointment.objects.with_names()
        .select_related("organization", "practitioner__specialty")
        .filter(pk=key, imported=False)
        .first()
    )
