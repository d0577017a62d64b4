"""Thresholds, against what can be counted by hand, and against every threshold there is."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_models.functional import thresholds


def test_confidence_of_each_statistic():
    p = [[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]]
    assert thresholds.confidence(p, "max_softmax") == pytest.approx([0.5, 1.0])
    assert thresholds.confidence(p, "margin") == pytest.approx([0.25, 1.0])
    assert thresholds.confidence(p, "entropy") == pytest.approx([-1.5 * math.log(2), 0.0])
    with pytest.raises(ValueError, match="expected a statistic among max_softmax, entropy, margin, received 'luck'"):
        thresholds.confidence(p, "luck")


def test_a_sample_leaves_at_the_first_sure_exit():
    confidence = [[0.9, 0.1], [0.2, 0.8], [0.2, 0.3]]
    assert list(thresholds.first_exits(confidence, 0.8)) == [0, 1, 2]
    assert list(thresholds.first_exits(confidence, [1.0, 0.1])) == [1, 1, 1]
    assert list(thresholds.first_exits(confidence, np.inf)) == [2, 2, 2]


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (1, [0.950, 0.0475, 0.0024, 0.0001, 0]),
        (10, [0.516, 0.258, 0.129, 0.065, 0.032]),
        (20, [0.2] * 5),
        (30, [0.076, 0.114, 0.171, 0.256, 0.384]),
        (39, [0.035, 0.068, 0.133, 0.259, 0.505]),
    ],
)
def test_geometric_shares_of_five_exits(p, expected):
    np.testing.assert_allclose(thresholds.geometric_shares(5, p / 20), expected, atol=6e-4)


def test_quantiles_take_the_surest_of_those_that_are_left():
    """Of ten samples three leave at exit 1 (.7 and more) and five of the seven others at exit 2 (.2 and more).

    Thresholds lie halfway to the next confidence, or a thousandth under the last.
    """
    first = np.arange(10) / 10
    confidence = np.stack([first, first], axis=1)
    solved = thresholds.quantile_thresholds(confidence, [0.3, 0.5, 0.2])
    np.testing.assert_allclose(solved, [0.65, 0.15])
    assert np.bincount(thresholds.first_exits(confidence, solved)).tolist() == [3, 5, 2]
    np.testing.assert_allclose(thresholds.quantile_thresholds(confidence, [0.0, 1.0, 0.0]), [np.inf, -0.001])
    np.testing.assert_allclose(thresholds.quantile_thresholds(confidence, [1.0, 0.0, 0.0]), [-0.001, np.inf])


def test_equal_confidences_leave_together():
    sure = np.array([[0.5], [0.5], [0.5], [0.25]])
    assert thresholds.quantile_thresholds(sure, [0.25, 0.75]) == pytest.approx([0.375])


def test_thresholds_are_spread_between_confidences():
    """Three of five samples: all leave, three do, one does."""
    np.testing.assert_allclose(thresholds.spread_thresholds([[0.0], [0.2], [0.4], [0.6], [0.8]], 3), [-0.001, 0.3, 0.7])
    np.testing.assert_allclose(thresholds.spread_thresholds([[0.5, 0.5]], 9), [0.499])


@given(st.integers(0, 10_000))
def test_no_solved_threshold_turns_on_rounding(seed):
    random = np.random.default_rng(seed)
    confidence = random.integers(0, 9, (15, 3)) / 8
    nudged = confidence + random.uniform(-1e-4, 1e-4, confidence.shape)
    rewards = random.random((15, 4))
    solved = [
        thresholds.quantile_thresholds(confidence, [0.3, 0.3, 0.2, 0.2]),
        thresholds.fit_thresholds(confidence, rewards),
        *thresholds.spread_thresholds(confidence, 7),
    ]
    for limits in solved:
        exits = thresholds.first_exits(confidence, limits)
        assert (thresholds.first_exits(nudged, limits) == exits).all()


def test_the_best_thresholds_by_hand():
    """Exit 1 is right for the surer two; exit 2 for the third; the last for all, at a price of .6."""
    confidence = np.array([[0.9, 0.5], [0.8, 0.5], [0.4, 0.9], [0.3, 0.2]])
    rewards = np.array([[1.0, 0.8, 0.4], [1.0, 0.8, 0.4], [0.0, 0.8, 0.4], [0.0, -0.2, 0.4]])
    np.testing.assert_allclose(thresholds.fit_thresholds(confidence, rewards), [0.6, 0.55])
    # One for both exits: .8 sends the third to exit 2 and the fourth to the end.
    shared = thresholds.fit_shared_threshold(confidence, rewards)
    assert 0.4 < shared <= 0.8


def test_when_no_exit_earns_anything_none_is_taken():
    confidence = np.random.default_rng(0).random((20, 3))
    rewards = np.tile([0.0, 0.0, 0.0, 1.0], (20, 1))
    assert np.isinf(thresholds.fit_thresholds(confidence, rewards)).all()
    assert np.isinf(thresholds.fit_shared_threshold(confidence, rewards))


@given(st.integers(0, 10_000))
def test_no_single_threshold_could_be_better(seed):
    random = np.random.default_rng(seed)
    confidence = random.integers(0, 5, (12, 2)) / 4
    rewards = random.random((12, 3))
    solved = thresholds.fit_thresholds(confidence, rewards)

    def reward(pair):
        return rewards[np.arange(12), thresholds.first_exits(confidence, pair)].mean()

    candidates = [*(np.arange(10) / 8 - 0.0625), np.inf]
    for i, other in itertools.product((0, 1), candidates):
        changed = solved.copy()
        changed[i] = other
        assert reward(changed) <= reward(solved) + 1e-9
    shared = thresholds.fit_shared_threshold(confidence, rewards)
    assert reward(solved) >= reward([shared, shared]) - 1e-9
