"""What a conversion reads from a network's program alone, with costs given by hand."""

import argparse
import dataclasses

import keras
import numpy as np
import pytest

from keras_models.base import AdaptiveModel
from keras_models.epnet import EPNet
from tools import conversion, kept_exits, policies

COSTS = {"trunk": 10.0, "pool": 1.0, "head": 2.0, "controller": 3.0}


@pytest.fixture(scope="module")
def work():
    keras.utils.set_random_seed(0)
    network = EPNet((12, 12, 1), 4, filters=(4, 4, 8, 8), controller_in=(4,), controller_cat=(4,))
    options = argparse.Namespace(cost="latency", exits="auto")
    return conversion.Work(None, options, network, None, policies.Learned(network), {}, {}, None)


def test_controllers_are_what_only_rules_read(work):
    assert work.controllers == ["controller_1", "controller_2", "controller_3"]
    assert {step["op"] for step in work.answering} == {"run", "exit", "answer"}
    assert all("rule" not in step for step in work.answering)


@pytest.mark.parametrize(
    ("cost", "hand_over"), [("latency", "HAND_OVER_US"), ("macs", "HAND_OVER_US"), ("arm64", "HAND_OVER_INSTRUCTIONS")]
)
def test_segments_cost_the_way_and_one_check(work, monkeypatch, cost, hand_over):
    """A convolution 10, and 20 for the second one; pool 1, head 2, controller 3; a price unit is 50 / 4."""
    costs = {name: COSTS[name.split("_")[0]] for name in work.network.parts()} | {"trunk_2": 20.0}
    monkeypatch.setattr(kept_exits, "with_controllers", lambda work: costs)
    monkeypatch.setattr(kept_exits, hand_over, 4.0)
    monkeypatch.setattr(work.options, "cost", cost)
    cost = kept_exits.segment_costs(work)
    expected = {
        (-1, 0): 10 + 6 + 4,
        (0, 2): 20 + 10 + 6 + 4,
        (-1, 2): 10 + 20 + 10 + 6 + 4,
        (1, 3): 10 + 10 + 3 + 4,  # the last exit asks no controller
        (-1, 3): 50 + 3 + 4,
    }
    assert {ends: cost(*ends) for ends in expected} == pytest.approx({k: v / 12.5 for k, v in expected.items()})


def test_prices_by_the_contract_of_all_families(work):
    """Two exits after costs of 6 and 10: a unit is 10 / 2."""

    class Two(AdaptiveModel):
        def program(self):
            return [
                {"op": "run", "part": "a"},
                {"op": "exit"},
                {"op": "run", "part": "b"},
                {"op": "answer"},
            ]

    network, costs = Two(), {"a": 6.0, "b": 4.0}
    assert network.price_unit(costs) == 5.0
    np.testing.assert_allclose(network.exit_prices(costs), [1.2, 2.0])


@pytest.mark.parametrize(("costs", "kept"), [((3.0, 2.0), True), ((3.0, 3.0), False), ((3.0, 4.0), False)])
def test_controllers_that_are_no_better_when_fitted_again_stay_as_they_were(work, monkeypatch, costs, kept):
    """The score is stood in for: what it was before, and after fitting, which moves every weight."""
    before, after = (argparse.Namespace(score=lambda *_, cost=cost: cost) for cost in costs)
    monkeypatch.setattr(conversion.operating_points, "Grid", lambda look, minimise: look)
    monkeypatch.setattr(policies.Learned, "look", lambda self, inputs: after)
    monkeypatch.setattr(conversion, "decision_inputs", lambda *_: {"labels": []})
    monkeypatch.setattr(conversion, "take", lambda *_: ())
    monkeypatch.setattr(conversion.policy, "fit_controllers", move)
    run = argparse.Namespace(config={"policy": {"kappa": None}})
    work = dataclasses.replace(work, run=run, options=argparse.Namespace(seed=0, minimise="mean"))
    weights = work.network.controllers.get_weights()
    assert conversion.refit(work, np.ones(4, bool), np.ones(4), {}, before) is (after if kept else before)
    same = [np.array_equal(old, new) for old, new in zip(weights, work.network.controllers.get_weights(), strict=True)]
    assert all(same) is not kept
    work.network.controllers.set_weights(weights)


def move(network, *arguments, **options):
    network.controllers.set_weights([weight + 1 for weight in network.controllers.get_weights()])
