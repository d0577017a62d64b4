"""Deferral of IDK cascades, against numbers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_models.functional import deferral

PAIR = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])  # errors of a fast and an accurate member


def test_entropy_of_known_distributions():
    logits = np.array([[0.0, 0.0, 0.0, 0.0], [np.log(3.0), 0.0, -1000.0, -1000.0], [1000.0, 0.0, 0.0, 0.0]])
    # log 4; of (3/4, 1/4): log 4 - 3/4 log 3
    np.testing.assert_allclose(deferral.entropy(logits), [1.3862944, 0.5623351, 0.0], atol=1e-7)
    np.testing.assert_allclose(deferral.probabilities(logits)[1], [0.75, 0.25, 0, 0], atol=1e-12)


def test_the_three_rules():
    assert deferral.defers_by_probability([0.5, 0.7], 0.7).tolist() == [True, False]
    assert deferral.defers_by_entropy([0.5, 0.7], 0.5).tolist() == [False, True]
    # sigmoid(2 * 0.5 - 1) = 0.5, sigmoid(log 3) = 3/4
    np.testing.assert_allclose(deferral.logistic([0.5, (1 + np.log(3)) / 2], 2.0, -1.0), [0.5, 0.75])
    assert np.isfinite(deferral.logistic([1.0], -1e6, 0.0)).all()


def test_of_two_members_the_objective_is_that_of_equations_4_13_and_4_14():
    h = np.array([[0.25], [0.5], [0.75], [1.0]])
    # (1 - h) e_fast + h e_acc: .75, .5, .25 + .75, 0
    np.testing.assert_allclose(deferral.expected_errors(h, PAIR), [0.75, 0.5, 1.0, 0.0])
    np.testing.assert_allclose(deferral.expected_cost(h, (1.7, 3.7)), [2.625, 3.55, 4.475, 5.4])
    np.testing.assert_allclose(deferral.objective(h, PAIR, (1.7, 3.7), 0.1), [1.0125, 0.855, 1.4475, 0.54])


def test_three_members_with_the_last_one_answering():
    p, errors = np.array([[0.5, 0.25]]), np.array([[0.0, 1.0, 1.0]])
    # (1/2) 0 + (1/2)(3/4) 1 + (1/2)(1/4) 1: with the printed p_N = 1 the last term would be lost
    np.testing.assert_allclose(deferral.expected_errors(p, errors), [0.5])
    np.testing.assert_allclose(deferral.expected_cost(p, (1.0, 2.0, 8.0)), [1 + 0.5 * 2 + 0.125 * 8])
    # Whatever is decided, somebody answers: errors of all members add up to one.
    np.testing.assert_allclose(deferral.expected_errors(p, np.ones((1, 3))), [1.0])


def test_keras_tensors_give_the_same_objective():
    from keras import ops

    p, errors = np.array([[0.5, 0.25], [0.1, 0.9]], "float32"), np.array([[0, 1, 1], [1, 0, 1]], "float32")
    tensors = deferral.objective(ops.convert_to_tensor(p), ops.convert_to_tensor(errors), (0.1, 0.4, 1.0), 0.2)
    np.testing.assert_allclose(ops.convert_to_numpy(tensors), deferral.objective(p, errors, (0.1, 0.4, 1.0), 0.2))


def test_the_gradient_is_the_objectives():
    pair = deferral.objective_gradient(np.full((4, 1), 0.3), PAIR, (1.7, 3.7), 0.1)
    np.testing.assert_allclose(pair[:, 0], [-1 + 0.37, 1 + 0.37, 0.37, 0.37])  # e_acc - e_fast + lambda c_acc
    p, errors, costs = np.array([[0.3, 0.6]]), np.array([[1.0, 0.0, 1.0]]), (0.2, 0.5, 1.0)
    for j in range(2):
        step = 1e-6 * np.eye(2)[j]
        change = deferral.objective(p + step, errors, costs, 0.3) - deferral.objective(p - step, errors, costs, 0.3)
        found = deferral.objective_gradient(p, errors, costs, 0.3)[0, j]
        assert found == pytest.approx(float(change[0]) / 2e-6, abs=1e-8)


def test_hard_decisions():
    defers = np.array([[True, False], [False, True], [True, True], [False, False]])
    errors = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])
    found = deferral.harden(defers, errors, (1.0, 2.0, 8.0))
    # answering: second, first, third, first -> 0, 0, 0, 1 wrong; half go on, a quarter twice
    assert found.accuracy == 0.75 and found.idk.tolist() == [0.5, 0.25] and found.cost == 1 + 1 + 2


@pytest.mark.parametrize(
    ("idk", "average", "relative"),
    [(0.675, 4.198, 1.135), (0.517, 3.613, 0.977), (0.489, 3.509, 0.949), (0.305, 2.827, 0.764)],
)
def test_the_arithmetic_of_table_4_2(idk, average, relative):
    cost = deferral.average_cost([idk], (1.7, 3.7))
    # Rates are printed to 0.1 %, which is 0.0019 of the cost.
    assert cost == pytest.approx(average, abs=2e-3) and cost / 3.7 == pytest.approx(relative, abs=1e-3)


def test_the_grid_finds_the_lowest_rate_that_keeps_the_accuracy():
    sure = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])[:, None]
    errors = np.array([[0, 0], [0, 0], [0, 0], [1, 0], [0, 0], [1, 0]])
    alpha = deferral.grid_thresholds(sure, errors, 0.0)
    np.testing.assert_allclose(alpha, [0.65])  # the fourth must go on; the fifth goes with it
    # One wrong answer in six may stay: from the fifth on all leave.
    np.testing.assert_allclose(deferral.grid_thresholds(sure, errors, 1 / 6), [0.45])
    np.testing.assert_allclose(deferral.grid_thresholds(sure, errors, 1 / 3), [0.399])
    # Of .199, .5 and .85, which lie between the confidences of other samples, the last is the first to be enough.
    others = np.array([[0.2], [0.8], [0.9]])
    np.testing.assert_allclose(deferral.grid_thresholds(sure, errors, 0.0, spread=others), [0.85])
    worst = np.array([[1, 0]] * 6)
    assert np.isinf(deferral.grid_thresholds(sure, worst, 0.0)).all()


def test_the_grid_of_three_members_goes_from_the_first_on():
    sure = np.array([[0.9, 0.1], [0.5, 0.8], [0.4, 0.3]])
    errors = np.array([[0, 1, 0], [1, 0, 0], [1, 1, 0]])
    np.testing.assert_allclose(deferral.grid_thresholds(sure, errors, 0.0), [0.7, 0.55])


def test_biases_rise_until_the_accuracy_is_kept():
    entropies, errors = np.array([[0.1], [0.5], [0.9]]), np.array([[0, 0], [1, 0], [1, 0]])
    # From scores -.7, -.3, .1 the second must become positive: the rise lies between .3 and .7.
    np.testing.assert_allclose(deferral.raised_biases(entropies, [1.0], [-0.8], errors, 0.0), [-0.3])
    kept = deferral.raised_biases(entropies, [1.0], [-0.8], errors, 0.4)
    np.testing.assert_allclose(kept, [-0.8])  # two of three are enough
    all_wrong = np.array([[1, 0]] * 3)
    raised = deferral.raised_biases(entropies, [1.0], [-0.8], all_wrong, 0.0)
    assert (entropies + raised > 0).all()


def test_the_fit_separates_what_can_be_separated_and_prices_it():
    entropies = np.linspace(0, 2, 200)[:, None]
    errors = np.concatenate([entropies > 1.0, np.zeros((200, 1))], axis=1)
    weight, bias = deferral.fit_logistic(entropies, errors, (0.3, 1.0), 0.04)
    # At the optimum h / (1 - h) = 0.96 / 0.04 on the step: a soft threshold stands log(24) / weight lower.
    assert weight[0] > 20 and 1.0 + bias[0] / weight[0] == pytest.approx(np.log(24) / weight[0], abs=0.01)
    start = deferral.start_logistic(entropies, errors, (0.3, 1.0), 0.04)
    soft = [deferral.logistic(entropies, *numbers) for numbers in (start, (weight, bias))]
    before, after = (np.mean(deferral.objective(h, errors, (0.3, 1.0), 0.04)) for h in soft)
    assert after < before
    weight, bias = deferral.fit_logistic(entropies, errors, (0.3, 1.0), 1.5)  # more than any error
    assert (deferral.logistic(entropies, weight, bias) < 0.5).all()


def test_the_oracle_and_the_classifier_without_costs():
    assert deferral.oracle(PAIR).tolist() == [[True], [False], [True], [False]]
    # Wrong in 1 of 4 at entropy 0, in 3 of 4 at entropy 1: logits -log 3 and log 3.
    entropies, wrong = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([1, 0, 0, 0, 1, 1, 1, 0])
    weight, bias = deferral.fit_cost_oblivious(entropies, wrong)
    assert (weight, bias) == (pytest.approx(2 * np.log(3), abs=0.02), pytest.approx(-np.log(3), abs=0.01))
    separable = deferral.fit_cost_oblivious(entropies, entropies > 0.5)
    assert np.isfinite(separable).all() and separable[0] > 3


@st.composite
def cascades(draw):
    """Confidences with ties `[samples, N - 1]`, errors and costs of two to four members."""
    samples, members = draw(st.integers(1, 8)), draw(st.integers(2, 4))
    shape = (samples, members - 1)
    few = st.sampled_from([0.1, 0.25, 0.5, 0.5, 0.75, 1.0])
    sure = draw(st.lists(few, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    wrong = draw(st.lists(st.booleans(), min_size=samples * members, max_size=samples * members))
    costs = draw(st.lists(st.sampled_from([0.0, 0.125, 0.5, 1.0]), min_size=members, max_size=members))
    return np.array(sure).reshape(shape), np.array(wrong, float).reshape(samples, members), costs


@given(cascades(), st.sampled_from([0.0, 0.04, 0.5, 2.0]))
@settings(max_examples=100, deadline=None)
def test_hard_decisions_are_soft_ones_of_zero_and_one(cascade, price):
    sure, errors, costs = cascade
    defers = sure < 0.5
    hard = deferral.harden(defers, errors, costs)
    soft = deferral.objective(defers.astype(float), errors, costs, price)
    assert np.mean(soft) == pytest.approx(1 - hard.accuracy + price * hard.cost)


@given(cascades())
@settings(max_examples=100, deadline=None)
def test_expected_errors_and_costs_lie_between_those_of_the_members(cascade):
    soft, errors, costs = cascade
    expected = deferral.expected_errors(soft, errors)
    assert (expected >= errors.min(1) - 1e-12).all() and (expected <= errors.max(1) + 1e-12).all()
    spent = deferral.expected_cost(soft, costs)
    assert (spent >= costs[0] - 1e-12).all() and (spent <= sum(costs) + 1e-12).all()


@given(cascades(), st.sampled_from([0.0, 0.1, 0.5]))
@settings(max_examples=100, deadline=None)
def test_the_grid_never_loses_more_than_it_may(cascade, tolerance):
    sure, errors, costs = cascade
    limits = deferral.grid_thresholds(sure, errors, tolerance)
    reached, last = deferral.harden(sure < limits, errors, costs), 1 - errors[:, -1].mean()
    assert reached.accuracy >= (1 - tolerance) * last - 1e-9
    assert (np.diff(reached.idk) <= 0).all(), "who goes on from a member has come to it"


@given(cascades(), st.sampled_from([0.0, 0.1, 0.5]))
@settings(max_examples=100, deadline=None)
def test_raised_biases_never_lose_more_than_they_may_and_never_fall(cascade, tolerance):
    entropies, errors, costs = cascade
    weight, bias = np.ones(entropies.shape[1]), np.full(entropies.shape[1], -0.6)
    raised = deferral.raised_biases(entropies, weight, bias, errors, tolerance)
    reached = deferral.harden(weight * entropies + raised > 0, errors, costs)
    assert reached.accuracy >= (1 - tolerance) * (1 - errors[:, -1].mean()) - 1e-9
    rise = raised - bias
    assert (rise >= 0).all() and np.ptp(rise) < 1e-12, "together"


@given(cascades(), st.sampled_from([0.0, 0.04, 0.5]))
@settings(max_examples=50, deadline=None)
def test_gradients_are_differences(cascade, price):
    """The objective is linear in each decision: a difference is exact however wide."""
    soft, errors, costs = cascade
    found = deferral.objective_gradient(soft, errors, costs, price)
    for j in range(soft.shape[1]):
        ends = []
        for value in (0.0, 1.0):
            moved = soft.copy()
            moved[:, j] = value
            ends.append(deferral.objective(moved, errors, costs, price))
        np.testing.assert_allclose(found[:, j], ends[1] - ends[0], atol=1e-12)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6), st.floats(-1e3, 1e3))
@settings(max_examples=50, deadline=None)
def test_entropy_does_not_change_with_what_is_added_to_all(logits, shift):
    base = deferral.entropy([logits])[0]
    assert -1e-12 <= base <= np.log(len(logits)) + 1e-9
    assert deferral.entropy([np.array(logits) + shift])[0] == pytest.approx(base, abs=1e-9)


def test_one_sample_that_needs_nothing_and_one_that_needs_all():
    right, wrong = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    sure = np.array([[0.5]])
    assert deferral.grid_thresholds(sure, right, 0.0)[0] <= 0.5
    assert np.isinf(deferral.grid_thresholds(sure, wrong, 0.0)[0])
    assert deferral.grid_thresholds(sure, wrong, 1.0)[0] <= 0.5, "all of it may be lost"
    for errors in (right, wrong):
        for fit in (deferral.start_logistic, deferral.fit_logistic):
            assert np.isfinite(fit(sure, errors, (0.1, 1.0), 0.04)).all()


def test_the_start_takes_the_hard_decisions_that_pay():
    """Wrong above .5: going on costs .1 there, and saves an error each."""
    entropies = np.array([[0.1], [0.3], [0.7], [0.9]])
    errors = np.array([[0, 0], [0, 0], [1, 0], [1, 0]], float)
    weight, bias = deferral.start_logistic(entropies, errors, (0.1, 1.0), 0.1)
    assert (weight * entropies + bias > 0).ravel().tolist() == [False, False, True, True]
    assert -bias[0] / weight[0] == pytest.approx(0.5), "half way between .3 and .7"
    weight, bias = deferral.start_logistic(entropies, errors, (0.1, 1.0), 2.0)  # more than any error
    assert (weight * entropies + bias < 0).all()


def test_entropies_that_are_all_alike_tell_nothing():
    weight, bias = deferral.fit_cost_oblivious([0.5] * 4, [True, False, False, False])
    assert float(deferral.logistic(0.5, weight, bias)) == pytest.approx(0.25, abs=1e-3)


def test_free_members_and_none_that_go_on():
    errors = np.array([[1.0, 0.0], [0.0, 0.0]])
    stays = deferral.harden(np.zeros((2, 1), bool), errors, (0.0, 1.0))
    assert (stays.accuracy, stays.idk.tolist(), stays.cost) == (0.5, [0.0], 0.0)
    goes = deferral.harden(np.ones((2, 1), bool), errors, (0.0, 1.0))
    assert (goes.accuracy, goes.idk.tolist(), goes.cost) == (1.0, [1.0], 1.0)


@pytest.mark.parametrize(("accuracy", "meets"), [(0.8, True), (0.7999999, False), (0.9, True)])
def test_a_tolerance_is_a_share_of_the_last_members_accuracy(accuracy, meets):
    assert deferral.meets(accuracy, 1.0, 0.2) is meets
    assert deferral.meets(accuracy, 0.8, 0.0) is meets
