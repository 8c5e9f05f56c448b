"""How long something takes beside its floor: both in turn, in several rounds, on the same machine at the same time."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
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
    """Milliseconds, medians of the medians of the rounds; `p95` of all calls.

    `ratio` is that to the floor, `grown` that to the same call at the smallest size: medians of those of the rounds.
    """

    name: str
    queries: int
    most_queries: int | None
    median: float
    p95: float
    floor_name: str
    floor: float
    ratio: float
    limit: float
    grown: float | None
    growth: float | None
    calls: int


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


def measure(scenario, database, smallest=None, smallest_database=None):
    """Measure the scenario in the database; where `smallest` is given, beside the same at the smallest size."""
    every = [
        (database, scenario.before_floor, scenario.floor),
        (database, scenario.before, scenario.subject),
        *([(smallest_database, smallest.before, smallest.subject)] if smallest else []),
    ]
    try:
        for _ in range(2):
            took = sum(_timed(*each) for each in every)
        with database.in_use():
            scenario.before()
            queries = len([sql for sql, _params in statements_of(scenario.subject) if not _is_of_transaction(sql)])
        calls = min(MOST, max(FEWEST, int(SECONDS_A_ROUND * 1000 / took)))
        rounds = [_round(every, calls) for _ in range(ROUNDS)]
    finally:
        for each, where in ((scenario, database), (smallest, smallest_database)):
            if each:
                with where.in_use():
                    each.after()
    floor, times, *others = zip(*rounds, strict=True)
    return Result(
        name=scenario.name,
        queries=queries,
        most_queries=scenario.queries,
        median=median(map(median, times)),
        p95=quantiles([each for of_round in times for each in of_round], n=20)[-1],
        floor_name=scenario.floor_name,
        floor=median(map(median, floor)),
        ratio=_ratio(times, floor),
        limit=scenario.limit,
        grown=_ratio(times, others[0]) if others else None,
        growth=scenario.growth,
        calls=calls * ROUNDS,
    )


def _ratio(times, others):
    return median(median(ours) / median(theirs) for ours, theirs in zip(times, others, strict=True))


def _round(every, calls):
    """Time each in turn; give the milliseconds of the calls of each."""
    gc.collect()
    timed = [[_timed(*each) for each in every] for _ in range(calls)]
    return [list(times) for times in zip(*timed, strict=True)]


def _timed(database, before, call):
    with database.in_use():
        before()
        begun = time.perf_counter()
        call()
        return 1000 * (time.perf_counter() - begun)


def _is_of_transaction(sql):
    return sql.split(maxsplit=1)[0] in {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"}
