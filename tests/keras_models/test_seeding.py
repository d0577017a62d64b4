"""One seed, one sequence of random numbers."""

import keras
import numpy as np
import pytest

from keras_models import seeding


def drawn():
    """Weights of a layer, and numbers without a seed of their own."""
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    return [np.array(layer.kernel), np.array(keras.random.normal((3,)))]


def test_the_same_seed_starts_everything_anew():
    sequences = []
    for seed in (5, 5, 6):
        seeding.set_random_seed(seed)
        sequences.append(np.concatenate([values.ravel() for values in drawn()]))
    np.testing.assert_array_equal(sequences[0], sequences[1])
    assert not np.allclose(sequences[0], sequences[2])


def test_a_seed_is_a_whole_number():
    with pytest.raises(ValueError, match="integer"):
        seeding.set_random_seed("5")
