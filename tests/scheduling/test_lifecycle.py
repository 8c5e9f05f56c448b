"""The table itself: complete, and without a way back from the end."""

from pathlib import Path

from scheduling.enums import BOOKABLE_AS, Status
from scheduling.lifecycle import TRANSITIONS, may_follow


def test_every_status_is_in_it():
    assert set(TRANSITIONS) == set(Status)


def test_nothing_follows_on_the_end():
    assert [status for status, after in TRANSITIONS.items() if not after] == ["completed", "cancelled"]


def test_no_status_follows_on_itself_and_what_is_no_status_on_none():
    for status in Status:
        assert not may_follow(status, status)
        for nonsense in ("", "booked ", None, 1, "BOOKED"):
            assert not may_follow(status, nonsense)


def drawn():
    """Draw the table as Mermaid does it: names without hyphens, each step an arrow, the ends to the end."""
    name = {status: status.value.replace("-", "_") for status in Status}
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{status.label}" as {name[status]}' for status in TRANSITIONS]
    lines += [f"    [*] --> {name[status]}" for status in sorted(BOOKABLE_AS, key=list(Status).index)]
    for status, following in TRANSITIONS.items():
        lines += [f"    {name[status]} --> {name[after]}" for after in following] or [f"    {name[status]} --> [*]"]
    return "\n".join(lines)


def test_the_picture_in_the_docs_is_drawn_from_it():
    written = Path("docs/lifecycle.md").read_text()
    assert written.partition("```mermaid\n")[2].partition("\n```")[0] == drawn()
