"""How a member stands: invited again, deactivated and let in again; and what that means at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics import letters
from clinics.models import AccountLetter, ActivityEvent, Membership, Role
from tests.administration import administrator, enter, events, superuser, told, url
from tests.factories import MembershipFactory, OrganizationFactory, PractitionerFactory, UserFactory
from tests.factories.clinics import PASSWORD

pytestmark = pytest.mark.django_db

LIST = url(Membership, "changelist")


@pytest.fixture
def office():
    return administrator(OrganizationFactory())


def standing(membership, where=""):
    return f"{url(membership, 'standing')}{where}"


def do(browser, membership, what, where=""):
    return browser.post(standing(membership, where), {"do": what})


def colleague(office, *, password=True, **fields):
    user = UserFactory(email="thiri@yankin.example")
    if not password:
        user.set_unusable_password()
        user.save()
    return MembershipFactory(organization=office.membership.organization, user=user, **fields)


class TestInvited:
    def test_the_list_says_who_is_not_in_yet(self, office):
        membership = colleague(office, password=False)
        assertContains(office.get(LIST), "not invited yet")
        letters.invite(membership)
        assertContains(office.get(LIST), "invited, not yet in")
        assertContains(office.get(LIST), "The e-mail is on its way.")
        assertContains(office.get(url(membership)), "Send again")

    @pytest.mark.parametrize(
        ("letter", "words"),
        [
            ({"sent_at": timedelta(0)}, "; the link works until"),
            ({"sent_at": timedelta(days=-4)}, "has run out."),
            ({"error": "ConnectionRefusedError"}, "could not be sent yet (ConnectionRefusedError); it is tried again."),
            ({"error": "SMTPRecipientsRefused 550", "due_at": None}, "could not be delivered"),
        ],
    )
    def test_and_what_became_of_the_e_mail(self, office, letter, words):
        membership = colleague(office, password=False)
        letters.invite(membership)
        if "sent_at" in letter:
            letter = {"sent_at": timezone.now() + letter["sent_at"], "due_at": None}
        AccountLetter.objects.update(**letter)
        assertContains(office.get(LIST), words)
        assertContains(office.get(url(membership)), words)

    @pytest.mark.parametrize(("where", "back"), [("", url), ("?list", lambda _: LIST)])
    def test_is_invited_again(self, office, where, back):
        membership = colleague(office, password=False)
        letters.invite(membership)
        AccountLetter.objects.update(due_at=None, sent_at=timezone.now(), attempts=1)
        answer = do(office, membership, "invite", where)
        assertRedirects(answer, back(membership), status_code=303)
        letter = AccountLetter.objects.get()
        assert (letter.sent_at, letter.attempts, letter.error, letter.due_at is None) == (None, 0, "", False)
        assert events() == ["MEMBERSHIP_INVITED"]

    def test_whoever_has_a_password_is_not(self, office):
        answer = do(office, colleague(office), "invite")
        assert told(answer) == [
            "No invitation was sent: thiri@yankin.example has a password already, or may not sign in."
        ]
        assert (events(), AccountLetter.objects.count()) == ([], 0)

    def test_a_password_given_by_an_administrator_ends_the_invitation(self, office):
        membership = colleague(office, password=False)
        letters.invite(membership)
        office.post(url(membership), {"role": "front_desk", "name": "Thiri", "password": "another good word"})
        letters.sweep()
        assertNotContains(office.get(LIST), "invited, not yet in")
        assert AccountLetter.objects.get().sent_at is None

    @pytest.mark.parametrize("which", ["in", "invited", "left"])
    def test_the_list_is_narrowed_by_it(self, office, which):
        rows = {
            "in": office.membership,
            "invited": colleague(office, password=False),
            "left": MembershipFactory(organization=office.membership.organization, is_active=False),
        }
        listed = office.get(LIST, {"standing": which}).context["cl"].result_list
        assert list(listed) == [rows[which]]


class TestDeactivated:
    def test_is_out_with_the_next_request(self, office):
        membership = colleague(office)
        theirs = enter(membership.user)
        assert theirs.get("/").status_code == 200
        assertRedirects(do(office, membership, "deactivate"), url(membership), status_code=303)
        assertRedirects(theirs.get("/"), "/login/?next=/")
        assert "_auth_user_id" not in theirs.session
        assert events() == ["MEMBERSHIP_DEACTIVATED"]

    def test_a_form_that_was_open_writes_nothing(self, office):
        membership = colleague(office)
        theirs = enter(membership.user)
        do(office, membership, "deactivate")
        answer = theirs.post("/patients/new/", {"new-name": "Su"})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")

    def test_a_page_that_looks_whether_it_is_true_is_told(self, office):
        membership = colleague(office)
        theirs = enter(membership.user)
        do(office, membership, "deactivate")
        answer = theirs.get("/", headers={"HX-Request": "true", "If-None-Match": '"x"'})
        assert answer.status_code == 401

    def test_cannot_sign_in_and_is_told_why(self, office):
        do(office, colleague(office), "deactivate")
        answer = Client().post("/login/", {"username": "thiri@yankin.example", "password": PASSWORD})
        assertContains(answer, "You are no longer a member.", status_code=422)

    def test_a_wrong_password_tells_nothing_of_it(self, office):
        do(office, colleague(office), "deactivate")
        answer = Client().post("/login/", {"username": "thiri@yankin.example", "password": "wrong"})
        assertContains(answer, "do not go together", status_code=422)

    def test_goes_on_in_the_other_organization(self, office):
        membership = colleague(office)
        elsewhere = MembershipFactory(user=membership.user)
        theirs = enter(membership.user)
        assert theirs.get("/").context["request"].organization == office.membership.organization
        do(office, membership, "deactivate")
        assert theirs.get("/").context["request"].organization == elsewhere.organization
        assert theirs.post("/organization/", {"organization": membership.organization_id}).status_code == 404

    def test_an_administrator_loses_the_administration(self, office):
        membership = colleague(office, role=Role.ADMINISTRATOR)
        theirs = enter(membership.user)
        assert theirs.get("/admin/").status_code == 200
        do(office, membership, "deactivate")
        assert theirs.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/login/?next=")

    def test_is_let_in_again_as_before(self, office):
        membership = colleague(office)
        do(office, membership, "deactivate")
        assertContains(office.get(url(membership)), "Let in again")
        answer = do(office, membership, "activate")
        assert told(answer)[-1] == "The member thiri@yankin.example is let in again, as before."
        assertRedirects(Client().post("/login/", {"username": "thiri@yankin.example", "password": PASSWORD}), "/")
        assert events() == ["MEMBERSHIP_DEACTIVATED", "MEMBERSHIP_ACTIVATED"]

    def test_never_oneself(self, office):
        MembershipFactory(organization=office.membership.organization, role=Role.ADMINISTRATOR)
        answer = do(office, office.membership, "deactivate")
        assert told(answer) == ["You cannot take your own administration away: another administrator can."]
        assert office.get("/admin/").status_code == 200

    @pytest.mark.parametrize("other", [None, False])
    def test_never_the_last_administrator(self, office, other):
        if other is not None:  # one who has left is none
            MembershipFactory(organization=office.membership.organization, role=Role.ADMINISTRATOR, is_active=other)
        answer = do(superuser(), office.membership, "deactivate")
        assert told(answer) == ["This is the last administrator. Make somebody else an administrator first."]

    def test_an_invited_member_is_not_written_to(self, office, mailoutbox):
        membership = colleague(office, password=False)
        letters.invite(membership)
        do(office, membership, "deactivate")
        letters.sweep()
        assert mailoutbox == []

    def test_the_history_tells_of_it(self, office):
        membership = colleague(office)
        do(office, membership, "deactivate")
        assertContains(office.get(url(membership, "history")), "Member deactivated")


class TestTheAddress:
    def test_takes_forms_alone(self, office):
        assert office.get(standing(colleague(office))).status_code == 405

    @pytest.mark.parametrize("what", ["", "delete"])
    def test_does_nothing_else(self, office, what):
        assert do(office, colleague(office), what).status_code == 404

    @pytest.mark.parametrize("what", ["invite", "deactivate", "activate"])
    def test_is_of_ones_own_organization(self, office, what):
        foreign = MembershipFactory(is_active=what != "activate")
        assert do(office, foreign, what).status_code == 404
        foreign.refresh_from_db()
        assert (foreign.is_active, ActivityEvent.objects.exists()) == (what != "activate", False)

    @pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PRACTITIONER])
    def test_is_for_administrators(self, office, role):
        theirs = enter(MembershipFactory(organization=office.membership.organization, role=role).user)
        assert do(theirs, colleague(office), "deactivate").status_code == 403


def test_a_practitioner_who_has_left_keeps_the_patients_and_loses_the_pages(office):
    membership = colleague(office, role=Role.PRACTITIONER)
    practitioner = PractitionerFactory(organization=office.membership.organization, user=membership.user)
    do(office, membership, "deactivate")
    practitioner.refresh_from_db()
    assert (practitioner.is_active, practitioner.user) == (True, membership.user)
