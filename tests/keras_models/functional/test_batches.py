"""A function of images, some at a time, is that of all at once."""

import numpy as np
import pytest
from keras import ops

from keras_models.functional.batches import in_batches

IMAGES = np.arange(7.0, dtype="float32").reshape(7, 1)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_values_are_those_of_all_images_in_their_order(batch_size):
    sizes = []

    def double(batch):
        sizes.append(int(batch.shape[0]))
        return {"twice": 2 * batch, "large": ops.sum(batch, axis=1) > 3}

    found = in_batches(double, IMAGES, batch_size)
    np.testing.assert_array_equal(found["twice"], 2 * IMAGES)
    np.testing.assert_array_equal(found["large"], [False] * 4 + [True] * 3)
    assert sum(sizes) == 7 and max(sizes) <= batch_size
