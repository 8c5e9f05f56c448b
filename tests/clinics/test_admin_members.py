"""Members: added by e-mail, changed as far as they are the organization's own, never shut out by mistake."""

import re

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import ActivityEvent, Membership, Role, User
from tests.administration import administrator, enter, errors_of, superuser, told, url
from tests.factories import ClinicFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.clinics import PASSWORD

pytestmark = pytest.mark.django_db

ADD, LIST = url(Membership, "add"), url(Membership, "changelist")
NEW = {"email": "Thiri@Yankin.example", "name": "Thiri Soe", "role": "front_desk", "password": "mingalaba everybody"}


@pytest.fixture
def office():
    return administrator(OrganizationFactory(), name="Daw Khin Sandar")


def signs_in(email, password):
    return authenticate(RequestFactory().post("/login/"), username=email, password=password)


def test_a_new_member_signs_in_with_the_initial_password(office):
    clinic = ClinicFactory(organization=office.membership.organization)
    assertRedirects(office.post(ADD, {**NEW, "limited_to": [clinic.pk]}), LIST)
    user = signs_in("thiri@yankin.example", "mingalaba everybody")
    membership = user.memberships.get()
    assert (user.name, user.is_staff, user.is_superuser) == ("Thiri Soe", False, False)
    assert (membership.organization, membership.role) == (office.membership.organization, "front_desk")
    assert list(membership.clinics.all()) == [clinic]


def test_one_event_tells_of_it_and_holds_no_password(office):
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
        "password": "changed",
    }


def test_a_member_may_be_told_of_cancellations(office):
    office.post(ADD, {**NEW, "told_of_cancellations": "on"})
    membership = Membership.objects.get(role=Role.FRONT_DESK)
    assert membership.told_of_cancellations is True
    office.post(url(membership), {"role": "front_desk", "name": "Thiri Soe", "password": ""})
    membership.refresh_from_db()
    assert membership.told_of_cancellations is False


def _without_key(words):
    return re.sub(r"/\d+/", "/", words).replace("thiri@", "new@")


def test_whoever_signs_in_already_is_attached_and_stays_as_they_are(office):
    existing = UserFactory(email="thiri@yankin.example", name="Secret Name")
    before = User.objects.filter(pk=existing.pk).values().get()
    fresh = office.post(ADD, {**NEW, "email": "new@yankin.example"})
    attached = office.post(ADD, NEW)
    assert User.objects.filter(pk=existing.pk).values().get() == before
    assert Membership.objects.filter(user=existing, organization=office.membership.organization).exists()
    # Word for word what is told of somebody new, but for the address.
    assert [_without_key(words) for words in told(attached)[2:]] == [_without_key(words) for words in told(fresh)]


def test_the_name_of_whoever_was_there_before_is_shown_on_no_page(office):
    MembershipFactory(user=UserFactory(email="thiri@yankin.example", name="Secret Name"))
    office.post(ADD, NEW)
    membership = Membership.objects.get(organization=office.membership.organization, user__name="Secret Name")
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
        ("password", "short", "This password is too short. It must contain at least 12 characters."),
        ("password", "thiri@yankin.example", "The password is too similar to the email address."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(office, field, value, words):
    answer = office.post(ADD, {**NEW, field: value})
    assert list(errors_of(answer)) == [field]
    assert words.lower()[:30] in errors_of(answer)[field][0].lower()
    assert Membership.objects.count() == 1


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
    office.post(ADD, NEW)
    membership = Membership.objects.get(role=Role.FRONT_DESK)
    sent = {"role": "practitioner", "name": "Dr Thiri", "password": "another good word"}
    assertRedirects(office.post(url(membership), sent), LIST)
    membership.refresh_from_db()
    assert (membership.role, membership.user.name) == ("practitioner", "Dr Thiri")
    assert signs_in("thiri@yankin.example", "another good word") == membership.user
    event = ActivityEvent.objects.latest("id")
    assert event.old == {"role": "front_desk", "name": "Thiri Soe"}
    assert event.new == {"role": "practitioner", "name": "Dr Thiri", "password": "changed"}


def test_without_a_new_password_the_old_one_stays(office):
    office.post(ADD, NEW)
    membership = Membership.objects.get(role=Role.FRONT_DESK)
    office.post(url(membership), {"role": "front_desk", "name": "Thiri Soe", "password": ""})
    assert signs_in("thiri@yankin.example", "mingalaba everybody")


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


def test_an_administrator_has_no_page_about_accounts(office):
    for address in (url(User, "changelist"), url(User, "add"), url(office.user), f"{url(office.user)[:-7]}password/"):
        assert office.get(address).status_code == 403


def test_a_superuser_adds_closes_and_renames_accounts_but_deletes_none():
    operator = superuser()
    sent = {"email": "a@b.example", "name": "A", "password1": "mingalaba everybody", "password2": "mingalaba everybody"}
    assert operator.post(url(User, "add"), {**sent, "usable_password": "true"}).status_code == 302
    user = User.objects.get(email="a@b.example")
    assert operator.post(url(user), {"email": "a@b.example", "name": "B"}).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.is_active) == ("B", False)
    assert operator.post(url(user, "delete"), {"post": "yes"}).status_code == 403


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(office, django_assert_num_queries):
    for members in (1, 3):
        for _ in range(members):
            MembershipFactory(organization=office.membership.organization)
        with django_assert_num_queries(5):
            office.get(LIST)
