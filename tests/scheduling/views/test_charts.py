"""Where the marks of a chart lie."""

from datetime import date, timedelta

import pytest

from scheduling.views.charts import ABOVE, PLOT, bar_width, chart_of_days, heat_map, round_step

MONDAY = date(2026, 11, 2)


def days(counts, first=MONDAY):
    return {first + timedelta(days=n): count for n, count in enumerate(counts)}


def ticks(chart):
    return [bar.first.day for bar in chart.bars if bar.has_tick]


class TestDays:
    def test_the_tallest_reaches_the_top_and_says_how_many_it_is(self):
        chart = chart_of_days(days([2, 4, 0, 4]), MONDAY)
        assert [bar.height for bar in chart.bars] == [f"{PLOT / 2:.1f}", f"{PLOT:.1f}", "0.0", f"{PLOT:.1f}"]
        assert [bar.is_most for bar in chart.bars] == [False, True, False, False]
        assert chart.most is chart.bars[1]
        assert [bar.y for bar in chart.bars][1] == f"{ABOVE:.1f}"

    def test_across_they_share_the_width(self):
        chart = chart_of_days(days([1, 1, 1, 1]), MONDAY)
        assert [bar.middle for bar in chart.bars] == ["12.50", "37.50", "62.50", "87.50"]
        assert float(chart.bars[-1].x) + float(chart.bars[-1].width) < 100

    def test_one_day_alone_is_no_wall_and_has_no_average(self):
        chart = chart_of_days(days([9]), MONDAY)
        assert (chart.bars[0].x, chart.bars[0].width, chart.has_average) == ("47.50", "5.00", False)
        assert chart_of_days(days([9, 9]), MONDAY).has_average

    def test_past_today_and_to_come(self):
        chart = chart_of_days(days([1, 1, 1]), MONDAY + timedelta(days=1))
        assert [bar.when for bar in chart.bars] == ["past", "today", "to-come"]
        assert chart.times == {"past", "today", "to-come"}

    def test_the_average_is_of_every_day(self):
        chart = chart_of_days(days([4, 0, 0, 4]), MONDAY)
        assert (chart.average, chart.average_y) == (2, f"{ABOVE + PLOT / 2:.1f}")

    def test_lines_stand_at_round_counts(self):
        chart = chart_of_days(days([88]), MONDAY)
        assert [line.count for line in chart.lines] == [0, 25, 50, 75]
        assert chart.lines[0].y == f"{chart.base:.1f}"

    def test_of_nothing_there_is_a_floor(self):
        chart = chart_of_days(days([0, 0]), MONDAY)
        assert [line.count for line in chart.lines] == [0, 1]
        assert not any(bar.is_most for bar in chart.bars)

    def test_of_a_few_days_each_is_named_and_of_a_month_the_mondays(self):
        long_ago = date(2020, 1, 1)
        assert ticks(chart_of_days(days([1] * 7), long_ago)) == [2, 3, 4, 5, 6, 7, 8]
        assert ticks(chart_of_days(days([1] * 14), long_ago)) == [2, 9]
        assert ticks(chart_of_days(days([1] * 30), long_ago)) == [2, 9, 16, 23, 30]

    def test_today_is_named_instead_of_what_is_too_near(self):
        chart = chart_of_days(days([1] * 30), date(2026, 11, 25))
        assert ticks(chart) == [2, 9, 16, 25, 30]
        assert ticks(chart_of_days(days([1] * 7), date(2026, 11, 4))) == [2, 3, 4, 5, 6, 7, 8]
        assert [bar.first.day for bar in chart_of_days(days([1] * 90), date(2026, 11, 21)).bars if bar.has_tick][
            :4
        ] == [
            2,
            9,
            21,
            30,
        ]

    def test_a_year_is_drawn_by_weeks(self):
        chart = chart_of_days(days([1] * 365, date(2026, 1, 1)), date(2026, 11, 25))
        assert (chart.by_week, chart.average, len(chart.bars)) == (True, 7, 53)
        first, second, last = chart.bars[0], chart.bars[1], chart.bars[-1]
        assert (first.first, first.last, first.count) == (date(2026, 1, 1), date(2026, 1, 4), 4)
        assert (second.first, second.last, second.count) == (date(2026, 1, 5), date(2026, 1, 11), 7)
        assert (last.first, last.last, last.count) == (date(2026, 12, 28), date(2026, 12, 31), 4)
        assert sum(bar.count for bar in chart.bars) == 365
        months = [bar.last.month for bar in chart.bars if bar.has_tick]
        assert months == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11]  # the last is this week

    def test_no_average_lies_above_the_drawing(self):
        """A week that is cut off may hold less than its share."""
        chart = chart_of_days(days([0] * 60 + [1] * 33), MONDAY)
        assert float(chart.average_y) >= ABOVE
        assert all(float(bar.y) >= ABOVE for bar in chart.bars)

    @pytest.mark.parametrize("count", [31, 32])
    def test_what_does_not_fit_a_phone_is_wide(self, count):
        assert chart_of_days(days([1] * count), MONDAY).is_wide is (count > 31)


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (1, 1), (4, 1), (5, 2), (9, 5), (40, 10), (88, 25), (169, 50), (985, 250), (4100, 2000)]
)
def test_steps_are_round_and_few(most, step):
    assert round_step(most) == step


def test_a_bar_of_a_row_is_seen_however_short():
    assert [bar_width(count, 1000) for count in (0, 1, 500, 1000)] == ["0", "1.00", "50.00", "100.00"]
    assert bar_width(0, 0) == "0"


class TestHours:
    def test_from_the_first_hour_to_the_last(self):
        found = heat_map({(0, 9): 1, (2, 12): 10})
        assert [hour for hour, _middle in found.hours] == [9, 10, 11, 12]
        assert [row.short for row in found.rows] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
        assert found.rows[2].long == "Wednesday"
        assert [cell.count for cell in found.rows[0].cells] == [1, 0, 0, 0]
        assert [cell.x for cell in found.rows[0].cells] == ["0.00", "25.00", "50.00", "75.00"]

    def test_the_weekend_stands_there_when_somebody_came(self):
        assert [row.short for row in heat_map({(6, 9): 1}).rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sun"]

    def test_only_the_weekdays_that_are_asked_for(self):
        assert [row.short for row in heat_map({(2, 9): 1}, {2, 3, 5}).rows] == ["Wed", "Thu"]

    def test_five_levels_of_ink_and_none(self):
        found = heat_map({(0, hour): count for hour, count in enumerate([1, 20, 21, 60, 100])} | {(1, 0): 0})
        assert [cell.level for cell in found.rows[0].cells] == [1, 1, 2, 3, 5]
        assert found.rows[1].cells[0].level == 0

    def test_of_nothing_there_is_nothing(self):
        found = heat_map({})
        assert (found.hours, [row.cells for row in found.rows]) == ([], [[]] * 5)
