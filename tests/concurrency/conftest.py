"""Real threads on real connections, let loose at the same moment."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connections

from scheduling.exceptions import AppointmentError


@dataclass
class Storm:
    """What became of each call: "won", or the code of its refusal, or an exception that should not have been."""

    outcomes: list[object]
    waits: list[float]

    @property
    def won(self) -> int:
        return self.outcomes.count("won")

    @property
    def lost(self) -> set[object]:
        return {outcome for outcome in self.outcomes if outcome != "won"}


def at_once(calls: list[Callable[[], object]]) -> Storm:
    """Run all calls, each in a thread with a connection of its own, from one starting line."""
    line = threading.Barrier(len(calls))

    def run(call):
        try:
            connections["default"].ensure_connection()
            line.wait(timeout=30)
            started = time.perf_counter()
            try:
                call()
            except AppointmentError as refused:
                outcome = str(refused.code)
            except Exception as error:  # noqa: BLE001 whatever it is, the test tells
                outcome = error
            else:
                outcome = "won"
            return outcome, time.perf_counter() - started
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        results = list(pool.map(run, calls))
    return Storm([outcome for outcome, _ in results], [wait for _, wait in results])


@pytest.fixture
def told(record_property, request):
    """Report the worst wait of a storm, in the results and at the end of the run."""

    def tell(storm: Storm) -> None:
        record_property("worst_wait_ms", round(max(storm.waits) * 1000))
        request.node.user_properties.append(("clients", len(storm.waits)))

    return tell
