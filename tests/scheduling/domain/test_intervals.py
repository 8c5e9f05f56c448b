"""What is left of an interval."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.domain.intervals import Interval, gaps

START = datetime(2030, 1, 7, tzinfo=UTC)


def between(first, last):
    return Interval(START + timedelta(hours=first), START + timedelta(hours=last))


@pytest.mark.parametrize(
    ("covered", "left"),
    [
        ([], [(8, 17)]),
        ([(9, 12), (13, 16)], [(8, 9), (12, 13), (16, 17)]),
        ([(13, 16), (9, 12)], [(8, 9), (12, 13), (16, 17)]),
        ([(9, 12), (10, 11), (11, 14)], [(8, 9), (14, 17)]),
        ([(6, 9), (16, 20)], [(9, 16)]),
        ([(0, 24)], []),
        ([(1, 2), (20, 21)], [(8, 17)]),
    ],
)
def test_what_nothing_covers(covered, left):
    assert gaps(between(8, 17), [between(*each) for each in covered]) == [between(*each) for each in left]
