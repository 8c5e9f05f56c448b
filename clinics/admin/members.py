"""Who works here, and as what; who was invited and is not in yet; and who has left."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics import letters
from clinics.admin.standing import StandingFilter, standing_of
from clinics.admin.tenant import TenantAdmin, TenantForm
from clinics.administration import administered, site
from clinics.models import Clinic, Membership, Organization, Role, User
from clinics.text import OneLineField

LIMITS = "limited_to"
TOLD = "told_of_cancellations"
OWN = ("name", "password")
"""What is the organization's to change of an account that it opened, as long as nobody else shares it."""


class MemberForm(TenantForm):
    """A new member by e-mail, or the role, clinics, name and password of one.

    A new one is invited and chooses the password; nobody else ever knows it. Only where no mail arrives, one is given
    to a member on this page and told to them.
    """

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

    def _begin_with(self, membership: Membership) -> None:
        self.initial["name"] = membership.user.name
        self.initial[LIMITS] = [clinic.pk for clinic in membership.clinics.all()]
        if "password" in self.fields:
            self.fields["password"].required = False
            self.fields["password"].label = _("New password")
            self.fields["password"].help_text = _(
                "Only for somebody whom no e-mail reaches: left empty, the password stays as it is."
            )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if role != Role.ADMINISTRATOR and (reason := reason_to_stay(self.instance, self.request)):
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
    return Membership.objects.filter(organization=organization, role=Role.ADMINISTRATOR, is_active=True)


def is_own(membership: Any) -> bool:
    """Tell whether the account is this organization's alone; `membership` as the pages below load it."""
    return not (membership.attached or membership.elsewhere)


@admin.register(Membership, site=site)
class MembershipAdmin(TenantAdmin):
    """Members: invited by e-mail, limited to clinics, deactivated when they leave.

    An administrator opens an account with each. One that was there before is attached by a superuser, as it is: its
    name and its password are nobody's here to see or change.
    """

    form = MemberForm
    for_superusers = True
    with_rows = ("user", "organization", "letter")
    place = ("house", 3)
    list_display = ("email", "member", "role", "standing")
    list_filter = ("role", StandingFilter)
    search_fields = ("user__email",)
    ordering = ("user__email",)
    change_form_template = "admin/member_form.html"

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

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, membership: Membership) -> str:
        standing = standing_of(membership)
        if not standing.is_invited:
            return standing.word
        # The list is a form with a token of its own, which the button sends elsewhere.
        return format_html(
            '<b{}>{}</b> <small>{}</small> <button name="do" value="invite" formaction="{}?list">{}</button>',
            mark_safe(' class="bad"') if standing.is_bad else "",
            *(standing.word, standing.more, url_of(membership, "standing"), again(membership)),
        )

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if request.user.is_superuser else super().get_exclude(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        organization = administered(request)
        of_whom = ("organization",) if request.user.is_superuser else ()
        limits = (LIMITS,) if organization and (obj is None or obj.organization == organization) else ()
        if obj is None:
            return (*of_whom, "email", "name", "role", *limits, TOLD)
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
            fresh = {"name": said["name"], "password": make_password(None)}
            if request.user.is_superuser:
                obj.user, opened = User.objects.get_or_create(email=said["email"], defaults=fresh)
                obj.attached = not opened
            else:
                # Never one that somebody opened since the form was checked: the database refuses a second.
                obj.user = User.objects.create(email=said["email"], **fresh)
        super().save_model(request, obj, form, change)
        if LIMITS in said:
            obj.clinics.set(said[LIMITS], through_defaults={"organization": obj.organization})
        if not change and not obj.user.has_usable_password():
            letters.invite(obj)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002
        message = super().construct_change_message(request, form, formsets, add)
        for said in message.values():
            if said.pop("password", None):
                said["password"] = "changed"  # noqa: S105 that it was, not what it is
            if add:
                said.pop("name", None)
        return message

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        response = super().response_add(request, obj, post_url_continue)
        if obj.user.has_usable_password():
            words = _("Whoever has signed in with this address before keeps their own name and password.")
            self.message_user(request, words)
        else:
            self.message_user(request, _on_its_way(obj))
        return response

    # In and out

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.standing_view)
        return [path("<path:object_id>/standing/", view, name="clinics_membership_standing"), *super().get_urls()]

    def standing_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Do what the button says, and lead back to the page that it stood on."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        done: HttpResponse = self._one_at_a_time(request, object_id, lambda: self._change_standing(request, object_id))
        return done

    def _change_standing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        membership, does = self.get_object(request, unquote(object_id)), DOES.get(request.POST.get("do", ""))
        if membership is None or does is None:
            raise Http404(_("There is no such member."))
        what, refused, said = does(membership, request)
        if refused:
            self.message_user(request, refused, messages.ERROR)
        else:
            self.record(request, what, membership)
            self.message_user(request, said)
        back = url_of_list() if "list" in request.GET else url_of(membership)
        return HttpResponseRedirect(back, status=HTTPStatus.SEE_OTHER)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj = kwargs.get("obj")
        if obj is not None:
            context |= {"standing": standing_of(obj), "standing_url": url_of(obj, "standing"), "again": again(obj)}
        return super().render_change_form(request, context, *args, **kwargs)


def url_of_list() -> str:
    return reverse("admin:clinics_membership_changelist")


def url_of(membership: Membership, page: str = "change") -> str:
    return reverse(f"admin:clinics_membership_{page}", args=[membership.pk])


def again(membership: Membership) -> str:
    return _("Send again") if hasattr(membership, "letter") else _("Send the invitation")


type Done = tuple[str, str, str]
"""What happened, as its event says it; why it did not; and what the person is told."""


def invite(membership: Membership, request: HttpRequest) -> Done:  # noqa: ARG001 its neighbours ask who does it
    if not standing_of(membership).is_invited:
        words = _("No invitation was sent: %(email)s has a password already, or may not sign in.")
        return "", words % {"email": membership.user.email}, ""
    letters.invite(membership)
    return "INVITED", "", _on_its_way(membership)


def deactivate(membership: Membership, request: HttpRequest) -> Done:
    if reason := reason_to_stay(membership, request):
        return "", reason, ""
    _set_active(membership, is_active=False)
    words = _("The member %(email)s is deactivated: signed out with the next click, and told of nothing any more.")
    return "DEACTIVATED", "", words % {"email": membership.user.email}


def activate(membership: Membership, request: HttpRequest) -> Done:  # noqa: ARG001 see `invite`
    _set_active(membership, is_active=True)
    words = _("The member %(email)s is let in again, as before.")
    return "ACTIVATED", "", words % {"email": membership.user.email}


def _set_active(membership: Membership, *, is_active: bool) -> None:
    membership.is_active = is_active
    membership.save(update_fields=["is_active"])


DOES = {"invite": invite, "deactivate": deactivate, "activate": activate}


def _on_its_way(membership: Membership) -> str:
    words = _("An e-mail is on its way to %(email)s, with a link to choose a password. It works once, for three days.")
    return words % {"email": membership.user.email}


def _keep_own(user: User, said: dict[str, Any]) -> None:
    changed = [name for name in OWN if said.get(name)]
    if "name" in changed:
        user.name = said["name"]
    if "password" in changed:
        user.set_password(said["password"])
    if changed:
        user.save(update_fields=changed)
