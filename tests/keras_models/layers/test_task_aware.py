"""The layers of TAFE-Net: a row holds all that a task adds, and what one task computes needs no other."""

import keras
import numpy as np
import pytest

from keras_models.layers.task_aware import MatchClassifier, Standardised, TaskAwareFeatures, TaskEmbedding


@pytest.fixture
def features():
    keras.utils.set_random_seed(2)
    layer = TaskAwareFeatures(2, 3)
    layer.build((None, 4))
    return layer


def test_two_layers_by_hand(features):
    """relu(x W1 * s1) W2 + b2, times s2: Eq 5.5 twice, and no ReLU behind the last."""
    rng = np.random.default_rng(0)
    x, row = rng.normal(size=(5, 4)).astype("float32"), rng.normal(size=(1, 6)).astype("float32")
    (w1, b1), (w2, b2) = (layer.get_weights() for layer in features.shared)
    expected = (np.maximum((x @ w1 + b1) * row[:, :3], 0) @ w2 + b2) * row[:, 3:]
    found = np.asarray(features(x, row))
    assert found.shape == (5, 1, 3)
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-4, atol=1e-6)


def test_a_task_is_scored_alike_beside_others_and_alone(features):
    rng = np.random.default_rng(1)
    x, rows = rng.normal(size=(3, 4)).astype("float32"), rng.normal(size=(4, 6)).astype("float32")
    together = np.asarray(features(x, rows))
    alone = np.concatenate([np.asarray(features(x, rows[i : i + 1])) for i in range(4)], axis=1)
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)
    own = np.asarray(features(x, np.broadcast_to(rows, (3, 4, 6))))
    np.testing.assert_allclose(own, together, rtol=1e-5, atol=1e-6)


def test_scales_begin_around_one(features):
    rows = np.asarray(features.rows(np.zeros((2, 3), "float32")))
    np.testing.assert_array_equal(rows, np.ones((2, 6)))


def test_a_row_is_linear_in_the_embedding(features):
    """So the mean of the rows of several examples, which a device takes, is the row of their mean embedding."""
    examples = np.random.default_rng(3).random((4, 3)).astype("float32")
    mean = np.asarray(features.rows(examples)).mean(0)
    np.testing.assert_allclose(mean, np.asarray(features.rows(examples.mean(0, keepdims=True)))[0], rtol=1e-5)


def test_embeddings_are_not_below_zero_and_normalised_in_training():
    keras.utils.set_random_seed(0)
    layer = TaskEmbedding((5, 4), 3)
    layer.build((None, 2))
    given = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    assert np.asarray(layer(given)).shape == (6, 3) and np.asarray(layer(given)).min() >= 0
    before = [np.array(weight) for weight in layer.norms[0].non_trainable_variables]
    layer(given, training=True)
    assert any(not np.array_equal(*pair) for pair in zip(before, layer.norms[0].non_trainable_variables, strict=True))
    assert all(dense.bias is None for dense in layer.dense) and layer.last.bias is not None


def test_features_are_standardised_by_samples():
    layer = Standardised()
    layer.build((None, 2))
    given = np.array([[1.0, 10.0], [3.0, 10.0]], "float32")
    np.testing.assert_array_equal(np.asarray(layer(given)), given)
    layer.adapt(given)
    found = np.asarray(layer(given))
    np.testing.assert_allclose(found[:, 0], [-1, 1])
    assert np.abs(found[:, 1]).max() == 0, "what does not differ is not blown up"


def test_the_classifier_gives_one_logit_a_task():
    keras.utils.set_random_seed(0)
    layer = MatchClassifier((4,), dropout=0.5)
    layer.build((None, None, 3))
    given = np.ones((2, 5, 3), "float32")
    assert np.asarray(layer(given)).shape == (2, 5)
    assert np.unique(np.asarray(layer(given))).size == 1 < np.unique(np.asarray(layer(given, training=True))).size
    with pytest.raises(ValueError):
        MatchClassifier((4,), dropout=2.0)
