"""A family that nobody has written for the tools: a gate sends every image through one of two branches.

It is what the author of a new family adds: a network, its settings and presets, and a line in the registry.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops

from keras_models import families, programs
from keras_models.base import AdaptiveModel, Knob, Labels, Part, Stage
from keras_models.datasets import TASKS
from keras_models.layers import ConvUnit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies
from keras_models.optimizers import momentum_sgd
from keras_models.presets import settings as s
from tests.families.tiny import Tiny
from tests.tools.stripes import STRIPES

NAME, FEATURES = "toy", 6
_CLASSIFIER = {"epochs": 20, "batch_size": 16, "peak_learning_rate": 0.1}
PRESETS = SimpleNamespace(
    ARGUMENTS={"width": s.Setting(s.COUNT, 8)},
    STAGES={"branches": s.IMAGE_STAGE, "gate": {"epochs": s.Setting(s.COUNT, 60), "batch_size": s.Setting(s.COUNT, 8)}},
    PRESETS={
        "toy_stripes": {
            "task": "stripes",
            "arguments": {"width": 6},
            "stages": {"branches": _CLASSIFIER},
            "source": "none",
            "expected": "seconds",
        }
    },
    resolve=lambda arguments, stages: arguments,
)
TINY = Tiny({"width": 6}, {"branches": _CLASSIFIER | {"epochs": 1, "batch_size": 8}, "gate": {"epochs": 1}})


@keras.saving.register_keras_serializable("frugal_tests")
class Toy(AdaptiveModel):
    """A convolution; a gate; then two convolutions, or one that costs little; a classifier.

    The gate is taught to send the odd labels the long way. In training a coin is thrown for every image.
    """

    def __init__(self, input_shape, classes, width=8, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.classes, self.width = tuple(input_shape), int(classes), int(width)
        self.stem = ConvUnit(FEATURES, 2, name="stem")
        self.long = [ConvUnit(width, name=f"long_{i}") for i in range(2)]
        self.short = [keras.layers.Conv2D(width, 1, activation="relu", name="short")]
        self.gate = keras.layers.Dense(1, activation="sigmoid", name="gate")
        self.head = keras.layers.Dense(classes, name="head")
        self.pool = keras.layers.GlobalAveragePooling2D()
        self.seeds = keras.random.SeedGenerator(0)
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        self.stem.build(input_shape)
        shape = self.stem.compute_output_shape(input_shape)
        for layers in (self.long, self.short):
            inner = shape
            for layer in layers:
                layer.build(inner)
                inner = layer.compute_output_shape(inner)
        self.gate.build((None, shape[-1]))
        self.head.build((None, self.width))
        self.built = True

    def call(self, images, training=False):
        x = self.stem(images, training=training)
        ways = [self._way(layers, x, training) for layers in (self.long, self.short)]
        asked = keras.random.uniform((ops.shape(x)[0], 1), seed=self.seeds) if training else self.gate(self.pool(x))
        share = ops.cast(asked >= 0.5, "float32")
        return ops.expand_dims(self.head(share * ways[0] + (1 - share) * ways[1]), 1)

    def _way(self, layers, x, training=False):
        for layer in layers:
            x = layer(x, training=training) if isinstance(layer, ConvUnit) else layer(x)
        return self.pool(x)

    def stages(self, settings, seed=0):
        first, second = settings["branches"], settings["gate"]
        taught = [self.stem, *self.long, *self.short, self.head]

        def prepare_branches(steps, part_costs):
            self.gate.trainable = False
            self.compile(momentum_sgd(first, steps), loss=SumOfCrossEntropies(), metrics=[ExitAccuracy(0, "accuracy")])
            self.optimizer.build(self.trainable_variables)
            return self

        def prepare_gate(steps, part_costs):
            self.gate.trainable = True
            features = keras.Input((FEATURES,), name="features")
            model = keras.Model({"features": features}, self.gate(features))
            model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
            model.optimizer.build(model.trainable_variables)
            return model

        def score(values, labels, part_costs):
            return [{"long_way": float(np.mean(ops.convert_to_numpy(self.gate(values["features"])) >= 0.5))}]

        weights = [weight for layer in taught for weight in layer.weights]
        return [
            Stage("branches", "train", weights, first, prepare_branches, reestimate=True),
            Stage("gate", "validation", self.gate.weights, second, prepare_gate, reads=("features",), score=score),
        ]

    def observe(self, images):
        return {"features": ops.convert_to_numpy(self.pool(self.stem(images)))}

    def parts(self):
        image, features = keras.Input(self.image_shape, name="image"), keras.Input((FEATURES,), name="features")
        x = self.stem(image)
        made = {"stem": Part(keras.Model({"image": image}, {"x": x, "features": self.pool(x)}))}
        made["gate"] = Part(keras.Model({"features": features}, {"odd": self.gate(features)}), keep_float=True)
        for name, layers in (("long", self.long), ("short", self.short)):
            inner = keras.Input(x.shape[1:], name="x")
            made[name] = Part(keras.Model({"x": inner}, {"seen": self._way(layers, inner)}))
        seen = keras.Input((self.width,), name="seen")
        return made | {"head": Part(keras.Model({"seen": seen}, {"logits": self.head(seen)}), keep_float=True)}

    def program(self):
        rule = {"rule": "at_least", "value": "odd", "threshold": programs.parameter("threshold")}
        ways = [[self._run(name)] for name in ("long", "short")]
        return [
            *self._begin(),
            programs.run("gate", {"features": "features"}, {"odd": "odd"}),
            {"op": "branch", "rule": rule, "then": ways[0], "otherwise": ways[1]},
            *self._end(),
        ]

    def _begin(self):
        return [programs.run("stem", {"image": "image"}, {"x": "x", "features": "features"})]

    def _run(self, name):
        return programs.run(name, {"x": "x"}, {"seen": "seen"})

    def _end(self):
        return [programs.run("head", {"seen": "seen"}, {"logits": "logits"}), programs.answer("answer", label="logits")]

    def reference(self):
        stem = programs.run("stem", {"image": "image"}, {"x": "x"})
        return [stem, self._run("long"), *self._end()]

    def parameters(self):
        text = "probability of an odd label from which an image goes the long way; 0 sends all of them"
        return {"threshold": Knob(0.5, 0.0, 2.0, text, (0.2, 0.35, 0.5, 0.65, 0.8), full_depth=0.0)}

    def outputs(self):
        return {"label": Labels(self.classes)}


def register(patch: pytest.MonkeyPatch) -> None:
    """The family, its presets and its task, known to all tools while the patch lasts."""
    module = f"{__name__}_presets"
    patch.setitem(sys.modules, module, PRESETS)
    patch.setitem(families.FAMILIES, NAME, families.Family(__name__, "Toy", module))
    patch.setitem(TASKS, "stripes", STRIPES)
