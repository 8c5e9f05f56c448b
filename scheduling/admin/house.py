"""The organization and its clinics: what a change of their rules or times does to the visits is looked at first."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from clinics.admin import site
from clinics.admin.organization import ClinicAdmin, OrganizationAdmin
from clinics.models import Clinic, Organization
from scheduling.admin.locking import TimeAdmin
from scheduling.admin.meaning import meanings_of

site.unregister([Organization, Clinic])


@admin.register(Organization, site=site)
class TimedOrganizationAdmin(TimeAdmin, OrganizationAdmin):
    """The settings, each with what it comes to: of the values as they are typed, once somebody asks to look."""

    locks = "organization"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        form = context["adminform"].form
        for name, meaning in meanings_of(form.instance).items():
            if name in form.fields:
                # The field that is drawn: a form that was sent has made it already.
                drawn = form[name]
                drawn.help_text = format_html('{}<strong class="means">{}</strong>', drawn.help_text, meaning)
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Clinic, site=site)
class TimedClinicAdmin(TimeAdmin, ClinicAdmin):
    locks = "assignments__clinic"
