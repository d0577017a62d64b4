"""Batch normalisation: Keras's own numbers, by one kernel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_models.layers.normalization import BatchNormalization, reestimate

X = np.random.default_rng(3).normal(2.0, 3.0, (6, 5, 4, 3)).astype("float32")
WEIGHTS = [np.float32(values) for values in ([1.5, 0.5, -1.0], [0.1, -0.2, 0.3], [1, 2, 3], [4, 5, 6])]


def made(kind, **arguments):
    norm = kind(**arguments)
    norm.build((None, 5, 4, 3))
    norm.set_weights(WEIGHTS)
    return norm


def step(norm, training):
    """Outputs, their gradients by everything that may have one, and the weights afterwards."""
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = norm(x, training=training)
        loss = tf.reduce_sum(outputs * tf.reshape(tf.range(tf.size(outputs), dtype=tf.float32), outputs.shape) / 100)
    return [outputs, *tape.gradient(loss, [x, *norm.trainable_variables]), *norm.get_weights()]


def test_by_hand():
    norm = BatchNormalization(momentum=0.75, epsilon=0.25)
    outputs = norm(np.float32([1, 3, 5, 7]).reshape(2, 2, 1, 1), training=True)  # mean 4, variance 5
    np.testing.assert_allclose(np.ravel(outputs), np.float32([-3, -1, 1, 3]) / np.sqrt(5.25), atol=1e-6)
    np.testing.assert_allclose(norm.moving_mean, [1.0], atol=1e-6)  # 0.75 * 0 + 0.25 * 4
    np.testing.assert_allclose(norm.moving_variance, [2.0], atol=1e-6)  # 0.75 * 1 + 0.25 * 5


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("trainable", [True, False])
def test_everything_is_as_keras_has_it(training, trainable):
    arguments = {"momentum": 0.9, "epsilon": 0.01, "trainable": trainable}
    ours, keras_own = (
        step(made(kind, **arguments), training) for kind in (BatchNormalization, keras.layers.BatchNormalization)
    )
    assert len(ours) == len(keras_own) == (8 if trainable else 6)
    for got, expected in zip(ours, keras_own, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("axis", "shape"), [(1, (2, 3, 4, 5)), (-1, (6, 3))])
def test_other_axes_and_shapes_are_keras_s(axis, shape):
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    ours, keras_own = (kind(axis=axis) for kind in (BatchNormalization, keras.layers.BatchNormalization))
    np.testing.assert_allclose(ours(x, training=True), keras_own(x, training=True), atol=1e-6)


def test_training_goes_through_the_kernel():
    norm = made(BatchNormalization)
    graph = tf.function(lambda x: norm(x, training=True)).get_concrete_function(tf.TensorSpec((None, 5, 4, 3))).graph
    assert "FusedBatchNormV3" in {operation.type for operation in graph.get_operations()}


class Two(keras.Model):
    """A normalisation, and a frozen one behind it."""

    def __init__(self):
        super().__init__()
        self.first, self.frozen = BatchNormalization(momentum=0.9), BatchNormalization(trainable=False)
        self.frozen.build((None, 1, 2, 1))
        self.first.build((None, 1, 2, 1))
        self.built = True

    def call(self, x, training=False):
        return self.frozen(self.first(x, training=training), training=training)


def test_averages_taken_anew_are_the_mean_of_the_batches():
    """Batches (1, 3), (4, 8) and (0, 2): means 2, 6 and 1, variances 1, 4 and 1. What was before counts nothing."""
    network = Two()
    network.first.moving_mean.assign([100.0])
    network.first.moving_variance.assign([7.0])
    frozen = [np.array(weight) for weight in network.frozen.weights]
    scale = np.array(network.first.gamma)
    reestimate(network, [np.float32(pair).reshape(1, 1, 2, 1) for pair in ([1, 3], [4, 8], [0, 2])])
    np.testing.assert_allclose(network.first.moving_mean, [3.0], atol=1e-6)
    np.testing.assert_allclose(network.first.moving_variance, [2.0], atol=1e-6)
    for weight, before in zip(network.frozen.weights, frozen, strict=True):
        np.testing.assert_array_equal(weight, before)
    np.testing.assert_array_equal(network.first.gamma, scale)
    assert network.first.momentum == 0.9, "as it was"


def test_an_interruption_leaves_the_momentum_as_it_was():
    def broken():
        yield np.zeros((1, 1, 2, 1), "float32")
        raise KeyboardInterrupt

    network = Two()
    with pytest.raises(KeyboardInterrupt):
        reestimate(network, broken())
    assert network.first.momentum == 0.9
