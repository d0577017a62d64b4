"""Small two-stage detectors for tests, and pictures for them: bright things on noise, of two kinds or three."""

from __future__ import annotations

import numpy as np

from keras_models import seeding
from keras_models.datasets.annotated import DetectionTask, gathered
from keras_models.two_stage import TwoStage
from tests.families.tiny import REGION_SIZES

SIDE = 32
NAMES = ("square", "bar", "post")
SHAPES = {0: (9, 9), 1: (5, 13), 2: (13, 5)}  # of a thing of each kind, in pixels
ENTRY = {"kind": "image", "scale": [1 / 255] * 3, "offset": [0.0] * 3}
STAGE = {
    "epochs": 1,
    "batch_size": 8,
    "peak_learning_rate": 0.02,
    "weight_decay": None,
    "optimizer": "sgd",
    "proposed": 4,
}
STAGES = {
    "base": STAGE | {"pretrained": False, "frozen": ""},
    "fine_tuned": STAGE | {"shots": 2, "whole": False},
}


def detector(**arguments) -> TwoStage:
    """A small detector, the same each time, whose scores differ from picture to picture."""
    seeding.set_random_seed(3)
    network = TwoStage((SIDE, SIDE, 3), 3, NAMES, **REGION_SIZES | arguments)
    rng = np.random.default_rng(5)
    for weight in network.weights:
        if len(weight.shape) > 1 and weight is not network.rows:
            fan_in = np.prod(weight.shape[:-1])
            weight.assign(weight + rng.normal(0, 1.2 / np.sqrt(fan_in), weight.shape))
    network.memory.assign(np.abs(rng.normal(size=network.memory.shape)))
    return network


def pictures(count: int, seed: int = 4):
    """Pictures with one or two things each (`Annotated`, masks included)."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 90, (count, SIDE, SIDE, 3)).astype(np.uint8)
    boxes, kinds, instances = [], [], np.zeros((count, SIDE, SIDE), np.uint8)
    for picture, image in enumerate(images):
        boxes.append([])
        kinds.append([])
        for number in range(rng.integers(1, 3)):
            kind = int(rng.integers(0, 3))
            (height, width), left = SHAPES[kind], 2 + 16 * number
            top = int(rng.integers(0, SIDE - height))
            part = np.s_[top : top + height, left : left + width]
            image[part] = (250, 200, 60 * kind)
            instances[picture][part] = number + 1
            boxes[-1].append([top / SIDE, left / SIDE, (top + height) / SIDE, (left + width) / SIDE])
            kinds[-1].append(kind)
    return gathered(list(images), boxes, kinds, list(instances), most=2)


class Bars(DetectionTask):
    """Those pictures as a task."""

    def annotated(self, split, *, data_dir=None):
        """As `DetectionTask.annotated`; each split is drawn by its own seed."""
        origin, start, stop = self.bounds(split)
        return pictures(dict(self.sizes)[origin], len(origin)).rows(np.s_[start:stop])


BARS = Bars(
    "bright_bars",
    "none",
    (SIDE, SIDE, 3),
    NAMES,
    (("train", 48), ("validation", 8), ("test", 12), ("held_out", 8)),
    (1 / 255,) * 3,
    (0.0,) * 3,
    mirror=True,
    most=2,
)
