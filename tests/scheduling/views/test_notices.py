"""The bell, the notices behind it, and the messages that reached nobody."""

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from scheduling.enums import Channel, NotificationStatus
from scheduling.models import Notification
from scheduling.services import AppointmentService
from scheduling.services.links import token_of
from tests.factories import ClinicFactory, MembershipFactory, NotificationFactory, UserFactory
from tests.practice import NINE, minutes, practice
from tests.scheduling.views.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(clinic_day):
    """Give the browser of the practitioner to whom the visits are."""
    browser = signed_in(clinic_day.organization, Role.PRACTITIONER, user=UserFactory(name="Dr Aye"))
    clinic_day.practitioner.user = browser.user
    clinic_day.practitioner.save(update_fields=["user"])
    return browser


@pytest.fixture
def thiri(clinic_day):
    """Give the service of somebody at the desk."""
    member = MembershipFactory(organization=clinic_day.organization, user=UserFactory(name="Thiri Soe"))
    return AppointmentService(clinic_day.organization, actor=member.user)


@pytest.fixture
def visit(clinic_day, doctor, thiri):
    assert doctor
    return thiri.create_appointment(
        patient_id=clinic_day.patient.pk,
        practitioner_id=clinic_day.practitioner.pk,
        clinic_id=clinic_day.clinic.pk,
        appointment_date=NINE,
    )


def notice_to(user, appointment, **given):
    given = {"status": NotificationStatus.SENT, "sent_at": timezone.now(), **given}
    return NotificationFactory(appointment=appointment, user=user, channel=Channel.IN_APP, **given)


def unread(browser):
    return Notification.objects.filter(user=browser.user, read_at=None, channel=Channel.IN_APP).count()


def bell(browser, address="/"):
    """Give the number on the bell; None where it is quiet."""
    page = browser.get(address).content.decode()
    assert "#bell" in page
    return page.partition("#bell")[2].partition("</a>")[0].partition("<b>")[2].partition("<")[0] or None


class TestTheBell:
    def test_it_counts_what_was_not_read(self, doctor, visit):
        assert bell(doctor) == "1"
        notice_to(doctor.user, visit)
        assert [bell(doctor, address) for address in ("/", "/notices/", f"/appointments/{visit.pk}/")] == ["2"] * 3
        doctor.post("/notices/read/")
        assert bell(doctor) is None

    def test_it_does_not_ring_for_others(self, clinic_day, desk, visit):
        elsewhere = practice().book()
        notice_to(desk.user, elsewhere)
        assert (bell(desk), bell(signed_in(clinic_day.organization))) == (None, None), visit

    def test_an_e_mail_is_no_notice(self, desk, visit):
        NotificationFactory(appointment=visit, user=desk.user, channel=Channel.EMAIL)
        assert bell(desk) is None


class TestTheList:
    def test_who_booked_which_visit_for_when(self, clinic_day, doctor, visit):
        page = doctor.get("/notices/")
        assertContains(page, f"<bdi>{clinic_day.patient}</bdi>", count=1)
        assertContains(page, 'Thiri Soe booked a visit for <b class="nb">Monday 7 January, 09:00</b>.')
        assertContains(page, "06:00", msg_prefix=str(visit))

    def test_who_moved_it_from_when_to_when(self, doctor, thiri, visit):
        thiri.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(60))
        said = "Thiri Soe moved the visit from <s>Monday 7 January, 09:00</s> to"
        assertContains(doctor.get("/notices/"), f'{said} <b class="nb">Monday 7 January, 10:00</b>.')

    def test_who_cancelled_it_and_took_that_back(self, doctor, thiri, visit):
        thiri.update_appointment_status(
            appointment_id=visit.pk, status="cancelled", cancellation_reason="patient_request"
        )
        thiri.undo_status_change(appointment_id=visit.pk)
        page = doctor.get("/notices/")
        assertContains(page, "Thiri Soe cancelled the visit of")
        assertContains(page, "Thiri Soe took the cancellation back.")
        assert [notice.row.kind for notice in page.context["notices"]] == ["reinstated", "cancelled", "booked"]

    def test_that_the_patient_did_it(self, client, doctor, visit):
        address = f"/a/{token_of(visit)}/"
        client.post(address, {"seen": client.get(address).context["seen"], "answer": "cancel"})
        assertContains(doctor.get("/notices/"), "The patient cancelled the visit of")

    def test_a_practitioner_who_lost_the_visit_reads_of_it_without_a_name(self, clinic_day, doctor, thiri, visit):
        other = practice(organization=clinic_day.organization)
        thiri.update_appointment(
            appointment_id=visit.pk, practitioner_id=other.practitioner.pk, clinic_id=other.clinic.pk
        )
        page = doctor.get("/notices/")
        assertContains(page, "A visit that you no longer see")
        assertContains(page, "Thiri Soe gave the visit to another practitioner")
        assertNotContains(page, str(clinic_day.patient))
        assertNotContains(page, f"/appointments/{visit.pk}/")

    def test_looking_reads_nothing(self, doctor, visit):
        assert doctor.get("/notices/").status_code == doctor.head("/notices/").status_code == 200
        assert unread(doctor) == 1, visit

    def test_own_ones_of_this_organization_only(self, clinic_day, desk, doctor, visit):
        notice_to(desk.user, practice().book())
        assertContains(desk.get("/notices/"), "No news for you")
        both = MembershipFactory(organization=clinic_day.organization).user
        away = practice()
        MembershipFactory(organization=away.organization, user=both)
        here, _there = notice_to(both, visit), notice_to(both, away.book())
        desk.force_login(both, backend="clinics.authentication.MemberBackend")
        assert [notice.row for notice in desk.get("/notices/").context["notices"]] == [here]
        assert unread(doctor) == 1

    def test_the_latest_hundred(self, desk, visit):
        for _ in range(101):
            latest = notice_to(desk.user, visit)
        page = desk.get("/notices/")
        assert (len(page.context["notices"]), page.context["notices"][0].row) == (100, latest)
        assertContains(page, "These are the latest 100.")

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(self, desk, visit, count, django_assert_num_queries):
        for _ in range(count):
            notice_to(desk.user, visit)
        desk.get("/notices/")
        with django_assert_num_queries(4):
            page = desk.get("/notices/")
        assert len(page.context["notices"]) == count


class TestReading:
    def test_all_that_the_list_showed(self, doctor, visit):
        shown = doctor.get("/notices/").context["notices"][0].row.pk
        later = notice_to(doctor.user, visit)
        assertRedirects(doctor.post("/notices/read/", {"latest": shown}), "/notices/", status_code=303)
        assert list(Notification.objects.unread_by(doctor.user, visit.organization_id)) == [later]

    @pytest.mark.parametrize("latest", ["", "x", "-1", "၁", "\0", "9" * 40])
    def test_a_place_that_is_none_means_all(self, doctor, visit, latest):
        assert doctor.post("/notices/read/", {"latest": latest}).status_code == 303
        assert unread(doctor) == 0, visit

    def test_twice_keeps_when_it_was_read_first(self, doctor, visit, time_machine):
        notice = notice_to(doctor.user, visit)
        for _ in range(2):
            doctor.post("/notices/read/")
            doctor.post(f"/notices/{notice.pk}/")
            time_machine.shift(60)
        notice.refresh_from_db()
        assert timezone.now() - notice.read_at == minutes(2)

    def test_others_stay_unread(self, desk, doctor, visit):
        desk.post("/notices/read/")
        assert unread(doctor) == 1, visit

    def test_of_another_organization_stay_unread(self, desk):
        notice_to(desk.user, practice().book())
        desk.post("/notices/read/")
        assert unread(desk) == 1

    def test_opening_one_reads_it_and_leads_to_the_appointment(self, doctor, visit):
        notice = Notification.objects.get(user=doctor.user, channel=Channel.IN_APP)
        answer = doctor.post(f"/notices/{notice.pk}/")
        assertRedirects(answer, f"/appointments/{visit.pk}/", status_code=303)
        assert unread(doctor) == 0

    def test_one_whose_visit_is_no_longer_seen_leads_back(self, desk, clinic_day, visit):
        there = signed_in(clinic_day.organization, clinics=[ClinicFactory(organization=clinic_day.organization)])
        notice = notice_to(there.user, visit)
        assertRedirects(there.post(f"/notices/{notice.pk}/"), "/notices/", status_code=303)
        assert unread(there) == unread(desk) == 0

    def test_somebody_elses_is_not_here(self, desk, doctor, visit):
        notice = Notification.objects.get(user=doctor.user, channel=Channel.IN_APP)
        abroad = notice_to(desk.user, practice().book())
        assert [desk.post(f"/notices/{each.pk}/").status_code for each in (notice, abroad)] == [404, 404], visit
        assert (unread(doctor), unread(desk)) == (1, 1)

    def test_only_by_post(self, doctor, visit):
        notice = Notification.objects.get(user=doctor.user, channel=Channel.IN_APP)
        assert [doctor.get(path).status_code for path in ("/notices/read/", f"/notices/{notice.pk}/")] == [405, 405]
        assert unread(doctor) == 1, visit

    def test_a_stranger_is_sent_to_the_door(self, client):
        for answer in (client.get("/notices/"), client.post("/notices/read/"), client.post("/notices/1/")):
            assert answer["Location"].startswith("/login/?next=")


class TestWhatFailed:
    @pytest.fixture
    def failed(self, clinic_day):
        clinic_day.patient.email = "daw.nwe@example.org"
        clinic_day.patient.save(update_fields=["email"])
        return self.fail(clinic_day.book(), attempts=1, error="SMTPRecipientsRefused [550]")

    def fail(self, appointment, **given):
        return NotificationFactory(appointment=appointment, status=NotificationStatus.FAILED, **given)

    def state(self, notification):
        return Notification.objects.values_list("status", "attempts").get(pk=notification.pk)

    def test_to_whom_about_what_and_why(self, clinic_day, desk, failed):
        page = desk.get("/notices/failed/")
        for said in (str(clinic_day.patient), "09:00", "by e-mail to d•••@example.org", "Tried 1 time"):
            assertContains(page, said)
        assertContains(page, "The mail server refuses this address.")
        assertContains(page, "SMTPRecipientsRefused [550]")
        assertContains(page, f'href="/appointments/{failed.appointment_id}/"')
        assertNotContains(page, "daw.nwe")

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            ("TimeoutError", "The mail server did not answer."),
            ("SMTPServerDisconnected", "The mail server did not answer."),
            ("SMTPAuthenticationError 535", "The mail server does not let us in."),
            ("SMTPDataError 554", "It could not be sent."),
            ("", "It could not be sent."),
        ],
    )
    def test_each_failure_has_its_words(self, clinic_day, desk, error, words):
        self.fail(clinic_day.book(), error=error, attempts=12)
        assertContains(desk.get("/notices/failed/"), words)
        assertContains(desk.get("/notices/failed/"), "Tried 12 times")

    def test_a_number_and_a_member_are_masked_too(self, clinic_day, desk):
        clinic_day.patient.phone = "+959250088870"
        clinic_day.patient.save(update_fields=["phone"])
        visit = clinic_day.book()
        self.fail(visit, channel=Channel.SMS)
        self.fail(visit, user=UserFactory(email="aye@yankin.example", name="Dr Aye"))
        page = desk.get("/notices/failed/")
        assertContains(page, "by SMS to •••8870")
        assertContains(page, "by e-mail to a•••@yankin.example (Dr Aye)")

    def test_whose_address_is_gone_says_so(self, clinic_day, desk):
        visit = clinic_day.book()
        self.fail(visit)
        self.fail(visit, channel=Channel.SMS)
        assertContains(desk.get("/notices/failed/"), "by e-mail to no address")
        assertContains(desk.get("/notices/failed/"), "by SMS to no number")

    def test_only_what_failed_for_good_and_lately(self, desk, failed, time_machine):
        for status in (NotificationStatus.PENDING, NotificationStatus.SUPPRESSED):
            NotificationFactory(appointment=failed.appointment, status=status)
        assert list(desk.get("/notices/failed/").context["failed"]) == [failed]
        time_machine.shift(minutes(31 * 24 * 60))
        desk.force_login(desk.user, backend="clinics.authentication.MemberBackend")
        assertContains(desk.get("/notices/failed/"), "No message has failed")

    def test_sent_again_it_is_due_at_once_with_all_its_tries(self, desk, failed):
        page = desk.post(f"/notices/failed/{failed.pk}/", follow=True)
        assertContains(page, "The message will be sent again within a minute.")
        assertContains(page, "No message has failed")
        assert self.state(failed) == ("pending", 0)
        assert list(Notification.objects.due(timezone.now()).filter(pk=failed.pk)) == [failed]

    def test_a_second_press_does_not_disturb_one_that_is_being_sent(self, desk, failed):
        desk.post(f"/notices/failed/{failed.pk}/")
        Notification.objects.filter(pk=failed.pk).update(attempts=3)
        assert desk.post(f"/notices/failed/{failed.pk}/").status_code == 303
        assert self.state(failed) == ("pending", 3)

    def test_one_that_was_sent_is_not_sent_twice(self, desk, failed):
        Notification.objects.filter(pk=failed.pk).update(status="sent", sent_at=timezone.now())
        desk.post(f"/notices/failed/{failed.pk}/")
        assert self.state(failed)[0] == "sent"

    @pytest.mark.parametrize("back", ["", "login", "https://elsewhere.example/", "\0", "notices_failed"])
    def test_it_leads_back_to_a_page_of_ours(self, desk, failed, back):
        answer = desk.post(f"/notices/failed/{failed.pk}/", {"back": back})
        assertRedirects(answer, "/notices/failed/", status_code=303)

    def test_only_by_post(self, desk, failed):
        assert desk.get(f"/notices/failed/{failed.pk}/").status_code == 405
        assert desk.post("/notices/failed/").status_code == 405
        assert self.state(failed)[0] == "failed"

    def test_an_administrator_does_it_too(self, clinic_day, failed):
        admin = signed_in(clinic_day.organization, Role.ADMINISTRATOR)
        assert admin.post(f"/notices/failed/{failed.pk}/").status_code == 303
        assert self.state(failed)[0] == "pending"

    def test_a_practitioner_does_not(self, doctor, failed):
        assert doctor.get("/notices/failed/").status_code == 403
        assert doctor.post(f"/notices/failed/{failed.pk}/").status_code == 403
        assert self.state(failed)[0] == "failed"

    def test_a_stranger_is_sent_to_the_door(self, client, failed):
        assert client.get("/notices/failed/")["Location"] == "/login/?next=/notices/failed/"
        assert client.post(f"/notices/failed/{failed.pk}/").status_code == 302
        assert self.state(failed)[0] == "failed"

    def test_neither_another_clinic_nor_another_organization(self, clinic_day, failed):
        for browser in (
            signed_in(clinic_day.organization, clinics=[ClinicFactory(organization=clinic_day.organization)]),
            signed_in(practice().organization, Role.ADMINISTRATOR),
        ):
            assert list(browser.get("/notices/failed/").context["failed"]) == []
            assert browser.post(f"/notices/failed/{failed.pk}/").status_code == 404
        assert self.state(failed)[0] == "failed"

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, count, django_assert_num_queries
    ):
        visit = clinic_day.book()
        for _ in range(count):
            self.fail(visit)
        desk.get("/notices/failed/")
        with django_assert_num_queries(4):
            page = desk.get("/notices/failed/")
        assert len(page.context["failed"]) == count
