"""Which times the booking page shows: those that cannot be had and why, anyone's, and those only asked for."""

import re
from datetime import date, time
from types import SimpleNamespace

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import ActivityEvent, record_event
from scheduling.enums import EventKind
from scheduling.models import Appointment
from tests.factories import (
    AppointmentFactory,
    ClinicClosureFactory,
    ClinicFactory,
    PractitionerFactory,
    SpecialtyFactory,
    UserFactory,
)
from tests.practice import NINE, SIX, minutes
from tests.scheduling.views.conftest import colleague_of, hidden_fields, signed_in, taken

pytestmark = pytest.mark.django_db


class TestTimesThatCannotBeHad:
    def test_they_are_shown_and_lead_to_the_reason(self, clinic_day, desk):
        taken(clinic_day, NINE + minutes(30))
        asked = {"patient": clinic_day.patient.pk, "date": "2030-01-07"}
        chips = [chip for part in desk.get("/book/", asked).context["page"].choices for chip in part.chips]
        refused = [chip for chip in chips if chip.refusal]
        assert [f"{chip.slot.start:%H:%M}" for chip in refused] == ["09:30"]
        assertContains(desk.get(refused[0].url), "This time is taken.")

    def test_it_says_who_took_it_and_when(self, clinic_day, desk):
        appointment = taken(clinic_day)
        ActivityEvent.objects.create(
            organization=clinic_day.organization,
            kind=EventKind.CREATED,
            target=appointment,
            actor=desk.user,
            created_at=SIX - minutes(4),
        )
        answer = desk.get("/book/", {"at": "2030-01-07T09:00:00+06:30"})
        assertContains(answer, f"{desk.user} took it 4\xa0minutes ago.")

    def test_it_is_not_laid_at_another_practitioners_door(self, clinic_day, desk):
        taken(clinic_day)
        busy = colleague_of(clinic_day)
        other = AppointmentFactory(practitioner=busy, clinic=clinic_day.clinic, appointment_date=NINE)
        record_event(kind=EventKind.CREATED, target=other, actor=UserFactory(name="Nandar"))
        answer = desk.get("/book/", {"practitioner": clinic_day.practitioner.pk, "at": "2030-01-07T09:00:00+06:30"})
        assertNotContains(answer, "Nandar took it")

    def test_what_has_passed_is_left_out(self, clinic_day, desk, time_machine):
        time_machine.move_to(NINE + minutes(65), tick=False)
        page = desk.get("/book/", {"patient": clinic_day.patient.pk, "date": "2030-01-07"}).context["page"]
        assert f"{page.choices[1].chips[0].slot.start:%H:%M}" == "10:30"

    def test_one_reason_for_the_whole_day_is_said_once(self, clinic_day, desk):
        ClinicClosureFactory(clinic=clinic_day.clinic, date=date(2030, 1, 7))
        answer = desk.get("/book/", {"date": "2030-01-07"})
        assertContains(answer, "The clinic is closed on that day.", count=1)
        assert answer.context["page"].choices == []


@pytest.fixture
def skin(clinic_day):
    """Give the specialty of Dr Nilar, at nine and half past here, and of Dr Zaw, at eight and half past in Mandalay."""
    skin = SpecialtyFactory(organization=clinic_day.organization, name="Dermatology")
    nilar = colleague_of(clinic_day, "Dr Nilar", specialty=skin, until=time(10))
    mandalay = ClinicFactory(organization=clinic_day.organization, name="Mandalay Clinic")
    zaw = colleague_of(clinic_day, "Dr Zaw", specialty=skin, clinic=mandalay, since=time(8), until=time(9))
    return SimpleNamespace(specialty=skin, nilar=nilar, zaw=zaw, mandalay=mandalay)


class TestAnyone:
    def page(self, desk, clinic_day, **asked):
        return desk.get("/book/", {"patient": clinic_day.patient.pk, **asked}).context["page"]

    def test_of_a_specialty_across_clinics_the_soonest_first(self, clinic_day, desk, skin):
        page = self.page(desk, clinic_day, who=f"anyone-{skin.specialty.pk}")
        assert [(f"{chip.slot.start:%H:%M}", chip.practitioner) for chip in page.soonest] == [
            ("08:00", skin.zaw), ("08:30", skin.zaw), ("09:00", skin.nilar),
        ]  # fmt: skip
        assert (page.practitioner, page.clinic) == (skin.zaw, skin.mandalay)
        assert [(part.label, part.clinic) for part in page.choices] == [
            ("Dr Zaw", skin.mandalay), ("Dr Nilar", clinic_day.clinic),
        ]  # fmt: skip

    def test_a_time_that_none_of_them_has_says_so_and_what_can_be_had(self, clinic_day, desk, skin):
        asked = {"patient": clinic_day.patient.pk, "anyone": skin.specialty.pk, "date": "2030-01-07", "at": "08:10"}
        answer = desk.get("/book/", asked)
        assertContains(answer, "Nobody of them can be booked on Monday 7 January at 08:10.")
        assert [f"{other.slot.start:%H:%M}" for other in answer.context["others"]] == ["08:00", "08:30", "09:00"]

    def test_a_typed_time_is_of_the_clinic_looked_at(self, clinic_day, desk, skin):
        type(skin.mandalay).objects.filter(pk=skin.mandalay.pk).update(timezone="Asia/Tokyo")
        asked = {"anyone": skin.specialty.pk, "within": skin.mandalay.pk, "date": "2030-01-07", "at": "08:30"}
        page = self.page(desk, clinic_day, **asked)
        assert page.slot.start.isoformat() == "2030-01-07T08:30:00+09:00"

    def test_within_one_clinic(self, clinic_day, desk, skin):
        page = self.page(desk, clinic_day, who=f"anyone-{skin.specialty.pk}", within=clinic_day.clinic.pk)
        assert {chip.practitioner for chip in page.soonest} == {skin.nilar}

    @pytest.mark.usefixtures("skin")
    def test_of_all(self, clinic_day, desk):
        page = self.page(desk, clinic_day, who="anyone-any")
        assert {part.label for part in page.choices} == {"Dr Zaw", "Dr Nilar", str(clinic_day.practitioner)}
        assert page.days[0].free == 16 + 4

    def test_a_time_is_chosen_with_its_practitioner_and_clinic(self, clinic_day, desk, skin):
        page = self.page(desk, clinic_day, anyone=skin.specialty.pk)
        chosen = desk.get(page.soonest[2].url)
        assertContains(chosen, f"sees <b>{skin.nilar}</b>")
        assertContains(chosen, "Book 09:00")
        assert chosen.context["page"].soonest[2].current

    def test_what_the_page_holds_is_what_is_booked(self, clinic_day, desk, skin):
        html = desk.get("/book/", {"patient": clinic_day.patient.pk, "anyone": skin.specialty.pk}).content.decode()
        assert desk.post("/book/", hidden_fields(html)).status_code == 303
        appointment = Appointment.objects.get()
        assert (appointment.practitioner, appointment.clinic) == (skin.zaw, skin.mandalay)

    def test_a_lost_time_offers_anyones_nearest(self, desk, form, skin):
        AppointmentFactory(practitioner=skin.zaw, clinic=skin.mandalay, appointment_date=NINE - minutes(60))
        said = {"anyone": skin.specialty.pk, "practitioner": skin.zaw.pk, "clinic": skin.mandalay.pk}
        answer = desk.post("/book/", {**form, **said, "start": "2030-01-07T08:00:00+06:30"})
        assert answer.status_code == 409
        assert [(f"{o.slot.start:%H:%M}", o.practitioner) for o in answer.context["alternatives"]] == [
            ("08:30", skin.zaw), ("09:00", skin.nilar), ("09:30", skin.nilar),
        ]  # fmt: skip
        assertContains(answer, "Book 08:30 instead", status_code=409)

    def test_a_colleague_of_another_specialty_is_no_alternative(self, clinic_day, desk, form, skin):
        AppointmentFactory(practitioner=skin.nilar, clinic=clinic_day.clinic, appointment_date=NINE)
        answer = desk.post("/book/", {**form, "practitioner": skin.nilar.pk})
        assert [(f"{o.slot.start:%H:%M}", o.practitioner) for o in answer.context["alternatives"]] == [
            ("09:30", skin.nilar)
        ]

    def test_each_clinics_times_are_of_its_own_clock(self, desk, skin):
        type(skin.mandalay).objects.filter(pk=skin.mandalay.pk).update(timezone="Asia/Tokyo")
        html = desk.get("/book/", {"anyone": skin.specialty.pk, "date": "2030-01-07"}).content.decode()
        # Eight in Tokyo was half past five in Yangon, where the clock now shows six: it has passed.
        assert re.findall(r'<time datetime="[^"]*">(\d\d:\d\d)</time>', html)[:2] == ["08:30", "09:00"]

    def test_a_desk_of_one_clinic_is_not_offered_the_other(self, clinic_day, skin):
        browser = signed_in(clinic_day.organization, clinics=[clinic_day.clinic])
        page = self.page(browser, clinic_day, anyone=skin.specialty.pk)
        assert {part.label for part in page.choices} == {"Dr Nilar"}

    def test_nobody_of_them_works_that_day(self, desk, skin):
        asked = {"anyone": skin.specialty.pk, "date": "2030-01-08"}
        assertContains(desk.get("/book/", asked), "Nobody has anything free on Tuesday 8 January.")

    @pytest.mark.parametrize(
        ("key", "value"),
        [(key, value) for key in ("anyone", "within", "who") for value in ("0", "999999", "x", "\0", "anyone-x")],
    )
    def test_an_address_that_names_nothing_is_not_here(self, desk, key, value):
        assert desk.get("/book/", {key: value}).status_code == 404

    def test_another_organizations_specialty_is_not_here(self, desk):
        theirs = PractitionerFactory(specialty=SpecialtyFactory()).specialty
        assert desk.get("/book/", {"anyone": theirs.pk}).status_code == 404

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, skin, count, django_assert_num_queries
    ):
        for _number in range(count):
            colleague_of(clinic_day, specialty=skin.specialty)
        asked = {"patient": clinic_day.patient.pk, "anyone": skin.specialty.pk}
        desk.get("/book/", asked)
        with django_assert_num_queries(10):
            desk.get("/book/", asked)


class TestRequests:
    def test_saved_as_a_request_it_is_pending_and_holds_its_time(self, clinic_day, desk, form):
        assert desk.post("/book/", {**form, "status": "pending"}).status_code == 303
        assert Appointment.objects.get().status == "pending"
        assert "09:00" not in clinic_day.starts()

    @pytest.mark.parametrize("status", ["confirmed", "cancelled", "x", "\0"])
    def test_no_other_status_can_be_asked_for(self, desk, form, status):
        answer = desk.post("/book/", {**form, "status": status})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["status"])
        assert not Appointment.objects.exists()
