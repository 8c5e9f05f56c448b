"""What a member was told in the application, and the messages that reached nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.db import models
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.permissions import Action, MemberView
from scheduling.enums import Channel
from scheduling.models import Notification
from scheduling.models.notification import NotificationQuerySet
from scheduling.permissions import visible_appointments
from scheduling.services import delivery
from scheduling.services.follow_up import FollowUp

MOST = 100
"""How many notices the list shows; older ones are in the appointments' histories."""

WAYS_BACK = {"follow_up", "notices_failed"}
"""The pages from which a message is sent again."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of the list. `before` and `after` are the times that a move tells of, None for any other news."""

    row: Notification
    before: datetime | None = None
    after: datetime | None = None

    @classmethod
    def of(cls, row: Notification) -> Notice:
        told = (row.event.old.get("appointment_date"), row.event.new.get("appointment_date"))
        before, after = (datetime.fromisoformat(at) if at else None for at in told)
        return cls(row, before, after)


class NoticesView(MemberView):
    """The member's own notices of this organization, the newest first. Looking at the list reads none of them."""

    needs = Action.SEE_NOTICES

    def get(self, request: HttpRequest) -> HttpResponse:
        is_visible = visible_appointments(self.request.membership).filter(pk=OuterRef("appointment"))
        rows = self.own().select_related(
            *("event__actor", "appointment__patient", "appointment__practitioner", "appointment__clinic")
        )
        rows = rows.annotate(is_visible=Exists(is_visible)).fetch_mode(models.FETCH_RAISE).order_by("-id")[:MOST]
        context = {"notices": [Notice.of(row) for row in rows], "most": MOST}
        return render(request, "notices.html", context)

    def own(self) -> NotificationQuerySet:
        own = Notification.objects.filter(user=self.request.user, organization=self.request.organization)
        return own.filter(channel=Channel.IN_APP)


class ReadNoticesView(NoticesView):
    """Mark all that the list shows as read; what has come since stays."""

    http_method_names = ["post"]  # noqa: RUF012 Django's attribute

    def post(self, request: HttpRequest) -> HttpResponse:
        latest = request.POST.get("latest", "")
        read = self.own().filter(read_at=None)
        if latest.isascii() and latest.isdecimal() and len(latest) < len(str(2**63)):
            read = read.filter(pk__lte=int(latest))
        read.update(read_at=timezone.now())
        return see_other(reverse("notices"))


class OpenNoticeView(NoticesView):
    """Mark one as read, and go to its appointment, or back where the member no longer sees that."""

    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002 Django's signature
        notice = get_object_or_404(self.own(), pk=pk)
        self.own().filter(pk=pk, read_at=None).update(read_at=timezone.now())
        visible = visible_appointments(self.request.membership).filter(pk=notice.appointment_id)
        if not visible.exists():
            return see_other(reverse("notices"))
        return see_other(reverse("appointment", args=[notice.appointment_id]))


class FailedNoticesView(MemberView):
    """The messages that failed for good, the newest first."""

    needs = Action.RETRY_NOTICES

    def get(self, request: HttpRequest) -> HttpResponse:
        failed = FollowUp(self.request.membership).failed()
        return render(request, "notices_failed.html", {"failed": with_recipients(failed)})


class RetryNoticeView(MemberView):
    """Have one of them sent anew; the sweep does it. One that is waiting already is left in peace."""

    needs = Action.RETRY_NOTICES
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        about = visible_appointments(self.request.membership)
        sent = Notification.objects.filter(organization=self.request.organization, appointment__in=about)
        notification = get_object_or_404(sent.exclude(channel=Channel.IN_APP), pk=pk)
        delivery.retry(notification)
        messages.success(request, _("The message will be sent again within a minute."))
        back = request.POST.get("back", "")
        return see_other(reverse(back if back in WAYS_BACK else "notices_failed"))


def with_recipients(failed: models.QuerySet[Notification]) -> models.QuerySet[Notification]:
    """Load what a list of messages shows, and nothing row by row."""
    rows = failed.select_related("user", "patient", "event", "appointment__patient", "appointment__clinic")
    return rows.fetch_mode(models.FETCH_RAISE).order_by("-id")


def see_other(address: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
