"""The glimpse sensor: by hand, and to the pixel what the runtime cuts."""

import numpy as np

from keras_models.functional.glimpses import glimpse, retina
from tflite.program import crop


def test_two_windows_by_hand():
    """In the middle of 4x4 pixels the small window is the inner four, the large one all, in means of four."""
    image = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    found = np.asarray(glimpse(retina(image, 2, 2), np.zeros((1, 2), "float32")))
    assert found.shape == (1, 2, 2, 2)
    assert found[0, ..., 0].tolist() == [[5, 6], [9, 10]]
    assert found[0, ..., 1].tolist() == [[2.5, 4.5], [10.5, 12.5]]


def test_beyond_the_image_everything_is_zero():
    image = np.ones((1, 4, 4, 1), "float32")
    corner = np.asarray(glimpse(retina(image, 2, 1), np.array([[1, -1]], "float32")))
    assert corner[0, ..., 0].tolist() == [[0, 0], [1, 1]], "about (3, 0) are rows -1 and 0, columns 2 and 3"
    assert not np.asarray(glimpse(retina(image, 2, 2), np.array([[9, -9]], "float32"))).any()


def test_it_is_the_runtimes_crop():
    """Several channels, sides that differ, places inside, on the border and far out."""
    rng = np.random.default_rng(0)
    images = rng.random((40, 13, 17, 2)).astype("float32")
    places = rng.normal(0, 0.9, (40, 2)).astype("float32")
    found = np.asarray(glimpse(retina(images, 5, 3), places))
    for image, place, cut in zip(images, places, found, strict=True):
        np.testing.assert_allclose(cut, crop.glimpse(image, place, (5, 5), 3)[0], atol=1e-6)
