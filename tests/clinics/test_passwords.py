"""A password chosen by the link of a letter, and a letter asked for at the door."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics import letters
from clinics.models import AccountLetter, ActivityEvent
from clinics.tasks import send_letters
from tests.administration import enter
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.clinics import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

NEW = "mingalaba everybody"
DOOR = "/login/"
FORGOTTEN = "/password/"


@pytest.fixture
def invited():
    user = UserFactory(email="thiri@yankin.example")
    user.set_unusable_password()
    user.save()
    membership = MembershipFactory(user=user, organization=OrganizationFactory(name="Yankin Health"))
    letters.invite(membership)
    return membership


@pytest.fixture
def member():
    return MembershipFactory(user=UserFactory(email="thiri@yankin.example"))


@pytest.fixture
def link(invited, mailoutbox):  # noqa: ARG001
    letters.sweep()
    return link_in(mailoutbox[-1])


def link_in(email):
    (address,) = re.findall(r"http://127.0.0.1:8000(/password/\S+)", email.body)
    return address


def choose(client, address, password=NEW, again=None):
    form = client.get(address, follow=True)
    return client.post(
        form.wsgi_request.path, {"new_password1": password, "new_password2": password if again is None else again}
    )


def sign_in(client, password):
    return client.post(DOOR, {"username": "thiri@yankin.example", "password": password})


class TestTheLetter:
    def test_invites_by_name_of_the_organization(self, mailoutbox, link):
        (email,) = mailoutbox
        assert (email.to, email.subject) == (["thiri@yankin.example"], "Choose your password for Yankin Health")
        assert "You sign in as thiri@yankin.example." in email.body
        assert "The link works once, for 3 days." in email.body
        assert link in email.alternatives[0].content
        assert re.fullmatch(r"<letter-\d+-\d+@localhost>", email.extra_headers["Message-ID"])

    def test_is_handed_to_a_worker_once_it_is_written(self, invited, monkeypatch, django_capture_on_commit_callbacks):
        handed = []
        monkeypatch.setattr(letters, "hand_over", lambda *given: handed.append(given))
        with django_capture_on_commit_callbacks(execute=True):
            letter = letters.invite(invited)
        assert handed == [(send_letters.name, [letter.pk])]

    def test_about_a_forgotten_password_waits_for_the_sweep(self, client, member, django_capture_on_commit_callbacks):
        """A page that hands it over would take longer, and so tell that there is such an account."""
        with django_capture_on_commit_callbacks() as callbacks:
            client.post(FORGOTTEN, {"email": member.user.email})
        assert (callbacks, AccountLetter.objects.count()) == ([], 1)

    def test_is_sent_once(self, mailoutbox, link):  # noqa: ARG002
        letters.sweep()
        letter = AccountLetter.objects.get()
        assert (len(mailoutbox), letter.due_at, letter.sent_at is None) == (1, None, False)

    def test_that_fails_is_tried_again_later(self, invited, mailoutbox, monkeypatch):
        fails(monkeypatch, ConnectionRefusedError())
        letters.sweep()
        letter = AccountLetter.objects.get()
        assert (letter.error, letter.attempts, letter.due_at > timezone.now()) == ("ConnectionRefusedError", 1, True)
        monkeypatch.undo()
        AccountLetter.objects.update(due_at=timezone.now())
        letters.sweep([invited.letter.pk])
        assert (len(mailoutbox), AccountLetter.objects.get().error) == (1, "")

    def test_to_an_address_that_is_none_is_given_up(self, invited, monkeypatch):
        fails(monkeypatch, SMTPRecipientsRefused({"thiri@yankin.example": (550, b"no")}))
        letters.sweep()
        letter = AccountLetter.objects.get(membership=invited)
        assert (letter.due_at, letter.sent_at, letter.error) == (None, None, "SMTPRecipientsRefused 550")

    def test_one_that_cannot_be_sent_does_not_keep_the_others(self, invited, mailoutbox, monkeypatch):
        letters.invite(MembershipFactory(user=without_password()))
        usual = letters.email_for
        broken = SMTPRecipientsRefused({"x": (550, b"no")})
        monkeypatch.setattr(letters, "email_for", lambda each: raise_or(usual, each, invited.letter.pk, broken))
        letters.sweep()
        assert len(mailoutbox) == 1

    def test_whose_worker_died_is_sent_when_its_lease_has_run_out(self, invited, mailoutbox, time_machine):
        assert letters._claim(timezone.now(), None) == invited.letter
        letters.sweep()
        assert mailoutbox == []
        time_machine.shift(timedelta(minutes=3))
        letters.sweep()
        assert len(mailoutbox) == 1

    def test_holds_its_secret_nowhere_but_in_the_mail(self, link):
        token = link.split("/")[-2]
        assert token not in str(AccountLetter.objects.values().get())


class TestTheLink:
    def test_leads_to_a_page_without_its_secret_in_the_address(self, client, link):
        answer = client.get(link)
        assert answer.status_code == 302
        assert link.split("/")[-2] not in answer["Location"]
        page = client.get(answer["Location"])
        assertContains(page, "thiri@yankin.example")
        assert "script-src 'self'" in page["Content-Security-Policy"]
        assert "no-store" in page["Cache-Control"]

    def test_changes_nothing_by_being_followed(self, client, link, invited):
        client.get(link, follow=True)
        client.head(link)
        invited.user.refresh_from_db()
        assert invited.user.has_usable_password() is False
        assert not ActivityEvent.objects.exists()

    def test_sets_the_password_and_leads_to_the_door(self, client, link, invited):
        answer = choose(client, link)
        assertRedirects(answer, DOOR, status_code=303, fetch_redirect_response=False)
        door = client.get(DOOR)
        assertContains(door, "Your password is set. Sign in with it.")
        assert "_auth_user_id" not in client.session
        assertRedirects(sign_in(client, NEW), "/")
        event = ActivityEvent.objects.get()
        assert (event.kind, event.target, event.actor) == ("PASSWORD_CHOSEN", invited, invited.user)
        assert (event.old, event.new) == ({}, {})

    def test_works_once(self, client, link):
        choose(client, link)
        assertContains(Client().get(link), "This link no longer works", status_code=410)

    def test_works_for_three_days(self, client, link, time_machine):
        time_machine.shift(timedelta(days=3, seconds=-5))
        assert Client().get(link).status_code == 302
        time_machine.shift(timedelta(seconds=10))
        assertContains(client.get(link), "This link no longer works", status_code=410)

    def test_of_an_earlier_letter_works_as_well(self, client, link, invited, mailoutbox):
        letters.invite(invited)
        letters.sweep()
        assert choose(client, link).status_code == 303
        assert Client().get(link_in(mailoutbox[-1])).status_code == 410

    @pytest.mark.parametrize("why", ["membership", "account"])
    def test_dies_with_the_membership_and_the_account(self, client, link, invited, why):
        row = invited if why == "membership" else invited.user
        row.is_active = False
        row.save()
        assert client.get(link).status_code == 410

    @pytest.mark.parametrize("address", ["MQ/x", "x/x", "MQ/set-password", "OTk5OTk5/c-1", "%00/x"])
    def test_that_is_none(self, client, address, invited):  # noqa: ARG002
        for answer in (client.get(f"/password/{address}/"), client.post(f"/password/{address}/", {})):
            assertContains(answer, "This link no longer works", status_code=410)

    def test_of_one_is_not_of_another(self, client, link, member_elsewhere):
        token = link.split("/")[-2]
        key = letters.link_for(member_elsewhere.user).split("/")[-3]
        assert client.get(f"/password/{key}/{token}/").status_code == 410

    @pytest.mark.parametrize(
        ("password", "again", "words"),
        [
            ("short", None, "This password is too short."),
            ("thiri@yankin.example", None, "The password is too similar to the e-mail."),
            (NEW, "something else", "The two password fields"),
            ("", None, "This field is required."),
        ],
    )
    def test_says_what_is_wrong_with_a_password(self, client, link, invited, password, again, words):
        answer = choose(client, link, password, again)
        assertContains(answer, words, status_code=422)
        invited.user.refresh_from_db()
        assert invited.user.has_usable_password() is False

    def test_signs_out_whoever_was_in_on_this_device(self, link):
        browser = enter(MembershipFactory().user)
        choose(browser, link)
        assert "_auth_user_id" not in browser.session

    def test_lets_in_whom_wrong_passwords_have_locked_out(self, client, member, mailoutbox):
        for _ in range(5):
            sign_in(client, "wrong")
        assert sign_in(client, PASSWORD).status_code == 429
        client.post(FORGOTTEN, {"email": member.user.email})
        letters.sweep()
        choose(client, link_in(mailoutbox[-1]))
        assertRedirects(sign_in(client, NEW), "/")


@pytest.fixture
def member_elsewhere():
    return MembershipFactory()


class TestForgotten:
    def test_the_door_leads_there(self, client):
        assertContains(client.get(DOOR), 'href="/password/"')

    def test_a_member_gets_a_letter(self, client, member, mailoutbox):
        answer = client.post(FORGOTTEN, {"email": "Thiri@Yankin.example"})
        assertRedirects(answer, "/password/?sent", status_code=303)
        letters.sweep()
        (email,) = mailoutbox
        assert (email.to, email.subject) == ([member.user.email], "Choose a new password")
        choose(client, link_in(email))
        assertRedirects(sign_in(client, NEW), "/")

    @pytest.mark.parametrize("who", ["nobody", "closed", "left", "without membership"])
    def test_a_stranger_is_told_the_same_and_nothing_is_sent(self, client, who, mailoutbox):
        user = UserFactory(email="thiri@yankin.example", is_active=who != "closed")
        if who in {"closed", "left"}:
            MembershipFactory(user=user, is_active=who != "left")
        address = "nobody@yankin.example" if who == "nobody" else user.email
        answer = client.post(FORGOTTEN, {"email": address})
        assertRedirects(answer, "/password/?sent", status_code=303)
        letters.sweep()
        assert (mailoutbox, AccountLetter.objects.count()) == ([], 0)
        assertNotContains(client.get("/password/?sent"), "thiri")

    def test_a_superuser_too(self, client, mailoutbox):
        client.post(FORGOTTEN, {"email": UserFactory(is_superuser=True).email})
        letters.sweep()
        assert len(mailoutbox) == 1

    def test_nobody_can_flood_a_mailbox(self, client, member, mailoutbox, time_machine):
        for _ in range(3):
            client.post(FORGOTTEN, {"email": member.user.email})
            letters.sweep()
        assert len(mailoutbox) == 1
        time_machine.shift(timedelta(minutes=6))
        client.post(FORGOTTEN, {"email": member.user.email})
        letters.sweep()
        assert len(mailoutbox) == 2

    @pytest.mark.parametrize("email", ["", "thiri", "\0", "x" * 300 + "@x.example"])
    def test_an_address_that_is_none_is_said_at_the_field(self, client, email):
        answer = client.post(FORGOTTEN, {"email": email})
        assertContains(answer, 'href="#id_email"', status_code=422)

    def test_a_sign_in_ends_the_link(self, client, member, mailoutbox):
        client.post(FORGOTTEN, {"email": member.user.email})
        letters.sweep()
        sign_in(client, PASSWORD)
        assert Client().get(link_in(mailoutbox[-1])).status_code == 410


def without_password():
    user = UserFactory()
    user.set_unusable_password()
    user.save()
    return user


def fails(monkeypatch, error):
    def send(_self):
        raise error

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", send)


def raise_or(usual, letter, broken_key, error):
    if letter.pk == broken_key:
        raise error
    return usual(letter)
