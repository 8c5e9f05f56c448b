"""A worker that dies over an export."""

import io
import zipfile

import pytest
from django.db import connection

from clinics.models import ActivityEvent, Role
from scheduling import tasks
from scheduling.models import ExportFile, ExportPart
from scheduling.services.records import exports
from tests.factories import MembershipFactory
from tests.faults.conftest import until
from tests.practice import practice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def administrator():
    return MembershipFactory(organization=practice().organization, role=Role.ADMINISTRATOR)


def is_ready():
    return ExportFile.objects.filter(state="ready").exists()


def test_a_worker_makes_it_at_once(worker, administrator):
    worker.start(beat=False)
    until(lambda: "ready." in worker.log, "The worker does not start")
    exports.ask(organization=administrator.organization, actor=administrator.user)
    until(is_ready, worker.log)


def test_one_that_is_killed_leaves_no_half_and_another_makes_it(worker, administrator):
    worker.start(beat=False)
    until(lambda: "ready." in worker.log, "The worker does not start")
    other = connection.copy("default")
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            # So that it comes to the first of its parts, and no further.
            cursor.execute("LOCK TABLE scheduling_exportpart IN EXCLUSIVE MODE")
            export = exports.ask(organization=administrator.organization, actor=administrator.user)
            waits = "SELECT count(*) FROM pg_locks WHERE relation = 'scheduling_exportpart'::regclass AND NOT granted"

            def is_stuck():
                cursor.execute(waits)
                return cursor.fetchone()[0]

            until(is_stuck, worker.log)
            worker.kill()
        other.rollback()
    finally:
        other.close()
    export.refresh_from_db()
    assert (export.state, export.attempts, ExportPart.objects.count()) == ("waiting", 1, 0)

    def made():
        tasks.make_exports([export.pk])
        return is_ready()

    until(made, "The row stays locked by the dead")
    content = b"".join(ExportPart.objects.order_by("number").values_list("content", flat=True))
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert ActivityEvent.objects.filter(kind="EXPORT_MADE").count() == 1
