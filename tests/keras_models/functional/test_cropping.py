"""Crops by scale and shift: against numbers worked out by hand, against the runtime's, and their gradients."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_models.functional import cropping
from tflite.program.crop import theta_crop

RAMP = np.arange(25, dtype=np.float32).reshape(1, 5, 5, 1)  # row r, column c: 5 r + c


def cut(theta, size=(2, 2), image=RAMP, **options):
    return np.array(
        cropping.crop(ops.convert_to_tensor(image), ops.convert_to_tensor([theta], "float32"), size, **options)
    )


@pytest.mark.parametrize(
    ("theta", "expected"),
    [
        ((0, 0, 1, 1), [[0, 4], [20, 24]]),  # the corners of the whole image
        ((0, 0, 0.5, 0.5), [[6, 8], [16, 18]]),  # pixels 1 and 3 of both axes
        ((0.5, 0, 0.5, 0.5), [[7, 9], [17, 19]]),  # a quarter to the right: one pixel
        ((0, 0.25, 0.5, 0.5), [[8.5, 10.5], [18.5, 20.5]]),  # half a pixel down: half of 5 more
        ((0, 0, -1, 1), [[4, 0], [24, 20]]),  # mirrored
    ],
)
def test_a_crop_reads_between_pixels(theta, expected):
    np.testing.assert_allclose(cut(theta)[0, ..., 0], expected, rtol=1e-6)


def test_outside_everything_is_black_and_fades_within_a_pixel():
    np.testing.assert_allclose(cut((3, 0, 0.1, 0.1)), 0)
    # The left column lies half a pixel outside: half of the first column.
    np.testing.assert_allclose(cut((-1.25, 0, 0, 1), (2, 1))[0, :, 0, 0], [0, 10])


def test_a_piece_of_one_pixel_reads_the_middle():
    assert cut((0, 0, 1, 1), (1, 1)).item() == 12


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_crop_of_the_runtime(channels):
    rng = np.random.default_rng(0)
    images = rng.random((6, 9, 11, channels)).astype(np.float32)
    thetas = rng.normal(0, 0.7, (6, 4)).astype(np.float32)
    found = np.array(cropping.crop(ops.convert_to_tensor(images), ops.convert_to_tensor(thetas), (4, 5)))
    for image, theta, piece in zip(images, thetas, found, strict=True):
        np.testing.assert_allclose(piece, theta_crop(image, theta, (4, 5))[0], atol=2e-6)


def test_a_direct_crop_takes_whole_pixels():
    np.testing.assert_array_equal(
        cut((0.1, 0, 0.5, 0.5), weights=cropping.nearest_weights)[0, ..., 0], [[6, 8], [16, 18]]
    )
    thetas = ops.convert_to_tensor([[0.1, 0, 0.5, 0.5]])
    direct = cropping.direct_crop(ops.convert_to_tensor(RAMP), thetas, (2, 2))
    np.testing.assert_array_equal(direct[0, ..., 0], [[6, 8], [16, 18]])


def test_gradients_point_to_where_it_is_brighter_and_a_direct_crop_has_none():
    import tensorflow as tf

    theta, found = tf.Variable([[0.15, 0.15, 0.4, 0.4]]), {}  # pixels 1.5 and 3.1, of which none is a kink
    for name, weights in (("bilinear", cropping.bilinear_weights), ("direct", cropping.nearest_weights)):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(cropping.crop(tf.constant(RAMP), theta, (2, 2), weights))
        found[name] = tape.gradient(total, theta)
    # Four pixels, of which each grows by 1 a column and by 5 a row; a whole shift of 1 is 2 pixels of 5.
    np.testing.assert_allclose(found["bilinear"][0, :2], [4 * 2 * 1, 4 * 2 * 5], rtol=1e-5)
    assert found["direct"] is None or not np.any(found["direct"])


def test_the_averaged_gradient_sees_light_that_no_point_reads():
    """Points 2, 4 and 6 of a line of nine pixels, of which the eighth, number 7, alone is bright.

    Bilinear weights of 6 do not reach 7. A tent of two pixels has (1 - 1/2) / 2 of it, and gains 1/2 / 2 a pixel to
    the right. A shift of 1 is 4 pixels, and so is a scale of 1 for the last point.
    """
    import tensorflow as tf

    line = tf.constant(np.eye(9, dtype=np.float32)[7].reshape(1, 1, 9, 1))
    theta, found = tf.Variable([[0.0, 0.0, 0.5, 0.5]]), {}
    for name, cut_out in (("bilinear", cropping.crop), ("averaged", cropping.crop_with_averaged_gradient)):
        with tf.GradientTape() as tape:
            piece = cut_out(line, theta, (1, 3))
            total = tf.reduce_sum(piece)
        np.testing.assert_allclose(np.ravel(piece), [0, 0, 0], atol=1e-7)
        found[name] = tape.gradient(total, theta).numpy()[0]
    np.testing.assert_allclose(found["bilinear"], 0)
    np.testing.assert_allclose(found["averaged"], [4 / 4, 0, 4 / 4, 0], atol=1e-6)


def test_tents_are_never_narrower_than_bilinear_weights_and_add_up_to_one():
    at = ops.convert_to_tensor([[4.0, 4.25, 4.5], [3.0, 6.0, 9.0]])
    np.testing.assert_allclose(cropping.averaging_weights(at, 20)[0], cropping.bilinear_weights(at, 20)[0])
    wide = np.array(cropping.averaging_weights(at, 20)[1])
    np.testing.assert_allclose(wide[1, 3:10] * 9, [0, 1, 2, 3, 2, 1, 0], atol=1e-6)
    np.testing.assert_allclose(wide.sum(-1), 1, rtol=1e-6)


def test_a_crop_with_the_averaged_gradient_is_the_crop():
    rng = np.random.default_rng(1)
    images = ops.convert_to_tensor(rng.random((6, 30, 20, 2)).astype(np.float32))
    thetas = ops.convert_to_tensor(rng.normal(0, 0.7, (6, 4)).astype(np.float32))
    seen = cropping.crop_with_averaged_gradient(images, thetas, (4, 5))
    np.testing.assert_allclose(seen, cropping.crop(images, thetas, (4, 5)), atol=1e-6)


def test_the_penalty_is_of_both_scales_alone():
    theta = ops.convert_to_tensor([[9.0, 9.0, 0.5, -1.0]])
    np.testing.assert_allclose(np.array(cropping.scale_penalty(theta)), [1.25])


def test_taps_are_four_a_number():
    assert cropping.taps((10, 10), 1) == 400 and cropping.taps((4, 5), 3) == 240


def test_keras_arrays_go_through_it_in_a_compiled_function():
    image = keras.Input((5, 5, 1))
    theta = keras.Input((4,))
    model = keras.Model([image, theta], keras.layers.Lambda(lambda x: cropping.crop(*x, (2, 2)))([image, theta]))
    seen = model.predict([RAMP, np.array([[0, 0, 1, 1]], np.float32)], verbose=0)
    np.testing.assert_allclose(seen[0, ..., 0], [[0, 4], [20, 24]], rtol=1e-6)
