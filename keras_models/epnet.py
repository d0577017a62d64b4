"""EPNet: early exits after every convolution, with learned controllers.

Dai, Kong and Guo, "EPNet: Learning to Exit with Flexible Multi-Branch Network", CIKM 2020. A residual trunk without a
stem; after every convolution a classifier (global average pooling and Dense) and, but for the last, a controller
that decides from the pooled features and the logits whether to stop. Beyond the paper, one set of controllers serves
all budgets: they see the price of computation, kappa.
"""

from __future__ import annotations

import keras
from keras import ops

from keras_models import part_models, programs
from keras_models.base import Part
from keras_models.functional.gradients import equilibrium, scale_gradient
from keras_models.functional.whitening import whitening_filters
from keras_models.layers import Controllers, ConvUnit, branch_classifier, conv_units, projection_macs
from keras_models.learned_exits import LearnedExits


@keras.saving.register_keras_serializable("frugal")
class EPNet(LearnedExits):
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
        freeze: whether trunk and last classifier stay as they are while the others are trained (Shallow-Deep Networks:
            Kaya et al., ICML 2019); not in the paper.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, exits, classes]`.
    """

    kept_as = {"stem": "stem_filters"}

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
        freeze=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes, self.filters = tuple(input_shape), int(classes), tuple(filters)
        _check(self.image_shape, self.classes, self.filters, first_stride)
        self.head_hidden = tuple(head_hidden)
        self.controller_in, self.controller_cat = tuple(controller_in), tuple(controller_cat)
        self.conditioned, self.kappa, self.equilibrium = bool(conditioned), tuple(kappa), bool(equilibrium)
        self.ranked, self.exits = bool(ranked), len(self.filters)
        self.stem_filters, self.stem = stem, ConvUnit(stem, name="stem") if stem else None
        self.first_stride, self.freeze = first_stride, bool(freeze)
        self.units = conv_units(self.filters, first_stride, stem or self.image_shape[2])
        self.heads = [branch_classifier(self.classes, self.head_hidden, f"head_{i}") for i in self.exit_numbers]
        self.controllers = Controllers(
            self.filters[:-1], self.classes, controller_in, controller_cat, conditioned, ranked, name="controllers"
        )
        self.build((None, *self.image_shape))
        self.freeze_trunk()

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

    def answers(self, images, training=False):
        """Pooled features and logits of every exit; see `LearnedExits.answers`."""
        features = self.features(images, training)
        return features, [head(m, training=training) for head, m in zip(self.heads, features, strict=True)]

    def classifier_layers(self) -> list:
        """Trunk and classifiers."""
        return [*([self.stem] if self.stem else []), *self.units, *self.heads]

    def early_layers(self) -> list:
        """The classifiers but the last."""
        return self.heads[:-1]

    def price_name(self) -> str:
        """As in the paper."""
        return "an average convolution"

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

    def initialise(self, settings, images) -> None:
        """Start the stem with `functional.whitening.whitening_filters` of images, if `whitened_stem` asks for it."""
        if settings["classifiers"]["whitened_stem"]:
            self.stem.conv.kernel.assign(whitening_filters(images, self.stem.filters))

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
            parts[f"head_{i}"] = Part(part_models.head_model(self.heads[i - 1], i, shape[-1]), keep_float=True)
            parts |= self.controller_part(i, shape[-1]) if i < self.exits else {}
        return parts

    def program(self) -> list[dict]:
        """Run a convolution, pool, classify, ask the controller, leave or go on."""
        steps, before, block_input = self.price_steps(), "image", "image"
        if self.stem:
            steps.append(programs.run("stem", {"x": "image"}, {"y": "activation_0"}))
            before = block_input = "activation_0"
        for i in self.exit_numbers:
            inputs = {"x": before} if i % 2 else {"x": before, "block_input": block_input}
            before = f"activation_{i}"
            block_input = block_input if i % 2 else before
            steps.append(programs.run(f"trunk_{i}", inputs, {"y": before}))
            steps.append(programs.run(f"pool_{i}", {"x": before}, {"y": f"features_{i}"}))
            steps.append(programs.run(f"head_{i}", {"features": f"features_{i}"}, {"logits": f"logits_{i}"}))
            steps += self.exit_steps(i)
        return steps

    def price_unit(self, part_costs: dict[str, float] | None = None) -> float:
        """Cost of an average convolution of the trunk: the unit that kappa prices.

        part_costs: price of a run of each part; by default multiply-adds as the paper counts them, without projections.
        """
        if part_costs is None:
            trunk = sum(self.part_costs[f"trunk_{i}"].conv_macs for i in self.exit_numbers)
            shape = (None, *self.image_shape)
            shape = self.stem.compute_output_shape(shape) if self.stem else shape
            return (trunk - projection_macs(self.units, shape)) / self.exits
        return sum(part_costs[f"trunk_{i}"] for i in self.exit_numbers) / self.exits


def _check(image_shape, classes, filters, first_stride):
    if len(image_shape) != 3:
        raise ValueError(f"expected input_shape (height, width, channels), received {image_shape}")
    if classes < 2:
        raise ValueError(f"expected at least two classes, received {classes}")
    if not filters or len(filters) % 2 or any(filters[k] != filters[k + 1] for k in range(0, len(filters), 2)):
        raise ValueError(f"expected filters in equal pairs, two convolutions to a block, received {filters}")
    if first_stride not in (1, 2):
        raise ValueError(f"expected a first_stride of 1 or 2, received {first_stride}")
