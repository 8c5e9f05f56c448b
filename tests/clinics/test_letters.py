"""The letter that what somebody asked for is ready: where it leads, and to whom it still goes."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics import letters
from clinics.models import AccountLetter, Role
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

PAGE = "/admin/scheduling/exportfile/"


@pytest.fixture
def administrator():
    user = UserFactory(email="thiri@yankin.example")
    return MembershipFactory(user=user, organization=OrganizationFactory(name="Yankin Health"), role=Role.ADMINISTRATOR)


def tell(membership):
    return letters.tell_ready(membership.user, membership.organization, PAGE)


def test_leads_to_the_page(administrator, mailoutbox):
    tell(administrator)
    letters.sweep()
    (email,) = mailoutbox
    assert (email.to, email.subject) == (["thiri@yankin.example"], "Yankin Health: the file is ready")
    assert f"http://127.0.0.1:8000{PAGE}" in email.body
    assert f'href="http://127.0.0.1:8000{PAGE}"' in email.alternatives[0].content
    assert AccountLetter.objects.get().sent_at == timezone.now()


def test_each_is_a_letter_of_its_own(administrator, mailoutbox):
    tell(administrator)
    letters.sweep()
    tell(administrator)
    letters.sweep()
    assert len({email.extra_headers["Message-ID"] for email in mailoutbox}) == 2


def test_keeps_no_letter_about_a_password_back(administrator, mailoutbox):
    tell(administrator)
    letters.tell_the_way_back("thiri@yankin.example")
    letters.sweep()
    assert sorted(email.subject for email in mailoutbox) == [
        "Choose a new password",
        "Yankin Health: the file is ready",
    ]


@pytest.mark.parametrize("since", ["left", "demoted", "closed"])
def test_goes_to_nobody_who_administers_no_longer(administrator, mailoutbox, since):
    tell(administrator)
    if since == "closed":
        administrator.user.is_active = False
        administrator.user.save()
    else:
        administrator.is_active = since != "left"
        administrator.role = Role.FRONT_DESK if since == "demoted" else administrator.role
        administrator.save()
    letters.sweep()
    assert (mailoutbox, AccountLetter.objects.get().due_at) == ([], None)


def test_the_database_refuses_one_that_leads_nowhere(administrator):
    letter = tell(administrator)
    for change in ({"page": ""}, {"organization": None}, {"kind": "password"}):
        with pytest.raises(IntegrityError, match="account_letter_leads_somewhere"), transaction.atomic():
            AccountLetter.objects.filter(pk=letter.pk).update(**change)
