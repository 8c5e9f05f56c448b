"""Who may open a page, and at which clinics. Rows of another organization are never found."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views import View
from django_htmx.middleware import HtmxDetails

from clinics.models import Clinic, Membership, Organization, Role, User


class MemberRequest(HttpRequest):
    """A request of somebody who belongs to an organization; for types only."""

    user: User
    membership: Membership
    organization: Organization
    htmx: HtmxDetails


class MemberView(View):
    """A page for members of an organization in one of `roles`; anybody else is told why not, with 403."""

    request: MemberRequest
    roles: ClassVar[Collection[str]] = Role.values

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        membership: Membership | None = getattr(request, "membership", None)
        if membership is None:
            raise PermissionDenied(_("You do not belong to an organization, so there is nothing to show you here."))
        if membership.role not in self.roles:
            raise PermissionDenied(_("Your role does not allow this."))
        return super().dispatch(request, *args, **kwargs)

    def is_partial(self) -> bool:
        """Tell whether htmx asks for a part of the page, not for a whole one."""
        return bool(self.request.htmx) and not self.request.htmx.boosted


def clinics_of(membership: Membership) -> QuerySet[Clinic]:
    """Give the active clinics that the member works at: those of the membership; without any, all."""
    clinics = Clinic.objects.filter(organization=membership.organization_id, is_active=True)
    limited_to = limits_of(membership)
    return clinics.filter(pk__in=limited_to) if limited_to else clinics


def limits_of(membership: Membership) -> set[int]:
    """Give the ids of the clinics that the member is limited to; empty: not limited. Administrators never are."""
    if membership.role == Role.ADMINISTRATOR:
        return set()
    return {clinic.pk for clinic in membership.clinics.all()}
