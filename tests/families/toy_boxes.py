"""A family that answers with boxes: in every cell of a grid one box, and how sure it is of a thing of each kind there.

It is what the author of such a family adds: a network, its settings and presets, and a line in the registry; and a
task, bright things on noise.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops

from keras_models import families, programs
from keras_models.base import AdaptiveModel, Boxes, Knob, Part, Stage
from keras_models.datasets import TASKS
from keras_models.datasets.annotated import DetectionTask, gathered
from keras_models.layers import ConvUnit
from keras_models.losses import batch_mean
from keras_models.optimizers import momentum_sgd
from keras_models.presets import settings as s

NAME, SIDE, GRID = "toy_boxes", 24, 3
_FOUND = {"epochs": 60, "batch_size": 8, "peak_learning_rate": 0.05}
PRESETS = SimpleNamespace(
    ARGUMENTS={"width": s.Setting(s.COUNT, 12)},
    STAGES={"boxes": s.IMAGE_STAGE},
    PRESETS={
        "toy_boxes": {
            "task": "bright_things",
            "arguments": {"width": 12},
            "stages": {"boxes": _FOUND},
            "source": "none",
            "expected": "seconds",
        }
    },
    resolve=lambda arguments, stages: arguments,
)


class BrightThings(DetectionTask):
    """One or two bright things on noise: flat (kind 0) or tall (kind 1)."""

    def annotated(self, split, *, data_dir=None):
        _, start, stop = self.bounds(split)
        rng = np.random.default_rng([start, *split.encode()])
        images = rng.integers(0, 80, (stop - start, SIDE, SIDE, 3)).astype(np.uint8)
        boxes, kinds = [], []
        for image in images:
            cells = rng.permutation(GRID * GRID)[: rng.integers(1, 3)]
            kinds.append(rng.integers(0, 2, len(cells)).tolist())
            boxes.append([_draw(image, cell, kind) for cell, kind in zip(cells, kinds[-1], strict=True)])
        return gathered(list(images), boxes, kinds, most=self.most)


def _draw(image, cell, kind):
    """A bright thing in a cell of 8 x 8 pixels; returns its box."""
    height, width = (3, 7) if kind == 0 else (7, 3)
    top, left = 8 * (cell // GRID) + (8 - height) // 2, 8 * (cell % GRID) + (8 - width) // 2
    image[top : top + height, left : left + width] = 250
    return [top / SIDE, left / SIDE, (top + height) / SIDE, (left + width) / SIDE]


THINGS = BrightThings(
    "bright_things",
    "none",
    (SIDE, SIDE, 3),
    ("flat", "tall"),
    (("train", 64), ("validation", 16), ("test", 16), ("held_out", 16)),
    (1 / 255,) * 3,
    (0.0,) * 3,
    mirror=True,
    title="Bright things",
    question="Where are they?",
    most=2,
)


@keras.saving.register_keras_serializable("frugal_tests")
class ToyBoxes(AdaptiveModel):
    """Three convolutions, and one that tells of every cell its box and the kinds' scores."""

    def __init__(self, input_shape, classes, width=12, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.classes, self.width = tuple(input_shape), int(classes), int(width)
        self.trunk = [ConvUnit(self.width, 2, name=f"unit_{i}") for i in range(3)]
        self.head = keras.layers.Conv2D(4 + self.classes, 1, name="head")
        shape = (None, *self.image_shape)
        for layer in (*self.trunk, self.head):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def features(self, image, training=False):
        for unit in self.trunk:
            image = unit(image, training=training)
        return image

    def decoded(self, raw):
        """Boxes about the cells' centres, and scores, of what the head says `[batch, rows, columns, 4 + classes]`."""
        centres = (np.stack(np.meshgrid(*[np.arange(GRID)] * 2, indexing="ij"), -1).reshape(1, -1, 2) + 0.5) / GRID
        raw = ops.reshape(raw, (-1, GRID * GRID, 4 + self.classes))
        half = 0.5 * ops.sigmoid(raw[..., :4])
        middle = centres.astype("float32")
        boxes = ops.concatenate([ops.subtract(middle, half[..., :2]), ops.add(middle, half[..., 2:])], axis=-1)
        return boxes, ops.sigmoid(raw[..., 4:])

    def call(self, inputs, training=False):
        boxes, scores = self.decoded(self.head(self.features(inputs, training)))
        return {"boxes": boxes, "scores": scores}

    def stages(self, settings, seed=0):
        own = settings["boxes"]

        def prepare(steps, part_costs):
            trained = Finding(self)
            trained.compile(momentum_sgd(own, steps))
            return trained

        return [Stage("boxes", "train", self.weights, own, prepare, reestimate=True)]

    def parts(self):
        image = keras.Input(self.image_shape, name="image")
        features = self.features(image)
        inner = keras.Input(features.shape[1:], name="features")
        boxes, scores = self.decoded(self.head(inner))
        return {
            "trunk": Part(keras.Model({"image": image}, {"features": features})),
            "head": Part(keras.Model({"features": inner}, {"boxes": boxes, "scores": scores}), keep_float=True),
        }

    def program(self):
        kept = {"boxes": "kept", "scores": "sure", "classes": "kinds", "count": "found"}
        limits = {"threshold": programs.parameter("least"), "overlap": 0.5, "most": 4}
        return [
            programs.run("trunk", {"image": "image"}, {"features": "features"}),
            programs.run("head", {"features": "features"}, {"boxes": "boxes", "scores": "scores"}),
            {"op": "keep", "boxes": "boxes", "scores": "scores", **limits, "outputs": kept},
            programs.answer("end", things="kept"),
        ]

    def reference(self):
        return self.program()

    def outputs(self):
        return {"things": Boxes("sure", "kinds", "found")}

    def parameters(self):
        return {"least": Knob(0.1, 0.0, 1.0, "score from which a box is kept")}


class Finding(keras.Model):
    """The network in training."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.built = True

    def call(self, inputs, training=False):
        return self.network(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Squared errors of scores everywhere, of corners where things are."""
        middle = (y["boxes"][..., :2] + y["boxes"][..., 2:]) / 2
        cell = ops.cast(middle * GRID, "int32")
        place = ops.one_hot(cell[..., 0] * GRID + cell[..., 1], GRID * GRID)  # [batch, things, cells]
        place = place * ops.cast(y["kinds"] >= 0, "float32")[..., None]
        wanted = ops.max(place[..., None] * ops.one_hot(y["kinds"], self.network.classes)[:, :, None], axis=1)
        apart = ops.sum(ops.square(y["boxes"][:, :, None] - y_pred["boxes"][:, None]), axis=-1)
        losses = ops.sum(ops.square(wanted - y_pred["scores"]), axis=(1, 2)) + 10 * ops.sum(place * apart, axis=(1, 2))
        return batch_mean(losses)


def register(patch: pytest.MonkeyPatch) -> None:
    """The family, its presets and its task, known to all tools while the patch lasts."""
    module = f"{__name__}_presets"
    patch.setitem(sys.modules, module, PRESETS)
    patch.setitem(families.FAMILIES, NAME, families.Family(__name__, "ToyBoxes", module))
    patch.setitem(TASKS, THINGS.name, THINGS)
