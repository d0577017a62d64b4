"""The figures of a report: what is drawn, in which order and within which limits, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.canvas import lines, names, painted, words
from tools.reporting import charts, figures

EXITS = ("exit_1", "exit_2", "answer")
GATES = ["maximum-softmax gate", "entropy gate"]


def point(name, macs, accuracy, *shares, **groups):
    """An operating point. groups: kind -> the shares of its images that leave at each exit."""
    told = {"name": name, "macs": macs, "accuracy": accuracy, "exits": dict(zip(EXITS, shares, strict=True))}
    kinds = {kind: {"exits": dict(zip(EXITS, own, strict=True))} for kind, own in groups.items()}
    return told | ({"groups": kinds} if kinds else {})


def row(accuracy, macs, leaving, accuracy_leaving):
    return {"accuracy": accuracy, "macs": macs, "leaving": leaving, "accuracy_leaving": accuracy_leaving}


@pytest.fixture
def report():
    """Two operating points and three exits, of 1, 3 and 10 million multiply-adds."""
    return {
        "points": [
            point("fast", 2e6, 0.80, 0.6, 0.3, 0.1, easy=(0.9, 0.1, 0.0), hard=(0.3, 0.5, 0.2)),
            point("exact", 6e6, 0.90, 0.2, 0.2, 0.6, easy=(0.4, 0.3, 0.3), hard=(0.0, 0.1, 0.9)),
        ],
        "exits": [row(0.70, 1e6, 30, 0.9), row(0.85, 3e6, 0, None), row(0.95, 10e6, 90, 0.5)],
        "gates": {
            "max_softmax": [{"macs": 1e6, "accuracy": 0.7}, {"macs": 10e6, "accuracy": 0.95}],
            "entropy": [{"macs": 1e6, "accuracy": 0.7}, {"macs": 5e6, "accuracy": 0.86}],
        },
        "static": {"macs": 8e6, "accuracy": 0.94},
        "answers": list(EXITS),
        "default_point": "exact",
        "latency": {"fast": [1.0, 2.0], "exact": [3.0, 4.0], "static network": [5.0, 5.0]},
    }


def test_cost_is_in_millions_and_accuracy_in_percent_on_both_sides(report):
    figure = painted(charts.cost_accuracy, report)
    for axis in figure.axes:
        assert lines(axis) == {
            "every image, one exit": ([1.0, 3.0, 10.0], pytest.approx([70, 85, 95])),
            "maximum-softmax gate": ([1.0, 10.0], pytest.approx([70, 95])),
            "entropy gate": ([1.0, 5.0], pytest.approx([70, 86])),
            "static network": ([8.0], [94.0]),
            "operating points": ([2.0, 6.0], [80.0, 90.0]),
        }
        assert len({line.get_color() for line in axis.get_lines()}) == 5
    (legend,) = figure.legends
    assert names(legend) == list(lines(figure.axes[0]))


def test_the_right_side_holds_the_operating_points_and_the_best_exit(report):
    """From .85 * 2 to 10 and a tenth of 8 more; from 80 less twice the air of .15 * (95 - 80) to 95 and once."""
    _, zoomed = painted(charts.cost_accuracy, report).axes
    assert zoomed.get_xlim() == pytest.approx((1.7, 10.8))
    assert zoomed.get_ylim() == pytest.approx((80 - 4.5, 95 + 2.25))
    assert words(zoomed) == ["fast", "exact"]


def test_there_is_no_accuracy_above_a_hundred(report):
    report["exits"][-1]["accuracy"] = 1.0
    assert painted(charts.cost_accuracy, report).axes[1].get_ylim()[1] == 100


def test_points_that_are_alike_have_half_a_point_of_air(report):
    report["points"], report["exits"] = report["points"][1:], [row(0.9, 6e6, 1, 1.0)]
    zoomed = painted(charts.cost_accuracy, report).axes[1]
    assert zoomed.get_ylim() == pytest.approx((89.0, 90.5))
    low, high = zoomed.get_xlim()
    assert low < 6.0 < high, "one cost, and still there is a span"


def test_what_is_not_there_has_no_name(report):
    """A program that branches: no exits in a line, nothing swept, no static network."""
    report |= {"exits": [], "gates": {"max_softmax": [], "entropy": []}, "static": None}
    figure = painted(charts.cost_accuracy, report)
    assert names(figure.legends[0]) == ["operating points"]
    report["gates"]["entropy"] = [{"macs": 1e6, "accuracy": 0.7}]
    assert names(painted(charts.cost_accuracy, report).legends[0]) == ["entropy gate", "operating points"]


def test_images_that_have_left_add_up(report):
    first, second = painted(charts.exit_rates, report).axes
    assert lines(first) == {
        "easy": ([1, 2, 3], pytest.approx([90, 100, 100])),
        "hard": ([1, 2, 3], pytest.approx([30, 80, 100])),
    }
    assert lines(second)["hard"] == ([1, 2, 3], pytest.approx([0, 10, 100]))
    assert [axis.get_title("left") for axis in (first, second)] == ["fast", "exact"]
    easy, _, hard, _ = (line.get_color() for line in first.get_lines())
    assert easy != hard and second.get_lines()[0].get_color() == easy, "a kind has its colour on every panel"


def test_without_kinds_there_is_one_line(report):
    report["points"] = [point("only", 1e6, 0.5, 0.25, 0.25, 0.5)]
    (axis,) = painted(charts.exit_rates, report).axes
    assert lines(axis) == {"all images": ([1, 2, 3], [25, 50, 100])}


@pytest.mark.parametrize(
    ("points", "rows", "columns", "empty"), [(1, 1, 1, 0), (3, 1, 3, 0), (4, 2, 3, 2), (7, 3, 3, 2)]
)
def test_panels_that_no_point_needs_are_hidden(report, points, rows, columns, empty):
    report["points"] = [point(f"p{i}", 1e6, 0.5, 0.5, 0.25, 0.25) for i in range(points)]
    figure = painted(charts.exit_rates, report)
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (rows, columns)
    assert [axis.get_visible() for axis in figure.axes] == [True] * points + [False] * empty


@pytest.mark.parametrize(("exits", "ticks"), [(1, [1]), (12, list(range(1, 13))), (13, [1, 3, 5, 7, 9, 11, 13])])
def test_of_many_exits_every_other_has_its_number(report, exits, ticks):
    report["exits"] = [row(0.5, 1e6, 1, 1.0)] * exits
    (axis,) = painted(charts.exit_accuracy, report).axes
    assert axis.get_xticks().tolist() == ticks


def test_an_exit_at_which_nobody_left_has_no_dot(report):
    """30 of 120 images leave first, 90 last: areas of 18 and 600 times a quarter, and three quarters."""
    figure = painted(charts.exit_accuracy, report)
    (axis,) = figure.axes
    assert lines(axis) == {"on all images": ([1, 2, 3], pytest.approx([70, 85, 95]))}
    (dots,) = axis.collections
    assert dots.get_offsets().tolist() == [[1, 90], [3, 50]]
    assert dots.get_sizes().tolist() == [168, 468]
    assert names(figure.legends[0])[1] == "on the images that leave there (exact); area: how many"


def test_the_more_a_point_takes_the_stronger_and_the_static_network_is_dashed(report):
    report["latency"] = {"static network": [5.0, 5.0]} | report["latency"]
    (axis,) = painted(charts.latency, report).axes
    assert list(lines(axis)) == ["fast", "exact", "static network"]
    colours = [line.get_color() for line in axis.get_lines()]
    assert colours == [figures.colour("ramp-0"), figures.colour("ramp-5"), figures.colour("ink")]
    assert [line.is_dashed() for line in axis.get_lines()] == [False, False, True]


def test_times_end_a_little_behind_the_slowest_but_for_one_in_a_hundred(report):
    """Of 0, 1, .. 100 ms the quantile is 99; one second among them does not stretch the figure."""
    report["latency"] = {"fast": [1.0], "exact": [*range(101)]}
    (axis,) = painted(charts.latency, report).axes
    assert axis.get_xlim() == pytest.approx((0, 1.05 * 99)) and "static network" not in lines(axis)
    assert axis.get_ylabel() == "answered, %"


def test_shares_by_hand():
    times, shares = charts._shares([4.0, 1.0, 2.0, 8.0])
    assert times.tolist() == [1, 2, 4, 8] and shares.tolist() == [25, 50, 75, 100]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=2000, unique=True))
def test_shares_are_those_of_the_images_answered_by_then(ms):
    times, shares = charts._shares(ms)
    assert len(times) <= 400 and shares[-1] == 100 and times[-1] == max(ms) and times[0] == min(ms)
    np.testing.assert_allclose(shares, [100 * np.mean(np.array(ms) <= time) for time in times])
