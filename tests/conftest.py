from datetime import UTC

import pytest
from hypothesis import settings

from tests.practice import SIX

# How long an example takes is the machine's business, and told by benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


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
