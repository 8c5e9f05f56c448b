"""The rule of the call list."""

import pytest

from scheduling.domain.no_shows import Outlook, group_of

CAME, MISSED = False, True


@pytest.mark.parametrize(
    ("missed", "lead", "points"),
    [
        ([CAME], 0, 0),
        ([CAME], 7, 0),
        ([CAME], 8, 1),
        ([CAME], 14, 1),
        ([CAME], 15, 2),
        ([CAME], 300, 2),
        ([], 0, 1),
        ([], 15, 3),
        ([MISSED], 0, 2),
        ([MISSED, CAME, MISSED], 0, 4),
        ([MISSED] * 5, 15, 12),
    ],
)
def test_each_no_show_a_long_wait_and_a_first_visit_make_points(missed, lead, points):
    assert Outlook(missed, lead).points == points


def test_only_the_latest_five_visits_count():
    outlook = Outlook([CAME] * 5 + [MISSED], 0)
    assert (outlook.points, outlook.known, outlook.no_shows, outlook.is_new) == (0, 5, 0, False)


@pytest.mark.parametrize(
    ("days", "group"), [(0, 0), (1, 1), (2, 1), (3, 2), (7, 2), (8, 3), (14, 3), (15, 4), (30, 4), (31, 5), (400, 5)]
)
def test_lead_times_are_counted_in_six_groups(days, group):
    assert group_of(days) == group
