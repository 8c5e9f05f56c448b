"""Who did what: the questions that the audit trail answers, how it reads, and the file that one takes along."""

import csv
from datetime import datetime
from io import StringIO

import pytest
from django.db import connection
from pytest_django.asserts import assertContains, assertNotContains

from clinics.admin import activity
from clinics.kinds import words_of
from clinics.models import ActivityEvent, Membership, Role, record_event
from scheduling.models import Appointment
from tests.administration import administrator, enter, everything, superuser, url
from tests.factories import ClinicFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.practice import NINE, YANGON, practice

pytestmark = pytest.mark.django_db

LOG = url(ActivityEvent, "changelist")
FILE = f"{LOG}export/"


@pytest.fixture
def office():
    return administrator(OrganizationFactory(), name="Daw Khin Sandar")


@pytest.fixture
def organization(office):
    return office.membership.organization


def tell(organization, kind="CLINIC_CHANGED", **more):
    more.setdefault("target", ClinicFactory(organization=organization, name="Yankin Clinic"))
    return record_event(kind=kind, actor=more.pop("actor", None), **more)


def at(event, *moment):
    """Move an event in time, past the trigger that refuses it."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        ActivityEvent.objects.filter(pk=event.pk).update(created_at=datetime(*moment, tzinfo=YANGON))
        cursor.execute("SET session_replication_role = DEFAULT")
    return event


def listed(office, **asked):
    return list(office.get(LOG, asked).context["cl"].result_list)


def rows(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


class TestAsked:
    def test_by_whom(self, office, organization):
        mine, theirs = tell(organization, actor=office.user), tell(organization, actor=None)
        assert listed(office, who=office.user.pk) == [mine]
        assert listed(office, who="-") == [theirs]
        assert listed(office) == [theirs, mine]

    def test_about_what_and_of_which_kind(self, office, organization):
        clinic = tell(organization)
        member = tell(organization, kind="MEMBERSHIP_INVITED", target=office.membership)
        assert listed(office, about="clinics.membership") == [member]
        assert listed(office, what="CLINIC_CHANGED") == [clinic]
        assert listed(office, what="CLINIC_CHANGED", about="clinics.membership") == []

    def test_from_day_to_day_on_the_organizations_clock(self, office, organization):
        first, second, third = (
            at(tell(organization), 2030, 1, *when) for when in ((6, 23, 59), (7, 0, 0), (7, 23, 59))
        )
        assert listed(office, since="2030-01-07") == [third, second]
        assert listed(office, until="2030-01-06") == [first]
        assert listed(office, since="2030-01-07", until="2030-01-07") == [third, second]
        assert listed(office, since="၂၀၃၀-၀၁-၀၇") == [third, second]

    def test_by_words(self, office, organization):
        event = tell(organization, reason="The roof leaks")
        tell(organization)
        assert listed(office, q="roof") == [event]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("who", "999999"),
            ("who", "x"),
            ("about", "auth.user"),
            ("what", "NOTHING"),
            ("since", "2030-13-99"),
            ("until", "tomorrow"),
        ],
    )
    def test_what_is_no_question_finds_nothing_and_is_told(self, office, organization, name, value):
        tell(organization)
        answer = office.get(LOG, {name: value})
        assert list(answer.context["cl"].result_list) == []
        assertContains(answer, '<b class="bad">')

    @pytest.mark.parametrize("name", ["since", "until"])
    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_the_ends_of_time_break_nothing(self, office, organization, name, day):
        tell(organization)
        for address in (LOG, FILE):
            assert office.get(address, {name: day}).status_code in {200, 302}

    def test_another_organizations_people_and_kinds_are_no_choice(self, office):
        abroad = MembershipFactory(user=UserFactory(email="abroad@shwepyi.example"))
        tell(abroad.organization, kind="SPECIALTY_CREATED", actor=abroad.user)
        answer = office.get(LOG)
        for unknown in ("abroad@shwepyi.example", "Specialty created"):
            assertNotContains(answer, unknown)
        assert listed(office, who=abroad.user.pk) == []

    def test_whoever_is_shared_is_named_by_the_address(self, office, organization):
        MembershipFactory(
            organization=organization, attached=True, user=UserFactory(email="thiri@x.example", name="Secret Name")
        )
        assertContains(office.get(LOG), "thiri@x.example")
        assertNotContains(office.get(LOG), "Secret Name")


class TestReads:
    def test_as_words_with_names_for_keys(self, office, organization):
        clinic = ClinicFactory(organization=organization, name="Yankin Clinic")
        event = tell(
            organization,
            kind="MEMBERSHIP_CHANGED",
            target=office.membership,
            old={"role": "front_desk", "limited_to": [], "told_of_cancellations": False},
            new={"role": "administrator", "limited_to": [clinic.pk], "told_of_cancellations": True},
        )
        page = office.get(url(event))
        for said in (
            "Member changed",
            "<i>Role</i> <del>front desk</del> → <ins>administrator</ins>",
            "<i>Clinics</i> <del>–</del> → <ins>Yankin Clinic</ins>",  # noqa: RUF001 a dash for nothing
            "<i>Is told of cancellations</i> <del>no</del> → <ins>yes</ins>",
        ):
            assertContains(page, said)

    @pytest.mark.usefixtures("monday")
    def test_a_visit_by_its_patient_its_practitioner_and_its_hour(self):
        house = practice()
        visit = house.book()
        house.service.update_appointment_status(appointment_id=visit.pk, status="arrived")
        office = administrator(house.organization)
        created = ActivityEvent.objects.get(kind="APPOINTMENT_CREATED")
        page = office.get(url(created))
        for said in (house.patient.name, house.practitioner.name, house.clinic.name, "7 January 2030, 09:00", "Booked"):
            assertContains(page, said)
        assertContains(office.get(LOG), "<del>Booked</del> → <ins>Arrived</ins>")
        assertContains(office.get(LOG), "Appointment status changed")

    def test_never_with_a_name_of_another_organization(self, office, organization):
        abroad = ClinicFactory(name="Secret Clinic")
        event = tell(organization, kind="MEMBERSHIP_CHANGED", target=office.membership, new={"limited_to": [abroad.pk]})
        assertContains(office.get(url(event)), f"<i>Clinics</i> {abroad.pk}")
        assertNotContains(office.get(url(event)), "Secret Clinic")

    def test_what_is_no_field_any_more_is_shown_as_it_was_kept(self, office, organization):
        event = tell(organization, old={"shoe_size": 41}, new={"shoe_size": 42, "timezone": 7})
        assertContains(office.get(url(event)), "<i>Shoe size</i> <del>41</del> → <ins>42</ins>")

    def test_what_somebody_typed_as_text(self, office, organization):
        event = tell(organization, old={"name": "<b>Old</b>"}, new={"name": "<script>"})
        assertContains(office.get(url(event)), "<del>&lt;b&gt;Old&lt;/b&gt;</del> → <ins>&lt;script&gt;</ins>")

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("TIME_OFF_CREATED", "Time off created"),
            ("APPOINTMENT_RESCHEDULED", "Appointment rescheduled"),
            ("ENCOUNTER_FINALIZED", "Encounter finalized"),
            ("CALENDAR_FEED_CLOSED", "Calendar feed closed"),
            ("APPOINTMENT_CALLED", "Appointment: the patient was called"),
            ("APPOINTMENT_KEPT", "Appointment kept outside of hours"),
            ("PASSWORD_CHOSEN", "Password chosen"),
            ("SOMETHING_ELSE", "Something else"),
        ],
    )
    def test_a_kind(self, kind, words):
        assert words_of(kind) == words

    def test_only(self, office, organization):
        event = tell(organization)
        for answer in (office.post(url(event), {"kind": "X"}), office.post(url(event, "delete"), {"post": "yes"})):
            assert answer.status_code == 403

    def test_a_list_in_a_constant_number_of_queries(self, office, organization, django_assert_num_queries):
        for more in (1, 2):
            for _ in range(more):
                clinic = ClinicFactory(organization=organization)
                tell(organization, target=clinic, actor=office.user)
            office.get(LOG)
            with django_assert_num_queries(8):
                office.get(LOG)


class TestTheFile:
    def test_holds_what_the_list_shows(self, office, organization):
        event = at(
            tell(organization, actor=office.user, old={"name": "Old"}, new={"name": "New"}, reason="Moved"),
            *(2030, 1, 7, 9, 30),
        )
        tell(organization, kind="CLINIC_CREATED")
        answer = office.get(FILE, {"what": "CLINIC_CHANGED"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert answer["Content-Disposition"].startswith('attachment; filename="activity-')
        assert rows(answer) == [
            ["When", "What", "About", "By", "Reason", "Changed"],
            [
                *("2030-01-07 09:30:00+06:30", "Clinic changed", f"clinic {event.target_id}"),
                *("Daw Khin Sandar", "Moved", "Name: Old → New"),
            ],
        ]

    @pytest.mark.usefixtures("monday")
    def test_tells_neither_notes_nor_names_of_patients(self):
        house = practice()
        visit = house.book()
        house.service.update_appointment(appointment_id=visit.pk, notes="Speaks of chest pain")
        record_event(kind="PATIENT_CHANGED", target=house.patient, actor=None, new={"name": "U Ba", "phone": "+9599"})
        answer = administrator(house.organization).get(FILE)
        text = b"".join(answer.streaming_content).decode()
        for private in ("chest pain", "U Ba", "+9599", house.patient.name):
            assert private not in text
        assert "Notes: changed" in text

    @pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "＝"])  # noqa: RUF001
    def test_lets_no_spreadsheet_work_out_what_somebody_typed(self, office, organization, begins):
        tell(organization, reason=f"{begins}cmd|' /C calc'!A0")
        assert rows(office.get(FILE))[1][4] == f"'{begins}cmd|' /C calc'!A0"

    def test_is_read_in_pieces_and_ends_with_what_it_left_out(self, office, organization, monkeypatch):
        monkeypatch.setattr(activity, "AT_A_TIME", 2)
        monkeypatch.setattr(activity, "MOST_ROWS", 5)
        told = [tell(organization, reason=str(number)) for number in range(5)]
        assert [row[4] for row in rows(office.get(FILE))[1:]] == ["4", "3", "2", "1", "0"]
        told.append(tell(organization, reason="5"))
        found = rows(office.get(FILE))
        assert [row[4] for row in found[1:-1]] == ["5", "4", "3", "2", "1"]
        assert found[-1] == ["These are the newest 5: ask for earlier dates to have the others."]

    def test_is_of_ones_own_organization(self, office, organization):
        tell(ClinicFactory().organization)
        tell(organization)
        assert len(rows(office.get(FILE))) == 2

    def test_is_for_administrators(self, organization):
        for browser in (
            superuser(),
            *(enter(_member(organization, role)) for role in (Role.FRONT_DESK, "practitioner")),
        ):
            assert browser.get(FILE).status_code == 403

    @pytest.mark.parametrize("query", ["nonsense=1", "q=%00", "since=x"])
    def test_of_a_question_that_is_none_holds_nothing(self, office, organization, query):
        tell(organization)
        answer = office.get(f"{FILE}?{query}")
        assert answer.status_code in {302, 400} or rows(answer)[1:] == []


def _member(organization, role):
    return MembershipFactory(organization=organization, role=role).user


@pytest.mark.usefixtures("monday")
def test_the_first_page_and_every_history_read_likewise():
    house = everything()
    office = administrator(house.organization)
    assertContains(office.get("/admin/"), "Clinic changed")
    house.service.update_appointment_status(appointment_id=house.rows[Appointment].pk, status="arrived")
    assertContains(office.get(url(house.rows[Appointment], "history")), "<del>Booked</del> → <ins>Arrived</ins>")
    assert NINE.hour == 9
    assert Membership.objects.exists()
