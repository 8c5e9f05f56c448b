"""A practitioner's private calendar: the page that gives, changes and takes the address, and what is read there."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from clinics.permissions import Action, MemberView
from scheduling.permissions import own_practitioner
from scheduling.services import feeds
from scheduling.services.calendars import practitioner_calendar
from scheduling.views.answers import see_other


class FeedView(MemberView):
    """One's own address: GET shows it, POST makes another (`do=change`) or takes it away (`do=close`)."""

    needs = Action.KEEP_OWN_FEED

    def get(self, request: HttpRequest) -> HttpResponse:
        practitioner = own_practitioner(self.request.membership).filter(is_active=True).first()
        feed = feeds.feed_of(practitioner) if practitioner else None
        context = {"practitioner": practitioner, "feed": feed, "address": feeds.address_of(feed) if feed else ""}
        return render(request, "feed.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        practitioner = get_object_or_404(own_practitioner(self.request.membership), is_active=True)
        match request.POST.get("do"):
            case "change":
                feeds.give_new_address(practitioner, actor=self.request.user)
                messages.success(request, _("This address is new; an older one gives nothing any more."))
            case "close":
                feeds.close(practitioner, actor=self.request.user)
                messages.success(request, _("The address is gone. Calendars that read it show nothing new."))
            case _other:
                raise Http404(_("That is nothing that can be done here."))
        return see_other(reverse("feed"))


# The secret in the address proves who asks; a calendar program has no session.
@method_decorator(login_not_required, name="dispatch")
class FeedCalendarView(View):
    """What a calendar program reads; unchanged since it last asked: 304, without a body."""

    http_method_names = ["get", "head", "options"]  # noqa: RUF012 Django's attribute

    def get(self, request: HttpRequest, secret: str) -> HttpResponseBase:
        feed = feeds.find_feed(secret)
        if feed is None:
            raise Http404(_("There is no calendar at this address."))
        name = f"{feed.practitioner} · {feed.organization}"
        ics = practitioner_calendar(feeds.appointments_of(feed, timezone.now()), name=name)
        response = HttpResponse(ics, content_type="text/calendar; charset=utf-8")
        response["Cache-Control"] = "private, no-cache"
        response["X-Robots-Tag"] = "noindex, nofollow"
        set_response_etag(response)
        return get_conditional_response(request, etag=response["ETag"], response=response) or response
