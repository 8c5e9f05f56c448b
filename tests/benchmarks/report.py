"""The results, as a table for a terminal or for a page."""

HEAD = (
    "scenario",
    "queries",
    "median ms",
    "p95 ms",
    "floor",
    "floor ms",
    "ratio",
    "target",
    "against 10k",
    "target",
    "",
)
ALIKE = 0.05  # of a time: so much two runs of the same differ by themselves


def rows_of(results):
    """Give the table's cells, each a string, by line."""
    for result in results:
        yield (
            result.name,
            f"{result.queries}" + (f" (<= {result.most_queries})" if result.most_queries is not None else ""),
            f"{result.median:.2f}",
            f"{result.p95:.2f}",
            result.floor_name,
            f"{result.floor:.2f}",
            f"{result.ratio:.2f}",
            f"<= {result.limit:g}",
            f"{result.grown:.2f}" if result.grown else "",
            f"<= {result.growth:g}" if result.grown and result.growth else "",
            ", ".join(missed(result)) or "met",
        )


def missed(result):
    """Name the targets that are missed."""
    if result.most_queries is not None and result.queries > result.most_queries:
        yield "QUERIES"
    if result.ratio > result.limit:
        yield "RATIO"
    if result.grown and result.growth and result.grown > result.growth + ALIKE:
        yield "GROWTH"


def as_text(rows):
    lines = [HEAD, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def as_markdown(rows):
    return "\n".join(f"| {' | '.join(line)} |" for line in (HEAD, ["---"] * len(HEAD), *rows))
