"""Accounts, for superusers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from clinics.admin.asked import AskedList
from clinics.admin.events import changes_of
from clinics.administration import actor_of, site
from clinics.models import User, record_event

if TYPE_CHECKING:
    Accounts = UserAdmin[User]
    ChangeForm = UserChangeForm[User]
else:
    Accounts, ChangeForm = UserAdmin, UserChangeForm


class AccountForm(ChangeForm):
    """An account; the last superuser's own stays open and a superuser's, or nobody could look after the system."""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        # Locked in the order of their keys: two superusers must not take each other away at once.
        kept = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").select_for_update(no_key=True)
        if [each.pk for each in kept] == [self.instance.pk]:
            for field in ("is_active", "is_superuser"):
                if not said.get(field):
                    self.add_error(field, _("This is the last superuser. Make somebody else a superuser first."))
        return said


@admin.register(User, site=site)
class AccountAdmin(AskedList, Accounts):
    """Everybody who signs in, in any organization. An account is closed, never deleted: events name it.

    A change writes one event for each organization of the account, which stands on the member's page there.
    """

    form = AccountForm

    tenant_path = "memberships__organization"
    place = ("house", 5)
    actions = None
    view_on_site = False
    list_display = ("email", "name", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": ("email", "name", "password", "is_active", "is_superuser")}),)
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)
    readonly_fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        accounts = super().get_queryset(request)
        return accounts if request.user.is_superuser else accounts.none()

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002
        if add:
            return super().construct_change_message(request, form, formsets, add)
        message = changes_of(form)
        if "password" in form.changed_data:
            message["new"]["password"] = "changed"  # noqa: S105 that it was, not what it is
        return message

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if message["old"] != message["new"]:
            memberships = list(obj.memberships.select_related("organization").order_by("pk"))
            for membership in memberships:
                said = message if len(memberships) == 1 and not membership.attached else _without_name(message)
                record_event(kind="USER_CHANGED", target=membership, actor=actor_of(request), **said)
        return super().log_change(request, obj, [{"changed": {"fields": list(message["new"])}}])

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


def _without_name(message: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give what an organization is told of an account that it shares: the name is not its to see."""
    if "name" not in message["new"]:
        return message
    old = {field: value for field, value in message["old"].items() if field != "name"}
    return {"old": old, "new": {**message["new"], "name": "changed"}}
