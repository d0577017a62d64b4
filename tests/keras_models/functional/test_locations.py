"""Rewards of locations and the gradient that they give, by hand and against the exact one."""

import math

import numpy as np
import pytest
import tensorflow as tf

from keras_models.functional import locations


def test_a_mixture_adds_up_and_lies_about_its_centres():
    """Two far centres share the weight; rows of the grid are y: (x, y) = (-0.5, 0.5) lies in the lower left quarter."""
    found = np.asarray(locations.mixture(np.array([[[-0.5, 0.5], [0.5, -0.5]]], "float32"), 0.1)).reshape(40, 40)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert found[20:, :20].sum() == pytest.approx(0.5, abs=1e-3) == found[:20, 20:].sum()
    assert np.unravel_index(found[20:].argmax(), (20, 40))[1] in (9, 10)


def test_a_divergence_by_hand():
    """Of (3/4, 1/4) from even odds: 3/4 ln 3/2 + 1/4 ln 1/2."""
    one, other = np.array([[0.75, 0.25]], "float32"), np.array([[0.5, 0.5]], "float32")
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    np.testing.assert_allclose(locations.divergence(one, other), [expected], rtol=1e-6)


def test_covering_all_regions_is_worth_most():
    """Both regions: nothing is lost; one of two that are far apart: ln 2; beside them: more."""
    regions = np.array([[[-0.6, -0.6], [0.6, 0.6]]] * 3, "float32")
    looked = np.array([[[-0.6, -0.6], [0.6, 0.6]], [[0.6, 0.6], [0.6, 0.6]], [[0.6, -0.6], [-0.6, 0.6]]], "float32")
    both, one, beside = np.asarray(locations.location_reward(looked, regions, 0.1))
    assert both == pytest.approx(0, abs=1e-6)
    assert one == pytest.approx(-math.log(2), abs=1e-3)
    assert beside < -5


def test_log_probabilities_by_hand():
    """One deviation off in x alone: -1/2, less the logarithm of the variance."""
    found = locations.log_probability(np.array([[[0.3, 0.5]]]), np.array([[[0.1, 0.5]]]), 0.2)
    np.testing.assert_allclose(found, [[-0.5 - math.log(0.04)]], rtol=1e-6)


def test_the_mean_gradient_leads_to_the_reward():
    """Reward -(l - 1)^2 of l about 0: the expected reward grows towards 1, and the baseline moves by its own error."""
    rng = np.random.default_rng(0)
    mean, baseline = tf.Variable([[[0.0, 0.0]]]), tf.Variable([[-1.0]])
    drawn = tf.constant(rng.normal(0, 0.1, (4_000, 1, 2)).astype("float32"))
    rewards = -tf.square(drawn[:, 0, 0] - 1)
    with tf.GradientTape() as tape:
        logs = locations.log_probability(drawn, mean, 0.1)
        loss = tf.reduce_mean(locations.reinforce_loss(logs, rewards, tf.repeat(baseline, 4_000, 0)))
    by_mean, by_baseline = tape.gradient(loss, [mean, baseline])
    deviation = float(np.std(rewards)) + 1e-3
    # d/dm E[-(l - 1)^2] = 2 at m = 0, over the deviation of the praise; y does not matter.
    assert float(by_mean[0, 0, 0]) == pytest.approx(-2 / deviation, rel=0.1)
    assert abs(float(by_mean[0, 0, 1])) < 0.1 * 2 / deviation
    assert float(by_baseline[0, 0]) == pytest.approx(-1.0 - float(np.mean(rewards)), abs=1e-4)
