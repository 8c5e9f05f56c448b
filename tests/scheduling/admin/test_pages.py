"""The pages beside Django's own: who enters, and what stays behind the wall."""

import pytest
from django.urls import reverse

from clinics.admin import site
from clinics.models import Role
from tests.administration import administrator, enter, everything, superuser
from tests.factories import MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

PAGES = [(model, page) for model, registered in site._registry.items() for page in getattr(registered, "pages", ())]
EACH = pytest.mark.parametrize(("model", "page"), PAGES, ids=[page.__name__ for _, page in PAGES])


def address(model, page, row):
    return reverse(f"admin:{page.route_of(site._registry[model])}", args=[row.pk] if page.of_a_row else [])


@EACH
def test_administrators_enter_and_nobody_else(model, page):
    own = everything()
    at = address(model, page, own.rows[model])
    answer = administrator(own.organization).get(at)
    assert answer.status_code in {200, 302}
    assert superuser().get(at).status_code == superuser().post(at).status_code == 403
    for role in (Role.FRONT_DESK, Role.PRACTITIONER):
        browser = enter(MembershipFactory(organization=own.organization, role=role).user)
        assert browser.get(at).status_code == browser.post(at).status_code == 403


@EACH
def test_nothing_of_another_organization_is_on_it(model, page):
    own, foreign = everything(), everything()
    browser = administrator(own.organization)
    answer = browser.get(address(model, page, own.rows[model]), follow=True)
    for name in (foreign.clinic.name, foreign.practitioner.name, foreign.patient.name):
        assert name not in answer.content.decode()
    if page.of_a_row:
        for pk in (foreign.rows[model].pk, 987654, 10**30):
            at = address(model, page, own.rows[model]).replace(f"/{own.rows[model].pk}/", f"/{pk}/")
            assert browser.get(at).status_code == browser.post(at).status_code == 404


@EACH
def test_other_methods_are_refused(model, page):
    own = everything()
    assert administrator(own.organization).put(address(model, page, own.rows[model])).status_code == 405


@EACH
def test_nothing_sent_is_refused_in_words(model, page):
    own = everything()
    answer = administrator(own.organization).post(address(model, page, own.rows[model]), {})
    assert answer.status_code == 200
    assert answer.context["form"].errors
