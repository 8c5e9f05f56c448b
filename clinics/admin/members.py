"""Who works here, and as what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin.tenant import TenantAdmin, TenantForm
from clinics.administration import administered, site
from clinics.models import Clinic, Membership, Organization, Role, User
from clinics.text import OneLineField

LIMITS = "limited_to"
TOLD = "told_of_cancellations"
OWN = ("name", "password")
"""What is the organization's to change of an account that it opened, as long as nobody else shares it."""


class MemberForm(TenantForm):
    """A new member by e-mail, or the role, clinics, name and password of one."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    name = OneLineField(label=gettext_lazy("Name"), max_length=200)
    limited_to = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Clinics"),
        queryset=Clinic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all clinics."),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Membership
        fields = ("organization", "role", "told_of_cancellations")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - set(self._meta.fields or ()):
            del self.fields[name]
        if "organization" in self.fields:
            self.fields["organization"].queryset = Organization.objects.order_by("name")  # type: ignore[attr-defined]
        if LIMITS in self.fields:
            self.fields[LIMITS].queryset = site.rows_of(Clinic, self.request)  # type: ignore[attr-defined]
        if self.instance.pk:
            self._begin_with(self.instance)
        else:
            self.fields["password"].help_text = password_validators_help_text_html()

    def _begin_with(self, membership: Membership) -> None:
        self.initial["name"] = membership.user.name
        self.initial[LIMITS] = [clinic.pk for clinic in membership.clinics.all()]
        if "password" in self.fields:
            self.fields["password"].required = False
            self.fields["password"].label = _("New password")
            self.fields["password"].help_text = _("Left empty, the password stays as it is.")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        reason = reason_to_stay(self.instance, self.request) if role != Role.ADMINISTRATOR else ""
        if reason:
            raise ValidationError(reason)
        return role

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        email = said.get("email") or (self.instance.user.email if self.instance.pk else "")
        if said.get("password"):
            try:
                validate_password(said["password"], User(email=email, name=said.get("name", "")))
            except ValidationError as refused:
                self.add_error("password", refused)
        organization = said.get("organization") or administered(self.request)
        if "email" in said and (reason := reason_not_to_add(email, organization, self.request)):
            self.add_error("email", reason)
        if not self.instance.pk and any(clinic.organization != organization for clinic in said.get(LIMITS, ())):
            self.add_error(LIMITS, _("These clinics belong to another organization."))
        return said


def reason_not_to_add(email: str, organization: Organization | None, request: HttpRequest) -> str:
    """Say why nobody with this address can be added; empty for an address without an account.

    With the account comes the password that somebody else chose: only a superuser attaches one that is there already.
    """
    account = User.objects.filter(email=email).first()
    if account is None:
        return ""
    if account.memberships.filter(organization=organization).exists():
        return _("Whoever signs in with this address is a member already.")
    if not request.user.is_superuser:
        return _("Somebody signs in with this address already. Whoever runs this system can add them.")
    if account.is_superuser:
        return _("This is the account of a superuser, who sees no patients and so is a member nowhere.")
    return ""


def reason_to_stay(membership: Membership, request: HttpRequest) -> str:
    """Say why a member cannot cease to be an administrator; empty for whoever can, or is none."""
    if membership.pk is None or not administrators(membership.organization).filter(pk=membership.pk).exists():
        return ""
    if membership.user_id == request.user.pk:
        return _("You cannot take your own administration away: another administrator can.")
    if not administrators(membership.organization).exclude(pk=membership.pk).exists():
        return _("This is the last administrator. Make somebody else an administrator first.")
    return ""


def administrators(organization: Organization) -> QuerySet[Membership]:
    return Membership.objects.filter(organization=organization, role=Role.ADMINISTRATOR)


def is_own(membership: Any) -> bool:
    """Tell whether the account is this organization's alone; `membership` as the pages below load it."""
    return not (membership.attached or membership.elsewhere)


@admin.register(Membership, site=site)
class MembershipAdmin(TenantAdmin):
    """Members: added by e-mail, limited to clinics, removed when they leave.

    An administrator opens an account with each. One that was there before is attached by a superuser, as it is: its
    name and its password are nobody's here to see or change.
    """

    form = MemberForm
    for_superusers = True
    with_rows = ("user", "organization")
    place = ("house", 3)
    list_display = ("email", "member", "role")
    list_filter = ("role",)
    search_fields = ("user__email",)
    ordering = ("user__email",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        others = Membership.objects.filter(user=OuterRef("user")).exclude(pk=OuterRef("pk"))
        rows: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = rows.annotate(elsewhere=Exists(others) | Q(user__is_superuser=True))
        return annotated

    def get_list_display(self, request: HttpRequest) -> Any:
        return (*self.list_display, "organization") if request.user.is_superuser else self.list_display

    @admin.display(description=gettext_lazy("e-mail"), ordering="user__email")
    def email(self, membership: Membership) -> str:
        return membership.user.email

    @admin.display(description=gettext_lazy("name"), empty_value="–")  # noqa: RUF001 a dash for nothing
    def member(self, membership: Membership) -> str:
        return membership.user.name if is_own(membership) else ""

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if request.user.is_superuser else super().get_exclude(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        organization = administered(request)
        of_whom = ("organization",) if request.user.is_superuser else ()
        limits = (LIMITS,) if organization and (obj is None or obj.organization == organization) else ()
        if obj is None:
            return (*of_whom, "email", "name", "role", *limits, TOLD, "password")
        return (*of_whom, "email", "role", *limits, TOLD, *(OWN if is_own(obj) else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        return ("organization", "email") if obj else ()

    def lock(self, request: HttpRequest, object_id: str | None) -> None:
        """Keep two administrators from taking away each other's administration."""
        obj = self.get_object(request, object_id) if object_id else None
        organization = obj.organization if obj else administered(request)
        if organization:
            list(administrators(organization).order_by("pk").select_for_update(no_key=True))

    def reason_to_keep(self, request: HttpRequest, obj: Any) -> str:
        return reason_to_stay(obj, request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        said = form.cleaned_data
        if change:
            _keep_own(obj.user, said)
            if said.get("password"):
                update_session_auth_hash(request, obj.user)
        else:
            fresh = {"name": said["name"], "password": make_password(said["password"])}
            if request.user.is_superuser:
                obj.user, opened = User.objects.get_or_create(email=said["email"], defaults=fresh)
                obj.attached = not opened
            else:
                # Never one that somebody opened since the form was checked: the database refuses a second.
                obj.user = User.objects.create(email=said["email"], **fresh)
        super().save_model(request, obj, form, change)
        if LIMITS in said:
            obj.clinics.set(said[LIMITS], through_defaults={"organization": obj.organization})

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002
        message = super().construct_change_message(request, form, formsets, add)
        for said in message.values():
            if said.pop("password", None) and not (add and form.instance.attached):
                said["password"] = "changed"  # noqa: S105 that it was, not what it is
            if add:
                said.pop("name", None)
        return message

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        response = super().response_add(request, obj, post_url_continue)
        if obj.attached:
            words = _("Whoever has signed in with this address before keeps their own name and password.")
            self.message_user(request, words)
        return response


def _keep_own(user: User, said: dict[str, Any]) -> None:
    changed = [name for name in OWN if said.get(name)]
    if "name" in changed:
        user.name = said["name"]
    if "password" in changed:
        user.set_password(said["password"])
    if changed:
        user.save(update_fields=changed)
