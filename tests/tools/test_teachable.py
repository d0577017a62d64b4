"""tools/teachable.py: a finished bundle as one that is taught, at the command line."""

import json

import numpy as np
import pytest

from keras_models.datasets import TASKS
from keras_models.datasets.task import Task
from tests.goldens.make import HERE
from tests.tools.calling import call
from tflite.bundle import Bundle, queries
from tflite.runtime.chain import Chain
from tools import teach, teachable

NETWORK = str(HERE / "families/with_exits")
SHAPE, LABELS = (12, 12, 1), ("a", "b", "c")


class Bars(Task):
    """Upper half bright, left half bright, or everything: with noise of a seed for each split."""

    def load(self, split, *, data_dir=None):
        rng = np.random.default_rng({"train": 1, "test": 2}[split])
        labels = np.arange(60) % 3
        bright = np.zeros((3, *SHAPE))
        bright[0, :6], bright[1, :, :6], bright[2] = 180, 180, 180
        return (bright[labels] + rng.integers(0, 60, (60, *SHAPE))).astype(np.uint8), labels, None


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    splits = (("train", 60), ("test", 60))
    monkeypatch.setitem(TASKS, "noise", Bars("noise", "none", SHAPE, LABELS, splits, (1 / 255,), (0.0,)))
    return tmp_path


def test_a_finished_bundle_becomes_one_that_is_taught(folder, capsys):
    options = ["--images", "60", "--capacity", "5", "--title", "Bars", "--out", "made"]
    assert call(teachable, [NETWORK, *options]) == 0
    told = capsys.readouterr().out
    manifest = Bundle.load("made").manifest
    (point,) = manifest.operating_points
    assert f"{point.accuracy:.2%} of 60 images right by the nearest class" in told and "room for 5 classes" in told
    images, labels, _ = TASKS["noise"].load("test")
    chain = Chain(Bundle.load("made"), self_test=True, warm_up=False)
    right = [chain.run(image).label == label for image, label in zip(images, labels)]
    assert point.accuracy == np.mean(right) > 0.5 and point.samples == 60, "bars are told apart by untrained features"
    assert (manifest.title, queries.labels(manifest), len(chain.tables["classes"])) == ("Bars", LABELS, 3)
    assert str(folder) not in json.dumps(manifest.provenance)
    assert call(teach, ["made", "noise:test:0,3,6", "--name", "new", "--out", "taught.rows"]) == 0
    assert "4 of at most 5 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, words",
    [
        (["--at", "logits_1"], "expected features of the way that everything is run"),
        (["--capacity", "3"], "--capacity"),
        (["--images", "3"], "--images"),
    ],
)
def test_what_cannot_be_made_is_one_sentence_and_leaves_nothing(folder, capsys, options, words):
    assert call(teachable, [NETWORK, *options, "--out", "made"]) == 2
    assert words in capsys.readouterr().err and not (folder / "made").exists()
