"""Convolutions whose channels are experts behind gates, and blocks of them (DeepMoE).

Wang, UCB/EECS-2020-236, section 3.2. A convolution's channels are multiplied by gates behind its ReLU: with a gate of
zero a channel is neither made nor read by the next convolution. Which convolutions of a residual block have gates is
in the thesis only as a picture (figure 3.2); here those inside a block have, and what is added up has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST

KINDS = ("vgg", "basic", "bottleneck_a", "bottleneck_b")
EXPANSION = 4  # of a bottleneck's output over its width


class Conv(NamedTuple):
    """A convolution of a block: kernel size, stride, output channels, and whether these have gates."""

    size: int
    stride: int
    filters: int
    gated: bool


def gated_convolutions(kind: str) -> int:
    """How many convolutions of a block have gates."""
    return 2 if kind == "bottleneck_a" else 1


def plan(kind: str, filters: int, widths, stride: int) -> list[Conv]:
    """The convolutions of a block.

    Args:
        kind: "vgg", one convolution behind a pooling; "basic", two; "bottleneck_a", gates behind the first two of three
            (figure 3.2 b); "bottleneck_b", behind the middle one alone (c).
        filters: of the group; a bottleneck has `EXPANSION` times as many output channels.
        widths: output channels of each convolution that has gates.
        stride: of the block, which a pooling has in "vgg".
    """
    if kind == "vgg":
        return [Conv(3, 1, widths[0], True)]
    if kind == "basic":
        return [Conv(3, stride, widths[0], True), Conv(3, 1, filters, False)]
    first = Conv(1, 1, widths[0], True) if kind == "bottleneck_a" else Conv(1, 1, filters, False)
    return [first, Conv(3, stride, widths[-1], True), Conv(1, 1, EXPANSION * filters, False)]


@keras.saving.register_keras_serializable("frugal")
class NormalizedConv(keras.layers.Layer):
    """A convolution without bias and its batch normalisation, no activation.

    Args:
        filters, size, stride: of the convolution.
        epsilon: of the normalisation.
    """

    def __init__(self, filters, size=3, stride=1, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size, self.stride, self.epsilon = filters, size, stride, epsilon
        options = {"use_bias": False, "kernel_initializer": "he_normal", "data_format": LAST}
        inner = 1 if size == 1 else stride  # see `call`
        self.conv = keras.layers.Conv2D(filters, size, inner, padding="same", name="conv", **options)
        self.norm = BatchNormalization(epsilon=epsilon, name="norm")

    def build(self, shape):
        self.conv.build(shape)
        self.norm.build(self.conv.compute_output_shape(shape))
        self.built = True

    def call(self, x, training=False):
        if self.size == 1 and self.stride > 1:  # as in `ConvUnit`: the strided gradient is faulty in one library
            x = ops.max_pool(x, 1, strides=self.stride, data_format=LAST)
        return self.norm(self.conv(x), training=training)

    def compute_output_shape(self, shape):
        return (shape[0], *(-(-side // self.stride) for side in shape[1:3]), self.filters)

    def folded(self) -> tuple[np.ndarray, np.ndarray]:
        """Kernel `[size, size, in, out]` and bias `[out]` of the one convolution that does the same in inference."""
        norm = self.norm
        gamma, beta, mean, variance = (
            ops.convert_to_numpy(w) for w in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)
        )
        scale = gamma / np.sqrt(variance + norm.epsilon)
        return ops.convert_to_numpy(self.conv.kernel) * scale, beta - mean * scale

    def get_config(self):
        config = {"filters": self.filters, "size": self.size, "stride": self.stride, "epsilon": self.epsilon}
        return super().get_config() | config


@keras.saving.register_keras_serializable("frugal")
class ExpertBlock(keras.layers.Layer):
    """A block of a VGG or of a ResNet, in which the channels of some convolutions have gates.

    Args:
        kind, filters, widths, stride: as for `plan`.
        project: whether the shortcut is a 1x1 convolution of that stride; else it is the identity. "vgg" has none.
        epsilon: of the normalisations.

    Call arguments: features `[batch, h, w, c]`; gates, a list of `[batch, channels]` for the convolutions that have
    some, or None, which leaves all channels as they are. Output: `[batch, h / stride, w / stride, channels]`.
    """

    def __init__(self, kind, filters, widths, stride=1, project=False, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.kind, self.filters, self.widths = kind, filters, tuple(widths)
        self.stride, self.project = stride, project and kind != "vgg"
        self.plan = plan(kind, filters, self.widths, stride)
        self.units = [
            NormalizedConv(conv.filters, conv.size, conv.stride, epsilon, name=f"conv_{i}")
            for i, conv in enumerate(self.plan)
        ]
        self.projection = NormalizedConv(self.channels, 1, stride, epsilon, name="projection") if self.project else None

    @property
    def channels(self) -> int:
        """Of the output."""
        return self.plan[-1].filters

    @property
    def residual(self) -> bool:
        """Whether a shortcut is added."""
        return self.kind != "vgg"

    def build(self, shape):
        if self.project:
            self.projection.build(shape)
        shape = self.entered(shape)
        for unit in self.units:
            unit.build(shape)
            shape = unit.compute_output_shape(shape)
        self.built = True

    def call(self, x, gates=None, training=False):
        given, block_input = iter(gates or ()), x
        if not self.residual and self.stride > 1:
            x = ops.max_pool(x, self.stride, strides=self.stride, padding="same", data_format=LAST)
        for unit, conv in zip(self.units, self.plan, strict=True):
            x = unit(x, training=training)
            x = ops.relu(x) if unit is not self.units[-1] or not self.residual else x
            if conv.gated and gates is not None:
                gate = ops.cast(next(given), x.dtype)
                x = x * ops.reshape(gate, (-1, 1, 1, conv.filters))
        if not self.residual:
            return x
        return ops.relu(x + (self.projection(block_input, training=training) if self.project else block_input))

    def entered(self, shape):
        """Shape of what the first convolution reads."""
        if self.residual or self.stride == 1:
            return shape
        return (shape[0], *(-(-side // self.stride) for side in shape[1:3]), shape[-1])

    def compute_output_shape(self, shape):
        return (shape[0], *(-(-side // self.stride) for side in shape[1:3]), self.channels)

    def macs(self, shape, read, opened):
        """Multiply-adds of a run with some channels alone, and how many it leaves.

        Args:
            shape: (batch, height, width, channels) of the input.
            read: channels of the input that there are: a number, or an array of one a sample.
            opened: of each convolution that has gates how many channels are open, likewise.

        Returns:
            (multiply-adds, open channels of the output), likewise.
        """
        given, spent, before = iter(opened), 0, read
        out = self.compute_output_shape(shape)
        if self.project:
            spent = spent + out[1] * out[2] * read * self.channels
        shape = self.entered(shape)
        for unit, conv in zip(self.units, self.plan, strict=True):
            shape = unit.compute_output_shape(shape)
            left = next(given) if conv.gated else conv.filters
            spent = spent + shape[1] * shape[2] * conv.size**2 * before * left
            before = left
        return spent, before

    def get_config(self):
        return super().get_config() | {
            "kind": self.kind,
            "filters": self.filters,
            "widths": self.widths,
            "stride": self.stride,
            "project": self.project,
            "epsilon": self.epsilon,
        }


def gated_widths(base: str, blocks: Sequence[int], filters: Sequence[int], widen: float) -> tuple[int, ...]:
    """Channels of each convolution that has gates, of groups of so many blocks and filters; widen: a factor."""
    each = gated_convolutions(base)
    return tuple(max(1, round(w * widen)) for n, w in zip(blocks, filters, strict=True) for _ in range(n * each))


def expert_blocks(
    base: str, blocks: Sequence[int], filters: Sequence[int], channels: Sequence[int], epsilon: float = 1e-3
) -> list[ExpertBlock]:
    """The blocks of all groups, not yet built.

    Args:
        base: of `KINDS`.
        blocks, filters: of each group; every group but the first halves the resolution.
        channels: of each convolution that has gates.
        epsilon: of the normalisations.
    """
    made, each, before = [], gated_convolutions(base), filters[0]
    for group, (count, width) in enumerate(zip(blocks, filters, strict=True)):
        for index in range(count):
            stride, own = 2 if group and not index else 1, channels[len(made) * each : (len(made) + 1) * each]
            left, name = plan(base, width, own, stride)[-1].filters, f"block_{len(made) + 1}"
            project = stride > 1 or left != before
            made, before = [*made, ExpertBlock(base, width, own, stride, project, epsilon, name=name)], left
    return made
