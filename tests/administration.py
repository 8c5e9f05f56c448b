"""What an administrator's browser sends to the administration, and what it is told."""

from html import unescape
from types import SimpleNamespace

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from clinics.admin import site
from clinics.models import ActivityEvent, Role, record_event
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicClosureFactory,
    ExportFileFactory,
    ImportFileFactory,
    MembershipFactory,
    SpecialtyFactory,
    TimeOffFactory,
    UserFactory,
)
from tests.practice import practice

BACKEND = "clinics.authentication.MemberBackend"


def enter(user):
    browser = Client()
    browser.force_login(user, backend=BACKEND)
    browser.user = user
    return browser


def administrator(organization, **user):
    """Give a browser in which an administrator of the organization has signed in."""
    membership = MembershipFactory(organization=organization, role=Role.ADMINISTRATOR, user=UserFactory(**user))
    browser = enter(membership.user)
    browser.membership = membership
    return browser


def superuser(**user):
    return enter(UserFactory(is_superuser=True, is_staff=True, **user))


def url(row, page="change"):
    """Give the address of a page about a row; about a model: its list, or the page that adds one."""
    opts = row._meta
    arguments = [row.pk] if page in {"change", "delete", "history", "standing"} else []
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=arguments)


def week(*rows, initial=0, **more):
    """Give the fields of a schedule's week: rows of weekday, from, until."""
    fields = {"working_hours-TOTAL_FORMS": len(rows), "working_hours-INITIAL_FORMS": initial, **more}
    for number, (weekday, start, end) in enumerate(rows):
        named = {"weekday": weekday, "start_time": start, "end_time": end}
        fields |= {f"working_hours-{number}-{name}": value for name, value in named.items()}
    return fields


def no_rows(*prefixes):
    return {f"{prefix}-{name}_FORMS": 0 for prefix in prefixes for name in ("TOTAL", "INITIAL")}


def errors_of(answer):
    """Give what is said at each field of the form and of its rows."""
    form = answer.context["adminform"].form
    said = {name: list(words) for name, words in form.errors.items()}
    for inline in answer.context["inline_admin_formsets"]:
        for number, row in enumerate(inline.formset.errors):
            said |= {f"{number}-{name}": list(words) for name, words in row.items()}
        said |= {"rows": list(inline.formset.non_form_errors())} if inline.formset.non_form_errors() else {}
    return {name: [unescape(word) for word in words] for name, words in said.items()}


def told(answer):
    """Give the messages that the next page would show."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def events():
    return list(ActivityEvent.objects.order_by("id").values_list("kind", flat=True))


def everything(organization=None):
    """Give a practice with one row of every model that has pages in the administration."""
    house = practice(organization=organization)
    membership = MembershipFactory(organization=house.organization)
    rows = [
        *(house.organization, house.clinic, house.practitioner, house.assignment, house.schedule, house.patient),
        *(membership, membership.user, SpecialtyFactory(organization=house.organization)),
        *(TimeOffFactory(practitioner=house.practitioner), ClinicClosureFactory(clinic=house.clinic)),
        AppointmentTypeFactory(organization=house.organization),
        AppointmentFactory(patient=house.patient, practitioner=house.practitioner, clinic=house.clinic),
        record_event(kind="CLINIC_CHANGED", target=house.clinic, actor=membership.user),
        ExportFileFactory(organization=house.organization, created_by=membership.user),
        ImportFileFactory(organization=house.organization, created_by=membership.user),
    ]
    by_model = {type(row): row for row in rows}
    assert by_model.keys() == site._registry.keys()
    return SimpleNamespace(**vars(house), rows=by_model)
