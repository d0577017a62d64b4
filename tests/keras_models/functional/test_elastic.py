"""Structures, their probability and size, and advantages by hand; the policy gradient against the exact one."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

from keras_models.functional import elastic

C = np.array([[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]], "float32")  # two blocks of three levels


def test_a_share_of_the_distribution_is_uniform():
    """0.7 of one half and 0.3 of one third; 0.7 of a quarter and 0.1."""
    np.testing.assert_allclose(elastic.smoothed(C[0, 0], 0.3), [0.45, 0.275, 0.275], rtol=1e-6)
    np.testing.assert_array_equal(elastic.smoothed(C, 0.0), C)


def test_levels_are_drawn_by_cumulated_probability():
    """Up to 0.5 the first, up to 0.75 the second; 0.1 and 0.3 of the other block."""
    uniform = np.array([[0.0, 0.0], [0.49, 0.09], [0.5, 0.11], [0.74, 0.29], [0.76, 0.31], [0.999, 0.999]], "float32")
    expected = [[0, 0], [0, 0], [1, 1], [1, 1], [2, 2], [2, 2]]
    np.testing.assert_array_equal(elastic.drawn(np.broadcast_to(C, (6, 2, 3)), uniform), expected)


def test_a_structures_probability_is_the_product_over_blocks():
    found = elastic.log_probability(C, np.array([[0, 2]]))
    np.testing.assert_allclose(found, [math.log(0.5 * 0.7)], rtol=1e-5)
    every = np.array(list(itertools.product(range(3), repeat=2)))
    np.testing.assert_allclose(np.exp(elastic.log_probability(np.repeat(C, 9, axis=0), every)).sum(), 1.0, rtol=1e-5)


def test_entropy_adds_up_over_blocks():
    even = np.full((1, 2, 4), 0.25, "float32")
    np.testing.assert_allclose(elastic.entropy(even), [2 * math.log(4)], rtol=1e-5)
    np.testing.assert_allclose(elastic.entropy(np.eye(3, dtype="float32")[None, :2]), [0.0], atol=1e-6)


def test_size_and_its_penalty_by_hand():
    """Levels 1 and 2 of two equal blocks with shares 0, 1/4, 1: 1/8 and 1/2; 0.625 squared, times rho."""
    table = np.array([[0, 0.25, 1]] * 2) / 2
    used = elastic.size(np.array([[[1, 2], [2, 2], [0, 0]]]), table)
    np.testing.assert_allclose(used, [[0.625, 1.0, 0.0]])
    np.testing.assert_allclose(elastic.size_penalty(used, 0.5), [[0.1953125, 0.5, 0.0]])


def test_rand_sel_of_table_5_uses_the_mean_of_the_levels():
    """9.8 of 22.4 million parameters: every block's level uniform among 0, 1/4, 1/2 and 1."""
    table = np.array([[0, 0.25, 0.5, 1]] * 9) / 9
    levels = np.tile(np.arange(4)[:, None], (1, 9))
    assert abs(float(np.mean(elastic.size(levels, table))) - 9.8 / 22.4) < 1e-3


def test_block_drops_reward_by_hand():
    """A right answer with half of the blocks: 1 - 1/4; a wrong one costs its penalty however small it is."""
    found = elastic.block_drop_loss(np.array([1.0, 1.0, 0.0]), np.array([0.5, 1.0, 0.1], "float32"), 5.0)
    np.testing.assert_allclose(found, [-0.75, 0.0, 5.0])


def test_advantages_by_hand():
    """Of 1, 2 and 6 the others' means are 4, 3.5 and 1.5."""
    losses = np.array([[1.0, 2.0, 6.0]], "float32")
    np.testing.assert_allclose(elastic.advantages(losses, "leave_one_out"), [[-3.0, -1.5, 4.5]], rtol=1e-6)
    np.testing.assert_array_equal(elastic.advantages(losses, "none"), losses)
    np.testing.assert_array_equal(elastic.advantages(losses, "greedy"), [[-5.0, -4.0]])


@pytest.mark.parametrize("baseline", ["none", "leave_one_out"])
def test_the_mean_gradient_is_that_of_the_expected_loss(baseline):
    """Over all pairs of structures, each as often as it is drawn: equation 7 is the exact gradient of equation 6.

    One block of three levels with losses 1, 2 and 5; the baseline takes nothing away in the mean.
    """
    losses, scores = np.array([1.0, 2.0, 5.0], "float32"), tf.Variable([0.3, -0.2, 0.1])
    with tf.GradientTape() as tape:
        exact = tf.reduce_sum(tf.nn.softmax(scores) * losses)
    expected, mean = tape.gradient(exact, scores), np.zeros(3)
    for pair in itertools.product(range(3), repeat=2):
        levels = np.array(pair)[None, :, None]
        with tf.GradientTape() as tape:
            chances = tf.nn.softmax(scores)[None, None, None]
            praise = elastic.advantages(losses[None, list(pair)], baseline)
            drawn = tf.reduce_mean(praise * elastic.log_probability(tf.tile(chances, (1, 2, 1, 1)), levels))
        share = float(np.prod(tf.nn.softmax(scores).numpy()[list(pair)]))
        mean += share * tape.gradient(drawn, scores).numpy()
    np.testing.assert_allclose(mean, expected, rtol=1e-4)
