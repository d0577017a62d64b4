"""SkipNet's tables and pictures, from rows by hand."""

import numpy as np
import pytest

from keras_models.datasets import TASKS
from tests.tools.canvas import lines, names, panels, words
from tests.tools.markdown import table
from tools.reporting import figures
from tools.studies import skipnet_pages as pages

WHOSE = {"name": "SkipNet-8+SP", "threshold": 0.5}


def trade_off(name, threshold, accuracy, macs, **more):
    row = {"name": name, "kind": name, "threshold": threshold, "accuracy": accuracy, "error": 0.01, "macs": macs}
    row |= {"macs_without_gates": 0.9 * macs, "share": macs / 4e6, "blocks": 2.25, "of": 3, "printed": []}
    return row | {"chosen": False, "reached": False} | more


@pytest.fixture
def figure_2_6():
    """A run at two thresholds, the cheaper one chosen, another at one, and two ResNets."""
    runs = [trade_off("a", 0.0, 0.9, 4e6), trade_off("a", 0.5, 0.89, 2e6, chosen=True, reached=True)]
    runs.append(trade_off("b", 0.25, 0.5, 1e6, chosen=True))
    return {
        "rows": runs,
        "baselines": [trade_off("ResNet", None, 0.8, 1e6), trade_off("ResNet", None, 0.92, 4e6)],
        "tolerance": 0.005,
    }


def test_a_threshold_that_was_chosen_is_bold_and_one_that_misses_is_told(figure_2_6):
    text, markdown = pages.write_figure_2_6(figure_2_6)
    rows = table(markdown)
    assert [row[0] for row in rows[1:]] == ["a", "**a**", "**b**", "ResNet", "ResNet"]
    assert rows[1][1:7] == ["0", "90.00 (1.00)", "4 M", "3.6 M", "100.0%", "2.2 of 3"]
    assert rows[4][1] == "", "a ResNet has no threshold"
    assert text.splitlines()[-1] == "No threshold of b is that accurate: the most accurate one is bold."
    figure_2_6["rows"].pop()
    assert "No threshold of" not in pages.write_figure_2_6(figure_2_6)[0]


def test_figure_2_6_is_a_line_a_run_and_a_ring_where_it_was_chosen(figure_2_6):
    (axis,) = axes = panels()
    pages.paint_figure_2_6(axes, figure_2_6)
    drawn = {tuple(line.get_data()[0]): tuple(line.get_data()[1]) for line in axis.get_lines()}
    assert drawn[2.0, 4.0] == (89, 90), "from the cheapest on"
    assert drawn[1.0, 4.0] == (80, 92)
    rings = [line for line in axis.get_lines() if line.get_fillstyle() == "none"]
    assert [list(map(list, ring.get_data())) for ring in rings] == [[[2.0], [89.0]], [[1.0], [50.0]]]
    assert names(axis.get_legend()) == ["a", "b", "ResNet, trained alone"]
    colours = [bars[0].get_color() for bars in axis.containers]
    assert len(set(colours)) == 3


def test_a_study_without_baselines_is_drawn_as_well(figure_2_6):
    axes = panels()
    pages.paint_figure_2_6(axes, figure_2_6 | {"baselines": []})
    assert names(axes[0].get_legend()) == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((92.5, None, None), "92.50 % (table 2.2)"),
        ((None, 0.58e8, None), "58 M (table 2.2)"),
        ((None, None, 50.0), "-50 % (table 2.2)"),
        ((90.83, 0.58e8, 29.7), "90.83 %, 58 M, -29.7 % (table 2.2)"),
    ],
)
def test_what_the_source_prints_is_one_clause(given, said):
    printed = dict(zip(("accuracy", "macs", "saved"), given, strict=True)) | {"where": "table 2.2"}
    assert pages._printed(printed) == said


FIGURE_2_10 = WHOSE | {"groups": [[], [0.5, 0.25], [1.0]]}


def test_groups_are_numbered_from_the_second_block():
    """The first group has but the block without a gate."""
    text, markdown = pages.write_figure_2_10(FIGURE_2_10)
    assert "SkipNet-8+SP on the test images, threshold 0.5." in text
    assert table(markdown)[1:] == [
        ["1", "", "", ""],
        ["2", "2 to 3", "37.5%", "50%, 25%"],
        ["3", "4 to 4", "100.0%", "100%"],
    ]


def test_figure_2_10_is_a_bar_a_block():
    (axis,) = axes = panels()
    pages.paint_figure_2_10(axes, FIGURE_2_10)
    bars = [(round(bar.get_x() + bar.get_width() / 2), bar.get_height()) for bar in axis.patches]
    assert bars == [(2, 50), (3, 25), (4, 100)]
    assert axis.get_ylim() == (0, 100)
    second, third = (group[0].get_facecolor() for group in axis.containers[1:])
    assert second != third


def image(row, label, answer, blocks):
    return {"row": row, "label": label, "answer": answer, "blocks": blocks}


@pytest.fixture
def figure_2_12(monkeypatch):
    """Two galleries of five grey images whose pixels are their row."""

    class Rows:
        def load(self, split):
            return np.arange(10, dtype=np.uint8)[:, None, None, None].repeat(2, 1).repeat(2, 2), None, None

    monkeypatch.setitem(TASKS, "rows", Rows())
    looks = {"accuracy": 0.98, "brightness": 52.54, "contrast": 12.5, "blocks": 2.26}
    easy = [image(row, "cat", "cat", 1) for row in (7, 3, 4, 5, 6)]
    hard = [image(9, "dog", "cat", 3), *(image(row, "dog", "dog", 3) for row in (0, 1, 2, 8))]
    galleries = {"easy": easy, "hard": hard}
    return WHOSE | {"task": "rows", "split": "test", "galleries": galleries, "looks": {"easy": looks, "all": looks}}


def test_images_are_named_with_their_answer_only_where_it_is_wrong(figure_2_12):
    _, looks, members = pages.write_figure_2_12(figure_2_12)
    assert table(looks)[1] == ["easy", "98.0", "2.3", "52.5", "12.5"]
    rows = table(members)
    assert rows[:2] == [
        ["", "easy", "hard"],
        ["1", "cat: 1 blocks (image 7)", "dog, answered cat: 3 blocks (image 9)"],
    ]
    assert len(rows) == 6


def test_the_galleries_show_the_images_of_their_rows(figure_2_12):
    """Four beside each other, the fifth below; a wrong answer is red and told."""
    easy, hard = axes = panels(2)
    pages.paint_figure_2_12(axes, figure_2_12)
    assert [axis.get_title() for axis in axes] == ["easy", "hard"]
    shown = [picture.get_array() for picture in easy.images]
    assert [int(pixels[0, 0, 0]) for pixels in shown] == [7, 3, 4, 5, 6] and shown[0].shape == (2, 2, 3)
    left, right, bottom, top = easy.images[4].get_extent()
    assert 0 < left < right < 1 and 1 + pages.GAP < top < bottom, "below the first"
    assert words(hard)[0] == "dog\n3 blocks\nanswered cat" and words(hard)[1] == "dog\n3 blocks"
    assert [text.get_color() for text in hard.texts[:2]] == [figures.colour("red"), figures.colour("ink")]


def box(label, mean, accuracy):
    return {"label": label, "quartiles": [1, 1.5, 2, 2.5, 3], "mean": mean, "accuracy": accuracy}


@pytest.mark.parametrize(("known", "said"), [(0.876, "+0.88"), (-0.5, "-0.50"), (None, "none, for one of them is ")])
def test_classes_come_from_the_fewest_blocks_on(known, said):
    result = WHOSE | {"rows": [box("dog", 2.5, 0.5), box("truck", 1.75, 0.987)], "correlation": known}
    text, markdown = pages.write_figure_2_13(result)
    assert f"over the classes: {said}" in text
    assert table(markdown)[1:] == [
        ["truck", "1.75", "2", "1.5 to 2.5", "1 to 3", "98.7"],
        ["dog", "2.50", "2", "1.5 to 2.5", "1 to 3", "50.0"],
    ]


def test_figure_2_13_is_a_box_a_class_in_the_order_of_the_table():
    (axis,) = axes = panels()
    pages.paint_figure_2_13(axes, {"rows": [box("dog", 2.5, 0.5), box("truck", 1.75, 0.987)]})
    assert [text.get_text() for text in axis.get_yticklabels()] == ["truck (99 %)", "dog (50 %)"]
    means = [line.get_xdata().tolist() for line in axis.get_lines() if line.get_marker() == "^"]
    assert means == [[1.75], [2.5]]
    assert lines(axis) == {}, "boxes need no legend"


def test_a_bundle_stands_beside_the_float_network():
    side = {"accuracy": 0.75, "error": 0.0125, "blocks": 2.254, "macs": 2.25e6}
    row = {"bundle": "b-int8", "threshold": 0.5, "float": side, "converted": side | {"accuracy": 0.5, "macs": 2e6}}
    row |= {"decisions_moved": 0.125, "images_moved": 0.25, "answers_moved": 0.0}
    text, markdown = pages.write_table_int8({"name": "SkipNet-8+SP", "images": 2000, "rows": [row]})
    assert "on the same 2,000 test images" in text
    cells = ["b-int8", "0.5", "75.00 (1.25)", "50.00 (1.25)", "2.25", "2.25", "2.25 M", "2 M", "12.50%", "25.00%"]
    assert table(markdown)[1] == [*cells, "0.00%"]
