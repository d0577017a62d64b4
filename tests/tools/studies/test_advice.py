"""Advice: what is asked for, what is chosen on a half, and what is said of numbers that are written out."""

import json

import numpy as np
import pytest

from keras_models.policies.operating_points import Measured, Setting
from tests.tools.canvas import painted, words
from tests.tools.markdown import table
from tools.console import UserError
from tools.studies import advice_options, advice_pages
from tools.studies.advice_judging import Pool, _choices, enough
from tools.studies.advice_options import AdviceOptions


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"accuracy": 100.0}, "expected --accuracy from 0 to below 100, received 100"),
        ({"within": -1.0}, "expected --within from 0 to below 100, received -1"),
        ({"minutes": 0.0}, "expected --minutes above zero, received 0"),
        ({"learning_rate": float("nan")}, "expected --learning-rate above zero, received nan"),
        ({"widths": (1.0, 0.5)}, "expected --widths below 1, received 1,0.5"),
        ({"images": 10}, "expected --images of at least 40, received 10"),
        ({"epochs": 0}, "expected --epochs of at least 1, received 0"),
        ({"exits": "list"}, "expected --exits auto or names of layers, received list: python tools/train.py"),
    ],
)
def test_numbers_out_of_their_range_are_refused(given, message):
    with pytest.raises(UserError) as caught:
        AdviceOptions("x.keras", "cifar10", **given).validate()
    assert str(caught.value).startswith(message)


def test_shares_are_sorted_or_none():
    assert advice_options.shares("widths", "0.25,0.5,0.25") == (0.5, 0.25)
    assert advice_options.shares("widths", "none") == () and advice_options.shares("widths", (0.5,)) == (0.5,)


def test_a_goal_is_told_in_words():
    assert AdviceOptions("x", "t").goal() == "within 1 point of the network whole"
    assert AdviceOptions("x", "t", within=0.5).goal() == "within 0.5 points of the network whole"
    assert AdviceOptions("x", "t", accuracy=93.0).goal() == "an accuracy of 93 %"
    assert AdviceOptions("x", "t", accuracy=93.0).wanted.accuracy == 0.93


def test_what_names_a_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/config.json").write_text("{}")
    names = ("MobileNetV2", "mine.keras", "run", "resnet8_cifar10", "best.json")
    kinds = ["application", "file", "run", "preset", "preset"]
    assert [advice_options.kind_of(name) for name in names] == kinds
    with pytest.raises(UserError, match="expected a .keras file, a run folder, a preset .*, received 'nothing'"):
        advice_options.kind_of("nothing")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("resnet8_cifar10", None, None, None, None), "cifar10"),
        (("resnet8_cifar10", None, "max_min_digits", None, None), "max_min_digits"),
        (("MobileNetV2", None, "cifar10", None, None), "cifar10"),
        (("MobileNetV2", "pictures", None, None, 96), "pictures@96x96x3"),
    ],
)
def test_the_task_is_the_networks_or_what_is_given(given, name):
    assert advice_options.task_of(*given) == name


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("MobileNetV2", None, None, None, None), "expected --data or --dataset for MobileNetV2, received none"),
        (("MobileNetV2", "a", "cifar10", None, 96), "expected --data or --dataset for MobileNetV2, received both"),
        (("MobileNetV2", "a", None, None, None), "expected --side PIXELS beside --data for MobileNetV2"),
        (("resnet8_cifar10", None, None, None, 96), "expected --side for one of keras.applications, received it for"),
    ],
)
def test_pictures_that_do_not_fit_are_refused(given, message):
    with pytest.raises(UserError, match=message):
        advice_options.task_of(*given)


def test_every_choice_of_few_exits_is_tried():
    found = [kept.tolist() for kept in _choices(np.array([True, False, True, True]))]
    assert sorted(found) == [
        [False, False, False, True],
        [False, False, True, True],
        [True, False, False, True],
        [True, False, True, True],
    ]
    assert [kept.all() for kept in _choices(np.ones(6, bool))] == [True], "32 sets would be too many"


def setting(accuracy, cost, error=0.0):
    right = np.arange(100) < 100 * accuracy
    return Setting(Measured({"threshold": accuracy}, right, np.full(100, cost), np.zeros(100, int)), cost, error)


def test_the_cheapest_setting_is_chosen_that_is_accurate_enough_by_some_margin():
    first, last = np.array([True, True]), np.array([False, True])
    tried = [(first, setting(0.8, 2.0)), (first, setting(0.9, 5.0, 0.02)), (last, setting(0.9, 9.0))]
    assert enough(tried, 0.8) == tried[0]
    assert enough(tried, 0.86)[1].cost == 5.0 and enough(tried, 0.87)[1].cost == 9.0, "0.9 less 1.645 standard errors"
    assert enough(tried, 0.95)[1].cost == 5.0, "the most accurate, and the cheaper of two"


def test_halves_are_apart_and_all():
    seen = Pool(np.zeros((7, 1, 1, 1), np.uint8), np.zeros(7))
    assert seen.rows(0).tolist() == [0, 2, 4, 6] and seen.rows(1).tolist() == [1, 3, 5]


def row(name, kind, accuracy, ms, margin, margin_error=0.005, difference=-0.002):
    costs = {"latency": ms, "macs": 1e6 * ms}
    own = {"name": name, "label": f"the {name}", "kind": kind, "accuracy": accuracy, "error": 0.01}
    own |= {"difference": difference, "difference_error": 0.004, "margin": margin, "margin_error": margin_error}
    return own | {
        "costs": costs,
        "cost_errors": dict.fromkeys(costs, 0.1),
        "chosen": [],
        "curve": [[5e5, 0.8], [1e6, 0.9]],
    }


def found(best="thin", sure=True, open_=(), thin_margin=0.02, whole_margin=0.01):
    ways = [row("whole", "whole", 0.9, 4.0, whole_margin, 0.0, 0.0), row("thin", "thinner", 0.898, 1.0, thin_margin)]
    ways += [row("exits", "exits", 0.89, 2.0, -0.001)]
    told = {"best": best, "sure": sure, "open": list(open_), "nearest": "whole"}
    report = {"network": "mine.keras", "task": "t", "goal": "an accuracy of 89 %", "images": 400, "timed": 100}
    report |= {"plan": {"epochs": 1, "share": 0.5}, "seed": 3, "cost": "latency", "ways": ways, "notes": ["a note"]}
    report |= {"verdicts": {"latency": told, "macs": told}, "unavailable": {"half": "a reason"}}
    return report | {"sentences": {unit: advice_pages.sentence(report, unit) for unit in ("latency", "macs")}}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (
            found(),
            "the cheapest way to an accuracy of 89 % is the thin (0.25 of its cost, -0.2 ± 0.4 points): the others are "
            "out by over 2 standard errors.",
        ),
        (
            found("whole"),
            "the cheapest way to an accuracy of 89 % is the whole: the others are out by over 2 standard errors.",
        ),
        (
            found(sure=False, open_=("exits",), thin_margin=0.001),
            "not told apart: the cheapest way to an accuracy of 89 % seems to be the thin (0.25 of its cost, -0.2 ± "
            "0.4 points), but it may itself miss that and the exits may do as well for less or as much.",
        ),
        (
            found(sure=False, thin_margin=0.001),
            "not sure: the cheapest way to an accuracy of 89 % seems to be the thin (0.25 of its cost, -0.2 ± 0.4 "
            "points), but it may itself miss that.",
        ),
        (
            found(None, False, ("thin", "exits"), whole_margin=-0.004),
            "not told apart: no way was seen to reach an accuracy of 89 %, though the thin or the exits may; the whole "
            "comes nearest, 0.4 points short.",
        ),
    ],
)
def test_a_verdict_is_a_sentence_that_says_how_sure_it_is(report, expected):
    assert report["sentences"] == {
        "latency": f"By time on this machine {expected}",
        "macs": f"By multiply-adds {expected}",
    }


def test_where_all_miss_surely_it_is_said():
    report = found(None, True)
    report["ways"][0] |= {"margin": -0.05}
    assert advice_pages.sentence(report, "latency") == (
        "By time on this machine none of these ways reaches an accuracy of 89 % after this training: the whole comes "
        "nearest, 5.0 points short, which is over 2 standard errors."
    )


def test_the_page_has_verdicts_table_and_what_was_not_tried():
    text = advice_pages.markdown(found(), "python tools/advise.py mine.keras", "x.png")
    assert text.startswith("# Advice: mine.keras on t\n\n**By time on this machine the cheapest way")
    assert "- By multiply-adds the cheapest way" in text and "![accuracy against cost](x.png)" in text
    assert table(text) == [
        ["way", "accuracy %", "to whole, points", "reaches it", "time on this machine", "multiply-adds"],
        ["the whole", "90.00 ± 1.00", "", "yes", "4.000 ms (1.00)", "4 M (1.00)"],
        ["the thin", "89.80 ± 1.00", "-0.20 ± 0.40", "yes", "1.000 ms (0.25)", "1 M (0.25)"],
        ["the exits", "89.00 ± 1.00", "-0.20 ± 0.40", "perhaps not", "2.000 ms (0.50)", "2 M (0.50)"],
    ]
    assert "trained for 1 epoch of 50% of the training images" in text and "on 200 held-out images" in text
    assert "- not tried: half (a reason)\n- a note" in text and "Seed 3." in text
    told = advice_pages.text(found())
    assert "not tried: half (a reason)" in told and "a note" in told


def test_the_picture_shows_every_way_at_both_costs():
    figure = painted(advice_pages.draw, found(), "x.png")
    for axis, shown in zip(figure.axes, ((4.0, 1.0, 2.0), (4.0, 1.0, 2.0)), strict=True):
        points = [container[0].get_xydata()[0].tolist() for container in axis.containers]
        assert points == [[cost, pytest.approx(y)] for cost, y in zip(shown, (90.0, 89.8, 89.0), strict=True)]
        assert words(axis) == ["an accuracy of 89 %"]
    curves = [line for line in figure.axes[1].get_lines() if len(line.get_xdata()) == 2 and line.get_linewidth() == 0.9]
    assert [curve.get_xydata().tolist() for curve in curves if curve.get_linestyle() == "-"] == [
        [[0.5, 80.0], [1.0, 90.0]]
    ]


def test_numbers_are_plain():
    assert json.loads(json.dumps(found())) == found()
