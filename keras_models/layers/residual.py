"""Residual blocks: half a block (a convolution, its normalisation, perhaps the shortcut), and whole ones."""

from __future__ import annotations

import math

import keras

from keras_models.layers.normalization import BatchNormalization

LAST = "channels_last"  # as images lie in memory here, whatever Keras is set to


@keras.saving.register_keras_serializable("frugal")
class ConvUnit(keras.layers.Layer):
    """3x3 convolution, batch normalisation, an optional shortcut, ReLU (He et al. 2016).

    Args:
        filters: output channels.
        stride: of the convolution.
        shortcut: None (first half of a block), "identity", or "projection": a 1x1 convolution of `shortcut_stride`
            with batch normalisation, for a block that changes the shape.
        shortcut_stride: stride of the projection.

    Call arguments: features `[batch, h, w, c]`, and for a unit with a shortcut the block's input.
    Output: `[batch, h / stride, w / stride, filters]`.
    """

    def __init__(self, filters, stride=1, shortcut=None, shortcut_stride=1, **kwargs):
        super().__init__(**kwargs)
        if shortcut not in (None, "identity", "projection"):
            raise ValueError(f"expected shortcut None, 'identity' or 'projection', received {shortcut!r}")
        self.filters, self.stride = filters, stride
        self.shortcut, self.shortcut_stride = shortcut, shortcut_stride
        self.conv = convolution(filters, 3, stride, "conv")
        self.norm = BatchNormalization(name="norm")
        if shortcut == "projection":
            self.projection = convolution(filters, 1, shortcut_stride, "projection")
            self.projection_norm = BatchNormalization(name="projection_norm")

    def build(self, x_shape, block_input_shape=None):
        self.conv.build(x_shape)
        shape = self.conv.compute_output_shape(x_shape)
        self.norm.build(shape)
        if self.shortcut == "projection":
            self.projection.build(block_input_shape)
            self.projection_norm.build(shape)
        self.built = True

    def call(self, x, block_input=None, training=False):
        x = self.norm(self.conv(x), training=training)
        if self.shortcut == "projection":
            block_input = self.projected(block_input, training)
        if self.shortcut:
            x = x + block_input
        return keras.ops.relu(x)

    def joined(self, x, shortcut, training=False):
        """The unit's output, from x and what its shortcut has become."""
        return keras.ops.relu(self.norm(self.conv(x), training=training) + shortcut)

    def projected(self, x, training=False):
        """The block's input through the projection and its normalisation."""
        return self.projection_norm(self._project(x, training), training=training)

    def _project(self, x, training):
        """The 1x1 convolution; in training the places that it skips are cut away first, which is the same.

        TensorFlow 2.21 with oneDNN corrupts the heap in the filter gradient of a 1x1 convolution of stride 2 from one
        channel to 16 or fewer; on the device the strided convolution is one operator less. A pool of one pixel cuts
        in a seventh of a slice's time, its gradient counted in.
        """
        if not training or self.shortcut_stride == 1:
            return self.projection(x)
        stride = self.shortcut_stride
        kept = keras.ops.max_pool(x, 1, strides=stride, data_format=LAST)
        return keras.ops.conv(kept, self.projection.kernel, strides=1, padding="valid", data_format=LAST)

    def compute_output_shape(self, x_shape, block_input_shape=None):
        return self.conv.compute_output_shape(x_shape)

    def get_config(self):
        return super().get_config() | {
            "filters": self.filters,
            "stride": self.stride,
            "shortcut": self.shortcut,
            "shortcut_stride": self.shortcut_stride,
        }


def conv_units(filters, first_stride, channels) -> list[ConvUnit]:
    """Convolutions two by two in blocks; a block whose width differs from the one before halves the resolution.

    Args:
        filters: output channels of every convolution.
        first_stride: of the first block.
        channels: of what the first block sees.
    """
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


def projection_macs(units: list[ConvUnit], shape) -> int:
    """Multiply-adds of the projection shortcuts of `conv_units`. shape: of what the first one sees, batch first."""
    total, block_input = 0, shape
    for unit in units:
        block_input = shape if unit.shortcut is None else block_input
        shape = unit.compute_output_shape(shape)
        if unit.shortcut == "projection":
            total += math.prod(shape[1:]) * block_input[-1]
    return total


def convolution(filters: int, size: int, stride: int, name: str) -> keras.layers.Conv2D:
    """A convolution without a bias, by He's initialisation."""
    return keras.layers.Conv2D(
        filters,
        size,
        stride,
        padding="same",
        data_format=LAST,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )


@keras.saving.register_keras_serializable("frugal")
class ResidualBlock(keras.layers.Layer):
    """The basic block of CIFAR ResNets: two 3x3 convolutions and a shortcut (He et al. 2016, section 4.2).

    Args:
        filters: output channels.
        stride: of the first convolution.
        project: whether the shortcut is a 1x1 convolution of that stride; else it is the identity.

    Call arguments: features `[batch, h, w, c]`. Output: `[batch, h / stride, w / stride, filters]`.
    """

    def __init__(self, filters, stride=1, project=False, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.stride, self.project = filters, stride, project
        self.first = ConvUnit(filters, stride, name="first")
        self.second = ConvUnit(filters, 1, "projection" if project else "identity", stride, name="second")

    def build(self, shape):
        self.first.build(shape)
        self.second.build(self.first.compute_output_shape(shape), shape)
        self.built = True

    def call(self, x, training=False):
        return self.second(self.first(x, training=training), x, training=training)

    def shortcut(self, x, training=False):
        """What remains of the block when it is skipped: x itself, or its normalised projection, without ReLU."""
        return self.second.projected(x, training) if self.project else x

    def both_ways(self, x, training=False):
        """(output of the block, `shortcut(x)`), for a gate between them: the projection is computed once."""
        shortcut = self.shortcut(x, training)
        return self.second.joined(self.first(x, training=training), shortcut, training), shortcut

    def compute_output_shape(self, shape):
        return self.first.compute_output_shape(shape)

    def get_config(self):
        return super().get_config() | {"filters": self.filters, "stride": self.stride, "project": self.project}
