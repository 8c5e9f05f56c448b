"""The table itself: complete, and without a way back from the end."""

from scheduling.enums import Status
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
