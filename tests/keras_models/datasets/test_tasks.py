"""The front door: names, slices, normalisation, loading."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets import tasks
from keras_models.datasets.sources import SPLITS

from .conftest import TINY_SIZES


@pytest.fixture
def tiny(tiny_builders, only_folders, monkeypatch):
    """The task max_min_digits with the sizes of the tiny builders, kept in a folder of its own."""
    monkeypatch.setenv("FRUGAL_DATA_DIR", str(only_folders / "own"))
    sizes = tuple(zip(SPLITS, TINY_SIZES, strict=True))
    return dataclasses.replace(datasets.get("max_min_digits"), sizes=sizes)


def test_an_unknown_task_lists_the_known_ones():
    known = "max_min_digits, max_min_mnist, max_min_mnist_64, multi_scale_digits, multi_scale_fashion"
    with pytest.raises(ValueError, match=f"expected a task among {known}.*, received 'mnist'"):
        datasets.get("mnist")


@pytest.mark.parametrize("name", [name for name, task in datasets.TASKS.items() if isinstance(task, datasets.Task)])
def test_tasks_agree_with_their_builders(name):
    import tensorflow_datasets as tfds

    from keras_models.datasets import builders  # noqa: F401

    task = datasets.get(name)
    assert task.name == name
    features = (builder := tfds.builder(task.builder, data_dir="unused")).info.features
    fine = getattr(task, "fine", None)  # of a task that asks less of its pictures than their labels tell
    assert features["image"].shape == (getattr(task, "frame", None) or task.input_shape)
    things = isinstance(task, datasets.DetectionTask)
    label = features["objects"].feature["kind"] if things else features[task.label_feature]
    assert fine or tuple(label.names) == task.labels or task.label_feature == "label"
    assert label.num_classes == len(fine or task.labels) and len(task.scale) == len(task.offset) == task.input_shape[2]
    assert 0 < len(task.title) <= 80 and 0 < len(task.question) <= 200, "as a bundle takes them"
    if task.group_feature:
        assert tuple(features[task.group_feature].names) == task.group_names
        assert tuple(size for _, size in task.sizes) == builder.builder_config.sizes


def test_garments_are_named_as_in_the_original():
    import tensorflow_datasets as tfds

    features = tfds.builder("fashion_mnist", data_dir="unused").info.features
    assert list(datasets.get("multi_scale_fashion").labels) == features["label"].names


@pytest.mark.parametrize(
    ("split", "bounds"),
    [
        ("train", ("train", 0, 45_000)),
        ("test", ("test", 0, 10_000)),
        ("validation", ("train", 45_000, 47_500)),
        ("held_out", ("train", 47_500, 50_000)),
        ("validation[:50%]", ("train", 45_000, 46_250)),
        ("validation[50%:]", ("train", 46_250, 47_500)),
        ("validation[-10:]", ("train", 47_490, 47_500)),
        ("train[:-10%]", ("train", 0, 40_500)),
        ("train[10:20]", ("train", 10, 20)),
        ("train[44000:99999]", ("train", 44_000, 45_000)),
    ],
)
def test_bounds_of_a_slice(split, bounds):
    assert datasets.get("cifar10").bounds(split) == bounds


NO_SLICES = [
    f"train[:{5000 * '9'}]",
    "all",
    "train[",
    "train[1]",
    "train+test",
    "train[:ten]",
    "",
    "train[10:10]",
    "test[:0%]",
]


@pytest.mark.parametrize("split", NO_SLICES)
def test_bounds_refuses_what_is_no_slice(split):
    with pytest.raises(ValueError, match="^expected .*, received"):
        datasets.get("cifar10").bounds(split)


@pytest.mark.parametrize(
    ("split", "slices"),
    [
        ("train", "train[0:58606]"),
        ("validation", "train[58606:68606]+extra[0:17000]"),
        ("held_out", "train[68606:73257]+extra[17000:25000]"),
        ("test", "test[0:26032]+extra[25000:50000]"),
        ("test[:10]", "test[0:10]"),
        ("test[26031:26034]", "test[26031:26032]+extra[25000:25002]"),
        ("test[-10:]", "extra[49990:50000]"),
    ],
)
def test_splits_may_end_with_pictures_of_another_one(split, slices, monkeypatch):
    from keras_models.datasets import storage

    asked, task = [], datasets.get("svhn")
    _, start, stop = task.bounds(split)

    def load(name, text, data_dir):
        asked.append((name, text))
        return {"image": np.zeros((stop - start, 32, 32, 3), np.uint8), "label": np.zeros(stop - start, int)}

    monkeypatch.setattr(storage, "load", load)
    assert len(task.load(split)[1]) == stop - start and asked == [("svhn_cropped", slices)]


def test_train_and_validation_of_cifar10_do_not_meet():
    task = datasets.get("cifar10")
    assert task.bounds("train")[2] == task.bounds("validation")[1]
    assert task.bounds("validation")[2] == task.bounds("held_out")[1]


def test_normalise_rounds_the_product_then_the_sum():
    task = datasets.get("cifar10")
    images = np.arange(256, dtype=np.uint8).repeat(12).reshape(1, 32, 32, 3)
    result = task.normalise(images)
    assert result.dtype == np.float32
    for channel in range(3):
        scale, offset = np.float32(task.scale[channel]), np.float32(task.offset[channel])
        expected = [
            np.float32(np.float32(np.float32(pixel) * scale) + offset) for pixel in images[0, ..., channel].flat
        ]
        np.testing.assert_array_equal(result[0, ..., channel].ravel(), expected)


def test_cifar10_is_standardised_by_its_published_mean_and_deviation():
    ends = np.stack([np.full((32, 32, 3), value, np.uint8) for value in (0, 255)])
    black, white = datasets.get("cifar10").normalise(ends)[:, 0, 0]
    np.testing.assert_allclose(black, [-1.98947, -1.98029, -1.70680], atol=1e-4)
    np.testing.assert_allclose(white, [2.05911, 2.12649, 2.11583], atol=1e-4)


def test_black_stays_zero_in_composites():
    task = datasets.get("max_min_mnist")
    assert task.normalise(np.zeros((2, 50, 50, 1), np.uint8)).max() == 0
    assert task.normalise(np.full((50, 50, 1), 255, np.uint8)).max() == 1


@pytest.mark.parametrize("images", [np.zeros((1, 50, 50, 1)), np.zeros((1, 50, 50), np.uint8)])
def test_normalise_refuses_other_images(images):
    with pytest.raises(ValueError, match=r"expected uint8 images of shape \(50, 50, 1\), received"):
        datasets.get("max_min_mnist").normalise(images)


def test_load_prepares_and_slices(tiny):
    images, labels, groups = tiny.load("train")
    assert (images.shape, images.dtype) == ((24, 50, 50, 1), np.uint8)
    assert (labels.dtype, groups.dtype) == (np.int64, np.int64)
    assert np.bincount(groups).tolist() == [12, 6, 6]
    parts = [tiny.load(part) for part in ("train[:25%]", "train[25%:]")]
    assert len(parts[0][1]) == 6
    for whole, *halves in zip((images, labels, groups), *parts, strict=True):
        np.testing.assert_array_equal(whole, np.concatenate(halves))


FOUR = tasks.Task("four", "four", (1, 2, 1), ("a", "b"), (("train", 4),), (1 / 255,), (0.0,), "kind", ("x",))
READ = {"image": np.zeros((4, 1, 2, 1), np.uint8), "label": np.array([0, 1, 1, 0]), "kind": np.zeros(4, int)}


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        ("label", np.array([0, 1, 2, 0]), "whole numbers from 0 to 1, received 2 for image 2"),
        ("label", np.array([0, -1, 1, 0]), "received -1 for image 1"),
        ("label", np.array([0, 1, 1, 0.0]), "4 whole numbers as labels, received float64"),
        ("label", np.array([0, np.nan, 1, 0]), "received float64"),
        ("label", np.array(["a", "b", "b", "a"]), "received <U1"),
        ("label", np.eye(2, dtype=int)[[0, 1, 1, 0]], r"received int64 of shape \[4, 2\]"),
        ("label", np.array([0, 1, 1]), r"of shape \[3\]"),
        ("kind", np.zeros(3, int), r"4 groups, received shape \(3,\)"),
        ("image", np.zeros((4, 1, 2, 1), np.float32), "8-bit pixels of shape .*, received float32"),
        ("image", np.zeros((4, 1, 2, 1), np.uint16), "received uint16"),
        ("image", np.zeros((4, 2, 1, 1), np.uint8), r"of shape \[4, 1, 2, 1\], received uint8 \[4, 2, 1, 1\]"),
        ("image", np.zeros((3, 1, 2, 1), np.uint8), r"received uint8 \[3, "),
    ],
)
def test_what_cannot_be_a_split_is_refused(monkeypatch, name, array, words):
    from keras_models.datasets import storage

    read = dict(READ)
    monkeypatch.setattr(storage, "prepare", lambda *where: None)
    monkeypatch.setattr(storage, "read", lambda builder, split: read)
    assert FOUR.load("train")[1].tolist() == [0, 1, 1, 0]
    read[name] = array
    with pytest.raises(ValueError, match="expected .*" + words):
        FOUR.load("train")
    monkeypatch.setattr(tasks.Task, "load", lambda *where, **more: (read["image"], read["label"], read["kind"]))
    with pytest.raises(ValueError, match="expected .*" + words):
        FOUR.dataset("train", 2)


def test_dataset_in_order_is_load_normalised(tiny):
    images, labels, _ = tiny.load("test")
    batches = [(x.numpy(), y.numpy()) for x, y in tiny.dataset("test", 5)]
    assert [len(y) for _, y in batches] == [5, 5, 2]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), tiny.normalise(images))
    np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), labels)


def test_distributions_come_in_the_place_of_labels(tiny):
    given = np.random.default_rng(0).random((12, 10)).astype("float32")
    answers = np.concatenate([y.numpy() for _, y in tiny.dataset("test", 5, distributions=given)])
    np.testing.assert_array_equal(answers, given)
    with pytest.raises(ValueError, match=r"expected distributions of shape \(12, 10\), received \(12, 9\)"):
        tiny.dataset("test", 5, distributions=given[:, :9])
    given[7, 1] = np.nan
    with pytest.raises(ValueError, match="expected distributions of finite numbers, .* for image 7"):
        tiny.dataset("test", 5, distributions=given)


def test_weights_come_third_where_classes_are_to_weigh_alike(tiny):
    labels = tiny.load("validation")[1]
    weights = np.concatenate([batch[2] for batch in tiny.dataset("validation", 3, balanced=True)])
    assert weights.dtype == np.float32 and weights.mean() == pytest.approx(1)
    sums = np.bincount(labels, weights)
    np.testing.assert_allclose(sums[sums > 0], len(labels) / len(set(labels)), rtol=1e-6)


def test_augmentation_is_refused_where_it_changes_labels(tiny):
    with pytest.raises(ValueError, match="max_min_digits has no augmentation"):
        dataclasses.replace(tiny, shift=0).dataset("train", 8, augment=True, shuffle_seed=0)


def test_task_names_come_without_tensorflow():
    code = "import sys; from keras_models import datasets; datasets.get('cifar10'); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "keras_models.datasets.tasks" in modules
    assert not {"tensorflow", "tensorflow_datasets", "keras", "sklearn"} & set(modules)


def test_tasks_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        tasks.get("cifar10").name = "other"


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    """$TFDS_DATA_DIR, where the real data sets are; what is made of them goes to a folder of the test's own."""
    folder = os.environ.get("TFDS_DATA_DIR")
    if not folder:
        pytest.skip("needs TFDS_DATA_DIR, with the real mnist and cifar10")
    monkeypatch.setenv("FRUGAL_DATA_DIR", str(tmp_path))
    return Path(folder)


@pytest.mark.slow
def test_real_mnist(mirror):
    if not (mirror / "mnist").is_dir():
        pytest.skip(f"{mirror} has no mnist")
    task = datasets.get("max_min_mnist")
    for split, size in task.sizes:
        images, labels, groups = task.load(split)
        assert images.shape == (size, 50, 50, 1)
        assert np.bincount(groups).tolist() == [size // 2, size // 4, size // 4]
        assert np.bincount(labels, minlength=10).min() > size / 20
        ink = (images > 0).mean(axis=(1, 2, 3))
        assert ink[groups == 0].mean() < ink[groups == 1].mean() < ink[groups == 2].mean()


@pytest.mark.slow
def test_real_cifar10(mirror):
    if not (mirror / "cifar10").is_dir():
        pytest.skip(f"{mirror} has no cifar10")
    from keras_models.datasets import storage

    task = datasets.get("cifar10")
    assert list(task.labels) == storage.prepare("cifar10").info.features["label"].names
    pictures = {split: {image.tobytes() for image in task.load(split)[0]} for split, _ in task.sizes}
    assert len(pictures["validation"]) > 2_450
    assert len(pictures["train"] & pictures["validation"]) < 50
    assert len(pictures["validation"] & pictures["held_out"]) < 10
    images, labels, groups = task.load("validation")
    assert groups is None
    assert np.bincount(labels).min() > 200
    np.testing.assert_allclose(task.normalise(images).mean(axis=(0, 1, 2)), 0, atol=0.05)
    np.testing.assert_allclose(task.normalise(images).std(axis=(0, 1, 2)), 1, atol=0.05)


def test_the_range_of_pixels_by_hand():
    """Two channels: 0..255 times 1/255, and times 2/255 less one."""
    task = dataclasses.replace(FOUR, scale=(1 / 255, 2 / 255), offset=(0.0, -1.0))
    assert task.pixel_range == pytest.approx((-1.0, 1.0))
