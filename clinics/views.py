"""The door: in and out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from clinics.forms import SignInForm
from clinics.models import Clinic

LAST_CLINIC_COOKIE = "clinic"
"""Names, signed, the clinic last looked at on this device: the door shows its clock."""

NOON, EVENING = 12, 17


class SignInView(LoginView):
    template_name = "login.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        clinic = self.last_clinic()
        if clinic is not None:
            now = timezone.now().astimezone(clinic.zone)
            greeting = _("Good morning") if now.hour < NOON else _("Good afternoon")
            context |= {"clinic": clinic, "greeting": greeting if now.hour < EVENING else _("Good evening")}
        return context

    def last_clinic(self) -> Clinic | None:
        """Give the clinic whose pages this device showed last, None where that is not known."""
        pk = self.request.get_signed_cookie(LAST_CLINIC_COOKIE, default="")
        return Clinic.objects.filter(pk=pk).first() if pk else None

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        # The door is never a part of a page.
        return HttpResponseClientRedirect(response["Location"]) if getattr(self.request, "htmx", None) else response
