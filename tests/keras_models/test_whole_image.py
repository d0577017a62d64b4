"""Baselines that see whole images: as many multiplications as by hand."""

import numpy as np

from keras_models import whole_image


def test_pixels_into_two_layers():
    network = whole_image.fully_connected((80, 80, 1), 19)
    assert whole_image.multiply_adds(network) == 6400 * 100 + 100 * 50 + 50 * 19
    assert network(np.zeros((2, 80, 80, 1), "float32")).shape == (2, 19)


def test_convolutions_halve_the_sides():
    network = whole_image.convolutional((8, 8, 1), 2, filters=(4, 6))
    convolved = 64 * 25 * 4 + 16 * 25 * 4 * 6
    assert whole_image.multiply_adds(network) >= convolved + 2 * 2 * 6 * 100 + 100 * 50 + 50 * 2
