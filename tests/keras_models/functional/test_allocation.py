"""Choices of filters from pools against numbers worked out by hand."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_models.functional import allocation

THIRDS = np.log(np.array([[0.5, 0.25, 0.25]], np.float32))


def test_a_hard_choice_is_the_largest_of_noise_and_logarithm():
    assert ops.convert_to_numpy(allocation.hard_choice(THIRDS)).tolist() == [[1, 0, 0]]
    # log 0.5 = -0.69, log 0.25 = -1.39: noise of 0.7 on the second passes the first one, of 0.69 does not.
    moved = allocation.hard_choice(THIRDS, np.array([[0, 0.7, 0]], np.float32))
    assert ops.convert_to_numpy(moved).tolist() == [[0, 1, 0]]
    short = allocation.hard_choice(THIRDS, np.array([[0, 0.69, 0]], np.float32))
    assert ops.convert_to_numpy(short).tolist() == [[1, 0, 0]]


def test_draws_come_as_often_as_the_distribution_says():
    noise = allocation.gumbel((20_000, 3), keras.random.SeedGenerator(0))
    shares = ops.convert_to_numpy(ops.mean(allocation.hard_choice(THIRDS, noise), axis=0))
    np.testing.assert_allclose(shares, [0.5, 0.25, 0.25], atol=0.015)  # 4 standard errors


def test_the_smallest_would_be_another_distribution():
    """What equation 5.6 prints: the likeliest candidate would come least often."""
    noise = allocation.gumbel((20_000, 3), keras.random.SeedGenerator(0))
    printed = ops.convert_to_numpy(ops.argmin(THIRDS + noise, axis=-1))
    assert np.mean(printed == 0) < 0.2


@pytest.mark.parametrize(
    ("temperature", "shares"),
    # Without noise the shares are pi^(1 / temperature), normalised: 1/2 : 1/4 : 1/4, and squared 1/4 : 1/16 : 1/16.
    [(1.0, [1 / 2, 1 / 4, 1 / 4]), (0.5, [4 / 6, 1 / 6, 1 / 6]), (1e4, [1 / 3, 1 / 3, 1 / 3])],
)
def test_a_soft_choice_is_sharpened_by_the_temperature(temperature, shares):
    soft = ops.convert_to_numpy(allocation.soft_choice(2.5 + THIRDS, np.zeros_like(THIRDS), temperature))
    np.testing.assert_allclose(soft, [shares], atol=1e-4)


def test_straight_through_gives_the_largest_share_alone_with_the_gradient_of_all():
    soft = keras.Variable([[0.5, 0.3, 0.2]])
    import tensorflow as tf

    with tf.GradientTape() as tape:
        passed = allocation.straight_through(soft.value)
        value = ops.sum(passed * np.array([1.0, 2.0, 4.0], np.float32))
    assert ops.convert_to_numpy(passed).tolist() == [[1, 0, 0]]
    assert ops.convert_to_numpy(tape.gradient(value, soft.value)).tolist() == [[1, 2, 4]]


def test_the_temperature_falls_by_the_same_factor():
    found = [float(allocation.temperature_at(share, 4.0, 1.0)) for share in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(found, [4, 2, 1], rtol=1e-6)


def test_mixed_kernels_give_what_mixed_features_give():
    """A convolution with all candidates, mixed behind it (equations 5.2 and 5.4), is one with the mixed kernel."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    pool = rng.normal(size=(3, 3, 3, 2, 4)).astype("float32")  # 2 filters of 4 candidates
    choice = rng.dirichlet(np.ones(4), (3, 2)).astype("float32")  # of 3 tasks
    every = ops.conv(x, pool.reshape(3, 3, 3, 8), padding="same")
    features = ops.reshape(every, (2, 5, 6, 2, 4))
    kernels = allocation.mixed_kernels(pool, choice)
    for task in range(3):
        expected = ops.einsum("bhwom,om->bhwo", features, choice[task])
        np.testing.assert_allclose(ops.conv(x, kernels[task], padding="same"), expected, atol=1e-5)


def test_a_one_hot_choice_picks_a_candidate():
    pool = np.arange(2 * 3, dtype="float32").reshape(1, 1, 1, 2, 3)  # candidates 0 1 2 of one filter, 3 4 5 of another
    kernels = allocation.mixed_kernels(pool, np.array([[[0, 0, 1], [0, 1, 0]]], "float32"))
    assert ops.convert_to_numpy(kernels).ravel().tolist() == [2, 4]


def test_a_reshaper_maps_the_channels_of_a_candidate():
    pool = np.array([[1.0, 10.0], [2.0, 20.0]], "float32").reshape(1, 1, 2, 2)  # candidates (1, 2) and (10, 20)
    reshaper = np.array([[1, 0, 1], [0, 1, 1]], "float32")  # (a, b) becomes (a, b, a + b)
    kernels = allocation.reshaped_kernels(pool, reshaper, np.array([[[0, 1]]], "float32"))
    assert ops.convert_to_numpy(kernels).ravel().tolist() == [10, 20, 30]


def test_the_score_function_has_the_gradient_of_reinforce():
    """d log pi(i) / d theta = one-hot(i) - pi: for pi of 1/2, 1/4, 1/4 and the first one 1/2, -1/4, -1/4."""
    import tensorflow as tf

    theta, chosen = keras.Variable(THIRDS[None]), np.array([[[1, 0, 0]]], "float32")
    with tf.GradientTape() as tape:
        loss = allocation.score_function(theta.value, chosen, np.float32([0.9]), np.float32([0.5]))
    expected = -0.4 * np.array([[[0.5, -0.25, -0.25]]])
    np.testing.assert_allclose(tape.gradient(loss, theta.value), expected, atol=1e-6)


def test_half_of_the_images_is_told_by_what_they_show():
    images = np.zeros((3, 2, 2, 1), "float32")
    images[0, 0, 0], images[1, 0] = 1, 1  # one and two lit pixels, none
    assert ops.convert_to_numpy(allocation.even_half(images)).tolist() == [0, 1, 1]
    many = np.random.default_rng(0).random((400, 6, 6, 1)).astype("float32")
    half = ops.convert_to_numpy(allocation.even_half(many))
    assert 0.4 < half.mean() < 0.6
    np.testing.assert_array_equal(ops.convert_to_numpy(allocation.even_half(many[::-1])), half[::-1])
