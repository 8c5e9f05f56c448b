"""A file of all data: asked for once at a time, made whole or not at all, fetched, and emptied after some days."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinics import letters
from clinics.models import AccountLetter, ActivityEvent, Role
from scheduling import tasks
from scheduling.models import ExportFile, ExportPart
from scheduling.services.records import exports
from tests.factories import ExportFileFactory, MembershipFactory, OrganizationFactory, PatientFactory, UserFactory
from tests.practice import practice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday")]

WAITING, READY, EMPTIED, FAILED = ExportFile.State.values


@pytest.fixture
def house():
    return practice(organization=OrganizationFactory(name="Yankin Health"))


@pytest.fixture
def administrator(house):
    user = UserFactory(email="thiri@yankin.example")
    return MembershipFactory(user=user, organization=house.organization, role=Role.ADMINISTRATOR).user


@pytest.fixture
def asked(house, administrator, monkeypatch):
    monkeypatch.setattr(exports, "hand_over", lambda *_given: None)
    cache.clear()  # of what another run, with the same keys, left there
    return exports.ask(organization=house.organization, actor=administrator)


def state_of(export):
    export.refresh_from_db()
    return export.state


def events_of(export):
    kinds = ActivityEvent.objects.filter(organization=export.organization, kind__startswith="EXPORT_")
    return list(kinds.order_by("id").values_list("kind", "actor__email", "new"))


class TestAsking:
    def test_hands_it_to_a_worker(self, house, administrator, monkeypatch):
        handed = []
        monkeypatch.setattr(exports, "hand_over", lambda *given: handed.append(given))
        export = exports.ask(organization=house.organization, actor=administrator)
        assert handed == [(tasks.make_exports.name, [export.pk])]
        assert (export.state, export.file_name) == (WAITING, "yankin-health-2030-01-07.zip")

    def test_again_while_it_waits_is_the_same(self, asked, house, administrator):
        assert exports.ask(organization=house.organization, actor=administrator) == asked

    @pytest.mark.usefixtures("asked")
    def test_the_database_refuses_a_second_that_waits(self, house):
        with pytest.raises(IntegrityError, match="export_file_one_at_a_time"), transaction.atomic():
            ExportFileFactory(organization=house.organization)

    def test_a_name_without_latin_letters_has_a_file_name_all_the_same(self, administrator):
        organization = OrganizationFactory(name="ရန်ကင်း")
        export = exports.ask(organization=organization, actor=administrator)
        assert export.file_name == f"organization-{organization.pk}-2030-01-07.zip"


class TestMaking:
    def test_makes_a_zip_that_is_kept_for_days(self, asked):
        tasks.make_exports()
        assert state_of(asked) == READY
        assert (asked.finished_at, asked.expires_at) == (timezone.now(), timezone.now() + timedelta(days=7))
        content = b"".join(ExportPart.objects.order_by("number").values_list("content", flat=True))
        assert len(content) == asked.size
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        assert events_of(asked) == [
            (
                "EXPORT_MADE",
                "thiri@yankin.example",
                {"file_name": asked.file_name, "rows": asked.rows, "size": asked.size},
            )
        ]

    def test_lies_in_parts_that_are_one_file(self, asked, monkeypatch):
        monkeypatch.setattr(exports, "PART", 500)
        tasks.make_exports([asked.pk])
        sizes = [len(part) for part in ExportPart.objects.order_by("number").values_list("content", flat=True)]
        assert len(sizes) > 2
        assert set(sizes[:-1]) == {500}
        asked.refresh_from_db()
        content = b"".join(exports.fetch(asked, actor=asked.created_by))
        assert len(content) == asked.size
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None

    @pytest.mark.usefixtures("asked")
    def test_writes_to_who_asked_without_a_word_of_any_patient(self, house, mailoutbox):
        tasks.make_exports()
        letters.sweep()
        (email,) = mailoutbox
        assert email.to == ["thiri@yankin.example"]
        assert "/admin/scheduling/exportfile/" in email.body
        assert house.patient.name not in email.body
        assert not email.attachments

    def test_what_fails_is_tried_again_and_leaves_nothing_of_it(self, asked, monkeypatch):
        def broken(_organization, out, _progress):
            out.write(b"x" * (2 * exports.PART))
            raise OSError("no room for Daw Khin")

        with monkeypatch.context() as failing:
            failing.setattr(exports, "write_archive", broken)
            tasks.make_exports()
        assert (state_of(asked), asked.attempts, asked.error) == (WAITING, 1, "OSError")
        assert (ExportPart.objects.count(), AccountLetter.objects.count(), events_of(asked)) == (0, 0, [])
        tasks.make_exports()
        assert (state_of(asked), asked.attempts, asked.error) == (READY, 2, "")

    def test_what_kills_every_worker_is_given_up(self, asked):
        ExportFile.objects.filter(pk=asked.pk).update(attempts=exports.MOST_ATTEMPTS)
        tasks.make_exports()
        assert (state_of(asked), asked.error) == (FAILED, "interrupted")
        tasks.make_exports()
        assert events_of(asked) == []

    def test_two_workers_do_not_make_the_same(self, asked):
        other = connection.copy("default")
        try:
            with other.cursor() as cursor:
                other.set_autocommit(False)
                cursor.execute("SELECT 1 FROM scheduling_exportfile WHERE id = %s FOR UPDATE", [asked.pk])
                tasks.make_exports()
                other.rollback()
        finally:
            other.close()
        assert (state_of(asked), asked.attempts) == (WAITING, 0)

    def test_tells_of_one_moment(self, asked, monkeypatch, house):
        """Who is registered while it is made, by somebody else, is in none of its files."""
        write = exports.write_archive

        def meanwhile(organization, out, progress):
            ExportFile.objects.count()  # the moment
            other = connection.copy("default")
            try:
                with other.cursor() as cursor:
                    cursor.execute(
                        "UPDATE patients_patient SET record_number = 'LATER' WHERE id = %s", [house.patient.pk]
                    )
            finally:
                other.close()
            return write(organization, out, progress)

        monkeypatch.setattr(exports, "write_archive", meanwhile)
        tasks.make_exports()
        asked.refresh_from_db()
        content = b"".join(exports.fetch(asked, actor=asked.created_by))
        assert b"LATER" not in zipfile.ZipFile(io.BytesIO(content)).read("patients.csv")
        house.patient.refresh_from_db()
        assert house.patient.record_number == "LATER"


class TestProgress:
    def test_is_told_in_percent(self, asked, monkeypatch):
        told = []
        monkeypatch.setattr(cache, "set", lambda *given, **_more: told.append(given))
        tasks.make_exports()
        seen = [percent for key, percent in told if key == f"export:{asked.pk}"]
        assert seen[0] == 0
        assert seen[-1] == 100
        assert seen == sorted(seen)

    def test_nobody_knows_before_it_has_begun(self, asked):
        assert exports.percent_of(asked) is None
        tasks.make_exports()
        assert exports.percent_of(asked) == 100


class TestFetchingAndForgetting:
    def test_whoever_fetches_it_is_on_record(self, asked, administrator):
        tasks.make_exports()
        asked.refresh_from_db()
        b"".join(exports.fetch(asked, actor=administrator))
        assert events_of(asked)[1:] == [
            ("EXPORT_DOWNLOADED", "thiri@yankin.example", {"file_name": asked.file_name}),
        ]

    def test_after_its_days_nothing_of_it_lies_here(self, asked, time_machine):
        PatientFactory(organization=asked.organization)
        tasks.make_exports()
        time_machine.shift(timedelta(days=7) - timedelta(seconds=1))
        tasks.empty_exports()
        assert state_of(asked) == READY
        time_machine.shift(timedelta(seconds=1))
        tasks.empty_exports()
        assert (state_of(asked), ExportPart.objects.count()) == (EMPTIED, 0)
        assert asked.rows > 0
