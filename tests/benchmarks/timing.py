"""How long something takes beside its floor: both in turn, in several rounds, on the same machine at the same time."""

import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any

from django.db import connection

ROUNDS = 5
FEWEST, MOST = 4, 100  # calls a round
SECONDS_A_ROUND = 1.5


def nothing():
    """Prepare nothing."""


@dataclass(frozen=True)
class Scenario:
    """What is asked of the site, and the least that the same answer costs.

    `before` prepares each call of `subject`, and `before_floor` each of `floor`; neither is timed. `limit` is of the
    ratio of the two, `queries` of the subject's queries, `growth` of its time against that at the smallest size.
    """

    name: str
    subject: Callable[[], Any]
    floor: Callable[[], Any]
    floor_name: str
    limit: float
    queries: int | None = None
    growth: float | None = None
    before: Callable[[], Any] = nothing
    before_floor: Callable[[], Any] = nothing
    after: Callable[[], Any] = nothing


@dataclass(frozen=True)
class Result:
    """Milliseconds, medians of the medians of the rounds; `p95` of all calls, `ratio` the median of the rounds'."""

    name: str
    queries: int
    most_queries: int | None
    median: float
    p95: float
    floor_name: str
    floor: float
    ratio: float
    limit: float
    growth: float | None
    calls: int

    as_dict = asdict


class Recorder:
    """Keeps the statements that Django sends, as (sql, parameters), in order."""

    def __init__(self):
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        self.statements.append((sql, params))
        return execute(sql, params, many, context)


def statements_of(call):
    """Give the statements that one call sends."""
    recorder = Recorder()
    with connection.execute_wrapper(recorder):
        call()
    return recorder.statements


def measure(scenario):
    try:
        for _ in range(2):
            _timed(scenario.before_floor, scenario.floor)
            warm = _timed(scenario.before, scenario.subject)
        scenario.before()
        queries = len([sql for sql, _params in statements_of(scenario.subject) if not _is_of_transaction(sql)])
        both = warm + _timed(scenario.before_floor, scenario.floor)
        calls = min(MOST, max(FEWEST, int(SECONDS_A_ROUND * 1000 / both)))
        rounds = [_round(scenario, calls) for _ in range(ROUNDS)]
    finally:
        scenario.after()
    return Result(
        name=scenario.name,
        queries=queries,
        most_queries=scenario.queries,
        median=median(median(times) for times, _floor in rounds),
        p95=quantiles([each for times, _floor in rounds for each in times], n=20)[-1],
        floor_name=scenario.floor_name,
        floor=median(median(floor) for _times, floor in rounds),
        ratio=median(median(times) / median(floor) for times, floor in rounds),
        limit=scenario.limit,
        growth=scenario.growth,
        calls=calls * ROUNDS,
    )


def _round(scenario, calls):
    """Time each in turn; give the milliseconds of the subject's calls, and of the floor's."""
    gc.collect()
    times, floor = [], []
    for _ in range(calls):
        floor.append(_timed(scenario.before_floor, scenario.floor))
        times.append(_timed(scenario.before, scenario.subject))
    return times, floor


def _timed(before, call):
    before()
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


def _is_of_transaction(sql):
    return sql.split(maxsplit=1)[0] in {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"}
