"""The administration itself: who enters, on whose clock, and what stands on its first page.

Its pages are in the `admin` of each app; this stands apart from them, since Django makes the site before it reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy

from clinics.models import ActivityEvent, Organization, Role, User

SECTIONS = {
    "house": gettext_lazy("Organization"),
    "hours": gettext_lazy("Practitioners and their hours"),
    "book": gettext_lazy("Patients and records"),
}
NOT_FOR_YOU = gettext_lazy("Administration is for the administrators of an organization.")
RECENT = 10
LAST = ("book", 99)


def is_administrator(request: HttpRequest) -> bool:
    """Tell whether who asks is an administrator in the organization that they work in now."""
    membership = getattr(request, "membership", None)
    return membership is not None and membership.role == Role.ADMINISTRATOR


def administered(request: HttpRequest) -> Organization | None:
    """Give the organization that who asks administers now; None for a superuser who administers none."""
    organization: Organization | None = getattr(request, "organization", None)
    return organization if is_administrator(request) else None


def actor_of(request: HttpRequest) -> User:
    """Give who asks, who is always signed in here."""
    return cast("User", request.user)


class AdministrationSite(admin.AdminSite):
    """Django admin for administrators, by their role alone, and for superusers."""

    site_header = site_title = gettext_lazy("Medaius Scheduling")
    index_title = gettext_lazy("Administration")
    empty_value_display = "–"  # noqa: RUF001 a dash for nothing

    welcome: Callable[[HttpRequest], dict[str, Any]] | None = None
    """What an app higher up adds to the first page."""

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and (request.user.is_superuser or is_administrator(request))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 Django's signature
        """Let in by role, say no in words, and show every time on the organization's clock."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                raise PermissionDenied(NOT_FOR_YOU)
            organization = administered(request)
            with timezone.override(ZoneInfo(organization.timezone) if organization else None):
                response: HttpResponse = guarded(request, *args, **kwargs)
                # Here, not later: the clock is the organization's only as long as this lasts.
                return response.render() if isinstance(response, TemplateResponse) else response

        return update_wrapper(inner, view)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take pages that say their place here; those that libraries register for themselves are for nobody."""
        if hasattr(admin_class, "place"):
            super().register(model_or_iterable, admin_class, **options)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        """Lead to the one door of the house; whoever is in already is let through, or told why not."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
        if not self.has_permission(request):
            raise PermissionDenied(NOT_FOR_YOU)
        return HttpResponseRedirect(reverse("admin:index"))

    def get_urls(self) -> list[Any]:
        # Nothing here is shown on the site by content type and number: that address could only tell what exists.
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        organization = administered(request)
        context: dict[str, Any] = {"organization": organization}
        if organization:
            context["recent_events"] = self._recent_events(organization)
            if self.welcome:
                context |= self.welcome(request)
        return super().index(request, context | (extra_context or {}))

    def _recent_events(self, organization: Organization) -> QuerySet[ActivityEvent]:
        """Give what was set up lately; what happens to patients and appointments is not of this page."""
        set_up_here = [model for model in self._registry if self._place(model)[0] != "book"]
        types = ContentType.objects.get_for_models(*set_up_here).values()
        events = ActivityEvent.objects.filter(organization=organization, target_type__in=types)
        return events.select_related("actor").order_by("-created_at", "-id")[:RECENT]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Give the models in the order in which a clinic is set up, not by the app that holds them."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        rows = [row for app in apps for row in app["models"]]
        rows.sort(key=lambda row: self._place(row["model"]))
        sections = []
        for key, title in SECTIONS.items():
            models = [row for row in rows if self._place(row["model"])[0] == key]
            if models:
                address = reverse("admin:index")
                section = {"name": title, "app_label": key, "app_url": address, "has_module_perms": True}
                sections.append({**section, "models": models})
        return sections

    def _place(self, model: type[Model]) -> tuple[str, int]:
        return getattr(self._registry[model], "place", LAST)

    def rows_of(self, model: type[Model], request: HttpRequest) -> QuerySet[Any]:
        """Give the rows of the organization that who asks administers; of what is not registered here, none."""
        organization, registered = administered(request), self._registry.get(model)
        path = getattr(registered, "tenant_path", None)
        if organization is None or path is None:
            return model._default_manager.none()
        return model._default_manager.filter(**{path: organization.pk})


site = cast("AdministrationSite", admin.site)
