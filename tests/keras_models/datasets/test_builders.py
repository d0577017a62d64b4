"""The composite data sets: what is in their pictures, and that they come out the same each time."""

import hashlib
import itertools

import numpy as np
import pytest

from keras_models.datasets import storage
from keras_models.datasets.draws import stream
from keras_models.datasets.sources import SPLITS, Sources

from .conftest import TINY_SIZES

TRAIN_DIGESTS = {
    "max_min_mnist/digits": "bcca2adb0bffed4461402b844228e3eb9b70f8c44a92b83867f19d496adda7fe",
    "multi_scale_fashion/digits": "894e643f8ad56434525295ac01be238e1b0a5329ebc5ab7527a585d1e9a26885",
}


def squares(side):
    """Ten source pictures: the one of digit d is a full square of brightness 10 + d."""
    brightness = np.arange(10, 20, dtype=np.uint8)
    return Sources(np.tile(brightness[:, None, None], (1, side, side)), np.arange(10))


@pytest.fixture
def max_min(tmp_path):
    from keras_models.datasets.builders import MaxMinMnist

    return MaxMinMnist(config="digits", data_dir=tmp_path)


@pytest.fixture
def multi_scale(tmp_path):
    from keras_models.datasets.builders import MultiScaleFashion

    return MultiScaleFashion(config="digits", data_dir=tmp_path)


def test_max_min_pictures_hold_the_digits_that_their_label_says(max_min):
    material = max_min.prepare_sources(squares(20))
    for index in range(40):
        picture, label, difficulty = max_min.composite(material, index, stream(0, index))
        digits = [d for d in range(10) for _ in range(np.count_nonzero(picture == 10 + d) // 400)]
        assert len(digits) == (1, 2, 4)[difficulty]
        assert label == (digits[0] if len(digits) == 1 else digits[-1] - digits[0])


def test_max_min_comes_on_a_larger_canvas_too(tmp_path):
    from keras_models.datasets.builders import MaxMinMnist

    large = MaxMinMnist(config="mnist_64", data_dir=tmp_path)
    assert large.info.features["image"].shape == (64, 64, 1)
    material = large.prepare_sources(squares(20))
    pictures = [large.composite(material, index, stream(0, index))[0] for index in range(40)]
    assert {picture.shape for picture in pictures} == {(64, 64)}
    assert max(np.argwhere(picture).max() for picture in pictures) > 50, "boxes lie anywhere on it"


def test_labels_come_evenly_where_that_is_wanted(tmp_path):
    """Of eighty pictures each label has four easy, two medium and two hard ones, and is what their digits say."""
    from keras_models.datasets.builders import MaxMinMnist

    large = MaxMinMnist(config="mnist_64", data_dir=tmp_path)
    material = large.prepare_sources(squares(20))
    counts = np.zeros((10, 3), int)
    for index in range(80):
        picture, label, difficulty = large.composite(material, index, stream(0, index))
        digits = [d for d in range(10) for _ in range(np.count_nonzero(picture == 10 + d) // 400)]
        assert label == (digits[0] if len(digits) == 1 else digits[-1] - digits[0])
        counts[label, difficulty] += 1
    assert counts.tolist() == [[4, 2, 2]] * 10


def test_every_tuple_of_a_label_is_counted_once():
    """Of two digits ten pairs are equal, and two are nine apart; of four digits a + 1, a: 14 a place, nine places."""
    from keras_models.datasets.max_min_mnist import _tuples

    assert [len(_tuples(2, label)) for label in (0, 1, 9)] == [10, 18, 2]
    assert len(_tuples(4, 1)) == 9 * (2**4 - 2) and _tuples(1, 7).tolist() == [[7]]
    assert sum(len(_tuples(4, label)) for label in range(10)) == 10**4


def test_max_min_is_two_to_one_to_one(max_min):
    material = max_min.prepare_sources(squares(20))
    kinds = [max_min.composite(material, index, stream(0, index))[2] for index in range(16)]
    assert np.bincount(kinds).tolist() == [8, 4, 4]


@pytest.mark.parametrize("side", [8, 20])
def test_max_min_sources_fill_boxes_of_twenty(max_min, side):
    material = max_min.prepare_sources(squares(side))
    assert material.images.shape == (10, 20, 20)
    assert material.images.min() == 10


def test_multi_scale_types_have_their_sizes_places_and_labels(multi_scale):
    material = multi_scale.prepare_sources(squares(28))
    for index in range(40):
        picture, label, kind = multi_scale.composite(material, index, stream(0, index))
        assert kind == index % 4
        named = np.argwhere(picture == 10 + label)
        extent = named.max(axis=0) - named.min(axis=0) + 1
        if kind in (0, 1, 2):
            assert extent.tolist() == [[17, 17], [42, 42], [42, 42]][kind]
            assert len(named) == np.count_nonzero(picture)
        if kind == 1:
            assert named.min(axis=0).tolist() == [4, 4]


def test_multi_scale_names_the_small_object_of_two(multi_scale):
    material = multi_scale.prepare_sources(squares(28))
    told_apart = 0
    for index in range(3, 83, 4):
        picture, label, _ = multi_scale.composite(material, index, stream(0, index))
        sizes = {value: np.count_nonzero(picture == value) for value in np.unique(picture[picture > 0])}
        if len(sizes) == 2:
            told_apart += 1
            assert sizes[10 + label] == 17 * 17
    assert told_apart > 10


@pytest.mark.parametrize("name", TRAIN_DIGESTS)
def test_the_stored_data_set_is_complete_and_the_same_each_time(tiny_builders, only_folders, name):
    digests = []
    for folder in (only_folders / "one", only_folders / "two"):
        builder = storage.prepare(name, folder)
        assert tuple(builder.info.splits[split].num_examples for split in SPLITS) == TINY_SIZES
        arrays = storage.read(builder, "train")
        digests.append(hashlib.sha256(arrays["image"].tobytes() + arrays["label"].tobytes()).hexdigest())
    assert digests == [TRAIN_DIGESTS[name]] * 2


def test_splits_differ(tiny_builders, only_folders):
    builder = storage.prepare("multi_scale_fashion/digits", only_folders)
    train, validation = storage.read(builder, "train")["image"], storage.read(builder, "validation")["image"]
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in validation}


def test_original_pictures_keep_to_their_split(tiny_builders, only_folders):
    # The brightness of a source picture is its number + 1: 1 .. 40 of the original's train, 41 .. 50 of its test.
    builder = storage.prepare("max_min_mnist/mnist", only_folders)
    seen = {
        split: set(np.unique(storage.read(builder, split)["image"]).tolist()) - {0} for split in builder.info.splits
    }
    for one, other in itertools.combinations(SPLITS, 2):
        assert not seen[one] & seen[other]
    assert seen["train"] | seen["validation"] | seen["held_out"] <= set(range(1, 41))
    assert len(seen["train"]) > 20
    assert 1 <= len(seen["validation"]) <= 2 and 1 <= len(seen["held_out"]) <= 2
    assert seen["test"] <= set(range(41, 51))


def test_the_builders_are_registered_with_their_variants():
    import tensorflow_datasets as tfds

    from keras_models.datasets import builders

    known = ((builders.MaxMinMnist, ["mnist", "digits", "mnist_64"]),)
    for builder, configs in (*known, (builders.MultiScaleFashion, ["fashion_mnist", "digits"])):
        assert tfds.builder_cls(builder.name) is builder
        assert list(builder.builder_configs) == configs
        assert "10.1145/3340531.3411973" in tfds.builder(f"{builder.name}/digits", data_dir="unused").info.citation
