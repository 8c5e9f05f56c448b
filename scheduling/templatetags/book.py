"""The marks and words that pages share."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from json import dumps

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients.models import Patient
from patients.written import split_phone, written_name
from scheduling.enums import Status
from scheduling.services.follow_up import FollowUp

register = template.Library()

JUST_NOW = timedelta(seconds=10)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw a symbol of the sprite; it says nothing to a screen reader, the word beside it does."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', static("img/icons.svg"), name)


@register.simple_tag
def status(value: str, waited: int | None = None) -> SafeString:
    """Write a status as icon and word, in its colour."""
    word = str(Status(value).label)
    if waited is not None:
        word = _("%(status)s %(minutes)s min") % {"status": word, "minutes": waited}
    return format_html('<span class="st is-{}">{}{}</span>', value, icon(value), word)


@register.simple_tag
def name(patient: Patient) -> SafeString:
    return written_name(patient)


@register.filter
def json(value: object) -> str:
    """Give the value as JSON, for an attribute that htmx reads."""
    return dumps(value)


@register.simple_tag(takes_context=True)
def waiting(context: template.Context) -> dict[str, int]:
    """Count what waits for the member: requests, all of the follow-up list, and notices not read."""
    membership = context["request"].membership
    if membership is None:
        return {"requests": 0, "follow_up": 0, "unread": 0}
    counts = FollowUp(membership).counts()
    unread = counts.pop("unread")
    return {"requests": counts["requests"], "follow_up": sum(counts.values()), "unread": unread}


@register.filter
def tail(phone: object) -> str:
    """Give a phone number as it is dialled at home, without its last four digits; `last4` gives those."""
    return split_phone(phone)[0]


@register.filter
def last4(phone: object) -> str:
    return split_phone(phone)[1]


@register.filter
def years(patient: Patient) -> str:
    """Give the patient's age, `about` where it was estimated; nothing where it is not known."""
    born = patient.birth_date
    if born is None:
        return ""
    today: date = timezone.localdate()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    words = ngettext("%(age)s year", "%(age)s years", age) % {"age": age}
    return _("about %(age)s") % {"age": words} if patient.birth_date_estimated else words


@register.filter
def subscribe(address: str) -> str:
    """Give the address of a calendar such that opening it subscribes to it."""
    return re.sub("^https?:", "webcal:", address)


@register.filter
def ago(moment: datetime) -> str:
    """Say how long ago it was, in words."""
    return _("just now") if timezone.now() - moment < JUST_NOW else str(naturaltime(moment))


@register.simple_tag
def near(minutes: int) -> str:
    """Say how far a time of the same day is from the wanted one, in words."""
    hours, rest = divmod(abs(minutes), 60)
    distance = ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest} if rest or not hours else ""
    if hours:
        whole = ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
        distance = f"{whole} {distance}".strip()
    return (_("%(distance)s later") if minutes >= 0 else _("%(distance)s earlier")) % {"distance": distance}
