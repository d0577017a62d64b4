"""A tiny network and images for it."""

import keras
import numpy as np
import pytest

from keras_models.epnet import EPNet

SHAPE = (12, 12, 1)


@pytest.fixture
def network():
    """Four exits, three classes, on 12x12 images."""
    return small()


def small():
    """The same network each time."""
    keras.utils.set_random_seed(1)
    return EPNet(SHAPE, 3, filters=(4, 4, 8, 8), controller_in=(6,), controller_cat=(6,))


@pytest.fixture
def images():
    """Eight random images, `[8, 12, 12, 1]`."""
    return np.random.default_rng(1).random((8, *SHAPE), "float32")
