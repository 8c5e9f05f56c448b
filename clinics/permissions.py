"""Who may do what, and at which clinics. Rows of another organization are never found."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views import View
from django_htmx.middleware import HtmxDetails

from clinics.models import Clinic, Membership, MembershipClinic, Organization, Practitioner, Role, User
from clinics.round_trip import columns_of, row_of


class Action(StrEnum):
    """What somebody may do. Pages, links and buttons ask by these names, never by roles."""

    SEE_DAY = auto()
    SEE_BOARD = auto()
    SEE_OWN_DAY = auto()
    SEE_APPOINTMENTS = auto()
    SEE_PATIENTS = auto()
    SEE_NOTICES = auto()
    FOLLOW_UP = auto()
    CALL_PATIENTS = auto()
    SEARCH_PATIENTS = auto()
    ADD_PATIENTS = auto()
    MERGE_PATIENTS = auto()
    BOOK = auto()
    CONFIRM_REQUESTS = auto()
    MOVE = auto()
    CANCEL = auto()
    CHECK_IN = auto()
    UNDO = auto()
    RETRY_NOTICES = auto()
    START = auto()
    COMPLETE = auto()
    MARK_NO_SHOW = auto()
    SEE_STATISTICS = auto()
    KEEP_OWN_FEED = auto()
    ADMINISTER = auto()


SUPERUSER = "superuser"
"""Beside the roles of members: whoever looks after organizations and users, and sees no patient."""

_READS = frozenset({Action.SEE_DAY, Action.SEE_APPOINTMENTS, Action.SEE_PATIENTS, Action.SEE_NOTICES, Action.FOLLOW_UP})
_DESK = frozenset(
    {
        Action.SEE_BOARD,
        Action.SEARCH_PATIENTS,
        Action.ADD_PATIENTS,
        Action.MERGE_PATIENTS,
        Action.BOOK,
        Action.CONFIRM_REQUESTS,
        Action.MOVE,
        Action.CANCEL,
        Action.CHECK_IN,
        Action.UNDO,
        Action.RETRY_NOTICES,
        Action.CALL_PATIENTS,
    }
)
_EVERYWHERE = frozenset({Action.MERGE_PATIENTS})
"""What touches visits at every clinic: whoever is limited to some would move what they may not see."""
_VISIT = frozenset({Action.START, Action.COMPLETE, Action.MARK_NO_SHOW})

MAY: Mapping[str, frozenset[Action]] = MappingProxyType(
    {
        Role.FRONT_DESK: _READS | _DESK,
        Role.PRACTITIONER: _READS | _VISIT | {Action.SEE_OWN_DAY, Action.SEE_STATISTICS, Action.KEEP_OWN_FEED},
        Role.ADMINISTRATOR: _READS | _DESK | _VISIT | {Action.SEE_STATISTICS, Action.ADMINISTER},
        SUPERUSER: frozenset({Action.ADMINISTER}),
    }
)
"""The permission table. Of whose rows it is true, say `visible_...` in `scheduling.permissions`."""


class MemberRequest(HttpRequest):
    """A request of somebody who belongs to an organization; for types only."""

    user: User
    memberships: list[Membership]
    membership: Membership
    organization: Organization
    may: frozenset[Action]
    htmx: HtmxDetails


class MemberView(View):
    """A page for members of an organization who may do what it `needs`; anybody else is told why not, with 403."""

    request: MemberRequest
    needs: ClassVar[Action]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request, "membership", None) is None:
            raise PermissionDenied(_("You do not belong to an organization, so there is nothing to show you here."))
        if self.needs not in self.request.may:
            raise PermissionDenied(_("Your role does not allow this."))
        return super().dispatch(request, *args, **kwargs)

    def is_partial(self) -> bool:
        """Tell whether htmx asks for a part of the page, not for a whole one."""
        return bool(self.request.htmx) and not self.request.htmx.boosted


def known_memberships(user_id: int) -> list[Membership]:
    """Give all memberships of a user, oldest first, with the limits and whether one practises: in one query.

    Those that are deactivated are among them; all share one `user`. With each organization come its clinics.
    """
    limits = MembershipClinic.objects.filter(membership=OuterRef("pk")).values("clinic_id")
    practises = Practitioner.objects.filter(user=OuterRef("user"), organization=OuterRef("organization"))
    memberships = Membership.objects.filter(user=user_id).select_related("organization", "user")
    clinics = Clinic.objects.filter(organization=OuterRef("organization")).values_list(columns_of(Clinic))
    annotated = memberships.annotate(
        limited_to=ArraySubquery(limits), practises=Exists(practises), known_clinics=ArraySubquery(clinics)
    )
    rows: list[Membership] = []
    for row in annotated.order_by("id"):
        row.user = rows[0].user if rows else row.user
        row.organization.known_clinics = [row_of(Clinic, columns) for columns in row.known_clinics]
        rows.append(row)
    return rows


def memberships_of(user: User) -> list[Membership]:
    """Give the user's memberships, oldest first; those loaded with the user, else with one query.

    A deactivated one is none. A superuser has none, whatever rows there are: whoever looks after the system sees no
    patient.
    """
    return [] if user.is_superuser else [each for each in _known(user) if each.is_active]


def has_left(user: User) -> bool:
    """Tell whether the user was a member somewhere, and is one nowhere any more."""
    known = [] if user.is_superuser else _known(user)
    return bool(known) and not any(each.is_active for each in known)


def _known(user: User) -> list[Membership]:
    loaded = user.known_memberships
    return known_memberships(user.pk) if loaded is None else loaded


def actions_of(membership: Membership | None, user: User | AnonymousUser | None = None) -> frozenset[Action]:
    """Give what the member may do; an administrator who practises may do what practitioners do, too."""
    may: frozenset[Action] = frozenset()
    if membership is not None:
        may |= MAY[membership.role]
        if membership.role == Role.ADMINISTRATOR and getattr(membership, "practises", False):
            may |= MAY[Role.PRACTITIONER]
        if may & _EVERYWHERE and limits_of(membership):
            may -= _EVERYWHERE
    if user is not None and user.is_active and user.is_superuser:
        may |= MAY[SUPERUSER]
    return may


def clinics_of(membership: Membership) -> QuerySet[Clinic]:
    """Give the active clinics that the member works at: those of the membership; without any, all."""
    clinics = Clinic.objects.filter(organization=membership.organization_id, is_active=True)
    limited_to = limits_of(membership)
    return clinics.filter(pk__in=limited_to) if limited_to else clinics


def limits_of(membership: Membership) -> set[int]:
    """Give the ids of the clinics that the member is limited to; empty: not limited. Administrators never are."""
    if membership.role == Role.ADMINISTRATOR:
        return set()
    loaded: list[int] | None = getattr(membership, "limited_to", None)  # by `memberships_of`
    return set(membership.clinics.values_list("pk", flat=True) if loaded is None else loaded)
