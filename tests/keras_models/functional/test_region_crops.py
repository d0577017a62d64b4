"""Crops of boxes in Keras and those of a bundle's runtime: the same numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_models.functional.region_crops import crop_boxes
from tflite.program.crop import box_crop


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (4, 7)])
def test_a_piece_is_what_the_runtime_cuts_out(size):
    rng = np.random.default_rng(2)
    features = rng.normal(size=(2, 6, 5, 3)).astype(np.float32)
    low = rng.uniform(-0.2, 0.8, (2, 4, 2))
    boxes = np.concatenate([low, low + rng.uniform(0.01, 0.6, (2, 4, 2))], axis=-1).astype(np.float32)
    boxes[0, 0], boxes[0, 1] = (0, 0, 1, 1), (0.5, 0.5, 0.5, 0.5)
    found = crop_boxes(keras.ops.convert_to_tensor(features), keras.ops.convert_to_tensor(boxes), size)
    assert found.shape == (2, 4, *size, 3)
    for picture in range(2):
        for row in range(4):
            expected = box_crop(features[picture], boxes[picture, row], size)[0]
            np.testing.assert_allclose(found[picture, row], expected, atol=1e-5)


def test_a_cell_reads_the_features_at_its_centre():
    features = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    boxes = np.array([[[0.25, 0.25, 0.75, 0.75], [0, 0, 0.25, 0.25], [-0.25, 0, 0, 0.25]]], np.float32)
    found = np.asarray(crop_boxes(keras.ops.convert_to_tensor(features), keras.ops.convert_to_tensor(boxes), (2, 2)))
    # Of two by two cells exactly the pixels under them; of one pixel's box, quarters of it; outside 0.
    np.testing.assert_allclose(found[0, 0, :, :, 0], [[5, 6], [9, 10]])
    np.testing.assert_allclose(found[0, 1, :, :, 0], [[0, 0.1875], [0.75, 1.25]])
    np.testing.assert_allclose(found[0, 2, :, :, 0], [[0, 0], [0, 0.0625]])


def test_features_get_a_gradient_and_boxes_none():
    features, boxes = tf.Variable(np.ones((1, 4, 4, 2), np.float32)), tf.Variable([[[0.1, 0.1, 0.6, 0.6]]])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(crop_boxes(tf.convert_to_tensor(features), tf.convert_to_tensor(boxes), (3, 3)))
    gradient, none = tape.gradient(total, [features, boxes])
    assert none is None
    np.testing.assert_allclose(tf.reduce_sum(gradient), 18, rtol=1e-6)  # 3 by 3 cells, 2 channels, weights of 1 each
