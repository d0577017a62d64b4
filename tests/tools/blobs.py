"""A task of pictures that are drawn in place of being read from disk, and a run of a small network for it."""

import contextlib
import dataclasses

import numpy as np
import pytest

from keras_models import presets
from keras_models.datasets import tasks
from tools import console
from tools import convert as tool
from tools.pipeline import conversion, distillation, runs


@dataclasses.dataclass(frozen=True)
class Blobs(tasks.Task):
    """Pictures of a bright square in one of four corners, drawn in place of being read from disk."""

    def load(self, split, *, data_dir=None):
        """As `Task.load`; each split has a seed of its own."""
        origin, start, stop = self.bounds(split)
        names = [name for name, _ in self.sizes]
        rng = np.random.default_rng(names.index(origin))
        images = rng.integers(0, 60, (dict(self.sizes)[origin], 12, 12, 1)).astype(np.uint8)
        labels = rng.integers(0, 4, len(images))
        for image, label in zip(images, labels, strict=True):
            y, x = np.array([6 * (label // 2), 6 * (label % 2)]) + rng.integers(0, 3, 2)
            image[y : y + 4, x : x + 4] += np.uint8(rng.integers(20, 190))
        return images[start:stop], labels[start:stop], None


BLOBS = Blobs(
    "blobs",
    "none",
    (12, 12, 1),
    ("top left", "top right", "bottom left", "bottom right"),
    (("train", 60), ("validation", 255), ("test", 1000), ("held_out", 45)),
    scale=(1 / 255,),
    offset=(0.0,),
)


@contextlib.contextmanager
def registered():
    """The pictures are a task, and little is fitted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tasks.TASKS, "blobs", BLOBS)
        patch.setattr(conversion, "CHOICE_IMAGES", 16)
        yield


def make_run(folder):
    """The folder of a run as tools/train.py leaves it, but for its training."""
    import keras

    from keras_models.epnet import EPNet

    keras.utils.set_random_seed(3)
    arguments = {"filters": (4, 4, 8, 8), "controller_in": (4, 4, 4), "controller_cat": (4, 4)}
    network = EPNet((12, 12, 1), 4, **arguments)
    last = network.controllers.last.kernel  # nearly nothing before training: every image would get one answer
    last.assign(np.random.default_rng(3).normal(size=last.shape))
    first = {"epochs": 1, "batch_size": 32, "peak_learning_rate": 0.1}
    arguments, stages = presets.resolve("epnet", arguments, {"classifiers": first, "controllers": {"epochs": 1}})
    config = {"preset": "tiny", "family": "epnet", "arguments": arguments, "task": "blobs", "stages": stages, "seed": 3}
    config |= distillation.settings()
    network.save(runs.start(folder, config).model_file)
    return folder


def convert(*arguments) -> int:
    """Exit status of tools/convert.py."""
    return console.main(tool.build_parser, tool.command, [str(argument) for argument in arguments])
