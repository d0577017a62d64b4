"""Fitting of a cascade's deferral, and its operating points."""

import keras
import numpy as np
import pytest

from keras_models.cascade import cascade
from keras_models.functional import deferral as functional
from keras_models.layers.deferral import Deferral
from keras_models.policies import choice, deferral, names
from keras_models.policies.choice import Seen

COSTS = (0.2, 1.0)


def observed(samples=400, seed=0, members=2):
    """Answers whose first member is wrong where it is unsure, and labels; the last is right 19 times in 20."""
    draws = np.random.default_rng(seed)
    labels = draws.integers(0, 3, samples)
    values = {}
    for j in range(members):
        sure = draws.uniform(0, 6, samples)
        wrong = draws.random(samples) < (0.05 if j == members - 1 else np.exp(-sure))
        answer = (labels + wrong) % 3
        values[f"logits_{j + 1}"] = (sure[:, None] * np.eye(3)[answer]).astype("float32")
    return values, labels


def settings(**changed):
    return {"rule": "joint", "lambda": 0.04, "tolerance": None, "learning_rate": 0.05} | changed


def fit(kind, costs=COSTS, values=None, **changed):
    """The fitted rule, and how it does on what it was fitted on."""
    values, labels = values or observed()
    keras.utils.set_random_seed(0)
    rule = Deferral(kind, len(values) - 1)
    model = deferral.trainer(rule, 30 * 4, costs, settings(**changed))
    model.fit(values, labels, batch_size=100, epochs=30, verbose=0)
    return rule, deferral.score(rule, values, labels, costs)[0]


def test_costs_are_in_runs_of_the_last_member():
    np.testing.assert_allclose(deferral.member_costs([2.0, 5.0, 15.0]), [0.2, 0.3, 1.0])


@pytest.mark.parametrize("kind", ["max_softmax", "entropy", "logistic"])
def test_a_joint_fit_saves_work_and_keeps_the_accuracy(kind):
    rule, row = fit(kind)
    assert row["accuracy"] > row["accuracy_of_last"] - 0.02
    assert 0.2 < row["idk_1"] < 0.8 and row["cost"] == pytest.approx(0.2 + row["idk_1"])
    _, expensive = fit(kind, **{"lambda": 0.5})
    assert expensive["idk_1"] < row["idk_1"] - 0.1
    assert all(np.isfinite(numbers).all() for numbers in rule.values().values())


@pytest.mark.parametrize("kind", ["max_softmax", "entropy", "logistic"])
def test_a_stagewise_fit_is_the_grid(kind):
    rule, row = fit(kind, rule="stagewise")
    values, labels = observed()
    logits = np.stack(list(values.values()), axis=1)
    errors = logits.argmax(-1) != labels[:, None]
    limits = functional.grid_thresholds(rule.confidence(logits), errors, 0.0)
    assert row["accuracy"] >= row["accuracy_of_last"]
    expected = functional.harden(rule.confidence(logits) < limits, errors, COSTS)
    assert row["idk_1"] == expected.idk[0] and row["accuracy"] == expected.accuracy
    _, tolerant = fit(kind, rule="stagewise", tolerance=0.03)
    assert tolerant["idk_1"] < row["idk_1"] and tolerant["accuracy"] >= 0.97 * row["accuracy_of_last"] - 1e-9


def test_what_the_gradient_found_is_checked_with_hard_decisions():
    _, priced = fit("logistic", **{"lambda": 0.3})
    assert priced["accuracy"] < priced["accuracy_of_last"]
    _, checked = fit("logistic", **{"lambda": 0.3}, tolerance=0.0)
    assert checked["accuracy"] >= checked["accuracy_of_last"] and checked["idk_1"] > priced["idk_1"]


def test_the_gradient_lowers_the_objective_of_three_members_at_once():
    values, labels = observed(members=3)
    costs = (0.1, 0.3, 1.0)
    rule, row = fit("logistic", costs, (values, labels))
    logits = np.stack(list(values.values()), axis=1)
    errors = (logits.argmax(-1) != labels[:, None]).astype(float)
    entropies = -rule.confidence(logits)
    start = functional.start_logistic(entropies, errors, costs, 0.04)
    fitted = rule.values()
    before, after = (
        np.mean(functional.objective(functional.logistic(entropies, *numbers), errors, costs, 0.04))
        for numbers in (start, (fitted["weight"], fitted["bias"]))
    )
    assert after < before
    assert row["cost"] == pytest.approx(0.1 + 0.3 * row["idk_1"] + row["idk_2"]) and row["idk_2"] < row["idk_1"]
    assert not rule.trainable_variables


def test_hard_decisions_are_those_of_the_rule_in_a_program():
    values, _ = observed(50)
    logits = np.stack(list(values.values()), axis=1)
    rule = Deferral("logistic", 1)
    rule.set(weight=[3.0], bias=[-1.5])
    h = functional.logistic(functional.entropy(logits[:, 0]), 3.0, -1.5)
    assert rule.decide(logits)[:, 0].tolist() == (h > 0.5).tolist()
    np.testing.assert_allclose(np.asarray(rule(np.float32([[0.5], [1.0]])))[:, 0], [0.5, 1 / (1 + np.exp(-1.5))])
    for kind, threshold in (("max_softmax", 0.8), ("entropy", 0.6)):
        rule = Deferral(kind, 1)
        rule.set(threshold=[threshold])
        largest, spread = functional.probabilities(logits[:, 0]).max(-1), functional.entropy(logits[:, 0])
        expected = largest < 0.8 if kind == "max_softmax" else spread > 0.6
        assert rule.decide(logits)[:, 0].tolist() == expected.tolist()
        rule.set_limits([np.inf])
        assert rule.decide(logits).all()


def classifier():
    image = keras.Input((4, 4, 1))
    return keras.Model(image, keras.layers.Dense(3)(keras.layers.Flatten()(image)))


def network(kind="logistic", members=3):
    return cascade([classifier() for _ in range(members)], (4, 4, 1), 3, deferral=kind)


def seen(kept):
    values, labels = observed(members=3)
    return Seen(np.stack(list(values.values()), axis=1), labels, np.array(kept), np.array([10.0, 30.0, 100.0]))


def test_operating_points_rise_in_price():
    policy = choice.parse("cost", network())
    assert policy.name == "cost" and policy.chain is policy.network and not policy.fixed
    look = seen([True, True, True])
    found = policy.candidates(look, stride=6)
    assert len(found) == 4 and set(found[0]) == {"weight_1", "bias_1", "weight_2", "bias_2"}
    knobs = policy.network.parameters()
    assert all(knobs[n].minimum <= value <= knobs[n].maximum for point in found for n, value in point.items())
    entropies, errors = functional.entropy(look.answers[:, :-1]), ~look.correct
    rates = []
    for point in found:
        weight, bias = ([point[f"{name}_{i}"] for i in (1, 2)] for name in ("weight", "bias"))
        defers = functional.logistic(entropies, weight, bias) > 0.5
        rates.append(functional.harden(defers, errors, look.costs).idk[0])
    assert rates == sorted(rates, reverse=True) and rates[0] > rates[-1] + 0.2


def test_a_member_that_is_not_kept_always_goes_on():
    policy = choice.parse("cost", network())
    (point,) = policy.candidates(seen([False, True, True]), stride=30)
    assert (point["weight_1"], point["bias_1"]) == (0.0, 50.0) and point["weight_2"] > 0
    assert policy.candidates(seen([False, False, True])) == []


def test_the_policy_cost_is_for_logistic_cascades_alone():
    assert names.check("cost") == ("cost", "entropy", None)
    with pytest.raises(ValueError, match="cascade whose deferral is logistic .* received Cascade with .* threshold_1$"):
        choice.parse("cost", network("entropy", members=2))
    with pytest.raises(ValueError, match="expected a policy .*cost.* received 'cost:1'"):
        names.check("cost:1")
