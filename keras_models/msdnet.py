"""MSDNet: densely connected layers at several resolutions, and classifiers that read coarse maps from the start.

Huang, Chen, Li, Wu, van der Maaten and Weinberger, "Multi-scale dense networks for resource efficient image
classification", ICLR 2018; what it leaves open is as in the authors' program. Maps of all scales go side by side
through the layers, scale 1 the finest. A layer adds channels to each: from its own maps, and by a strided convolution
from those of the next finer scale. Information never flows back to a finer one. A classifier behind every block reads
the coarsest scale alone, so finer ones are dropped on the way (network reduction).

The paper leaves by the largest softmax: one budget for a whole set gives every exit a threshold (`policies`, quantile),
and where time is up the last answer counts (anytime: a budget of the run). The network's own rules are EPNet's learned
controllers (`learned_exits`), which the paper has not.
"""

from __future__ import annotations

import math

import keras
from keras import layers

from keras_models import programs
from keras_models.base import Part
from keras_models.functional.gradients import equilibrium, scale_gradient
from keras_models.layers import Controllers, ExitLinks, branch_classifier
from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST
from keras_models.learned_exits import LearnedExits

REDUCTION = 0.5  # share of the channels that a transition keeps


@keras.saving.register_keras_serializable("frugal")
class MSDNet(LearnedExits):
    """Multi-scale dense network with a classifier behind every block.

    Args:
        input_shape: (height, width, channels) of an image; scale 1 has its resolution, every further one half of it.
        classes: number of labels.
        depths: layers of every block.
        channels: of scale 1 behind the stem.
        growth: channels that a layer adds to scale 1.
        factors: of every scale, by which it has more of both.
        bottleneck: of every scale, how many times as many channels as it makes a 3x3 convolution may see.
        head_filters: output channels of both convolutions of a classifier.
        equilibrium: whether exits share the trunk's gradient (`functional.gradients.equilibrium`); not in the paper.
        freeze: whether blocks and last classifier stay as they are while the others are trained; not in the paper.
        links: from every classifier to the next one, "none", "dense" or "identity" (`layers.ExitLinks`), which the
            stage `collaboration` trains; not in the paper.
        controller_in, controller_cat, conditioned, ranked: as for `layers.Controllers`.
        kappa: lowest and highest price that the program accepts, of the network's share of an exit.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, exits, classes]`.

    Raises:
        ValueError: arguments that make no network; the sentence says what was expected.
    """

    kept_as = {"links": "link_kind"}

    def __init__(
        self,
        input_shape,
        classes,
        depths=(1, 2, 3, 4, 5),
        channels=16,
        growth=6,
        factors=(1, 2, 4),
        bottleneck=(1, 2, 4),
        head_filters=128,
        equilibrium=False,
        freeze=False,
        links="none",
        controller_in=(),
        controller_cat=(32,),
        conditioned=True,
        ranked=True,
        kappa=(0.003, 0.3),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes, self.depths = tuple(input_shape), int(classes), tuple(depths)
        self.channels, self.growth, self.head_filters = channels, growth, head_filters
        self.factors, self.bottleneck = tuple(factors), tuple(bottleneck)
        _check(self.image_shape, self.classes, self.depths, growth, self.factors, self.bottleneck)
        self.equilibrium, self.freeze, self.kappa = bool(equilibrium), bool(freeze), tuple(kappa)
        self.conditioned, self.ranked = bool(conditioned), bool(ranked)
        self.controller_in, self.controller_cat, self.link_kind = tuple(controller_in), tuple(controller_cat), links
        self.exits, self.coarsest = len(self.depths), f"scale_{len(self.factors)}"
        self.blocks = self._make_blocks()
        seen = [block.output[self.coarsest].shape[1:] for block in self.blocks]
        self.branches = [_branch(shape, head_filters, f"branch_{i}") for i, shape in enumerate(seen, 1)]
        self.heads = [branch_classifier(self.classes, (), f"head_{i}") for i in self.exit_numbers]
        widths = (head_filters,) * (self.exits - 1)
        self.controllers = Controllers(
            widths, self.classes, controller_in, controller_cat, conditioned, ranked, name="controllers"
        )
        self.links = None if links == "none" else ExitLinks(self.exits, self.classes, links, head_filters, name="links")
        self.build((None, *self.image_shape))
        self.freeze_trunk()

    def build(self, input_shape):
        """Make the weights of classifiers, links and controllers. input_shape: as Keras asks."""
        for head in self.heads:
            head.build((None, self.head_filters))
        if self.links is not None:
            self.links.build()
        self.controllers.build()
        self.built = True

    def _make_blocks(self) -> list[keras.Model]:
        """The blocks, from the image or the maps of the block before to maps: dictionaries `scale_1`, ..

        What no classifier reads is not made: the last block gives the coarsest scale alone.
        """
        blocks, last, shapes = [], 0, {}
        for i, depth in enumerate(self.depths, 1):
            first, last = last + 1, last + depth
            if i == 1:
                inputs = {"image": keras.Input(self.image_shape, name="image")}
                maps = self._stem(inputs["image"])
            else:
                inputs = {f"scale_{s}": keras.Input(shape, name=f"scale_{s}") for s, shape in shapes.items()}
                maps = {s: inputs[f"scale_{s}"] for s in shapes}
            for layer in range(first, last + 1):
                maps = self._layer(layer, maps)
            maps = maps if i < len(self.depths) else {max(maps): maps[max(maps)]}
            shapes = {s: x.shape[1:] for s, x in maps.items()}
            blocks.append(keras.Model(inputs, {f"scale_{s}": x for s, x in maps.items()}, name=f"block_{i}"))
        return blocks

    def _stem(self, image) -> dict:
        """The first maps of all scales, by number: each is made from the next finer one, scale 1 from the image."""
        maps, x = {}, image
        for s, factor in enumerate(self.factors, 1):
            x = maps[s] = _conv(x, self.channels * factor, f"stem_scale_{s}", stride=1 if s == 1 else 2)
        return maps

    def _layer(self, number: int, maps: dict) -> dict:
        """One layer, and the transition behind it where it drops scales.

        number: from 1. maps: by scale, all that the layer before gives.
        """
        seen, given = scales_of(number, sum(self.depths), len(self.factors))
        grown = {}
        for s in range(len(self.factors) - given + 1, len(self.factors) + 1):
            name, made = f"layer_{number}_scale_{s}", self.growth * self.factors[s - 1]
            if s - 1 in maps:
                # A finer scale that is dropped here is read for the last time.
                down = self._transform(maps[s - 1], made // 2, s - 1, f"{name}_down", stride=2)
                same = self._transform(maps[s], made // 2, s, f"{name}_same")
                added = [down, same]
            else:
                added = [self._transform(maps[s], made, s, f"{name}_same")]
            grown[s] = layers.Concatenate(name=name)([maps[s], *added])
        if seen == given:
            return grown
        return {
            s: _conv(x, int(REDUCTION * x.shape[-1]), f"transition_{number}_scale_{s}", size=1)
            for s, x in grown.items()
        }

    def _transform(self, x, filters: int, scale: int, name: str, stride=1):
        """New maps from all of a scale: a 1x1 convolution that narrows them (bottleneck), and a 3x3 one."""
        narrow = min(x.shape[-1], self.bottleneck[scale - 1] * filters)
        return _conv(_conv(x, narrow, f"{name}_narrow", size=1), filters, name, stride=stride)

    def answers(self, images, training=False):
        """Pooled features and logits of every exit; see `LearnedExits.answers`."""
        maps, features = {"image": images}, []
        for i, block, branch in zip(self.exit_numbers, self.blocks, self.branches, strict=True):
            maps = block(maps, training=training)
            seen = maps[self.coarsest]
            if training and self.equilibrium:
                to_exit, behind = equilibrium(i, self.exits)
                maps = maps | {self.coarsest: scale_gradient(seen, behind)}  # finer scales keep theirs
                seen = scale_gradient(seen, to_exit)
            features.append(branch({"x": seen}, training=training)["features"])
        own = [head(m) for head, m in zip(self.heads, features, strict=True)]
        return features, self.linked(own, training)

    def classifier_layers(self) -> list:
        """Blocks and classifiers."""
        return [*self.blocks, *self.branches, *self.heads]

    def early_layers(self) -> list:
        """The classifiers but the last."""
        return [*self.branches[:-1], *self.heads[:-1]]

    def parts(self) -> dict[str, Part]:
        """For every exit: `block_i`, `branch_i` to pooled features, `head_i` and, but for the last, `controller_i`."""
        parts = {}
        for i, block, branch in zip(self.exit_numbers, self.blocks, self.branches, strict=True):
            parts |= {f"block_{i}": Part(block), f"branch_{i}": Part(branch)}
            parts[f"head_{i}"] = self.head_part(i, self.head_filters)
            parts |= self.controller_part(i, self.head_filters) if i < self.exits else {}
        return parts

    def program(self) -> list[dict]:
        """Run a block, classify its coarsest maps, ask the controller, leave or hand all maps on."""
        steps, maps = self.price_steps(), {"image": "image"}
        for i, block in zip(self.exit_numbers, self.blocks, strict=True):
            before, maps = maps, {port: f"block_{i}_{port}" for port in block.output}
            steps.append(programs.run(f"block_{i}", before, maps))
            steps.append(programs.run(f"branch_{i}", {"x": maps[self.coarsest]}, {"features": f"features_{i}"}))
            steps.append(self.head_step(i))
            steps += self.exit_steps(i)
        return steps


def scales_of(layer: int, depth: int, scales: int) -> tuple[int, int]:
    """How many scales a layer reads and how many it gives, always the coarsest ones.

    The layers are cut into as many equal runs as there are scales; behind each run the finest scale is dropped.

    Args:
        layer: its number, from 1.
        depth: layers of the network.
        scales: of its first layer.
    """
    interval = math.ceil(depth / scales)
    return scales - max(0, layer - 2) // interval, scales - (layer - 1) // interval


def _conv(x, filters: int, name: str, size=3, stride=1):
    """Convolution without bias, normalisation, ReLU; initialised by the fan-out, as the authors do."""
    start = keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")
    options = {"padding": "same", "use_bias": False, "data_format": LAST, "kernel_initializer": start}
    x = layers.Conv2D(filters, size, stride, name=f"{name}_conv", **options)(x)
    x = BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _branch(shape, filters: int, name: str) -> keras.Model:
    """Two strided convolutions and global average pooling: `x` of a shape `[h, w, c]` to `features` `[filters]`.

    Of 32 x 32 pixels at three scales the pooling is the paper's, of 2 x 2; larger images need no wider classifier.
    """
    image = keras.Input(shape, name="x")
    x = _conv(image, filters, "first", stride=2)
    x = _conv(x, filters, "second", stride=2)
    return keras.Model({"x": image}, {"features": layers.GlobalAveragePooling2D(LAST, name="pool")(x)}, name=name)


def _check(image_shape, classes, depths, growth, factors, bottleneck):
    if len(image_shape) != 3:
        raise ValueError(f"expected input_shape (height, width, channels), received {image_shape}")
    if classes < 2:
        raise ValueError(f"expected at least two classes, received {classes}")
    if len(depths) < 2 or min(depths) < 1:
        raise ValueError(f"expected depths of at least two blocks, each of a layer or more, received {depths}")
    if not factors or len(factors) != len(bottleneck):
        raise ValueError(f"expected factors and bottleneck of as many scales, received {factors} and {bottleneck}")
    if any(growth * factor % 2 for factor in factors[1:]):
        raise ValueError(
            "expected a growth of even numbers of channels at all scales but the first, whose halves come from two "
            f"scales, received {growth} times {factors}"
        )
