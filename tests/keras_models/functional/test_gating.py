"""Gates between blocks: equation 2.1 and the straight-through gradient, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from keras_models.functional import gating


def test_a_gate_passes_one_path_or_the_other_or_a_mixture():
    ran, skipped = np.full((3, 1, 2, 1), 8.0, "float32"), np.full((3, 1, 2, 1), 2.0, "float32")
    mixed = gating.mix(np.array([[1], [0], [0.25]], "float32"), ran, skipped)
    np.testing.assert_array_equal(mixed[:, 0, 0, 0], [8, 2, 3.5])
    assert mixed.shape == (3, 1, 2, 1)


def test_a_mixture_keeps_the_type_of_the_features():
    half = tf.ones((1, 1, 1, 1), tf.bfloat16)
    assert gating.mix(np.ones((1, 1), "float32"), half, half).dtype == tf.bfloat16


def test_a_block_runs_from_the_threshold_on():
    probability = np.array([0.49, 0.5, 0.51], "float32")
    np.testing.assert_array_equal(gating.hard(probability), [0, 1, 1])
    np.testing.assert_array_equal(gating.hard(probability, 0.505), [0, 0, 1])
    np.testing.assert_array_equal(gating.hard(probability, 2.0), [0, 0, 0])


@pytest.mark.parametrize("compiled", [False, True])
def test_the_decision_has_the_gradient_of_the_probability(compiled):
    """d/dl of 3 times the decision: 3 s (1 - s) with s the sigmoid of 0 and of -log 3, which is 1/4."""

    def gradient(logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            decision = gating.straight_through(tf.sigmoid(logits))
            loss = tf.reduce_sum(3 * decision)
        return decision, tape.gradient(loss, logits)

    decision, slope = (tf.function(gradient) if compiled else gradient)(tf.constant([0.0, -np.log(3)], tf.float32))
    np.testing.assert_array_equal(decision, [1, 0])
    np.testing.assert_allclose(slope, [3 / 4, 9 / 16], rtol=1e-6)
