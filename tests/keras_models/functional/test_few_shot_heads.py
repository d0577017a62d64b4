"""Classifiers of rows, the loss of boxes, and the closed form of a row's gradient, against numbers by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_models.functional import few_shot_heads as heads

FEATURES = np.array([[3.0, 4.0], [1.0, 0.0]], np.float32)
ROWS = np.array([[0.0, 2.0], [5.0, 0.0], [0.0, 0.0]], np.float32)


def test_the_cosine_classifier_sees_directions_alone():
    # (3, 4) / 5 with (0, 1), (1, 0) and nothing, times 20 (equation 7.2).
    np.testing.assert_allclose(heads.cosine_logits(FEATURES, ROWS), [[16, 12, 0], [0, 20, 0]], atol=1e-5)
    np.testing.assert_allclose(heads.cosine_logits(100 * FEATURES, 0.1 * ROWS), [[16, 12, 0], [0, 20, 0]], atol=1e-4)
    np.testing.assert_allclose(heads.cosine_logits(FEATURES, ROWS, 1.0)[0], [0.8, 0.6, 0], atol=1e-6)


def test_the_last_number_of_a_dense_row_is_its_bias():
    rows = np.array([[0.0, 2.0, 1.0], [5.0, 0.0, -1.0]], np.float32)
    np.testing.assert_allclose(heads.dense_logits(FEATURES, rows), [[9, 14], [1, 4]])


def test_a_row_of_zeros_is_no_class():
    logits = np.array([[1.0, 2.0, 3.0]], np.float32)
    np.testing.assert_allclose(heads.masked(logits, ROWS), [[1, 2, 3 + heads.NONE]])
    assert np.asarray(keras.ops.softmax(heads.masked(logits, ROWS)))[0, 2] == 0


@pytest.mark.parametrize(("residual", "beta", "expected"), [(0.5, 1, 0.125), (-3, 1, 2.5), (0.05, 0.1, 0.0125)])
def test_smooth_l1_is_a_square_near_zero_and_a_line_far_away(residual, beta, expected):
    np.testing.assert_allclose(heads.smooth_l1(np.float32(residual), beta), expected, rtol=1e-5)


def test_units_are_of_length_one_and_nothing_stays_nothing():
    np.testing.assert_allclose(heads.unit(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)), [[0.6, 0.8], [0, 0]])


def test_log_sum_exp_overflows_nowhere():
    found = heads.log_sum_exp(np.array([[1000.0, 1000.0], [0.0, np.log(3.0)]], np.float32))
    np.testing.assert_allclose(found, [[1000 + np.log(2)], [np.log(4)]], rtol=1e-6)


def test_the_gradient_of_a_row_by_hand():
    features = np.array([[[1.0, 0.0]]], np.float32)
    row = np.array([[[0.0, 2.0]]], np.float32)
    # Cosine 0: the new class has the share 1 / (1 + 1), less 1, times alpha, along the feature, over the length 2.
    found = heads.row_gradient(
        features, np.zeros((1, 1, 1), np.float32), np.ones((1, 1, 1)), np.ones((1, 1, 1)), row, 4
    )
    np.testing.assert_allclose(found, [[[-0.5 * 4 / 2, 0]]], atol=1e-6)


def test_the_closed_form_is_what_differentiation_gives():
    rng = np.random.default_rng(3)
    features, others = (rng.normal(size=shape).astype(np.float32) for shape in ((1, 6, 5), (4, 5)))
    wanted = np.array([1, 1, 1, 0, 0, 0], np.float32).reshape(1, 6, 1)
    weights = rng.dirichlet(np.ones(6)).astype(np.float32).reshape(1, 6, 1)
    row = tf.Variable(rng.normal(size=(1, 1, 5)).astype(np.float32))
    known = heads.cosine_logits(features, others[None])
    with tf.GradientTape() as tape:
        logits = tf.concat([known, heads.cosine_logits(features, tf.convert_to_tensor(row))], axis=-1)
        shares = tf.nn.log_softmax(logits, axis=-1)[..., -1:]
        # Of features that are of other classes only the new one's part of the normalisation depends on the row.
        lost = -wanted * shares - (1 - wanted) * tf.math.log(1 - tf.exp(shares))
        total = tf.reduce_sum(weights * lost)
    expected = tape.gradient(total, row)
    found = heads.row_gradient(features, heads.log_sum_exp(known), wanted, weights, tf.convert_to_tensor(row))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
