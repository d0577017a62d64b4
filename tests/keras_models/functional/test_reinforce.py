"""Hybrid reinforcement learning: returns and losses by hand, and the mean gradient against the exact one."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

from keras_models.functional import reinforce


def test_log_probabilities_by_hand():
    """The sigmoid of log 3 is 3/4; a logit of -200 or 200 is no infinity."""
    logits = np.array([[math.log(3), math.log(3), -200.0, 200.0]], "float32")
    run = np.array([[1, 0, 1, 0]], "float32")
    expected = [[math.log(3 / 4), math.log(1 / 4), -200, -200]]
    np.testing.assert_allclose(reinforce.log_probability(logits, run), expected, rtol=1e-6)


def test_a_reward_to_go_is_the_reward_and_those_behind_it():
    rewards = np.array([[1, 0, 2], [0, 1, 0]], "float32")
    np.testing.assert_array_equal(reinforce.reward_to_go(rewards), [[3, 2, 2], [1, 1, 0]])


def test_returns_by_hand():
    """alpha / N is 0.5. Skipped, run, skipped: rewards to go 1, 0.5, 0.5; less a tenth of the loss of 2."""
    run = np.array([[0, 1, 0]], "float32")
    found = reinforce.returns(np.array([2.0], "float32"), run, alpha=1.5, beta=0.1)
    np.testing.assert_allclose(found, [[0.8, 0.3, 0.3]], rtol=1e-6)


def test_the_hybrid_loss_by_hand():
    """Even odds: -log p is log 2 at each of two gates, with returns -1.5 (alpha / N of 1/2 less 2) and -2."""
    found = reinforce.hybrid_loss(
        np.array([2.0], "float32"),
        np.zeros((1, 2), "float32"),
        np.array([[0, 1]], "float32"),
        alpha=1.0,
        beta=1.0,
        rl_weight=0.5,
        loss_weight=3.0,
    )
    np.testing.assert_allclose(found, [6 - 0.5 * 3.5 * math.log(2)], rtol=1e-6)


def test_gradients_by_hand():
    """d log p / d logit is run - p = -1/2 and 1/2 at even odds; returns as above. The loss itself has a slope of 1."""
    losses, logits = tf.constant([2.0]), tf.zeros((1, 2))
    with tf.GradientTape() as tape:
        tape.watch((losses, logits))
        loss = reinforce.hybrid_loss(losses, logits, tf.constant([[0.0, 1.0]]), alpha=1.0, beta=1.0)
    of_losses, of_logits = tape.gradient(loss, (losses, logits))
    np.testing.assert_allclose(of_losses, [1])  # the returns hold the loss fixed
    np.testing.assert_allclose(of_logits, [[-0.75, 1.0]], rtol=1e-6)


# Two gates; the second one's logit depends on the first decision, the loss on both and on the same weights.
WEIGHTS = tf.constant([0.3, -0.8, 0.5, 1.2])


def episode(weights, run):
    """(loss, gate logits `[1, 2]`) of the decisions, a differentiable function of four weights."""
    first, second = run
    logits = tf.reshape(tf.stack([weights[0], weights[1] + weights[2] * first]), (1, 2))
    loss = (weights[3] * first - 0.4) ** 2 + tf.exp(weights[2] * second) * (1.5 - first)
    return tf.reshape(loss, (1,)), logits


@pytest.mark.parametrize("alpha", [0.0, 0.9])
def test_the_mean_gradient_is_that_of_the_expected_cost(alpha):
    """All four pairs of decisions, each by its probability: equation 2.6 is the gradient of equation 2.5."""
    pairs = [np.array(pair, "float32") for pair in itertools.product((0, 1), repeat=2)]
    with tf.GradientTape() as tape:
        tape.watch(WEIGHTS)
        cost = 0.0
        for run in pairs:
            loss, logits = episode(WEIGHTS, run)
            probability = tf.exp(tf.reduce_sum(reinforce.log_probability(logits, run[None])))
            cost += probability * (loss[0] - alpha / 2 * np.sum(1 - run))
    exact = tape.gradient(cost, WEIGHTS)
    mean = np.zeros(4)
    for run in pairs:
        with tf.GradientTape() as tape:
            tape.watch(WEIGHTS)
            loss, logits = episode(WEIGHTS, run)
            sampled = reinforce.hybrid_loss(loss, logits, tf.constant(run[None]), alpha, beta=1.0)
        probability = np.exp(np.sum(reinforce.log_probability(logits, run[None])))
        mean += probability * np.asarray(tape.gradient(sampled, WEIGHTS))
    np.testing.assert_allclose(mean, exact, rtol=1e-5)
    assert np.abs(exact).min() > 1e-3
