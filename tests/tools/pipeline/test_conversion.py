"""What a conversion reads from a network's program alone, with costs given by hand."""

import argparse
import dataclasses
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_models import presets
from keras_models.epnet import EPNet
from keras_models.policies.choice import OwnRules
from tools.pipeline import conversion, kept_exits
from tools.pipeline.options import ConversionOptions

COSTS = {"trunk": 10.0, "pool": 1.0, "head": 2.0, "controller": 3.0}
FIRST = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}


@pytest.fixture(scope="module")
def work():
    keras.utils.set_random_seed(0)
    network = EPNet((12, 12, 1), 4, filters=(4, 4, 8, 8), controller_in=(4,), controller_cat=(4,))
    _, stages = presets.resolve("epnet", {"filters": (4, 4, 8, 8)}, {"classifiers": FIRST})
    run = argparse.Namespace(config={"stages": stages})
    return conversion.Conversion(run, ConversionOptions(cost="latency"), network, None, OwnRules(network))


def test_controllers_are_what_only_rules_read(work):
    assert work.deciding == ["controller_1", "controller_2", "controller_3"]
    assert {step["op"] for step in work.all_exits} == {"run", "exit", "answer"}
    assert all("rule" not in step for step in work.all_exits)
    assert work.end_names == ["exit_1", "exit_2", "exit_3", "exit_4"]
    assert work.defaults == {"kappa": {"default": pytest.approx(0.01)}, "threshold": {"default": 0.5}}


def test_a_refit_reads_answers_and_features(work):
    assert work.read_values() == [f"logits_{i}" for i in (1, 2, 3, 4)] + [f"features_{i}" for i in (1, 2, 3)]


def test_a_program_keeps_what_its_kept_exits_need(work):
    kept = work.kept_program(np.array([False, True, False, True]))
    parts = [step["part"] for step in kept if step["op"] == "run"]
    assert [part for part in parts if "trunk" not in part] == ["pool_2", "head_2", "controller_2", "pool_4", "head_4"]
    assert len(work.kept_program(None)) == len(work.program)


@pytest.mark.parametrize(
    ("cost", "overhead"),
    [
        ("latency", "DISPATCH_OVERHEAD_US"),
        ("macs", "DISPATCH_OVERHEAD_US"),
        ("arm64", "DISPATCH_OVERHEAD_INSTRUCTIONS"),
    ],
)
def test_segments_cost_the_way_and_one_check(work, monkeypatch, cost, overhead):
    """A convolution 10, and 20 for the second one; pool 1, head 2, controller 3; a price unit is 50 / 4."""
    costs = {name: COSTS[name.split("_")[0]] for name in work.network.parts()} | {"trunk_2": 20.0}
    monkeypatch.setattr(kept_exits, "decided_prices", lambda work: costs)
    monkeypatch.setattr(kept_exits, overhead, 4.0)
    segment = kept_exits.segment_costs(dataclasses.replace(work, options=ConversionOptions(cost=cost)))
    expected = {
        (-1, 0): 10 + 6 + 4,
        (0, 2): 20 + 10 + 6 + 4,
        (-1, 2): 10 + 20 + 10 + 6 + 4,
        (1, 3): 10 + 10 + 3 + 4,  # the last exit asks no controller
        (-1, 3): 50 + 3 + 4,
    }
    assert {ends: segment(*ends) for ends in expected} == pytest.approx({k: v / 12.5 for k, v in expected.items()})


@pytest.mark.parametrize(("costs", "kept"), [((3.0, 2.0), True), ((3.0, 3.0), False), ((3.0, 4.0), False)])
def test_controllers_that_are_no_better_when_fitted_again_stay_as_they_were(work, monkeypatch, costs, kept):
    """The score is stood in for: what it was before, and after fitting, which moves every weight."""
    before, after = (argparse.Namespace(score=lambda *_, cost=cost: cost, labels=[]) for cost in costs)
    monkeypatch.setattr(conversion, "Grid", lambda sweep, policy, minimise: sweep)
    monkeypatch.setattr(conversion, "sweep_of", lambda *_: after)
    monkeypatch.setattr(type(work), "unit_prices", lambda work: dict.fromkeys(work.chain.parts(), 1.0))
    monkeypatch.setattr(conversion.training, "fit_values", move)
    weights = work.network.controllers.get_weights()
    assert conversion.refit(work, np.ones(4, bool), {}, {}, before, {"labels": []}) is (after if kept else before)
    same = [np.array_equal(old, new) for old, new in zip(weights, work.network.controllers.get_weights(), strict=True)]
    assert all(same) is not kept
    work.network.controllers.set_weights(weights)


def move(stage, values, costs):
    assert stage.name == "controllers" and stage.settings["epochs"] == 8 and stage.settings["learning_rate"] == 0.003
    for weight in stage.weights:
        weight.assign(weight + 1)


def test_a_refit_is_for_the_kept_exits_and_the_cost_of_the_conversion(work):
    stage = conversion.refittable(work, np.array([True, False, True, True]))
    assert stage.settings["exits"] == "1,3,4" and stage.settings["cost"] == "latency"
    other = dataclasses.replace(work, options=ConversionOptions(refit=False))
    assert conversion.refittable(other, None) is None


def test_a_program_that_branches_is_not_fitted_again(work, monkeypatch):
    assert conversion.refittable(work, None).name == "controllers"
    rule = {"rule": "at_least", "value": "stop_1", "threshold": 0.5}
    branch = {"op": "branch", "rule": rule, "then": [], "otherwise": []}
    monkeypatch.setattr(work.network, "program", lambda: [branch])
    assert conversion.refittable(work, None) is None


def test_what_no_point_is_shown_to_keep_is_told_where_there_is_something_to_choose(work, monkeypatch, capsys):
    told = "loses at most 0.5 (balanced), 0.2 (accurate) points as far as 3,000 held-out images can show"
    monkeypatch.setattr(work, "notes", [])
    conversion.tell_unshown(work, {"steady": None, "full": None}, 3_000)
    assert told in work.notes[0] and told in capsys.readouterr().out
    conversion.tell_unshown(work, {"accurate": None, "full": None}, 3_000)
    monkeypatch.setattr(work, "policy", SimpleNamespace(fixed=True))
    conversion.tell_unshown(work, {"fixed": None, "full": None}, 3_000)
    assert len(work.notes) == 1
