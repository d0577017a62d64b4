"""A family that is asked several tasks: one convolution for all of them, a classifier for each.

It is what the author of such a family adds: a network, its settings and presets, and a line in the registry.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_models import families, programs
from keras_models.base import AdaptiveModel, Knob, Labels, Part, Stage
from keras_models.datasets import TASKS, ManyTasks
from keras_models.datasets.task import ASKED, Task
from keras_models.functional.asked import answers_asked
from keras_models.layers import ConvUnit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies
from keras_models.optimizers import momentum_sgd
from keras_models.presets import settings as s
from tests.families.tiny import Tiny
from tests.tools.stripes import STRIPES

NAME = "toy_tasks"
_SHARED = {"epochs": 12, "batch_size": 16, "peak_learning_rate": 0.1}
PRESETS = SimpleNamespace(
    ARGUMENTS={"width": s.Setting(s.COUNT, 8)},
    STAGES={"shared": s.IMAGE_STAGE},
    PRESETS={
        "toy_questions": {
            "task": "questions",
            "arguments": {"width": 6},
            "stages": {"shared": _SHARED},
            "source": "none",
            "expected": "seconds",
        }
    },
    resolve=lambda arguments, stages: arguments,
)
TINY = Tiny({"width": 5}, {"shared": _SHARED | {"epochs": 1, "batch_size": 8}}, classes={"which": 3, "whether": 2})


class Third(Task):
    """The stripes of another task, asked in which third of the picture they are."""

    def load(self, split, *, data_dir=None):
        images, labels, _ = STRIPES.load(split)
        _, start, _ = STRIPES.bounds(split)
        return images, (np.arange(start, start + len(labels)) % 12 // 4).astype(np.int64), None


_THIRDS = Third("thirds", "none", STRIPES.input_shape, ("first", "second", "third"), STRIPES.sizes, (1 / 255,), (0.0,))
QUESTIONS = ManyTasks("questions", (("direction", STRIPES), ("third", _THIRDS)), title="Stripes, two questions")


@keras.saving.register_keras_serializable("frugal_tests")
class ToyTasks(AdaptiveModel):
    """A convolution, and a classifier for each task. classes: task -> how many."""

    def __init__(self, input_shape, classes, width=8, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.classes, self.width = tuple(input_shape), dict(classes), int(width)
        self.stem = ConvUnit(width, 2, name="stem")
        self.heads = [keras.layers.Dense(count, name=f"head_{name}") for name, count in self.classes.items()]
        self.flat = keras.layers.Flatten()
        self.stem.build((None, *self.image_shape))
        shape = self.stem.compute_output_shape((None, *self.image_shape))
        for head in self.heads:
            head.build((None, int(np.prod(shape[1:]))))
        self.built = True

    def call(self, inputs, training=False):
        x = self.flat(self.stem(inputs["image"], training=training))
        return answers_asked([head(x) for head in self.heads], inputs[ASKED])

    def stages(self, settings, seed=0):
        own = settings["shared"]

        def prepare(steps, part_costs):
            self.compile(momentum_sgd(own, steps), loss=SumOfCrossEntropies(), metrics=[ExitAccuracy(0, "accuracy")])
            return self

        return [Stage("shared", "train", self.weights, own, prepare, reestimate=True)]

    def parts(self):
        image = keras.Input(self.image_shape, name="image")
        x = self.flat(self.stem(image))
        made = {"stem": Part(keras.Model({"image": image}, {"x": x}))}
        for name, head in zip(self.classes, self.heads, strict=True):
            inner = keras.Input(x.shape[1:], name="x")
            made[f"head_{name}"] = Part(keras.Model({"x": inner}, {"logits": head(inner)}))
        return made

    def program(self):
        ways = [
            [
                programs.run(f"head_{name}", {"x": "x"}, {"logits": f"logits_{name}"}),
                programs.answer(name, **{name: f"logits_{name}"}),
            ]
            for name in self.classes
        ]
        return [programs.run("stem", {"image": "image"}, {"x": "x"}), programs.select_by(ASKED, ways)]

    def reference(self):
        return self.program()

    def parameters(self):
        return {ASKED: Knob(0, 0, len(self.classes) - 1, "which task is asked", names=tuple(self.classes))}

    def outputs(self):
        return {name: Labels(count) for name, count in self.classes.items()}


def register(patch: pytest.MonkeyPatch) -> None:
    """The family, its presets and its tasks, known to all tools while the patch lasts."""
    module = f"{__name__}_presets"
    patch.setitem(sys.modules, module, PRESETS)
    patch.setitem(families.FAMILIES, NAME, families.Family(__name__, "ToyTasks", module))
    patch.setitem(TASKS, QUESTIONS.name, QUESTIONS)
