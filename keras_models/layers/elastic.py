"""Blocks of nested channel groups (Deep Elastic Networks: Ahn, Kim and Oh, ICCV 2019, section 3.1).

A level says how many of a block's hidden channels it uses, always the first ones; what goes in and out keeps its width.
"""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST, convolution

MOMENTUM = 0.9  # of moving averages: few steps, and features that change with the levels before


def widths(fractions, channels: int) -> list[int]:
    """How many of the hidden channels each level uses, at least one where the fraction is above 0."""
    return [max(1, round(share * channels)) if share else 0 for share in fractions]


class _Elastic(keras.layers.Layer):
    """What both kinds of blocks have in common: two convolutions, and the hidden channels between them in groups."""

    def __init__(self, filters, stride=1, fractions=(0.0, 0.25, 0.5, 1.0), **kwargs):
        super().__init__(**kwargs)
        self.filters, self.stride, self.fractions = filters, stride, tuple(fractions)
        self.widths = widths(self.fractions, filters)
        self.first = convolution(filters, 3, self._stride, "first")
        self.second = convolution(filters, 3, 1, "second")
        self.hidden_norm = BatchNormalization(momentum=MOMENTUM, name="hidden_norm")

    @property
    def _stride(self) -> int:
        """Of the first convolution."""
        return self.stride

    @property
    def levels(self) -> int:
        """How many there are."""
        return len(self.fractions)

    def mask(self, levels):
        """Which hidden channels run, `[batch, 1, 1, channels]` of 0 and 1. levels: int `[batch]`."""
        table = np.arange(self.filters)[None] < np.array(self.widths)[:, None]
        return ops.take(ops.convert_to_tensor(table, self.compute_dtype), levels, axis=0)[:, None, None]

    def _hidden(self, x, start: int, stop: int):
        """The hidden channels of a range in inference, their normalisation folded into the convolution."""
        norm = self.hidden_norm
        scale = (norm.gamma * ops.rsqrt(norm.moving_variance + norm.epsilon))[start:stop]
        offset = norm.beta[start:stop] - norm.moving_mean[start:stop] * scale
        kernel = self.first.kernel[..., start:stop] * scale
        return ops.relu(ops.conv(x, kernel, strides=self._stride, padding="same", data_format=LAST) + offset)

    def _held_hidden(self, x, width: int):
        """All hidden channels in inference, where no gradient reaches the weights of the first `width`."""
        norm = self.hidden_norm
        scale = _held(norm.gamma, width, 0) * ops.rsqrt(norm.moving_variance + norm.epsilon)
        offset = _held(norm.beta, width, 0) - norm.moving_mean * scale
        kernel = _held(self.first.kernel, width, 3) * scale
        return ops.relu(ops.conv(x, kernel, strides=self._stride, padding="same", data_format=LAST) + offset)

    def _held_back(self, hidden, width: int):
        """What all hidden channels give to the output, where no gradient reaches the weights of the first `width`."""
        kernel = _held(self.second.kernel, width, 2)
        return ops.conv(hidden, kernel, strides=1, padding="same", data_format=LAST)

    def _back(self, hidden, start: int, stop: int):
        """What a range of hidden channels gives to the output."""
        return ops.conv(hidden, self.second.kernel[:, :, start:stop], strides=1, padding="same", data_format=LAST)

    def get_config(self):
        return super().get_config() | {"filters": self.filters, "stride": self.stride, "fractions": self.fractions}


@keras.saving.register_keras_serializable("frugal")
class ElasticBlock(_Elastic):
    """A residual block, normalised before it is activated (WRN): out_l(x) = shortcut(x) + sum over groups up to l.

    Nothing stands behind the sum, so that the groups' parts add up exactly. The shortcut has no parameters: an average
    and channels of zeros where the shape changes.

    Args:
        filters: output and hidden channels.
        stride: of the first convolution.
        fractions: share of the hidden channels by level, rising; at 0 the block is its shortcut.

    Call arguments, for what is deployed of it: features `[batch, h, w, c]`, and a level, a whole number; or `entry`:
    what its groups read; or that, and the number of a `group`: what it adds.
    """

    def __init__(self, filters, stride=1, fractions=(0.0, 0.25, 0.5, 1.0), **kwargs):
        super().__init__(filters, stride, fractions, **kwargs)
        self.norm = BatchNormalization(momentum=MOMENTUM, name="norm")

    def build(self, shape):
        self.norm.build(shape)
        self.first.build(shape)
        hidden = self.first.compute_output_shape(shape)
        self.hidden_norm.build(hidden)
        self.second.build(hidden)
        self.keeps_shape = self.stride == 1 and shape[-1] == self.filters
        self.added = self.filters - shape[-1]
        self.macs = math.prod(hidden[1:]) * 9 * (shape[-1] + self.filters)
        self.built = True

    def elastic(self, x, levels, training=False):
        """The block at a level of its own for each image: everything is computed, and masked. levels: int `[batch]`."""
        hidden = self.hidden_norm(self.first(self.entry(x, training)), training=training)
        return self.shortcut(x) + self.second(ops.relu(hidden) * self.mask(levels))

    def packed(self, x, levels, below: int):
        """As `elastic` in inference, where groups up to the level `below` keep their weights (PackNet)."""
        width = self.widths[below]
        hidden = self._held_hidden(self.entry(x), width) * self.mask(levels)
        return self.shortcut(x) + self._held_back(hidden, width)

    def call(self, x, level=-1, group=None, entry=False):
        if entry:
            return self.entry(x)
        if group is not None:
            return self.increment(x, group)
        width = self.widths[level]
        if not width:
            return self.shortcut(x)
        return self.shortcut(x) + self._back(self._hidden(self.entry(x), 0, width), 0, width)

    def entry(self, x, training=False):
        """What all groups read."""
        return ops.relu(self.norm(x, training=training))

    def increment(self, entered, level: int):
        """What the group adds that a level has and the one below has not. entered: as `entry` gives it."""
        start, stop = self.widths[level - 1], self.widths[level]
        return self._back(self._hidden(entered, start, stop), start, stop)

    def shortcut(self, x):
        """What remains at level 0."""
        if self.stride > 1:
            x = ops.average_pool(x, self.stride, strides=self.stride, padding="same", data_format=LAST)
        return ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, self.added))) if self.added else x

    def compute_output_shape(self, shape):
        return self.first.compute_output_shape(shape)


@keras.saving.register_keras_serializable("frugal")
class ElasticPair(_Elastic):
    """Two convolutions without a shortcut, each with a maximum of two by two behind it (VGG, SimpleConvNet).

    Its lowest level uses the first group. The normalisation behind the second convolution is one for all levels.

    Args:
        filters, fractions: as for `ElasticBlock`; no fraction is 0.
        stride: 4 with the two maxima, 1 without.

    Call arguments: features, and a level, as for `ElasticBlock`.
    """

    keeps_shape = False

    def __init__(self, filters, stride=4, fractions=(0.5, 1.0), **kwargs):
        super().__init__(filters, stride, fractions, **kwargs)
        if not all(self.fractions):
            raise ValueError(f"expected fractions above 0 where there is no shortcut, received {self.fractions}")
        self.norm = BatchNormalization(momentum=MOMENTUM, name="norm")

    @property
    def _stride(self) -> int:
        return 1

    def build(self, shape):
        self.first.build(shape)
        hidden = self.first.compute_output_shape(shape)
        self.hidden_norm.build(hidden)
        pooled = self._pooled_shape(hidden)
        self.second.build(pooled)
        self.norm.build(pooled)
        self.macs = 9 * (math.prod(hidden[1:]) * shape[-1] + math.prod(pooled[1:]) * self.filters)
        self.built = True

    def elastic(self, x, levels, training=False):
        """As `ElasticBlock.elastic`."""
        hidden = self._pool(ops.relu(self.hidden_norm(self.first(x), training=training)))
        return self._pool(ops.relu(self.norm(self.second(hidden * self.mask(levels)), training=training)))

    def packed(self, x, levels, below: int):
        """As `ElasticBlock.packed`."""
        width = self.widths[below]
        hidden = self._pool(self._held_hidden(x, width)) * self.mask(levels)
        return self._pool(ops.relu(self.norm(self._held_back(hidden, width), training=False)))

    def call(self, x, level=-1):
        width = self.widths[level]
        back = self._back(self._pool(self._hidden(x, 0, width)), 0, width)
        return self._pool(ops.relu(self.norm(back, training=False)))

    def _pool(self, x):
        return ops.max_pool(x, 2, strides=2, padding="valid", data_format=LAST) if self.stride > 1 else x

    def _pooled_shape(self, shape):
        return (shape[0], shape[1] // 2, shape[2] // 2, shape[3]) if self.stride > 1 else shape

    def compute_output_shape(self, shape):
        return self._pooled_shape(self._pooled_shape(self.first.compute_output_shape(shape)))


def _held(weight, width: int, axis: int):
    """A weight whose first entries along an axis are constants to the gradient."""
    first, rest = ops.split(ops.convert_to_tensor(weight), [width], axis=axis)
    return ops.concatenate([ops.stop_gradient(first), rest], axis=axis)
