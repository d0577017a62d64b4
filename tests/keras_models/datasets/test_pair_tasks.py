"""Pairs of colours and kinds: who is met in training, and what is known of all of them."""

from pathlib import Path

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets import pair_tasks, scene_kinds, scene_tasks

SHIPPED = Path(__file__).resolve().parents[2] / "rendered"


def test_labels_are_those_of_the_pictures():
    task = datasets.get("pairs_tiny")
    images, labels, _ = task.load("test", data_dir=SHIPPED)
    things, kinds, colours, roles = scene_tasks.load_pairs(scene_tasks.things()[2], "test", data_dir=SHIPPED)
    np.testing.assert_array_equal(images, things)
    assert [task.labels[label].split() for label in labels] == [
        [scene_kinds.COLOURS[colour], scene_kinds.KINDS[kind]] for kind, colour in zip(kinds, colours, strict=True)
    ]
    np.testing.assert_array_equal(task.roles[labels], roles)
    assert pair_tasks.LABELS[9] == "orange box"


def test_training_meets_five_of_eight_pairs_of_every_kind_and_colour():
    task = datasets.get("pairs_small")
    met = task.members[list(task.met)]
    assert len(met) == 100
    assert (np.bincount(met[:, 0]) == 5).all() and (np.bincount(met[:, 1]) >= 10).all()
    labels = datasets.get("pairs_tiny").load("train", data_dir=SHIPPED)[1]
    assert set(labels) <= set(task.met)


def test_descriptions_have_the_length_one_and_say_what_they_should():
    task = datasets.get("pairs_small")
    sizes = {how: task.descriptions(how).shape for how in pair_tasks.DESCRIPTIONS}
    assert sizes == {"names": (160, 28), "attributes": (160, 32), "both": (160, 60)}
    names, attributes = task.descriptions("names"), task.descriptions("attributes")
    np.testing.assert_allclose(np.linalg.norm(names, axis=1), 1, rtol=1e-6)
    orange_box = task.labels.index("orange box")
    assert np.flatnonzero(names[orange_box]).tolist() == [scene_kinds.KINDS.index("box"), 20 + 1]
    has = attributes[orange_box][:13] > 0
    assert [name for name, one in zip(scene_kinds.ATTRIBUTES, has, strict=True) if one] == ["edges", "alike"]
    with pytest.raises(ValueError, match="expected descriptions, one of names, attributes, both, received 'words'"):
        task.descriptions("words")


def test_some_kinds_have_the_same_attributes():
    has = scene_kinds.attributes()
    same = [pair for pair in np.argwhere((has[:, None] == has).all(2)).tolist() if pair[0] < pair[1]]
    names = [tuple(scene_kinds.KINDS[i] for i in pair) for pair in same]
    assert names == [("pyramid", "house"), ("cross", "gear"), ("bottle", "pawn")]


def test_other_tasks_meet_all_and_describe_nothing():
    task = datasets.get("things_tiny")
    assert task.met == tuple(range(20)) and task.descriptions("names") is None
