"""What a stage shows a network besides its steps."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_models import datasets
from keras_models.layers.normalization import BatchNormalization
from tools.pipeline import training


def averages(stage_settings) -> tuple[float, float]:
    """Mean and variance that a normalisation of the digits has afterwards, of one channel."""
    image = keras.Input((50, 50, 1))
    norm = BatchNormalization(name="norm")
    network = keras.Model(image, norm(image))
    stage = SimpleNamespace(split="train", settings=stage_settings)
    training._reestimate(SimpleNamespace(config={"seed": 0}), network, datasets.get("max_min_digits"), stage)
    return float(norm.moving_mean[0]), float(norm.moving_variance[0])


def test_averages_are_of_the_images_as_the_stage_sees_them():
    """Brighter, and with squares of the mean in them: the averages follow."""
    task = datasets.get("max_min_digits")
    images = task.normalise(task.load("train")[0][:4_096])
    assert images.shape[1:] == (50, 50, 1)
    mean, variance = averages({})
    assert mean == pytest.approx(images.mean(), abs=0.02) and variance == pytest.approx(images.var(), rel=0.05)
    flipped = averages({"augmentation": {"RandomFlip": "horizontal"}})
    assert flipped == pytest.approx((mean, variance), rel=0.05, abs=0.02)
    brighter, _ = averages({"augmentation": {"RandomBrightness": {"factor": [0.5, 0.5]}}})
    assert brighter > mean + 0.1
    _, blanked = averages({"cutout": 40})
    assert blanked < 0.9 * variance
    np.testing.assert_array_equal(averages({"cutout": 40}), averages({"cutout": 40}))
