"""An organization made anew, with the settings that its export says."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinics.models import Organization, User, record_event
from scheduling.services.records.columns import Kind, columns_of
from scheduling.services.records.exporting import file_of
from scheduling.services.records.values import read_line, read_whole, read_yes

YES_OR_NO = ("email_notifications", "sms_notifications", "practitioner_emails", "automatic_no_show")
WHOLE = ("buffer_minutes", "late_start_minutes", "patient_wait_minutes", "reminder_hours")


def settings_in(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Give the settings of the organization that the zip is of; without its name.

    Raises ValidationError where the zip has none, or one that cannot be.
    """
    name = file_of(Kind.ORGANIZATION)
    if name not in archive.namelist():
        raise ValidationError(_("There is no %s in it.") % name)
    rows = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))
    if len(rows) != 1:
        raise ValidationError(_("%s does not have one row.") % name)
    said = {}
    for column in columns_of(Kind.ORGANIZATION):
        cell = rows[0].get(column.name) or ""
        if cell and column.name != "name":
            read = read_yes if column.name in YES_OR_NO else read_whole if column.name in WHOLE else read_line
            said[column.name] = read(cell)
    return said


def create_organization(name: str, settings: dict[str, Any], *, actor: User | None) -> Organization:
    """Make an organization with these settings.

    Raises ValidationError where one of them cannot be.
    """
    organization = Organization(name=name, **settings)
    organization.full_clean()
    with transaction.atomic():
        organization.save()
        told = {"name": name, **settings}
        record_event(kind="ORGANIZATION_CREATED", target=organization, actor=actor, organization=organization, new=told)
    return organization


def differences(organization: Organization, settings: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Give the settings that the organization has otherwise: what is here, and what the file says."""
    return {
        name: (getattr(organization, name), wanted)
        for name, wanted in settings.items()
        if getattr(organization, name) != wanted
    }
