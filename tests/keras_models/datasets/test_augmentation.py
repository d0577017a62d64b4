"""Keras' layers change training pictures: each by its seed alone, in the pipeline alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_models import datasets
from keras_models.datasets import augmentation
from keras_models.datasets.tasks import Task
from keras_models.presets.settings import AUGMENTING, IMAGE_STAGE

SHAPE = (12, 16, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (16, *SHAPE)).astype(np.uint8)
ARGUMENTS = dict.fromkeys(AUGMENTING, 0.3) | {
    "RandomFlip": "horizontal",
    "RandomTranslation": [0.2, 0.2],
    "RandomErasing": {"factor": 0.7},
    "RandomPerspective": {"factor": 0.7},
    "RandomGaussianBlur": {"factor": 0.7},
    "RandomBrightness": {"factor": [-0.2, 0.2]},
}


def changed(layers, seed, images=IMAGES):
    change = augmentation.make(layers, images.shape[1:])
    (made,) = tf.data.Dataset.from_tensors((images, np.int64(seed))).map(change)
    return made.numpy()


@pytest.mark.parametrize("name", AUGMENTING)
def test_a_seed_alone_decides_what_a_layer_does(name):
    first = changed({name: ARGUMENTS[name]}, 5)
    assert first.dtype == np.float32 and first.shape == IMAGES.shape and 0 <= first.min() and first.max() <= 255
    keras.utils.set_random_seed(9)
    np.testing.assert_array_equal(first, changed({name: ARGUMENTS[name]}, 5))
    for seed in (6, 5 + 3 * 2**30):
        assert (first != changed({name: ARGUMENTS[name]}, seed)).any()
    assert (first != IMAGES).any()


def test_pictures_are_mirrored_or_not_and_differ_by_seed():
    mirrored = IMAGES[:, :, ::-1]
    shares = []
    for seed in range(40):
        made = changed({"RandomFlip": "horizontal"}, seed)
        turned = (made == mirrored).all(axis=(1, 2, 3))
        assert (turned | (made == IMAGES).all(axis=(1, 2, 3))).all()
        shares.append(turned.mean())
    assert 0.4 < np.mean(shares) < 0.6 and len(set(shares)) > 3


def test_layers_follow_one_another_and_draw_each_for_itself():
    both = {"RandomFlip": "horizontal", "RandomBrightness": 0.2}
    made, flipped = changed(both, 3), changed({"RandomFlip": "horizontal"}, 3)
    turned = (flipped != IMAGES).any(axis=(1, 2, 3))
    lighter = made.mean(axis=(1, 2, 3)) > flipped.mean(axis=(1, 2, 3))
    assert 0 < lighter.sum() < 16 and (lighter != turned).any()


@pytest.mark.parametrize(
    ("layers", "shape", "message"),
    [
        ({"RandomZoom": {"no_such": 1}}, SHAPE, "expected arguments that RandomZoom takes, received {'no_such': 1}: "),
        (
            {"RandomFlip": "sideways"},
            SHAPE,
            "expected layers that change pictures, received RandomFlip of 'sideways', which does not",
        ),
        (
            {"RandomFlip": "vertical", "RandomHue": 0.1},
            (8, 8, 1),
            "expected layers for pictures of (8, 8, 1), received RandomHue: ",
        ),
    ],
)
def test_what_cannot_change_such_pictures_is_refused(layers, shape, message):
    with pytest.raises(ValueError) as caught:
        augmentation.make(layers, shape)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_settings_take_the_place_of_the_tasks_own_way():
    task = datasets.get("max_min_digits")
    assert augmentation.of(task, None) is True and augmentation.of(task, {}) is False
    assert callable(augmentation.of(task, {"RandomRotation": 0.1}))


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (None, True),
        ({}, True),
        ({"RandomFlip": "horizontal", "RandomZoom": 0.1}, True),
        ({"RandomCrop": [8, 8]}, False),
        ({"Dense": 3}, False),
        (["RandomFlip"], False),
        ("RandomFlip", False),
    ],
)
def test_settings_name_layers_that_may_augment(value, fits):
    assert IMAGE_STAGE["augmentation"].kind.fits(value) == fits


class Photos(Task):
    """Of one split."""

    def load(self, split, *, data_dir=None):
        return IMAGES, np.arange(16) % 2, None


def test_a_data_set_is_augmented_before_it_is_normalised():
    task = Photos("photos", "none", SHAPE, ("a", "b"), (("train", 16),), (1 / 255,) * 3, (-1.0,) * 3)
    change = augmentation.make({"RandomFlip": "horizontal"}, SHAPE)
    data = task.dataset("train", 16, augment=change, shuffle_seed=1)
    epochs = [next(iter(data)) for _ in range(2)]
    stored = np.concatenate([task.normalise(IMAGES), task.normalise(IMAGES[:, :, ::-1])])
    for images, _ in epochs:
        far = np.abs(images.numpy()[:, None] - stored[None]).max(axis=(2, 3, 4))
        assert far.min(axis=1).max() < 1e-6 and sorted(far.argmin(axis=1) % 16) == list(range(16))
    orders = [np.argsort(labels.numpy(), kind="stable") for _, labels in epochs]
    assert not np.array_equal(epochs[0][0].numpy()[orders[0]], epochs[1][0].numpy()[orders[1]]), "by epoch"
    again = next(iter(task.dataset("train", 16, augment=change, shuffle_seed=1)))
    np.testing.assert_array_equal(again[0], epochs[0][0])
    with pytest.raises(ValueError, match="expected a shuffle_seed for augmentation"):
        task.dataset("train", 16, augment=change)
