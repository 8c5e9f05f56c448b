"""Members: invited by e-mail, changed as far as they are the organization's own, never shut out by mistake."""

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.admin import members
from clinics.models import ActivityEvent, Membership, Role, User
from clinics.permissions import memberships_of
from tests.administration import administrator, enter, errors_of, superuser, told, url
from tests.factories import ClinicFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.clinics import PASSWORD

pytestmark = pytest.mark.django_db

ADD, LIST = url(Membership, "add"), url(Membership, "changelist")
NEW = {"email": "Thiri@Yankin.example", "name": "Thiri Soe", "role": "front_desk"}


@pytest.fixture
def office():
    return administrator(OrganizationFactory(), name="Daw Khin Sandar")


def member(office, **user):
    """Give a member whose account the organization opened, with the tests' password."""
    given = {"email": "thiri@yankin.example", "name": "Thiri Soe", **user}
    return MembershipFactory(organization=office.membership.organization, user=UserFactory(**given))


def signs_in(email, password):
    return authenticate(RequestFactory().post("/login/"), username=email, password=password)


def test_a_new_member_has_no_password_that_anybody_knows(office):
    clinic = ClinicFactory(organization=office.membership.organization)
    answer = office.post(ADD, {**NEW, "limited_to": [clinic.pk], "password": "mingalaba everybody"})
    assertRedirects(answer, LIST)
    words = "An e-mail is on its way to thiri@yankin.example, with a link to choose a password."
    assert told(answer)[-1].startswith(words)
    membership = Membership.objects.get(role=Role.FRONT_DESK)
    user = membership.user
    assert (user.name, user.is_staff, user.is_superuser) == ("Thiri Soe", False, False)
    assert user.has_usable_password() is False
    assert signs_in("thiri@yankin.example", "mingalaba everybody") is None
    assert (membership.organization, membership.letter.user) == (office.membership.organization, user)
    assert list(membership.clinics.all()) == [clinic]


def test_one_event_tells_of_it(office):
    office.post(ADD, NEW)
    event = ActivityEvent.objects.get()
    assert (event.kind, event.actor, event.organization) == (
        "MEMBERSHIP_CREATED",
        office.user,
        office.membership.organization,
    )
    assert event.new == {
        "email": "thiri@yankin.example",
        "role": "front_desk",
        "limited_to": [],
        "told_of_cancellations": False,
    }


def test_a_member_may_be_told_of_cancellations(office):
    office.post(ADD, {**NEW, "told_of_cancellations": "on"})
    membership = Membership.objects.get(role=Role.FRONT_DESK)
    assert membership.told_of_cancellations is True
    office.post(url(membership), {"role": "front_desk", "name": "Thiri Soe", "password": ""})
    membership.refresh_from_db()
    assert membership.told_of_cancellations is False


def test_an_account_that_is_there_already_is_not_the_administrators_to_add(office):
    existing = UserFactory(email="thiri@yankin.example", name="Secret Name")
    before = User.objects.filter(pk=existing.pk).values().get()
    answer = office.post(ADD, NEW)
    words = "Somebody signs in with this address already. Whoever runs this system can add them."
    assert errors_of(answer) == {"email": [words]}
    assertNotContains(answer, "Secret Name")
    assert User.objects.filter(pk=existing.pk).values().get() == before
    assert not existing.memberships.exists()


def test_whoever_opened_the_account_of_an_address_first_gets_into_no_other_organization(office):
    other = administrator(OrganizationFactory())
    other.post(ADD, NEW)
    office.post(ADD, NEW)
    account = User.objects.get(email="thiri@yankin.example")
    home = office.membership.organization
    assert [each.organization for each in memberships_of(account)] == [other.membership.organization]
    assert enter(account).post("/organization/", {"organization": home.pk}).status_code == 404


def test_an_account_opened_since_the_form_was_checked_is_not_taken(office, monkeypatch):
    existing = UserFactory(email="thiri@yankin.example")
    monkeypatch.setattr(members, "reason_not_to_add", lambda *_: "")
    answer = office.post(ADD, NEW)
    assert told(answer) == ["Somebody else changed this at the same moment. Nothing was saved: please try again."]
    assert not existing.memberships.exists()


def test_a_superuser_attaches_an_account_and_it_stays_as_it_is(office):
    existing = UserFactory(email="thiri@yankin.example", name="Secret Name")
    before = User.objects.filter(pk=existing.pk).values().get()
    answer = superuser().post(ADD, {**NEW, "organization": office.membership.organization.pk})
    assertRedirects(answer, LIST)
    assert told(answer)[-1] == "Whoever has signed in with this address before keeps their own name and password."
    assert User.objects.filter(pk=existing.pk).values().get() == before
    membership = existing.memberships.get()
    assert (membership.organization, membership.attached) == (office.membership.organization, True)
    assert ActivityEvent.objects.get().new.keys() == {"organization", "email", "role", "told_of_cancellations"}
    office.post(url(membership), {"role": "practitioner", "name": "Mine now", "password": "another good word"})
    assert signs_in("thiri@yankin.example", PASSWORD).name == "Secret Name"


@pytest.mark.parametrize("who", ["another", "oneself"])
def test_a_superuser_becomes_a_member_nowhere(office, who):
    operator = superuser()
    account = operator.user if who == "oneself" else UserFactory(is_superuser=True)
    answer = operator.post(ADD, {**NEW, "email": account.email, "organization": office.membership.organization.pk})
    words = "This is the account of a superuser, who sees no patients and so is a member nowhere."
    assert errors_of(answer) == {"email": [words]}
    assert not account.memberships.exists()


def test_the_name_of_whoever_was_attached_is_shown_on_no_page(office):
    membership = MembershipFactory(
        user=UserFactory(email="thiri@yankin.example", name="Secret Name"),
        organization=office.membership.organization,
        attached=True,
    )
    for address in (LIST, url(membership), url(membership, "history"), url(membership, "delete"), "/admin/"):
        assertNotContains(office.get(address, follow=True), "Secret Name")
    assertContains(office.get(LIST), "thiri@yankin.example")


def test_a_member_is_not_added_twice(office):
    office.post(ADD, NEW)
    answer = office.post(ADD, NEW)
    assert errors_of(answer) == {"email": ["Whoever signs in with this address is a member already."]}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "thiri", "Enter a valid email address."),
        ("name", "", "This field is required."),
        ("role", "superuser", "Select a valid choice. superuser is not one of the available choices."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(office, field, value, words):
    answer = office.post(ADD, {**NEW, field: value})
    assert list(errors_of(answer)) == [field]
    assert words.lower()[:30] in errors_of(answer)[field][0].lower()
    assert Membership.objects.count() == 1


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "This password is too short. It must contain at least 12 characters."),
        ("thiri@yankin.example", "The password is too similar to the e-mail."),
    ],
)
def test_a_password_that_is_given_keeps_the_rules(office, password, words):
    sent = {"role": "front_desk", "name": "Thiri Soe", "password": password}
    answer = office.post(url(member(office)), sent)
    assert errors_of(answer)["password"][0].lower() == words.lower()


def test_clinics_of_another_organization_are_refused(office):
    answer = office.post(ADD, {**NEW, "limited_to": [ClinicFactory().pk]})
    assert "Select a valid choice." in errors_of(answer)["limited_to"][0]
    assert not User.objects.filter(email="thiri@yankin.example").exists()


def test_more_rights_than_a_role_cannot_be_sent(office):
    office.post(ADD, {**NEW, "is_superuser": "on", "is_staff": "on", "organization": OrganizationFactory().pk})
    user = User.objects.get(email="thiri@yankin.example")
    assert (user.is_superuser, user.is_staff) == (False, False)
    assert user.memberships.get().organization == office.membership.organization


def test_role_name_and_password_of_an_own_member_are_changed(office):
    membership = member(office)
    sent = {"role": "practitioner", "name": "Dr Thiri", "password": "another good word"}
    assertRedirects(office.post(url(membership), sent), LIST)
    membership.refresh_from_db()
    assert (membership.role, membership.user.name) == ("practitioner", "Dr Thiri")
    assert signs_in("thiri@yankin.example", "another good word") == membership.user
    event = ActivityEvent.objects.latest("id")
    assert event.old == {"role": "front_desk", "name": "Thiri Soe"}
    assert event.new == {"role": "practitioner", "name": "Dr Thiri", "password": "changed"}


def test_ones_own_new_password_does_not_sign_one_out(office):
    sent = {"role": "administrator", "name": office.user.name, "password": "another good word"}
    assertRedirects(office.post(url(office.membership), sent), LIST)
    assert signs_in(office.user.email, "another good word") == office.user
    assert office.get(LIST).status_code == 200


def test_a_new_password_of_somebody_else_signs_them_out(office):
    office.post(ADD, NEW)
    membership = Membership.objects.get(role=Role.FRONT_DESK)
    theirs = enter(membership.user)
    office.post(url(membership), {"role": "front_desk", "name": "Thiri Soe", "password": "another good word"})
    assertRedirects(theirs.get("/"), "/login/?next=/")
    assert office.get(LIST).status_code == 200


def test_without_a_new_password_the_old_one_stays(office):
    office.post(url(member(office)), {"role": "front_desk", "name": "Thiri Soe", "password": ""})
    assert signs_in("thiri@yankin.example", PASSWORD)


@pytest.mark.parametrize("why", ["member elsewhere", "superuser", "there before"])
def test_name_and_password_of_whoever_is_not_ones_own_stay(office, why):
    user = UserFactory(is_superuser=why == "superuser")
    if why == "member elsewhere":
        MembershipFactory(user=user)
    membership = MembershipFactory(
        user=user, organization=office.membership.organization, attached=why == "there before"
    )
    office.post(url(membership), {"role": "practitioner", "name": "Mine now", "password": "another good word"})
    membership.refresh_from_db()
    assert membership.role == "practitioner"
    assert (membership.user.name, signs_in(user.email, PASSWORD)) == (user.name, user)


def test_one_cannot_demote_oneself(office):
    MembershipFactory(organization=office.membership.organization, role=Role.ADMINISTRATOR)
    answer = office.post(url(office.membership), {"role": "front_desk", "name": office.user.name})
    assert errors_of(answer) == {"role": ["You cannot take your own administration away: another administrator can."]}


def test_one_cannot_remove_oneself(office):
    answer = office.post(url(office.membership, "delete"), {"post": "yes"})
    assert told(answer) == ["You cannot take your own administration away: another administrator can."]
    assert Membership.objects.filter(pk=office.membership.pk).exists()


def test_the_last_administrator_stays_even_for_a_superuser(office):
    operator = superuser()
    answer = operator.post(url(office.membership), {"role": "front_desk", "name": office.user.name})
    words = "This is the last administrator. Make somebody else an administrator first."
    assert errors_of(answer) == {"role": [words]}
    assert told(operator.post(url(office.membership, "delete"), {"post": "yes"})) == [words]


def test_another_administrator_can_be_demoted(office):
    other = MembershipFactory(organization=office.membership.organization, role=Role.ADMINISTRATOR)
    office.post(url(other), {"role": "front_desk", "name": other.user.name})
    other.refresh_from_db()
    assert other.role == "front_desk"


def test_a_member_who_leaves_is_removed_and_the_account_stays(office):
    membership = MembershipFactory(organization=office.membership.organization)
    assertRedirects(office.post(url(membership, "delete"), {"post": "yes"}), LIST)
    assert User.objects.filter(pk=membership.user_id).exists()
    assert enter(membership.user).get("/").status_code == 403
    event = ActivityEvent.objects.get()
    assert (event.kind, event.old["user_id"]) == ("MEMBERSHIP_DELETED", membership.user_id)


def test_a_superuser_seats_the_first_administrator():
    organization = OrganizationFactory()
    answer = superuser().post(ADD, {**NEW, "role": "administrator", "organization": organization.pk})
    assertRedirects(answer, LIST)
    seated = Membership.objects.get()
    assert (seated.organization, seated.role) == (organization, "administrator")
    assert enter(seated.user).get("/admin/").status_code == 200


def test_a_superuser_must_say_which_organization():
    answer = superuser().post(ADD, {**NEW, "role": "administrator"})
    assert errors_of(answer) == {"organization": ["This field is required."]}


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(office, django_assert_num_queries):
    for more in (1, 3):
        for _ in range(more):
            MembershipFactory(organization=office.membership.organization)
        with django_assert_num_queries(4):
            office.get(LIST)
