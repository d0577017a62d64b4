"""What is learnt from teachers, by hand, and what a training takes from other runs."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from keras_models.datasets import TASKS
from keras_models.datasets.tasks import Task
from tests.tools import stripes
from tests.tools.stripes import PRESET, call, read_config, refused
from tools.pipeline import distillation, runs

tiny, trained, trained_once = stripes.tiny, stripes.trained, stripes.trained_once

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
    monkeypatch.setattr(distillation, "IMAGES", 2)  # the last picture comes in a batch of its own
    images = TASK.load("train")[0]
    expected = np.array([5 / 8, 9 / 10, (27 / 28 + 1 / 2) / 2])
    np.testing.assert_allclose(
        distillation.answers(Left(), TASK, images), np.stack([1 - expected, expected], 1), rtol=1e-5
    )
    plain = distillation.answers(Left(), dataclasses.replace(TASK, mirror=False), images)
    np.testing.assert_allclose(plain[:, 1], [1 / 2, 9 / 10, 27 / 28], rtol=1e-5)


def test_soft_targets_blend_the_teachers_mean_with_smoothed_labels(tmp_path, monkeypatch):
    """Three quarters from teachers of 1 and 1/2 for class 1, one quarter of the label with a fifth of it spread."""
    said = {"one": 1.0, "two": 0.5}
    monkeypatch.setattr(runs, "read", lambda folder: folder)
    monkeypatch.setattr(runs, "load_first_stage", said.get)
    monkeypatch.setattr(
        distillation, "answers", lambda share, task, images: np.array([[1 - share, share]] * len(images))
    )
    config = {"teachers": ["one", "two"], "teacher_share": 0.75, "stages": {"only": {"label_smoothing": 0.2}}}
    run = runs.Run(tmp_path, config)
    blended = distillation.soft_targets(run, TASK)
    ones = 0.75 * 0.75 + 0.25 * np.where(LABELS == 1, 0.9, 0.1)
    assert blended.dtype == np.float32
    np.testing.assert_allclose(blended, np.stack([1 - ones, ones], 1), rtol=1e-6)
    monkeypatch.delattr(distillation, "answers")
    np.testing.assert_array_equal(distillation.soft_targets(run, TASK), blended)  # kept
    assert [file.name for file in tmp_path.iterdir()] == ["soft_targets.npy"]


@pytest.mark.parametrize("task", ["cifar10", "max_min_digits"])
def test_soft_targets_of_a_network_are_distributions(task):
    from keras_models.epnet import EPNet

    known = TASKS[task]
    network = EPNet(known.input_shape, known.classes, filters=(4, 4, 8, 8))
    images = np.random.default_rng(0).integers(0, 256, (3, *known.input_shape)).astype(np.uint8)
    answers = distillation.answers(network, known, images)
    assert answers.shape == (3, 10) and answers.dtype == np.float32
    np.testing.assert_allclose(answers.sum(1), 1, rtol=1e-5)


def test_controllers_for_some_exits_on_the_classifiers_of_another_run(tmp_path, trained, capsys):
    """A second run takes the first one's trunk; its controllers learn for exit 2 of four alone."""
    import keras

    first = trained
    arguments = ("--first-stage", str(first), "--set", "controllers.exits=2", "--out", "other")
    assert call(*arguments) == 0
    one, two = (keras.models.load_model(f / "model.keras", compile=False) for f in (first, tmp_path / "other"))
    for mine, its in zip(one.units[0].weights, two.units[0].weights, strict=True):
        np.testing.assert_array_equal(mine, its)
    config = read_config("other")
    assert config["stages"]["controllers"]["exits"] == 2 and config["first_stage"] == str(first)
    assert two.own_exits(config["stages"]).tolist() == [False, True, False, True]
    (first / "classifiers.keras").unlink()
    capsys.readouterr()
    problem = refused(capsys, "tiny", "--first-stage", str(first), "--out", "third")
    assert "has no classifiers.keras: expected a run whose first stage has ended" in problem


def test_a_run_starts_from_another_ones_weights(trained, monkeypatch, capsys):
    """Nothing is learned at such a rate: trunk and classifiers stay as they started. Other shapes are refused."""
    assert call("--start", "runs/tiny", "--learning-rate", "1e-12", "--epochs", "1", "--out", "second") == 0
    first, second = (runs.load_first_stage(runs.read(folder)) for folder in ("runs/tiny", "second"))
    assert first.units[0].trainable_weights
    for mine, its in zip(first.units[0].trainable_weights, second.units[0].trainable_weights, strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-6)
    capsys.readouterr()
    wider = PRESET | {"arguments": PRESET["arguments"] | {"filters": (4, 4, 16, 16)}}
    stripes.know("wider", wider, monkeypatch)
    assert "--start runs/tiny: expected weights of the same shapes" in refused(capsys, "wider", "--start", "runs/tiny")


def test_a_run_learns_what_teachers_answer(tmp_path, trained, monkeypatch):
    """Taught alone by who calls everything a column, so does the pupil, and it is resumed with the same targets."""
    column = np.tile(np.array([[1, 0]], "float32"), (64, 1))
    monkeypatch.setattr(distillation, "answers", lambda network, task, images: column)
    taught = ("--teachers", "runs/tiny", "runs/tiny", "--teacher-share", "1", "--epochs", "8", "--out", "pupil")
    assert call(*taught) == 0
    config = read_config("pupil")
    assert (config["teachers"], config["teacher_share"]) == (["runs/tiny", "runs/tiny"], 1)
    task = TASKS["stripes"]
    said = runs.load_first_stage(runs.read("pupil")).predict(task.normalise(task.load("train")[0]), verbose=0)
    assert set(said[:, -1].argmax(-1)) == {0}
    np.testing.assert_array_equal(np.load("pupil/soft_targets.npy"), column)
    (tmp_path / "pupil/model.keras").unlink()
    (tmp_path / "pupil/classifiers.keras").unlink()
    monkeypatch.delattr(distillation, "answers")  # not asked again
    assert call(*taught) == 0
    trained.rename(tmp_path / "gone")  # and nobody to ask, once the first stage has ended
    assert call(*taught) == 0
    assert distillation.settings(teachers=("a",))["teacher_share"] == 0.7


def test_a_teacher_knows_the_same_task(trained, capsys, monkeypatch):
    stripes.know("other", PRESET | {"task": "max_min_digits"}, monkeypatch)
    for option in ("--teachers", "--start"):
        message = f"error: {option} runs/tiny: expected the task max_min_digits, received stripes\n"
        assert message == refused(capsys, "other", option, "runs/tiny")
    assert not Path("runs/other").exists()
