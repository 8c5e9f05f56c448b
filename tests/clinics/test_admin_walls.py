"""Each page about each row of the administration: whose it is decides who finds it."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from clinics.admin import site
from clinics.models import ActivityEvent, ClinicAssignment, Membership, Organization, Practitioner, Role, User
from patients.models import Patient
from scheduling.models import Appointment, ClinicClosure, Schedule, TimeOff
from tests.administration import administrator, errors_of, everything, no_rows, superuser, url
from tests.factories import MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

PAGES = ("change", "history", "delete")
FOR_SUPERUSERS = {Organization, User, Membership}
NOT_FOR_ADMINISTRATORS = {User}
KEPT = {"clinics.organization", "scheduling.appointment", "clinics.activityevent"}
MODELS = pytest.mark.parametrize("model", list(site._registry), ids=lambda model: model._meta.model_name)


@pytest.fixture
def own():
    return everything()


@pytest.fixture
def foreign():
    return everything()


def addresses(rows):
    for model, row in rows.items():
        yield from (url(row, page) for page in PAGES)
        yield from (url(model, page) for page in ("changelist", "add"))


@MODELS
def test_an_administrator_lists_own_rows_only(own, foreign, model):
    answer = administrator(own.organization).get(url(model, "changelist"))
    if model in NOT_FOR_ADMINISTRATORS:
        assert answer.status_code == 403
        return
    listed = {row.pk for row in answer.context["cl"].result_list}
    assert own.rows[model].pk in listed
    assert foreign.rows[model].pk not in listed


@MODELS
def test_an_administrator_opens_own_rows(own, model):
    browser = administrator(own.organization)
    expected = 403 if model in NOT_FOR_ADMINISTRATORS else 200
    for page in ("change", "history"):
        assert browser.get(url(own.rows[model], page)).status_code == expected


@MODELS
@pytest.mark.parametrize("about", PAGES)
def test_another_organizations_row_is_not_there(own, foreign, model, about):
    browser = administrator(own.organization)
    answer = browser.get(url(foreign.rows[model], about), follow=True)
    assert answer.status_code == 403 or answer.redirect_chain == [("/admin/", 302)]
    missing = browser.get(
        url(foreign.rows[model], about).replace(f"/{foreign.rows[model].pk}/", "/987654/"), follow=True
    )
    assert (answer.status_code, answer.redirect_chain) == (missing.status_code, missing.redirect_chain)


@MODELS
def test_another_organizations_row_is_neither_changed_nor_deleted(own, foreign, model):
    browser = administrator(own.organization)
    row = foreign.rows[model]
    before = model.objects.filter(pk=row.pk).values().get()
    for page in ("change", "delete"):
        answer = browser.post(url(row, page), {"post": "yes", "name": "Mine now"})
        assert answer.status_code in {302, 403}
    assert model.objects.filter(pk=row.pk).values().get() == before


def test_a_superuser_sees_organizations_users_and_memberships_and_nothing_else(own):
    browser = superuser()
    for address in addresses(own.rows):
        parts = address.split("/")
        model = next(each for each in own.rows if each._meta.label_lower == f"{parts[2]}.{parts[3]}")
        answer = browser.get(address)
        allowed = model in FOR_SUPERUSERS and not (parts[-2] == "delete" and model is not Membership)
        assert answer.status_code == (200 if allowed else 403), address
        for private in (own.patient.name, own.practitioner.name, own.clinic.name):
            assert private not in answer.content.decode(), address


def test_a_superusers_first_page_names_three_models(own):
    browser = superuser()
    answer = browser.get("/admin/")
    listed = {row["model"] for section in answer.context["app_list"] for row in section["models"]}
    assert listed == FOR_SUPERUSERS
    assert own.patient.name not in answer.content.decode()
    assert browser.get("/admin/patients/").status_code == 404


@pytest.mark.usefixtures("own")
def test_a_superuser_autocompletes_nothing():
    for field, model in (("assignment", "schedule"), ("clinic", "clinicclosure"), ("practitioner", "timeoff")):
        asked = {"app_label": "scheduling", "model_name": model, "field_name": field, "term": ""}
        assert superuser().get(reverse("admin:autocomplete"), asked).status_code == 403


@pytest.mark.parametrize("role", Role)
def test_a_superuser_sees_no_more_for_a_membership(own, role):
    browser = superuser()
    MembershipFactory(user=browser.user, organization=own.organization, role=role)
    assertRedirects(browser.get("/"), "/admin/")
    assert browser.get("/upcoming/").status_code == 403
    for model in own.rows.keys() - FOR_SUPERUSERS:
        for address in (url(model, "changelist"), url(own.rows[model])):
            assert browser.get(address).status_code == 403, address
    assert browser.get(url(own.organization)).status_code == 200


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize(
    ("model", "field", "chosen"),
    [
        ("schedule", "assignment", "assignment"),
        ("clinicclosure", "clinic", "clinic"),
        ("timeoff", "practitioner", "practitioner"),
    ],
)
def test_autocomplete_offers_own_rows_only(own, model, field, chosen):
    asked = {"app_label": "scheduling", "model_name": model, "field_name": field, "term": ""}
    answer = administrator(own.organization).get(reverse("admin:autocomplete"), asked)
    assert [row["id"] for row in answer.json()["results"]] == [str(getattr(own, chosen).pk)]


@MODELS
def test_filters_offer_own_rows_only(own, foreign, model):
    if model in NOT_FOR_ADMINISTRATORS:
        return
    answer = administrator(own.organization).get(url(model, "changelist"))
    for name in (foreign.clinic.name, foreign.practitioner.name, foreign.organization.name, foreign.patient.name):
        assert name not in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "__year=99999999999",
        "__year=9999",
        "__year=1",
        "__day=99999999999",
        "__month=x",
        "__year=99999",
        "__year=0",
        "__year=x",
        "__year=2030&{}__month=13",
        "__gte=9999-99-99",
    ],
)
@pytest.mark.parametrize(
    ("model", "field"),
    [
        (Schedule, "valid_from"),
        (TimeOff, "starts_at"),
        (Appointment, "appointment_date"),
        (ActivityEvent, "created_at"),
    ],
)
def test_a_date_that_is_none(own, model, field, query):
    answer = administrator(own.organization).get(f"{url(model, 'changelist')}?{field}{query.format(field)}")
    assert answer.status_code in {200, 302, 400}


def test_a_copy_of_what_may_not_be_added_is_not_added(own):
    browser = administrator(own.organization)
    for row in (own.organization, own.rows[Appointment], own.rows[ActivityEvent]):
        assert browser.post(url(row), {"_saveasnew": "1", "name": "Copy"}).status_code == 403


def test_there_is_no_address_by_content_type(own):
    assert administrator(own.organization).get("/admin/r/1/1/").status_code == 404


@MODELS
@pytest.mark.parametrize("pk", ["0", "999999999999999999999999", "x", "_00"])
def test_a_key_that_is_none(own, model, pk):
    browser = administrator(own.organization)
    address = url(own.rows[model]).replace(f"/{own.rows[model].pk}/", f"/{pk}/")
    assert browser.get(address).status_code in {302, 403}


@MODELS
@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ED%A0%80", "p=x", "o=99", "e=1", "_to_field=organization", "clinic__id__exact=x", "id__exact=9%00"],
)
def test_a_query_that_is_none(own, model, query):
    answer = administrator(own.organization).get(f"{url(model, 'changelist')}?{query}")
    assert answer.status_code in {200, 302, 400, 403}


REFUSED = pytest.mark.parametrize(
    ("model", "query"),
    [
        (ActivityEvent, "about=%00.x"),
        (ActivityEvent, "about=x.%00"),
        (ActivityEvent, "kind=%00"),
        (ActivityEvent, "old__x=1"),
        (Appointment, "notes__regex=("),
        (Appointment, "notes__contains=tablets"),
        (Appointment, "status__exact=%00"),
        (Appointment, "status__regex=("),
        (Appointment, "appointment_date__year=99999999999"),
        (Patient, "name__startswith=%00"),
        (Patient, "%00=1"),
        (Membership, "user__password__startswith=a"),
    ],
)


@REFUSED
def test_a_lookup_that_no_filter_of_the_list_has_is_refused(own, model, query):
    address = url(model, "changelist")
    answer = administrator(own.organization).get(f"{address}?{query}")
    assert (answer.status_code, answer.headers.get("Location")) in {(302, f"{address}?e=1"), (400, None)}


@pytest.mark.parametrize("query", ["email=%00", "email__regex=(", "password__startswith=a"])
def test_superusers_are_refused_it_too(query):
    assert superuser().get(f"{url(User, 'changelist')}?{query}").status_code in {302, 400}


def test_every_link_of_a_filter_is_followed(own):
    browser = administrator(own.organization)
    for model in site._registry.keys() - NOT_FOR_ADMINISTRATORS:
        shown = browser.get(url(model, "changelist")).context["cl"]
        for filtered in shown.filter_specs:
            for choice in filtered.choices(shown):
                address = url(model, "changelist") + choice["query_string"]
                assert browser.get(address).status_code == 200, address


def test_every_link_of_the_dates_is_followed(own):
    browser = administrator(own.organization)
    for query in ("__year=2030", "__year=2030&{}__month=1", "__year=2030&{}__month=1&{}__day=7"):
        asked = "appointment_date" + query.format(*["appointment_date"] * 2)
        listed = browser.get(f"{url(Appointment, 'changelist')}?{asked}").context["cl"].result_list
        assert [row.pk for row in listed] == [own.rows[Appointment].pk]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("1\x00", "Null characters are not allowed."),
        *((key, "Select a valid choice.") for key in ("x", "9" * 30, "9" * 5000)),
    ],
    ids=["nul", "letter", "long", "endless"],
)
@pytest.mark.parametrize(
    ("model", "field"),
    [
        (TimeOff, "practitioner"),
        (ClinicAssignment, "practitioner"),
        (ClinicAssignment, "clinic"),
        (ClinicClosure, "clinic"),
        (Schedule, "assignment"),
        (Practitioner, "specialty"),
        (Practitioner, "user"),
    ],
)
def test_a_choice_that_is_no_key_is_refused_at_its_field(own, model, field, key, words):
    rows = no_rows("assignments", "time_off", "working_hours")
    browser = administrator(own.organization)
    answer = browser.post(url(model, "add"), {field: key, **rows})
    assert words in errors_of(answer)[field][0]
    assert browser.get(url(model, "add"), {field: key}).status_code == 200


def test_what_is_no_text_is_completed_to_nothing(own):
    asked = {"app_label": "scheduling", "model_name": "timeoff", "field_name": "practitioner", "term": "\x00"}
    answer = administrator(own.organization).get(reverse("admin:autocomplete"), asked)
    assert answer.json()["results"] == []
