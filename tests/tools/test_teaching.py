"""tools/teaching.py: what is learnt from teachers, by hand."""

import dataclasses

import numpy as np
import pytest

from keras_models.datasets import TASKS
from keras_models.datasets.tasks import Task
from tools import runs, teaching

LABELS = np.array([1, 0, 1])


class Sides(Task):
    """Three pictures of one row and two columns, whose brightness is known."""

    def load(self, split, *, data_dir=None):
        assert split == "train"
        return np.array([[[[0], [1]]], [[[2], [2]]], [[[3], [0]]]], np.uint8), LABELS, None


TASK = Sides("sides", "sides", (1, 2, 1), ("a", "b"), (("train", 3),), (1.0,), (0.0,), mirror=True)


class Left:
    """A network of two exits. The last one's odds for class 1 are 3 to the power of the left column's brightness."""

    def predict(self, images, batch_size, verbose):
        logits = np.zeros((len(images), 2, 2), "float32")
        logits[:, 0] = 100.0  # of no exit that is asked
        logits[:, 1, 1] = np.log(3) * images[:, 0, 0, 0]
        return logits


def test_an_answer_is_the_mean_with_the_mirror_images(monkeypatch):
    """Columns of 0 and 1: 1/2 and 3/4, in the mean 5/8. Columns of 2: 9/10. Columns of 3 and 0: 27/28 and 1/2."""
    monkeypatch.setattr(teaching, "IMAGES", 2)  # the last picture comes in a batch of its own
    images = TASK.load("train")[0]
    expected = np.array([5 / 8, 9 / 10, (27 / 28 + 1 / 2) / 2])
    np.testing.assert_allclose(teaching.answers(Left(), TASK, images), np.stack([1 - expected, expected], 1), rtol=1e-5)
    plain = teaching.answers(Left(), dataclasses.replace(TASK, mirror=False), images)
    np.testing.assert_allclose(plain[:, 1], [1 / 2, 9 / 10, 27 / 28], rtol=1e-5)


def test_lessons_blend_the_teachers_mean_with_smoothed_labels(tmp_path, monkeypatch):
    """Three quarters from teachers of 1 and 1/2 for class 1, one quarter of the label with a fifth of it spread."""
    said = {"one": 1.0, "two": 0.5}
    monkeypatch.setattr(runs, "read", lambda folder: folder)
    monkeypatch.setattr(runs, "load_classifiers", said.get)
    monkeypatch.setattr(teaching, "answers", lambda share, task, images: np.array([[1 - share, share]] * len(images)))
    config = {"teachers": ["one", "two"], "teacher_share": 0.75, "training": {"label_smoothing": 0.2}}
    run = runs.Run(tmp_path, config)
    blended = teaching.lessons(run, TASK)
    ones = 0.75 * 0.75 + 0.25 * np.where(LABELS == 1, 0.9, 0.1)
    assert blended.dtype == np.float32
    np.testing.assert_allclose(blended, np.stack([1 - ones, ones], 1), rtol=1e-6)
    monkeypatch.delattr(teaching, "answers")
    np.testing.assert_array_equal(teaching.lessons(run, TASK), blended)  # kept
    assert [file.name for file in tmp_path.iterdir()] == ["lessons.npy"]


@pytest.mark.parametrize("task", ["cifar10", "max_min_digits"])
def test_lessons_of_a_network_are_distributions(task):
    from keras_models.epnet import EPNet

    known = TASKS[task]
    network = EPNet(known.input_shape, known.classes, filters=(4, 4, 8, 8))
    images = np.random.default_rng(0).integers(0, 256, (3, *known.input_shape)).astype(np.uint8)
    answers = teaching.answers(network, known, images)
    assert answers.shape == (3, 10) and answers.dtype == np.float32
    np.testing.assert_allclose(answers.sum(1), 1, rtol=1e-5)
