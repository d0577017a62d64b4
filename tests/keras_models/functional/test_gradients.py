"""Gradients of joint training, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from keras_models.epnet import EPNet
from keras_models.functional import gradients


def test_a_scaled_gradient_leaves_the_value():
    x = tf.Variable([3.0, -1.0])
    with tf.GradientTape() as tape:
        y = gradients.scale_gradient(x, 0.25)
        loss = tf.reduce_sum(y * y)
    np.testing.assert_allclose(y, [3, -1], rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, x), [1.5, -0.5], rtol=1e-6)


def test_each_layer_learns_from_the_mean_of_the_exits_behind_it():
    """Through the factors every exit behind layer i weighs 1 / (N - i + 1), of four exits 1/4, 1/3, 1/2 and 1."""
    for layer in range(1, 5):
        weight, passed = [], 1.0
        for i in range(layer, 5):
            to_exit, behind = gradients.equilibrium(i, 4)
            weight.append(passed * to_exit)
            passed *= behind
        assert weight == pytest.approx([1 / (5 - layer)] * (5 - layer)) and passed == 0


def test_a_network_in_equilibrium_answers_alike_and_learns_less_in_front():
    import keras

    images = np.random.default_rng(0).random((4, 12, 12, 1), np.float32)
    norms, answers = [], []
    for equilibrium in (False, True):
        keras.utils.set_random_seed(0)
        network = EPNet((12, 12, 1), 3, (4, 4, 8, 8), equilibrium=equilibrium)
        first, last = network.units[0].conv.kernel, network.heads[0].kernel
        with tf.GradientTape() as tape:
            logits = network(images, training=True)
            loss = tf.reduce_sum(logits**2)
        norms.append([float(tf.norm(g)) for g in tape.gradient(loss, [first.value, last.value])])
        answers.append(logits.numpy())
    np.testing.assert_allclose(*answers, rtol=1e-4, atol=1e-5)
    assert norms[1][0] < 0.6 * norms[0][0] and norms[1][1] == pytest.approx(norms[0][1], rel=1e-4)
