"""TAFE-Net's products and losses against constants worked out by hand, eager and compiled."""

import keras
import numpy as np
import pytest

from keras_models.functional import task_aware


def test_a_task_scales_the_shared_product():
    """Equation 5.5: x (W_s diag(W_t)) = (x W_s) * W_t, of one product for all tasks, and of one for each."""
    x, shared = np.array([[1.0, 2.0]], "float32"), np.array([[1, 0, 2], [0, 1, 1]], "float32")
    scales = np.array([[1, 1, 1], [2, -1, 0.5]], "float32")
    found = np.asarray(task_aware.task_scaled(x @ shared, scales))
    expected = np.stack([x @ (shared @ np.diag(row)) for row in scales], axis=1)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(found, [[[1, 2, 4], [2, -2, 2]]])
    np.testing.assert_allclose(np.asarray(task_aware.task_scaled(found, scales))[0, 1], [4, 2, 1])


@pytest.mark.parametrize("compiled", [False, True])
def test_the_losses(compiled):
    """Eq 5.6: log(1 + 1/3). Eq 5.7: task 1 matches with cos 0.6: (0.6 - 1)^2; task 2 has cos -1, held at 0: 0."""
    logits, matches = np.array([[np.log(3.0), 0.0]], "float32"), np.array([[1.0, 0.0]], "float32")
    features = np.array([[[3.0, 4.0], [0.0, -2.0]]], "float32")
    embeddings = np.array([[5.0, 0.0], [0.0, 7.0]], "float32")

    def both(logits, matches, features, embeddings):
        return task_aware.classification_losses(logits, matches), task_aware.embedding_losses(
            features, embeddings, matches
        )

    if compiled:
        import tensorflow as tf

        both = tf.function(both)
    first, second = (np.asarray(found) for found in both(logits, matches, features, embeddings))
    np.testing.assert_allclose(first, [np.log(4 / 3)], rtol=1e-6)
    np.testing.assert_allclose(second, [(0.4**2 + 0) / 2], rtol=1e-5)


def test_an_embedding_of_no_length_is_like_nothing():
    zero = np.zeros((1, 2), "float32")
    found = task_aware.embedding_losses(np.ones((1, 1, 2), "float32"), zero, np.ones((1, 1), "float32"))
    np.testing.assert_allclose(np.asarray(keras.ops.convert_to_numpy(found)), [1.0])
