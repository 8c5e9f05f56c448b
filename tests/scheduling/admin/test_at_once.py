"""Two administrators who save at the same moment: first that it is a race, then that nobody gets hurt."""

import threading
from contextlib import suppress

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from clinics.admin import members, tenant
from clinics.admin.members import MembershipAdmin, administrators
from clinics.admin.users import AccountAdmin
from clinics.models import Practitioner, User
from scheduling.admin.many.extra import ExtraHoursForm
from scheduling.admin.schedules import ScheduleAdmin
from scheduling.models import Schedule
from tests.administration import administrator, superuser, told, url, week
from tests.concurrency.conftest import at_once
from tests.factories import ClinicAssignmentFactory, OrganizationFactory
from tests.practice import practice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday"), pytest.mark.concurrency]

ADD = url(Schedule, "add")
EXTRA = reverse("admin:scheduling_schedule_extra_hours")


@pytest.fixture
def without_locks(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)


@pytest.fixture
def both_checked_before_one_writes(monkeypatch):
    """Hold whoever has been checked until the other has been too; behind a lock the other never is."""
    line = threading.Barrier(2)

    def hold(save):
        def held(*arguments, **named):
            with suppress(threading.BrokenBarrierError):
                line.wait(timeout=1)
            return save(*arguments, **named)

        return held

    for registered in (ScheduleAdmin, MembershipAdmin, AccountAdmin):
        monkeypatch.setattr(registered, "save_model", hold(registered.save_model))
    monkeypatch.setattr(MembershipAdmin, "delete_model", hold(MembershipAdmin.delete_model))
    monkeypatch.setattr(ExtraHoursForm, "save", hold(ExtraHoursForm.save))
    monkeypatch.setattr(members, "_set_active", hold(members._set_active))


def two_schedules():
    assignment = ClinicAssignmentFactory()
    sent = {"assignment": assignment.pk, "valid_from": "2030-01-01", "slot_minutes": 30, "capacity": 1}
    offices = [administrator(assignment.organization) for _ in range(2)]
    hours = [("0", "09:00", "12:00"), ("0", "11:00", "13:00")]
    calls = [
        lambda office=office, row=row: office.post(ADD, {**sent, **week(row)})
        for office, row in zip(offices, hours, strict=True)
    ]
    storm = at_once(calls)
    assert storm.lost == set()
    return assignment.schedules.count()


def two_extra_hours():
    assignment = ClinicAssignmentFactory()
    sent = {"assignment": assignment.pk, "day": "2030-01-12", "slot_minutes": 30, "capacity": 1}
    hours = [{"start_time": "09:00", "end_time": "12:00"}, {"start_time": "11:00", "end_time": "13:00"}]
    offices = [administrator(assignment.organization) for _ in range(2)]
    calls = [
        lambda office=office, own=own: office.post(EXTRA, {**sent, **own})
        for office, own in zip(offices, hours, strict=True)
    ]
    assert at_once(calls).lost == set()
    return assignment.schedules.count()


DEMOTED = ("change", {"role": "front_desk", "name": "Somebody"})
TAKEN_OUT = ("delete", {"post": "yes"})
DEACTIVATED = ("standing", {"do": "deactivate"})


def two_who_leave_nobody(page, sent):
    organization = OrganizationFactory()
    offices = [administrator(organization) for _ in range(2)]
    calls = [
        lambda one=one, other=other: one.post(url(other.membership, page), sent)
        for one, other in (offices, reversed(offices))
    ]
    storm = at_once(calls)
    assert storm.lost == set()
    return administrators(organization).count()


@pytest.mark.usefixtures("without_locks", "both_checked_before_one_writes")
def test_without_the_lock_both_schedules_are_saved_over_each_other():
    assert two_schedules() == 2


@pytest.mark.usefixtures("both_checked_before_one_writes")
def test_with_it_the_second_is_refused():
    assert two_schedules() == 1


@pytest.mark.usefixtures("without_locks", "both_checked_before_one_writes")
def test_without_the_lock_extra_hours_are_saved_over_each_other():
    assert two_extra_hours() == 2


@pytest.mark.usefixtures("both_checked_before_one_writes")
def test_with_it_the_second_extra_hours_are_refused():
    assert two_extra_hours() == 1


@pytest.mark.usefixtures("without_locks", "both_checked_before_one_writes")
@pytest.mark.parametrize("leave", [DEMOTED, TAKEN_OUT, DEACTIVATED])
def test_without_the_lock_two_administrators_leave_the_organization_without_one(leave):
    assert two_who_leave_nobody(*leave) == 0


@pytest.mark.usefixtures("both_checked_before_one_writes")
@pytest.mark.parametrize("leave", [DEMOTED, TAKEN_OUT, DEACTIVATED])
def test_with_it_one_stays(leave):
    assert two_who_leave_nobody(*leave) == 1


def two_superusers_who_close_each_other():
    operators = [superuser() for _ in range(2)]
    calls = [
        lambda one=one, other=other: one.post(url(other.user), {"email": other.user.email, "name": "Somebody"})
        for one, other in (operators, reversed(operators))
    ]
    assert at_once(calls).lost == set()
    return User.objects.filter(is_superuser=True, is_active=True).count()


@pytest.mark.usefixtures("without_locks", "both_checked_before_one_writes")
def test_without_the_lock_two_superusers_close_each_other():
    assert two_superusers_who_close_each_other() == 0


@pytest.mark.usefixtures("both_checked_before_one_writes")
def test_with_it_one_superuser_stays():
    assert two_superusers_who_close_each_other() == 1


def test_whoever_waits_too_long_is_told_to_try_again(monkeypatch):
    monkeypatch.setattr(tenant, "LOCK_TIMEOUT", "100ms")
    house = practice()
    office = administrator(house.organization)
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(Practitioner.objects.select_for_update(no_key=True))
            held.set()
            done.wait(timeout=30)

    def ask():
        held.wait(timeout=30)
        sent = {"assignment": house.assignment.pk, "valid_from": "2030-01-01", "slot_minutes": 30, "capacity": 1}
        answers.append(office.post(ADD, {**sent, **week(("1", "09:00", "12:00"))}))
        done.set()

    answers = []
    assert at_once([hold, ask]).lost == set()
    assert answers[0]["Location"] == ADD
    assert told(answers[0]) == ["Somebody else changed this at the same moment. Nothing was saved: please try again."]
    assert house.assignment.schedules.count() == 1
