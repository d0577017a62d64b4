"""Blocks of convolutions that tasks share, as data: what is run in which order, whoever runs the convolutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keras import ops

from keras_models.layers.residual import LAST
from keras_models.layers.task_convolution import TaskConvolution

BACKBONES = ("plain", "residual")


@dataclass(frozen=True)
class Block:
    """A block of a trunk.

    Attributes:
        main: its convolutions, one after the other, a ReLU behind each.
        projection: of its input, which is added before the last ReLU; None: the input itself where it `adds`.
        adds: whether it is residual.
        pools: whether a 2x2 maximum ends it.
        halves: whether it halves the resolution: soft sharing mixes behind it.
    """

    main: tuple[TaskConvolution, ...]
    projection: TaskConvolution | None = None
    adds: bool = False
    pools: bool = False
    halves: bool = False

    @property
    def convolutions(self) -> tuple[TaskConvolution, ...]:
        """All of them."""
        return (*self.main, self.projection) if self.projection else self.main

    def run(self, x, convolve: Callable):
        """Its output. x: features `[batch, h, w, c]`. convolve: function (convolution, features) -> normalised ones."""
        shortcut = x
        for convolution in self.main[:-1]:
            x = ops.relu(convolve(convolution, x))
        x = convolve(self.main[-1], x)
        if self.adds:
            x = x + (convolve(self.projection, shortcut) if self.projection else shortcut)
        x = ops.relu(x)
        return ops.max_pool(x, 2, strides=2, data_format=LAST) if self.pools else x

    def build(self, shape):
        """Make the weights. shape: of its input, batch first. Returns that of its output."""
        before = shape
        for convolution in self.main:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
        if self.projection:
            self.projection.build(before)
        return (shape[0], shape[1] // 2, shape[2] // 2, shape[3]) if self.pools else shape


def blocks(backbone: str, filters, pools, size: int, **sharing) -> list[Block]:
    """The blocks of a trunk, not yet built.

    Args:
        backbone: "plain": a convolution with a 2x2 maximum behind it for each width; "residual": a convolution of the
            first width, then for each other one a residual block of two, all but the first of which halve.
        filters: widths.
        pools: candidates of every filter, for each width.
        size: of the kernels.
        sharing: of `TaskConvolution`.

    Raises:
        ValueError: another backbone, or not as many pools as widths.
    """
    if backbone not in BACKBONES:
        raise ValueError(f"expected backbone {' or '.join(map(repr, BACKBONES))}, received {backbone!r}")
    if len(pools) != len(filters) or not filters:
        raise ValueError(f"expected as many pools as filters, at least one, received {pools} and {filters}")

    def convolution(index, name, size=size, stride=1):
        return TaskConvolution(filters[index], size, stride, pools[index], name=name, **sharing)

    if backbone == "plain":
        names = [f"conv_{i + 1}" for i in range(len(filters))]
        return [Block((convolution(i, name),), pools=True, halves=True) for i, name in enumerate(names)]
    made = [Block((convolution(0, "stem"),))]
    for i in range(1, len(filters)):
        halves = i > 1
        main = convolution(i, f"block_{i}_first", stride=1 + halves), convolution(i, f"block_{i}_second")
        changes = halves or filters[i] != filters[i - 1]
        projection = convolution(i, f"block_{i}_projection", size=1, stride=1 + halves) if changes else None
        made.append(Block(main, projection, adds=True, halves=halves))
    return made
