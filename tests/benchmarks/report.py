"""The results, as a table for a terminal or for a page, beside those of the smallest size that was measured."""

import json

from config.embedded import LOCAL

SMALLEST = "10k"
ALIKE = 0.05  # of a time: so much two runs differ by themselves
HEAD = ("scenario", "queries", "median ms", "p95 ms", "floor", "floor ms", "ratio", "target", "", "x 10k", "target")


def keep(size, results):
    """Keep the results of a size for comparisons, on this machine."""
    folder = LOCAL / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{size}.json").write_text(json.dumps([result.as_dict() for result in results], indent=1))


def kept(size):
    """Give the medians of a size, in milliseconds by scenario; nothing where it was not measured here."""
    path = LOCAL / "bench" / f"{size}.json"
    return {row["name"]: row["median"] for row in json.loads(path.read_text())} if path.exists() else {}


def rows_of(results, size):
    """Give the table's cells, each a string, by line."""
    smallest = kept(SMALLEST) if size != SMALLEST else {}
    for result in results:
        grown = result.median / smallest[result.name] if result.name in smallest and result.growth else None
        too_many = result.most_queries is not None and result.queries > result.most_queries
        met = result.ratio <= result.limit and not too_many and (grown is None or grown <= result.growth + ALIKE)
        yield (
            result.name,
            f"{result.queries}" + (f" (<= {result.most_queries})" if result.most_queries is not None else ""),
            f"{result.median:.2f}",
            f"{result.p95:.2f}",
            result.floor_name,
            f"{result.floor:.2f}",
            f"{result.ratio:.2f}",
            f"<= {result.limit:g}",
            "met" if met else "MISSED",
            f"{grown:.2f}" if grown else "",
            f"<= {result.growth:g}" if result.growth else "",
        )


def as_text(rows):
    lines = [HEAD, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def as_markdown(rows):
    return "\n".join(f"| {' | '.join(line)} |" for line in (HEAD, ["---"] * len(HEAD), *rows))
