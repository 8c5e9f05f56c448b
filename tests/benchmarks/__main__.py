"""`make bench SIZE=10k|1m|10m`: how fast the site is when its tables are small, and when they are large."""

import argparse
import os
import sys
from datetime import UTC

import django
import time_machine

from config import embedded
from tests.benchmarks import databases
from tests.benchmarks.world import NOON, SIZES


def main():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("size", choices=SIZES, nargs="?", default="10k")
    parser.add_argument("--anew", action="store_true", help="fill the database anew, even if there is one")
    parser.add_argument("--fill", action="store_true", help="fill only, measure nothing")
    parser.add_argument("--writes", action="store_true", help="measure what each index costs whoever writes")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/performance.md has it")
    parser.add_argument("--only", default="", help="measure only scenarios whose names contain this; keep no results")
    asked = parser.parse_args()
    embedded.start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    os.environ["DATABASE_URL"] = databases.address_of(databases.name_of(asked.size))
    django.setup()
    # What is imported in these functions has models, which are not there before.
    prepare(asked)
    if asked.writes:
        from tests.benchmarks import writes  # noqa: PLC0415

        sys.stdout.write(writes.table() + "\n")
    elif not asked.fill:
        with time_machine.travel(NOON.astimezone(UTC), tick=False):
            run(asked)


def prepare(asked):
    """Fill the database, or bring the structure of one that is kept up to date."""
    from django.core.management import call_command  # noqa: PLC0415

    from tests.benchmarks.filling import fill  # noqa: PLC0415

    if asked.anew or not databases.is_filled(asked.size):
        fill(asked.size)
    else:
        call_command("migrate", verbosity=0)


def run(asked):
    """Measure every scenario, print the table, and keep the results."""
    from tests.benchmarks import report  # noqa: PLC0415
    from tests.benchmarks.scenarios import all_scenarios  # noqa: PLC0415
    from tests.benchmarks.timing import measure  # noqa: PLC0415

    results = []
    for scenario in all_scenarios():
        if asked.only in scenario.name:
            sys.stderr.write(f"  {scenario.name}\n")
            results.append(measure(scenario))
    rows = list(report.rows_of(results, asked.size))
    sys.stdout.write((report.as_markdown if asked.markdown else report.as_text)(rows) + "\n")
    if not asked.only:
        report.keep(asked.size, results)


if __name__ == "__main__":
    main()
