"""The organization and its clinics: what a change of their rules or times does to the visits is looked at first."""

from __future__ import annotations

from django.contrib import admin

from clinics.admin import site
from clinics.admin.organization import ClinicAdmin, OrganizationAdmin
from clinics.models import Clinic, Organization
from scheduling.admin.locking import TimeAdmin

site.unregister([Organization, Clinic])


@admin.register(Organization, site=site)
class TimedOrganizationAdmin(TimeAdmin, OrganizationAdmin):
    locks = "organization"


@admin.register(Clinic, site=site)
class TimedClinicAdmin(TimeAdmin, ClinicAdmin):
    locks = "assignments__clinic"
