"""What the objectives of a search say, by hand."""

import numpy as np
import pytest

from keras_models import programs
from keras_models.base import Deployable, Knob
from keras_models.early_exit import EarlyExit
from tools.tuning import judging


def test_area_by_hand():
    # The best for its cost: half right from 2 on, .9 from 6 on; 7 for .8 is beaten. From 1 to 11: 0, 4 * .5 and 5 * .9.
    points = [{"cost": 6, "accuracy": 0.9}, {"cost": 2, "accuracy": 0.5}, {"cost": 7, "accuracy": 0.8}]
    assert judging.area(points, 1, 11) == pytest.approx(100 * (4 * 0.5 + 5 * 0.9) / 10)


class Network(EarlyExit, Deployable):
    """Two exits of 100 and 400 multiply-adds; the first is taken where its largest probability is high enough."""

    part_macs = {"first": 100, "second": 300}

    def program(self):
        rule = {"rule": "max_softmax", "value": "logits_1", "threshold": programs.parameter("threshold")}
        return [
            programs.run("first", {"x": "image"}, {"logits": "logits_1", "y": "features_1"}),
            programs.leave("exit_1", "logits_1", rule | {"activation": "softmax"}),
            programs.run("second", {"x": "features_1"}, {"logits": "logits_2"}),
            programs.answer("exit_2", "logits_2"),
        ]

    def parts(self):
        return {}

    def parameters(self):
        return {"threshold": Knob(0.5, 0.0, 2.0, "surety", (0.5, 0.9), full_depth=2.0)}


@pytest.fixture
def values():
    """Four samples of label 1: the first exit is right twice, and sure (.95) of one; the second is right thrice."""
    sure, unsure = np.log(0.95 / 0.05), np.log(0.6 / 0.4)
    first = np.array([[0, sure], [0, unsure], [unsure, 0], [unsure, 0]], np.float32)
    second = np.array([[0, 1], [0, 1], [0, 1], [1, 0]], np.float32)
    return {
        "logits_1": first,
        "logits_2": second,
        "features_1": np.zeros((4, 1), np.float32),
        "labels": np.ones(4, int),
    }


def test_the_judge_by_hand(values):
    """Three settings: all leave first (.5 for 100), one leaves (.75 for 325), nobody does (.75 for 400)."""
    judge = judging.Judge((0.01, 0.1, 0.2), 50.0, (50.0, 450.0))
    assert judge.operating_kappa == 0.1
    result = judge(Network(), values, {})
    # 75 - 100 * 6.5 * kappa where one leaves, 50 - 100 * 2 * kappa where all do: 68.5, 30 against 10, 10 against -55.
    assert [point["benefit"] for point in result["points"]] == pytest.approx([68.5, 30.0, 10.0])
    assert [point["settings"]["threshold"] for point in result["points"]] == [0.9, 0.5, 0.5]
    assert result["benefit"] == pytest.approx((68.5 + 30 + 10) / 3)
    assert (result["accuracy"], result["cost"], result["macs"]) == (0.5, 100.0, 400.0)
    # Nothing up to 100, one half to 325, three quarters to 450.
    assert result["area"] == pytest.approx(100 * (225 * 0.5 + 125 * 0.75) / 400)


def test_exits_that_are_closed_are_not_taken(values):
    class Closed(Network):
        def own_exits(self, settings):
            return np.array([settings["open"], True])

    judge = judging.Judge((0.01,), 50.0, (50.0, 450.0))
    assert judge(Closed(), values, {"open": False})["points"][0]["cost"] == 400.0
    assert judge(Closed(), values, {"open": True})["points"][0]["cost"] == 325.0
