from datetime import UTC

import pytest
from django.db import connection
from hypothesis import settings

from tests.practice import SIX

# How long an example takes is the machine's business, and told by benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):  # noqa: ARG001 it comes after Django's own
    """Let go of the database before it is dropped: a thread of the live server may still hold a connection to it."""
    yield
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")


@pytest.fixture
def monday(time_machine):
    """Let the clock stand at six on Monday 7 January 2030, in Yangon."""
    time_machine.move_to(SIX.astimezone(UTC), tick=False)
    return SIX.date()


def pytest_terminal_summary(terminalreporter):
    """Report how long the unluckiest client of each storm waited."""
    for report in terminalreporter.getreports("passed"):
        told = dict(report.user_properties)
        if "worst_wait_ms" in told:
            name = report.nodeid.partition("::")[2]
            terminalreporter.write_line(f"{name}: {told['clients']} clients, worst wait {told['worst_wait_ms']} ms")
