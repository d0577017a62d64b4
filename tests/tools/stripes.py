"""A task and a preset that are tiny, and tools/train.py called on them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from keras_models.datasets import TASKS
from keras_models.datasets.tasks import Task
from keras_models.presets import epnet
from tools import console, train

PRESET = {
    "family": "epnet",
    "task": "stripes",
    "arguments": {"filters": (4, 4, 8, 8), "controller_in": (4,), "controller_cat": (4,)},
    "stages": {"classifiers": {"epochs": 2, "batch_size": 16, "peak_learning_rate": 0.05}},
    "source": "none",
    "expected": "seconds",
}
SIZES = (("train", 64), ("validation", 34), ("test", 8), ("held_out", 6))


class Stripes(Task):
    """Pictures of a bright column (label 0) or row (label 1), drawn from the number of the picture."""

    def load(self, split, *, data_dir=None):
        _, start, stop = self.bounds(split)
        labels = np.arange(start, stop) % 2
        images = np.random.default_rng(start).integers(0, 60, (stop - start, 12, 12, 1)).astype(np.uint8)
        for image, label, number in zip(images, labels, range(start, stop), strict=True):
            image[(slice(None), number % 12) if label == 0 else number % 12] = 255
        return images, labels.astype(np.int64), None


STRIPES = Stripes("stripes", "stripes", (12, 12, 1), ("column", "row"), SIZES, (1 / 255,), (0.0,), shift=1)


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path):
    """The task and the preset, known; the working folder is an empty one."""
    monkeypatch.setitem(TASKS, "stripes", STRIPES)
    know("tiny", PRESET, monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory):
    """A finished run of the preset, trained once for all tests that only need one."""
    folder = tmp_path_factory.mktemp("trained") / "tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "stripes", STRIPES)
        know("tiny", PRESET, patch)
        assert call("--out", str(folder)) == 0
    return folder


@pytest.fixture
def trained(trained_once, tiny, tmp_path):
    """A copy of it as `runs/tiny` of the working folder."""
    return shutil.copytree(trained_once, tmp_path / "runs/tiny")


def know(name, preset, patch):
    """Makes a preset known under a name."""
    patch.setitem(epnet.PRESETS, name, {key: value for key, value in preset.items() if key != "family"})


def call(*arguments):
    return console.main(train.build_parser, train.command, ["tiny", "--set", "controllers.epochs=2", *arguments])


def read_config(folder):
    return json.loads(Path(folder, "config.json").read_text())


def refused(capsys, *arguments):
    """The one line on stderr of a call that is refused."""
    assert console.main(train.build_parser, train.command, list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "Traceback" not in captured.err
    return captured.err
