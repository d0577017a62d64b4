"""ResNets for small pictures: static networks, the yardstick of dynamic ones and the members of cascades.

He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016, section 4.2: a 3x3 convolution, three
groups of basic blocks at falling resolution, global average pooling, a Dense. Shortcuts that change the shape are
projections (their option B).
"""

from __future__ import annotations

import keras
from keras import ops

from keras_models import part_models
from keras_models.base import Part
from keras_models.early_exit import StaticClassifier
from keras_models.layers import ConvUnit, ResidualBlock
from keras_models.layers.residual import LAST


@keras.saving.register_keras_serializable("frugal")
class ResNet(StaticClassifier):
    """A ResNet of 2 x (all blocks) + 2 layers, without any exit.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        blocks: blocks of each group.
        filters: output channels of each group; every group but the first halves the resolution.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, 1, classes]`.
    """

    kept_as = {"blocks": "block_counts"}

    def __init__(self, input_shape, classes, blocks=(3, 3, 3), filters=(16, 32, 64), **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.block_counts, self.filters = tuple(blocks), tuple(filters)
        self.stem, self.blocks = residual_trunk(self.block_counts, self.filters)
        self.head = keras.layers.Dense(self.classes, name="head")
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        self.head.build((None, build_trunk(self.stem, self.blocks, tuple(input_shape))[-1][-1]))
        self.built = True

    def call(self, images, training=False):
        return ops.cast(ops.expand_dims(self.head(self.features(images, training)), 1), "float32")

    def features(self, images, training=False):
        """What the head sees, `[batch, filters[-1]]`."""
        x = self.stem(images, training=training)
        for block in self.blocks:
            x = block(x, training=training)
        return ops.mean(x, axis=(1, 2))

    def trunk_weights(self) -> list:
        """All: stem, blocks, head."""
        return [weight for layer in (self.stem, *self.blocks, self.head) for weight in layer.weights]

    def parts(self) -> dict[str, Part]:
        """`trunk`, from the image to pooled features, and `head`."""
        image = keras.Input(self.image_shape, name="image")
        x = self.stem(image)
        for block in self.blocks:
            x = block(x)
        trunk = keras.Model({"image": image}, {"features": keras.layers.GlobalAveragePooling2D(LAST)(x)}, name="trunk")
        head = part_models.classifier_model(self.head, self.filters[-1])
        return {"trunk": Part(trunk), "head": Part(head, keep_float=True)}


def residual_trunk(blocks, filters) -> tuple[ConvUnit, list[ResidualBlock]]:
    """The first convolution and the blocks of all groups, not yet built.

    Args:
        blocks: number of blocks of each group.
        filters: output channels of each group.

    Raises:
        ValueError: there are not as many of both, or a group is empty.
    """
    if len(blocks) != len(filters) or not blocks or min(blocks) < 1:
        raise ValueError(f"expected blocks and filters of as many groups, received {blocks} and {filters}")
    made = []
    for group, (count, width) in enumerate(zip(blocks, filters, strict=True)):
        for index in range(count):
            starts = group > 0 and index == 0
            name = f"block_{len(made) + 1}"
            made.append(ResidualBlock(width, 2 if starts else 1, project=starts, name=name))
    return ConvUnit(filters[0], name="stem"), made


def build_trunk(stem, blocks, shape) -> list[tuple]:
    """Make the trunk's weights; returns the shapes behind the stem and behind every block, batch first."""
    stem.build(shape)
    shapes = [stem.compute_output_shape(shape)]
    for block in blocks:
        block.build(shapes[-1])
        shapes.append(block.compute_output_shape(shapes[-1]))
    return shapes
