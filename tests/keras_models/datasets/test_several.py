"""Coarse labels of fine ones, and pictures in a common frame."""

import dataclasses

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets import several, storage
from keras_models.datasets.recast import framed


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_every_fine_label_is_of_one_kind(name):
    task = datasets.get(f"{name}_coarse_fine")
    coarse, fine = task.tasks
    assert sorted(label for names in coarse.groups for label in names) == sorted(fine.labels)
    assert coarse.fine == fine.labels and task.group_names == ("coarse", "fine")
    counts = np.bincount(coarse.coarse)
    assert counts.tolist() == ([6, 4] if name == "cifar10" else [5] * 20)
    assert coarse.labels[coarse.coarse[0]] == {"cifar10": "vehicle", "cifar100": "fruit_and_vegetables"}[name]


def test_coarse_labels_are_made_of_the_builders(monkeypatch):
    arrays = {"image": np.zeros((3, 32, 32, 3), np.uint8), "label": np.array([0, 3, 9])}
    monkeypatch.setattr(storage, "load", lambda *asked: arrays)
    images, labels, groups = datasets.get("cifar10_coarse_fine").load("test[:3]")
    assert images.shape == (6, 32, 32, 3)
    assert labels.tolist() == [1, 0, 1, 0, 3, 9] and groups.tolist() == [0, 0, 0, 1, 1, 1]


def test_grey_pictures_are_framed():
    pictures = np.arange(1, 5, dtype=np.uint8).reshape(1, 2, 2, 1)
    found = framed(pictures, (4, 5, 3))
    assert found.shape == (1, 4, 5, 3)
    assert found[0, :, :, 0].tolist() == [[0] * 5, [0, 1, 2, 0, 0], [0, 3, 4, 0, 0], [0] * 5]
    np.testing.assert_array_equal(found[..., 0], found[..., 2])


def test_data_sets_have_the_photographs_form(monkeypatch):
    def load(builder, slices, data_dir):
        side, channels = (32, 3) if builder == "cifar10" else (28, 1)
        return {"image": np.full((2, side, side, channels), 9, np.uint8), "label": np.array([1, 2])}

    monkeypatch.setattr(storage, "load", load)
    task = datasets.get("mnist_cifar10_fashion")
    images, labels, groups = task.load("test[:2]")
    assert images.shape == (6, 32, 32, 3) and groups.tolist() == [0, 0, 1, 1, 2, 2]
    assert images.sum(axis=(1, 2, 3)).tolist() == [9 * 3 * side * side for side in (28, 28, 32, 32, 28, 28)]
    assert task.shift == 2 and not task.mirror, "what no task's label minds"
    assert len({task.normalise(images)[i, 0, 0, 0] for i in (0, 4)}) == 1


def test_one_kind_for_every_label_is_needed():
    coarse = datasets.get("cifar10_coarse_fine").tasks[0]
    lost = dataclasses.replace(coarse, groups=(several.ANIMALS, several.VEHICLES[1:]))
    with pytest.raises(ValueError, match="expected every one of .* in a group, received none with airplane"):
        _ = lost.coarse
