"""What the objectives of a search say, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_models import programs
from keras_models.base import Deployable, Knob
from keras_models.early_exit import EarlyExit
from keras_models.outputs import Labels
from keras_models.policies import judging
from tools.pipeline.policy_evaluation import sweep_of


def test_area_by_hand():
    # The best for its cost: half right from 2 on, .9 from 6 on; 7 for .8 is beaten. From 1 to 11: 0, 4 * .5 and 5 * .9.
    points = [{"cost": 6, "accuracy": 0.9}, {"cost": 2, "accuracy": 0.5}, {"cost": 7, "accuracy": 0.8}]
    assert judging.area(points, 1, 11) == pytest.approx(100 * (4 * 0.5 + 5 * 0.9) / 10)


class Network(EarlyExit, Deployable):
    """Two exits of 100 and 400 multiply-adds; the first is taken where its largest probability is high enough."""

    part_macs = {"first": 100, "second": 300}

    def outputs(self):
        return {"label": Labels(2)}

    def program(self):
        rule = {"rule": "max_softmax", "value": "logits_1", "threshold": programs.parameter("threshold")}
        return [
            programs.run("first", {"x": "image"}, {"logits": "logits_1", "y": "features_1"}),
            programs.exit_if("exit_1", rule | {"activation": "softmax"}, label="logits_1"),
            programs.run("second", {"x": "features_1"}, {"logits": "logits_2"}),
            programs.answer("exit_2", label="logits_2"),
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
    assert judge.operating_price == 0.1
    result = judge(Network(), sweep_of(Network(), values), {})
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
    assert judge(Closed(), sweep_of(Closed(), values), {"open": False})["points"][0]["cost"] == 400.0
    assert judge(Closed(), sweep_of(Closed(), values), {"open": True})["points"][0]["cost"] == 325.0


@pytest.mark.parametrize(
    ("kappas", "middle"), [((0.1,), 0.1), ((0.1, 0.2), 0.1), ((0.1, 0.2, 0.3), 0.2), ((0.1, 0.2, 0.3, 0.4), 0.2)]
)
def test_the_operating_point_is_at_the_lower_middle_price(kappas, middle):
    assert judging.Judge(kappas, 1.0, (1.0, 2.0)).operating_price == middle


def test_the_higher_the_price_the_cheaper_the_best_setting():
    """One unit is 50: .9 for ten units or .7 for two; they are worth the same at a price of .025."""
    judge = judging.Judge((0.01,), 50.0, (1.0, 2.0))
    found = [
        {"accuracy": 0.9, "cost": 500.0, "settings": "deep"},
        {"accuracy": 0.7, "cost": 100.0, "settings": "early"},
    ]
    assert judge.best_at(0.02, found) == {"kappa": 0.02, "benefit": pytest.approx(70.0), **found[0]}
    assert judge.best_at(0.03, found) == {"kappa": 0.03, "benefit": pytest.approx(64.0), **found[1]}


def test_the_area_is_zero_where_even_the_cheapest_is_too_expensive():
    assert judging.area([{"accuracy": 0.9, "cost": 5.0}], 1.0, 5.0) == 0
    assert judging.area([{"accuracy": 0.9, "cost": 1.0}], 1.0, 5.0) == pytest.approx(90)
    assert judging.area([{"accuracy": 0.9, "cost": 0.0}], 1.0, 5.0) == pytest.approx(90), "cheaper than the lowest"


SETTINGS = st.lists(
    st.fixed_dictionaries(
        {"accuracy": st.integers(0, 20).map(lambda n: n / 20), "cost": st.integers(0, 40).map(float)}
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(SETTINGS, SETTINGS)
def test_one_more_setting_never_makes_an_area_smaller(some, more):
    least, all_of_them = judging.area(some, 5.0, 30.0), judging.area(some + more, 5.0, 30.0)
    assert 0 <= least <= all_of_them + 1e-9
    assert all_of_them <= 100 * max(row["accuracy"] for row in some + more) + 1e-9
