"""Appointments on their way in: history as it was, visits to come by every rule."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.utils import timezone

from clinics.models import ActivityEvent, Role
from scheduling.enums import CancellationReason, Status
from scheduling.exceptions import AppointmentError
from scheduling.models import Appointment, Encounter, Notification
from scheduling.services import AppointmentService, notifications, status
from scheduling.services.follow_up import FollowUp
from scheduling.services.merging import merge
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ClinicFactory,
    MembershipFactory,
    PatientFactory,
    PractitionerFactory,
    SpecialtyFactory,
)
from tests.practice import NINE, YANGON, practice
from tests.records import bring, brought, checked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=YANGON)
HEAD = "record_number,practitioner,clinic,start,minutes,type,status,cancellation_reason,notes,checked_in_at"


@pytest.fixture
def house():
    house = practice(name="Yankin Clinic")
    house.practitioner.name = "Dr Aye"
    house.practitioner.save()
    return house


def row(house, start="2026-03-02 09:00", state="completed", **changes):
    cells = {
        "record_number": house.patient.record_number,
        "practitioner": "Dr Aye",
        "clinic": "Yankin Clinic",
        "start": start,
        "minutes": "30",
        "status": state,
        **changes,
    }
    return ",".join(cells.get(column, "") for column in HEAD.split(","))


def bring_rows(house, *rows, **given):
    return bring(house.organization, "appointments", HEAD, *rows, **given)


class TestHistory:
    def test_it_keeps_its_status_its_times_and_its_reasons(self, house):
        kind = AppointmentTypeFactory(organization=house.organization, code="follow-up")
        given = {"type": "follow-up", "notes": "kept", "checked_in_at": "2026-03-02 08:55", "minutes": "45"}
        cancelled = row(house, "2026-03-03 10:00", "cancelled", cancellation_reason="practice_request")
        assert bring_rows(house, row(house, **given), cancelled) == (2, 0, [])
        first, second = Appointment.objects.order_by("appointment_date")
        assert (first.imported, first.status, first.appointment_type, first.notes) == (True, "completed", kind, "kept")
        assert (first.local_start, first.local_end.minute, first.duration) == (
            datetime(2026, 3, 2, 9, tzinfo=YANGON),
            45,
            45,
        )
        assert first.checked_in_at == datetime(2026, 3, 2, 8, 55, tzinfo=YANGON)
        assert (second.status, second.cancellation_reason) == ("cancelled", "practice_request")

    def test_each_has_one_event_and_nobody_is_told(self, house):
        user = MembershipFactory(organization=house.organization).user
        house.patient.email = "khin@example.com"
        house.patient.save()
        bring_rows(house, row(house), actor=user)
        event = ActivityEvent.objects.get(kind="APPOINTMENT_IMPORTED")
        assert (event.target, event.actor, event.reason) == (Appointment.objects.get(), user, "appointments.csv")
        assert event.new["status"] == "completed"
        assert (Notification.objects.count(), Encounter.objects.count()) == (0, 0)

    def test_no_rule_of_what_is_to_come_holds_for_it(self, house):
        """Off the grid, over each other, outside of hours, with somebody who has left."""
        house.practitioner.is_active = False
        house.practitioner.save()
        rows = [
            row(house, "2026-03-01 03:07"),
            row(house, "2026-03-01 03:10", state="no-show"),
            row(house, minutes="1440"),
        ]
        assert bring_rows(house, *rows) == (3, 0, [])

    def test_it_takes_no_time_from_anybody(self, house, time_machine):
        time_machine.move_to(NINE + timedelta(hours=2))
        bring_rows(house, row(house, "2030-01-07 09:30", state="booked"))
        time_machine.move_to(NINE - timedelta(hours=1))
        assert "09:30" in house.starts()

    def test_it_cannot_be_moved(self, house):
        bring_rows(house, row(house, state="booked"))
        with pytest.raises(AppointmentError) as refused:
            house.service.update_appointment(appointment_id=Appointment.objects.get().pk, appointment_date=NINE)
        assert refused.value.code == "invalid_transition"

    def test_the_same_file_again_doubles_nothing(self, house):
        rows = [row(house), row(house, state="cancelled"), row(house, state="cancelled"), row(house, "2026-03-04 9:00")]
        assert bring_rows(house, *rows) == (4, 0, [])
        assert bring_rows(house, *rows) == (0, 4, [])
        assert Appointment.objects.count() == 4

    def test_what_was_booked_here_before_is_known(self, house, time_machine):
        house.book()
        time_machine.move_to(NINE + timedelta(hours=9))
        assert bring_rows(house, row(house, "2030-01-07 09:00", state="booked")) == (0, 1, [])

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"record_number": "X"}, ("record_number", "There is no such patient. Bring the patients first.")),
            ({"practitioner": "Dr Who"}, ("practitioner", "There is no practitioner of this name.")),
            ({"clinic": "Elsewhere"}, ("clinic", "There is no clinic of this name.")),
            ({"type": "x"}, ("type", "There is no type of appointment with this code.")),
            ({"minutes": "0"}, ("minutes", "A visit lasts from 1 minute to 24 hours")),
            ({"minutes": ""}, ("minutes", "This is needed: the type has no length.")),
            ({"status": "gone"}, ("status", "This is not a status: pending, booked,")),
            ({"cancellation_reason": "other"}, ("cancellation_reason", "Only a cancelled appointment has a reason")),
            ({"start": "2026-03-02"}, ("start", "A date and a time are needed")),
            ({"notes": "x" * 2001}, ("notes", "This is longer than 2000 characters.")),
        ],
    )
    def test_what_is_wrong_is_named_at_its_cell(self, house, changes, problem):
        created, known, problems = bring_rows(house, row(house, **changes))
        ((number, column, reason),) = problems
        assert (created, known, number, column) == (0, 0, 2, problem[0])
        assert reason.startswith(problem[1])

    def test_rows_of_another_organization_are_not_found(self, house):
        other = PatientFactory(record_number="THEIRS")
        PractitionerFactory(organization=other.organization, name="Dr Theirs")
        ClinicFactory(organization=other.organization, name="Theirs")
        problems = bring_rows(house, row(house, record_number="THEIRS", practitioner="Dr Theirs", clinic="Theirs"))[2]
        assert [column for _number, column, _reason in problems] == ["clinic", "practitioner"]
        assert [column for _n, column, _reason in bring_rows(house, row(house, record_number="THEIRS"))[2]] == [
            "record_number"
        ]

    def test_patients_are_found_by_a_name_that_only_one_has(self, house):
        house.patient.name = "Daw Khin Myat"
        house.patient.save()
        heads = "patient,practitioner,clinic,start,minutes,status"
        line = "daw khin myat,Dr Aye,yankin clinic,2026-03-02 09:00,30,completed"
        assert bring(house.organization, "appointments", heads, line) == (1, 0, [])
        PatientFactory(organization=house.organization, name="Daw Khin Myat")
        problems = bring(house.organization, "appointments", heads, line)[2]
        assert problems == [(2, "patient", "Several patients have this name: say which by the record number.")]

    def test_of_a_record_that_was_merged_it_is_the_other_s(self, house):
        names = {"organization": house.organization, "name": "Daw Twice"}
        kept, merged = PatientFactory(**names), PatientFactory(**names)
        known = AppointmentFactory(
            patient=merged, practitioner=house.practitioner, clinic=house.clinic, appointment_date=NINE
        )
        merge(house.organization, actor=None, kept_id=kept.pk, merged_id=merged.pk)
        Appointment.objects.filter(pk=known.pk).update(
            appointment_date=LONG_AGO, ends_at=LONG_AGO + timedelta(minutes=30)
        )
        rows = [row(house, f"2026-03-02 {hour}", record_number=merged.record_number) for hour in ("09:00", "10:00")]
        assert bring_rows(house, *rows) == (1, 1, [])
        by_name = (
            "patient,practitioner,clinic,start,minutes,status",
            "Daw Twice,Dr Aye,Yankin Clinic,2026-03-02 11:00,30,completed",
        )
        assert bring(house.organization, "appointments", *by_name) == (1, 0, [])
        assert set(Appointment.objects.values_list("patient", flat=True)) == {kept.pk}

    def test_practitioners_of_one_name_are_told_apart_by_their_specialty(self, house):
        skin = SpecialtyFactory(organization=house.organization, name="Skin")
        second = PractitionerFactory(organization=house.organization, name="Dr Aye", specialty=skin)
        heads = "record_number,practitioner,specialty,clinic,start,minutes,status"
        line = f"{house.patient.record_number},Dr Aye,skin,Yankin Clinic,2026-03-02 09:00,30,completed"
        assert bring(house.organization, "appointments", heads, line) == (1, 0, [])
        assert Appointment.objects.get().practitioner == second
        problems = bring(house.organization, "appointments", heads, line.replace("skin", ""))[2]
        assert [column for _number, column, _reason in problems] == ["specialty"]

    def test_what_it_left_open_is_nobodys_duty(self, house, time_machine):
        """The same visits, made here, would be settled, rung about, confirmed, rebooked or reminded of."""
        time_machine.move_to(NINE + timedelta(days=1))
        house.organization.automatic_no_show = True
        house.organization.save()
        house.patient.email = "khin@example.com"
        house.patient.save()
        states = ("booked", "confirmed", "pending", "arrived", "in-progress")
        rows = [row(house, f"2030-01-07 0{hour}:00", state=state) for hour, state in enumerate(states)]
        gone = row(house, "2030-01-07 07:00", state="cancelled", cancellation_reason="practice_request")
        assert bring_rows(house, *rows, gone)[0] == 6
        now = timezone.now()
        member = MembershipFactory(organization=house.organization, role=Role.ADMINISTRATOR)
        assert status.settle_no_shows(now) == 0
        assert notifications.remind(now) == 0
        assert set(FollowUp(member).counts().values()) == {0}
        assert Counter(Appointment.objects.values_list("status", flat=True)) == Counter([*states, "cancelled"])


class TestToCome:
    def test_it_is_booked_by_every_rule_and_its_patient_is_not_told(self, house):
        house.patient.email = "khin@example.com"
        house.patient.save()
        assert bring_rows(house, row(house, "2030-01-07 10:00", state="booked")) == (1, 0, [])
        appointment = Appointment.objects.get()
        assert (appointment.imported, appointment.status) == (False, "booked")
        assert "10:00" not in house.starts()
        assert set(Notification.objects.values_list("status", flat=True)) == {"suppressed"}

    def test_its_patient_is_reminded_like_everybody(self, house, time_machine):
        house.patient.email = "khin@example.com"
        house.patient.save()
        bring_rows(house, row(house, "2030-01-14 10:00", state="confirmed"))
        time_machine.move_to(NINE + timedelta(days=6, hours=2))
        assert notifications.remind(timezone.now()) == 1

    @pytest.mark.parametrize("state", ["pending", "booked", "confirmed", "cancelled"])
    def test_it_keeps_its_status(self, house, state):
        bring_rows(house, row(house, "2030-01-07 10:00", state=state))
        assert Appointment.objects.get().status == state

    @pytest.mark.parametrize("state", ["arrived", "in-progress", "completed", "no-show"])
    def test_what_has_not_been_cannot_have_happened(self, house, state):
        problems = bring_rows(house, row(house, "2030-01-07 10:00", state=state))[2]
        assert [column for _number, column, _reason in problems] == ["status"]

    @pytest.mark.parametrize(
        ("start", "words"),
        [
            ("2030-01-07 10:07", "The practitioner has no slot that starts then and is long enough."),
            ("2030-01-08 10:00", "The practitioner has no slot that starts then and is long enough."),
            ("2030-01-07 05:45", "This time has passed."),
        ],
    )
    def test_what_no_desk_could_book_is_refused_in_the_same_words(self, house, start, words):
        assert bring_rows(house, row(house, start, state="booked"))[2] == [(2, "start", words)]

    def test_two_for_one_slot_of_which_the_look_tells_as_well(self, house):
        other = PatientFactory(organization=house.organization)
        rows = [row(house, "2030-01-07 10:00", state="booked")]
        rows += [row(house, "2030-01-07 10:00", state="booked", record_number=other.record_number)]
        assert checked(brought(house.organization, "appointments", HEAD, *rows)) == (1, 0, 1)
        assert not Appointment.objects.exists()
        assert bring_rows(house, *rows) == (1, 0, [(3, "start", "This time is taken.")])
        assert bring_rows(house, *rows) == (0, 1, [(3, "start", "This time is taken.")])

    def test_a_visit_that_was_moved_since_is_still_known(self, house):
        line = row(house, "2030-01-07 10:00", state="booked")
        bring_rows(house, line)
        later = NINE + timedelta(hours=4)
        house.service.update_appointment(appointment_id=Appointment.objects.get().pk, appointment_date=later)
        assert bring_rows(house, line) == (0, 1, [])


def test_statistics_over_imported_years_are_right_to_the_row(house):
    """Three years, two clinics in two zones, every status, type and reason; each figure counted in plain Python."""
    random = Random(3)  # noqa: S311 figures, not secrets
    london = ClinicFactory(organization=house.organization, name="London Clinic", timezone="Europe/London")
    for code in ("new-patient", "follow-up"):
        AppointmentTypeFactory(organization=house.organization, code=code)
    patients = [PatientFactory(organization=house.organization) for _ in range(7)]
    said = []
    for number in range(400):
        day = date(2024, 1, 1) + timedelta(days=random.randrange(3 * 365))
        hour, minute = random.choice((0, 1, 8, 9, 13, 23)), random.choice((0, 15, 30))
        if (day.month, hour) == (3, 1):
            hour = 9  # never a time that London's clocks skip
        state = random.choice(Status.values)
        said.append(
            {
                "record_number": random.choice(patients).record_number,
                "clinic": random.choice(("Yankin Clinic", london.name)),
                "start": f"{day} {hour:02}:{minute:02}",
                "minutes": str(1 + number % 40),
                "state": state,
                "type": random.choice(("", "new-patient", "follow-up")),
                "cancellation_reason": random.choice(CancellationReason.values) if state == "cancelled" else "",
            }
        )
    created, known, problems = bring_rows(house, *(row(house, **each) for each in said))
    assert (created, known, problems) == (400, 0, [])
    first, last = date(2024, 6, 15), date(2025, 6, 14)
    within = [each for each in said if str(first) <= each["start"][:10] <= str(last)]
    stats = AppointmentService(house.organization).get_appointment_stats(start_date=first, end_date=last)
    states = Counter(each["state"] for each in within)
    assert stats.total == len(within) > 100
    assert {name: count for name, count in stats.by_status.items() if count} == states
    assert {code: count for code, count in stats.by_type.items() if count} == Counter(
        each["type"] or None for each in within
    )
    reasons = Counter(each["cancellation_reason"] for each in within if each["cancellation_reason"])
    assert {reason: count for reason, count in stats.by_cancellation_reason.items() if count} == reasons
    days = Counter(date.fromisoformat(each["start"][:10]) for each in within)
    assert {day: count for day, count in stats.by_day.items() if count} == days
    kept = [each for each in within if each["state"] != "cancelled"]
    busiest = Counter((date.fromisoformat(e["start"][:10]).weekday(), int(e["start"][11:13])) for e in kept)
    assert stats.busiest == busiest
    known_outcomes = states["completed"] + states["no-show"]
    assert stats.no_show_rate == 100 * states["no-show"] / known_outcomes
    assert stats.completion_rate == 100 * states["completed"] / known_outcomes
    assert stats.cancellation_rate == 100 * states["cancelled"] / len(within)
    assert stats.average_per_day == len(within) / 365
    assert stats.patients_seen == len({each["record_number"] for each in within if each["state"] == "completed"})


def test_a_time_that_comes_twice_in_history_is_the_first(house):
    ClinicFactory(organization=house.organization, name="London Clinic", timezone="Europe/London")
    bring_rows(house, row(house, "2025-10-26 01:30", clinic="London Clinic"))
    assert Appointment.objects.get().appointment_date == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


class TestMergedRecords:
    """A visit of a record that was merged is one of the patient who was kept."""

    @pytest.fixture
    def merged(self, house):
        given = {"organization": house.organization, "name": "Daw Mya Mya Than", "is_active": False}
        return PatientFactory(**given, merged_into=house.patient)

    def test_by_its_number(self, house, merged):
        assert bring_rows(house, row(house, record_number=merged.record_number)) == (1, 0, [])
        assert Appointment.objects.get().patient == house.patient

    def test_by_its_name(self, house, merged):
        cells = f"{merged.name},Dr Aye,Yankin Clinic,2026-03-02 09:00,30,completed"
        head = "patient,practitioner,clinic,start,minutes,status"
        assert bring(house.organization, "appointments", head, cells) == (1, 0, [])
        assert Appointment.objects.get().patient == house.patient
