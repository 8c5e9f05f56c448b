"""`make bench SIZE=10k|1m|10m`: how fast the site is when its tables are small, and when they are large."""

import argparse
import os
import sys
from datetime import UTC
from itertools import repeat

import django
import time_machine

from config import embedded
from tests.benchmarks.world import NOON, SIZES

SMALLEST = next(iter(SIZES))


def main():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("size", choices=SIZES, nargs="?", default=SMALLEST)
    parser.add_argument("--anew", action="store_true", help="fill the database anew, even if there is one")
    parser.add_argument("--fill", action="store_true", help="fill only, measure nothing")
    parser.add_argument("--writes", action="store_true", help="measure what each index costs whoever writes")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/performance.md has it")
    parser.add_argument("--only", default="", help="measure only scenarios whose names contain this")
    asked = parser.parse_args()
    embedded.start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()
    # What is imported in these functions has models, which are not there before.
    database = prepared(asked.size, anew=asked.anew)
    if asked.writes:
        from tests.benchmarks import writes  # noqa: PLC0415

        with database.in_use():
            sys.stdout.write(writes.table() + "\n")
    elif not asked.fill:
        with time_machine.travel(NOON.astimezone(UTC), tick=False):
            run(asked, database)
    database.close()


def prepared(size, *, anew=False):
    """Give the database of the size: filled, or with the structure of one that is kept brought up to date."""
    from django.core.management import call_command  # noqa: PLC0415

    from tests.benchmarks import databases  # noqa: PLC0415
    from tests.benchmarks.filling import fill  # noqa: PLC0415
    from tests.benchmarks.using import Database  # noqa: PLC0415

    database = Database(size)
    with database.in_use():
        if anew or not databases.is_filled(size):
            fill(size)
        else:
            call_command("migrate", verbosity=0)
    return database


def run(asked, database):
    """Measure every scenario, beside the same at the smallest size, and print the table."""
    from tests.benchmarks import report  # noqa: PLC0415
    from tests.benchmarks.timing import measure  # noqa: PLC0415

    smallest = prepared(SMALLEST) if asked.size != SMALLEST else None
    results = []
    for scenario, small in zip(scenarios(database), scenarios(smallest) if smallest else repeat(None), strict=False):
        if asked.only in scenario.name:
            sys.stderr.write(f"  {scenario.name}\n")
            results.append(measure(scenario, database, small if scenario.growth else None, smallest))
    rows = list(report.rows_of(results))
    sys.stdout.write((report.as_markdown if asked.markdown else report.as_text)(rows) + "\n")
    if smallest:
        smallest.close()


def scenarios(database):
    """Give the scenarios of the database, each made while it is the one in use."""
    from tests.benchmarks.scenarios import all_scenarios  # noqa: PLC0415

    made = all_scenarios()
    while True:
        with database.in_use():
            scenario = next(made, None)
        if scenario is None:
            return
        yield scenario


if __name__ == "__main__":
    main()
