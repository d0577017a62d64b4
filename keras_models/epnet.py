"""EPNet: early exits after every convolution, with learned controllers.

Dai, Kong and Guo, "EPNet: Learning to Exit with Flexible Multi-Branch Network", CIKM 2020. A residual trunk without a
stem; after every convolution a classifier (global average pooling and Dense) and, but for the last, a controller
that decides from the pooled features and the logits whether to stop. Beyond the paper, one set of controllers serves
all budgets: they see the price of computation, kappa.
"""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from keras_models import part_models
from keras_models.base import AdaptiveModel, Part
from keras_models.functional.gradients import equilibrium, scale_gradient
from keras_models.functional.whitening import whitening_filters
from keras_models.layers import Controllers, ConvUnit, branch_classifier
from keras_models.training import ExitAccuracy, SumOfCrossEntropies


@keras.saving.register_keras_serializable("frugal")
class EPNet(AdaptiveModel):
    """Residual trunk with an exit after every convolution.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        filters: output channels of every convolution; two by two they make the residual blocks, and a block whose width
            differs from the one before halves the resolution, as the first block does by `first_stride`.
        head_hidden: hidden widths of the branch classifiers; none in the paper.
        controller_in: widths of the controllers' f_in.
        controller_cat: hidden widths of the controllers' f_cat.
        conditioned: whether the controllers see kappa (one set for all budgets) or not (the paper's one set per price).
        ranked: whether the controllers see sorted log-probabilities in the place of the paper's logits.
        kappa: lowest and highest price that the program accepts.
        equilibrium: whether exits share the trunk's gradient (`functional.gradients.equilibrium`); not in the paper.
        stem: output channels of a convolution at full resolution, without an exit, before the first block; none in the
            paper (0).
        first_stride: of the first block: 2, as in the paper, or 1, which keeps the full resolution for it.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, exits, classes]`.
    """

    def __init__(
        self,
        input_shape,
        classes,
        filters=(32,) * 4 + (64,) * 4 + (128,) * 4,
        head_hidden=(),
        controller_in=(10, 10, 10),
        controller_cat=(10, 10),
        conditioned=True,
        ranked=False,
        kappa=(0.001, 0.1),
        equilibrium=False,
        stem=0,
        first_stride=2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes, self.filters = tuple(input_shape), int(classes), tuple(filters)
        _check(self.image_shape, self.classes, self.filters, first_stride)
        self.head_hidden = tuple(head_hidden)
        self.controller_in, self.controller_cat = tuple(controller_in), tuple(controller_cat)
        self.conditioned, self.kappa, self.equilibrium = bool(conditioned), tuple(kappa), bool(equilibrium)
        self.ranked, self.exits = bool(ranked), len(self.filters)
        self.stem = ConvUnit(stem, name="stem") if stem else None
        self.first_stride = first_stride
        self.units = _trunk(self.filters, first_stride, stem or self.image_shape[2])
        self.heads = [branch_classifier(self.classes, self.head_hidden, f"head_{i}") for i in self.exit_numbers]
        self.controllers = Controllers(
            self.filters[:-1], self.classes, controller_in, controller_cat, conditioned, ranked, name="controllers"
        )
        self.build((None, *self.image_shape))

    @property
    def exit_numbers(self) -> range:
        """1 .. N, as the paper counts exits."""
        return range(1, self.exits + 1)

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        shape = tuple(input_shape)
        if self.stem:
            self.stem.build(shape)
            shape = self.stem.compute_output_shape(shape)
        block_input_shape = shape
        for i, unit in enumerate(self.units):
            unit.build(shape, block_input_shape)
            shape = unit.compute_output_shape(shape)
            block_input_shape = shape if i % 2 else block_input_shape
            self.heads[i].build((None, shape[-1]))
        self.controllers.build()
        self.built = True

    def call(self, images, training=False):
        return self._logits(self.features(images, training), training)

    def _logits(self, features, training=False):
        answers = [head(m, training=training) for head, m in zip(self.heads, features, strict=True)]
        return ops.stack(answers, axis=1)

    def features(self, images, training=False) -> list:
        """Pooled features of every exit, a list of `[batch, channels]`: what classifiers and controllers see."""
        x = block_input = self.stem(images, training=training) if self.stem else images
        pooled = []
        for i, unit in enumerate(self.units):
            x = seen = unit(x, block_input if i % 2 else None, training=training)
            if training and self.equilibrium:
                to_exit, behind = equilibrium(i + 1, self.exits)
                x, seen = scale_gradient(x, behind), scale_gradient(x, to_exit)
            block_input = x if i % 2 else block_input
            pooled.append(ops.mean(seen, axis=(1, 2)))
        return pooled

    def whiten_stem(self, images) -> None:
        """Start the stem with `functional.whitening.whitening_filters` of images `[n, height, width, channels]`.

        Raises ValueError if there is no stem, or its width is none that they can have.
        """
        if not self.stem:
            raise ValueError("expected a network with a stem to whiten, received one without")
        self.stem.conv.kernel.assign(whitening_filters(images, self.stem.filters))

    def take_classifiers(self, other: EPNet) -> None:
        """Copy trunk and branch classifiers of another network; the controllers stay.

        Raises ValueError if they have other shapes.
        """
        mine, others = self._classifying_layers(), other._classifying_layers()
        for own, given in zip(mine, others, strict=False):
            shapes = [[tuple(weight.shape) for weight in layer.weights] for layer in (own, given)]
            if shapes[0] != shapes[1] or len(mine) != len(others):
                raise ValueError(f"expected classifiers of the shapes {shapes[0]} in {own.name}, received {shapes[1]}")
            own.set_weights(given.get_weights())

    def _classifying_layers(self) -> list:
        return [*([self.stem] if self.stem else []), *self.units, *self.heads]

    def stop_logits(self, features, logits, kappa, training=False):
        """Stop logits of the controllers, `[batch, exits - 1]`.

        features: list of `[batch, channels]`; logits: `[batch, exits, classes]`; kappa: `[batch, 1]`.
        """
        kappa = kappa if self.conditioned else None
        return self.controllers(features[: self.exits - 1], logits[:, :-1], kappa, training=training)

    def decision_inputs(self, images, batch_size=256) -> dict[str, np.ndarray]:
        """Everything a policy sees, computed once: `logits` and `features_1` .. `features_N`, arrays by image."""
        names = ["logits", *(f"features_{i}" for i in self.exit_numbers)]
        rows = []
        for start in range(0, len(images), batch_size):
            features = self.features(ops.convert_to_tensor(images[start : start + batch_size]))
            rows.append([ops.convert_to_numpy(x) for x in (self._logits(features), *features)])
        return {name: np.concatenate(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}

    def compile(self, optimizer="sgd", loss=None, metrics=None, **kwargs):
        """As in Keras; by default the paper's loss, the sum of the exits' cross-entropies, and accuracies by exit.

        `fit` trains trunk and classifiers; the controllers are `ExitPolicy`'s, and are frozen here.
        """
        self.controllers.trainable = False
        shown = sorted({1, (self.exits + 1) // 2, self.exits})
        metrics = [ExitAccuracy(i - 1, name=f"accuracy_{i}") for i in shown] if metrics is None else metrics
        super().compile(optimizer=optimizer, loss=loss or SumOfCrossEntropies(), metrics=metrics, **kwargs)
        if self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)  # a step that makes variables is traced twice

    def parts(self) -> dict[str, Part]:
        """For every exit: `trunk_i`, `pool_i`, `head_i` and, but for the last, `controller_i`."""
        parts, shape = {}, self.image_shape
        if self.stem:
            parts["stem"] = Part(part_models.trunk_model(self.stem, "stem", shape, None))
            shape = self.stem.compute_output_shape((None, *shape))[1:]
        block_input_shape = shape
        for i, unit in zip(self.exit_numbers, self.units, strict=True):
            parts[f"trunk_{i}"] = Part(part_models.trunk_model(unit, f"trunk_{i}", shape, block_input_shape))
            shape = unit.compute_output_shape((None, *shape))[1:]
            block_input_shape = block_input_shape if i % 2 else shape
            parts[f"pool_{i}"] = Part(part_models.pool_model(i, shape))
            parts[f"head_{i}"] = Part(part_models.head_model(self.heads[i - 1], i, shape[-1]), decides=True)
            if i < self.exits:
                controller = part_models.controller_model(self.controllers, i, shape[-1], self.classes)
                parts[f"controller_{i}"] = Part(controller, decides=True)
        return parts

    def program(self) -> list[dict]:
        """Run a convolution, pool, classify, ask the controller, leave or go on."""
        steps, before, block_input = [], "image", "image"
        if self.conditioned:
            steps.append({"op": "fill", "output": "kappa", "shape": [1, 1], "content": {"parameter": "kappa"}})
        if self.stem:
            steps.append(_run("stem", {"x": "image"}, {"y": "activation_0"}))
            before = block_input = "activation_0"
        for i in self.exit_numbers:
            inputs = {"x": before} if i % 2 else {"x": before, "block_input": block_input}
            before = f"activation_{i}"
            block_input = block_input if i % 2 else before
            steps.append(_run(f"trunk_{i}", inputs, {"y": before}))
            steps.append(_run(f"pool_{i}", {"x": before}, {"y": f"features_{i}"}))
            steps.append(_run(f"head_{i}", {"features": f"features_{i}"}, {"logits": f"logits_{i}"}))
            steps.extend(self._exit(i) if i < self.exits else [_answer("answer", i)])
        return steps

    def _exit(self, i: int) -> list[dict]:
        inputs = {"features": f"features_{i}", "logits": f"logits_{i}"} | (
            {"kappa": "kappa"} if self.conditioned else {}
        )
        rule = {"rule": "at_least", "value": f"stop_{i}", "threshold": {"parameter": "threshold"}}
        return [
            _run(f"controller_{i}", inputs, {"stop": f"stop_{i}"}),
            _answer("exit", i) | {"rule": rule},
        ]

    def parameters(self) -> dict[str, dict]:
        """kappa, where the controllers see it, and the stop probability from which they stop."""
        low, high = self.kappa
        kappa = {"default": math.sqrt(low * high), "minimum": low, "maximum": high}
        kappa["description"] = "price of an average convolution, as a fraction of a right answer"
        stop = {"default": 0.5, "minimum": 0.0, "maximum": 2.0}
        stop["description"] = "stop probability from which to leave; above 1 never"
        return ({"kappa": kappa} if self.conditioned else {}) | {"threshold": stop}

    def price_unit(self, part_costs: dict[str, float] | None = None) -> float:
        """Cost of an average convolution of the trunk: the unit that kappa prices.

        part_costs: price of a run of each part; by default multiply-adds as the paper counts them, without projections.
        """
        if part_costs is None:
            trunk = sum(self.part_costs[f"trunk_{i}"].conv_macs for i in self.exit_numbers)
            return trunk / self.exits - self._projections()
        return sum(part_costs[f"trunk_{i}"] for i in self.exit_numbers) / self.exits

    def _projections(self) -> float:
        """Multiply-adds of the projection shortcuts, per convolution of the trunk."""
        shape = (None, *self.image_shape)
        total, shape = 0, self.stem.compute_output_shape(shape) if self.stem else shape
        block_input = shape
        for unit in self.units:
            block_input = shape if unit.shortcut is None else block_input
            shape = unit.compute_output_shape(shape)
            if unit.shortcut == "projection":
                total += math.prod(shape[1:]) * block_input[-1]
        return total / self.exits

    def get_config(self):
        """The constructor's arguments, as Keras saves them."""
        return {
            "input_shape": self.image_shape,
            "classes": self.classes,
            "filters": self.filters,
            "head_hidden": self.head_hidden,
            "controller_in": self.controller_in,
            "controller_cat": self.controller_cat,
            "conditioned": self.conditioned,
            "ranked": self.ranked,
            "kappa": self.kappa,
            "equilibrium": self.equilibrium,
            "stem": self.stem.filters if self.stem else 0,
            "first_stride": self.first_stride,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _check(image_shape, classes, filters, first_stride):
    if len(image_shape) != 3:
        raise ValueError(f"expected input_shape (height, width, channels), received {image_shape}")
    if classes < 2:
        raise ValueError(f"expected at least two classes, received {classes}")
    if not filters or len(filters) % 2 or any(filters[k] != filters[k + 1] for k in range(0, len(filters), 2)):
        raise ValueError(f"expected filters in equal pairs, two convolutions to a block, received {filters}")
    if first_stride not in (1, 2):
        raise ValueError(f"expected a first_stride of 1 or 2, received {first_stride}")


def _trunk(filters, first_stride, channels) -> list[ConvUnit]:
    """The convolutions, two to a block. channels: of what the first block sees."""
    units, before = [], channels
    for k, width in enumerate(filters):
        if k % 2 == 0:
            stride = first_stride if k == 0 else 2 if width != before else 1
            shortcut = "identity" if stride == 1 and width == before else "projection"
            units.append(ConvUnit(width, stride, name=f"unit_{k + 1}"))
        else:
            units.append(ConvUnit(width, 1, shortcut, stride, name=f"unit_{k + 1}"))
        before = width
    return units


def _run(part: str, inputs: dict, outputs: dict) -> dict:
    return {"op": "run", "part": part, "inputs": inputs, "outputs": outputs}


def _answer(op: str, i: int) -> dict:
    return {"op": op, "name": f"exit_{i}", "value": f"logits_{i}", "activation": "softmax"}
