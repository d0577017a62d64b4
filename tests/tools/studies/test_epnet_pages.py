"""EPNet's tables and pictures, from rows by hand."""

import numpy as np
import pytest

from tests.tools.canvas import lines, names, panels
from tests.tools.markdown import table
from tools.studies import epnet_pages


def test_table_1_has_a_row_a_policy_beside_the_papers():
    row = {"name": "EPNet", "budgeted": 0.987, "drawn": 0.98654, "rank": 1, "accuracy": 0.9871, "share": 0.4567}
    row |= {"finished": 1.0, "printed": (98.5, 98.6)}
    other = row | {"name": "ResNet", "rank": 2, "share": 1.0, "finished": 0.456, "printed": None}
    text, markdown = epnet_pages.write_table_1({"kappa": 0.01, "budget": 0.4567, "rows": [row, other]})
    assert "fitted for kappa 0.01 spends on the test images, 45.7% of the static network's multiply-adds" in text
    header, first, second = table(markdown)
    assert header == [
        "policy",
        "acc^b %",
        "rank",
        "accuracy %",
        "multiply-adds",
        "finished",
        "paper: acc^b / accuracy %",
    ]
    assert first == ["EPNet", "98.70 (98.65)", "1", "98.71", "45.7%", "100.0%", "98.50 / 98.60"]
    assert second == ["ResNet", "98.70 (98.65)", "2", "98.71", "100.0%", "45.6%", ""]


def test_table_2_names_sizes_and_spreads():
    row = {"f_in": (100, 10), "f_cat": (50,), "benefit": 83.514, "spread": 0.126, "seeds": 3, "accuracy": 88.606}
    row |= {"macs": 1.0191e7, "controllers": 24190.4, "printed": (83.51, 88.61, 1.019e7, 2.419e4)}
    without = row | {"f_in": ()}
    text, markdown = epnet_pages.write_table_2({"kappa": 0.005, "rows": [row, without]})
    assert text.startswith("Controllers fitted for kappa 0.005 alone;")
    _, first, second = table(markdown)
    printed = "83.51, 88.61, 1.019e+07, 24190"
    assert first == ["100, 10", "50, 1", "83.51 (0.13, 3 seeds)", "88.61", "1.019e+07", "24,190", printed]
    assert second[0] == "none"


CURVES = {"EPNet": [90.0, 80.0, 70.0], "EPNet, one for all": [89.0], "BranchyNet": [60.0, 50.0, 40.0]}
CURVES |= {"ResNet": [85.0, 20.0, -50.0]}
FIGURE_6 = {"kappas": [0.005, 0.01, 0.02], "curves": CURVES}


def test_a_policy_that_was_not_asked_for_every_price_has_empty_cells():
    _, markdown = epnet_pages.write_figure_6(FIGURE_6)
    rows = {row[0]: row[1:] for row in table(markdown)}
    assert rows["policy"] == ["kappa 0.005", "kappa 0.01", "kappa 0.02"]
    assert rows["EPNet, one for all"] == ["89.00", "", ""] and rows["ResNet"] == ["85.00", "20.00", "-50.00"]


def test_figure_6_draws_every_policy_and_does_not_stretch_for_the_static_network():
    (axis,) = axes = panels()
    epnet_pages.paint_figure_6(axes, FIGURE_6)
    assert lines(axis)["BranchyNet"] == ([0.005, 0.01, 0.02], [60, 50, 40])
    assert lines(axis)["EPNet, one for all"] == ([0.005], [89])
    assert names(axis.get_legend()) == list(CURVES)
    assert axis.get_ylim()[0] == 35, "five below the lowest of the others"
    widths = [line.get_linewidth() for line in axis.get_lines()]
    assert widths == [2.4, 2.4, 1.2, 1.2], "EPNet's are thick"


def test_figures_7_and_8_have_a_panel_a_price_and_a_line_a_kind():
    first, last = axes = panels(2)
    rates = [[[0.5, 1.0], [0.25, 1.0]], [[0.75, 1.0], [0.0, 1.0]]]
    result = {"kappas": [0.01, 0.05], "kinds": ["easy", "large_centered"], "rates": rates}
    epnet_pages.paint_exit_rates(axes, result)
    assert lines(first) == {"easy": ([1, 2], [50, 100]), "large centered": ([1, 2], [25, 100])}
    assert lines(last)["large centered"] == ([1, 2], [0, 100])
    assert [axis.get_title() for axis in axes] == ["kappa 0.01", "kappa 0.05"]
    assert first.get_legend() is None and names(last.get_legend()) == ["easy", "large centered"]
    assert first.get_ylabel() == "left up to this exit, percent" and last.get_ylabel() == ""
    with pytest.raises(ValueError, match="zip"):
        epnet_pages.paint_exit_rates(axes[:1], result)


FIGURE_9 = {"kappa": 0.01, "whole": [0.5, 0.9], "leaving": [None, 0.95], "rate": [0.0, 1.0]}


def test_an_exit_that_nobody_left_by_has_no_accuracy_there():
    text, markdown = epnet_pages.write_figure_9(FIGURE_9)
    assert text == "EPNet fitted for kappa 0.01, test images."
    assert table(markdown)[1:] == [["1", "50.00", "", "0.0%"], ["2", "90.00", "95.00", "100.0%"]]


def test_figure_9_has_two_bars_an_exit_and_a_line():
    (axis,) = axes = panels()
    epnet_pages.paint_figure_9(axes, FIGURE_9)
    whole, leaving = axis.containers
    assert [bar.get_height() for bar in whole] == [50, 90]
    assert np.isnan(leaving[0].get_height()) and leaving[1].get_height() == 95
    middles = [[bar.get_x() + bar.get_width() / 2 for bar in bars] for bars in (whole, leaving)]
    np.testing.assert_allclose(middles, [[0.8, 1.8], [1.2, 2.2]])
    assert lines(axis) == {"left there": ([1, 2], [0, 100])}
    assert axis.get_xticks().tolist() == [1, 2] and axis.get_ylim()[1] > 100, "there is room for names above"


@pytest.mark.parametrize(
    ("exact", "reached"),
    [
        ([[0.0, 98.0, 100.0]], "3"),
        ([[0.0, 99.0, 100.0]], "2"),
        ([[100.0, 0.0, 100.0]], "1"),
        ([[0.0, 97.0, 100.0], [0.0, 101.0, 100.0]], "2"),  # the mean over seeds
        ([[-90.0, -50.4, -50.0]], "2"),  # a benefit may be below zero: -50.5 is a hundredth below the end
        ([[0.0, 0.0, 0.0]], "1"),
    ],
)
def test_the_epoch_at_which_nearly_all_is_reached(exact, reached):
    _, markdown = epnet_pages.write_figure_10({"kappa": 0.01, "curves": {"exact": exact}})
    assert table(markdown)[1][-1] == reached


def test_figure_10_has_means_and_what_lies_between_the_seeds():
    (axis,) = axes = panels()
    curves = {"exact": [[1.0, 5.0], [3.0, 7.0]], "reinforce": [[0.0, 2.0]]}
    epnet_pages.paint_figure_10(axes, {"curves": curves})
    assert lines(axis) == {
        "exact gradient": ([1, 2], [2, 6]),
        "REINFORCE with a baseline": ([1, 2], [0, 2]),
    }
    exact, reinforce = axis.collections
    assert {tuple(corner) for corner in exact.get_paths()[0].vertices} >= {(1, 1), (1, 3), (2, 5), (2, 7)}
    shades = [tuple(band.get_facecolor()[0][:3]) for band in (exact, reinforce)]
    assert shades[0] != shades[1]
    _, markdown = epnet_pages.write_figure_10({"kappa": 0.01, "curves": curves})
    assert table(markdown)[1] == ["exact", "2", "6.00", "5.00", "7.00", "2"]
