"""Convolutions whose filters every task picks from pools of its own layer, or from one pool for all layers (FishNet).

X. Dai, WPI 2022, section 5.3; CIKM 2021. A normalisation follows, of every task's own, or one for all.
"""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from keras_models.functional import allocation
from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST

ALLOCATIONS = ("learned", "random", "own")


@keras.saving.register_keras_serializable("frugal")
class FilterPool(keras.layers.Layer):
    """Candidates of one shape that the filters of all convolutions pick from (section 6.2), `[size, size, c, count]`.

    Args:
        size: of a candidate, in both directions.
        channels: of a candidate; a convolution's reshaper maps them to what it reads.
        count: how many candidates.
    """

    def __init__(self, size, channels, count, **kwargs):
        super().__init__(**kwargs)
        self.size, self.channels, self.count = size, channels, count

    def build(self, shape=None):
        """Make the candidates; with a reshaper's start they are as large as He et al. start kernels."""
        del shape
        normal = keras.initializers.RandomNormal(stddev=1 / math.sqrt(self.channels))
        shape = (self.size, self.size, self.channels, self.count)
        self.candidates = self.add_weight(name="candidates", shape=shape, initializer=normal)
        self.built = True

    def get_config(self):
        return super().get_config() | {"size": self.size, "channels": self.channels, "count": self.count}


@keras.saving.register_keras_serializable("frugal")
class TaskConvolution(keras.layers.Layer):
    """A convolution of every task, whose filters are picked from pools, and its batch normalisation.

    Args:
        filters: output channels.
        size: of the kernel, in both directions.
        stride: in both directions.
        pool: candidates of every filter.
        tasks: how many.
        allocation: "learned"; "random": fixed picks, drawn once; "own": task k has candidate k alone.
        shared_norm: whether one normalisation serves all tasks.
        shared_pool: a `FilterPool` that the candidates are taken from, as many as it has; None: pools of its own.
    """

    def __init__(
        self, filters, size, stride, pool, tasks, allocation="learned", shared_norm=False, shared_pool=None, **kwargs
    ):
        super().__init__(**kwargs)
        if allocation not in ALLOCATIONS:
            raise ValueError(f"expected allocation {' or '.join(map(repr, ALLOCATIONS))}, received {allocation!r}")
        if allocation == "own" and pool != tasks:
            raise ValueError(f"expected as many candidates as tasks where each task has its own, received {pool}")
        self.filters, self.size, self.stride, self.tasks = filters, size, stride, tasks
        self.pool = shared_pool.count if shared_pool else pool
        self.allocation, self.shared_norm, self.shared_pool = allocation, shared_norm, shared_pool
        names = ["norm"] if shared_norm else [f"norm_{k + 1}" for k in range(tasks)]
        self.norms = [BatchNormalization(name=f"{self.name}_{name}") for name in names]

    @property
    def learns(self) -> bool:
        """Whether there is something to choose and learn."""
        return self.allocation == "learned" and self.pool > 1

    def build(self, shape):
        """Make candidates, allocators and normalisations. shape: of what it reads, batch first."""
        inputs, size = shape[-1], self.size
        self.kernel_shape = (size, size, inputs, self.filters)
        fan_in = math.sqrt(2 / (size * size * inputs))  # He et al. 2015, of one candidate
        normal = keras.initializers.RandomNormal(stddev=fan_in)
        if self.shared_pool:
            self.reshaper = self.add_weight(
                name="reshaper", shape=(self.shared_pool.channels, inputs), initializer=normal
            )
        else:
            kernels = (*self.kernel_shape, self.pool)
            self.candidates = self.add_weight(name="candidates", shape=kernels, initializer=normal)
        self.theta = self.add_weight(
            name="theta",
            shape=(self.tasks, self.filters, self.pool),
            initializer=_start(self.allocation),
            trainable=self.learns,
        )
        for norm in self.norms:
            norm.build(self.compute_output_shape(shape))
        self.built = True

    def choice(self):
        """The likeliest candidate of every task's filters: one-hot `[tasks, filters, pool]`."""
        return allocation.hard_choice(ops.convert_to_tensor(self.theta))

    def kernels(self, choice):
        """Kernels `[tasks, size, size, inputs, filters]` by shares of candidates `[tasks, filters, pool]`."""
        if self.shared_pool:
            pool = ops.convert_to_tensor(self.shared_pool.candidates)
            return allocation.reshaped_kernels(pool, ops.convert_to_tensor(self.reshaper), choice)
        return allocation.mixed_kernels(ops.convert_to_tensor(self.candidates), choice)

    def norm(self, task: int):
        """The normalisation of a task's features."""
        return self.norms[0 if self.shared_norm else task]

    def call(self, x, kernel, task, training=False):
        """One task's convolution and normalisation, `[batch, h / stride, w / stride, filters]`.

        Args:
            x: features `[batch, h, w, inputs]`.
            kernel: the task's of `kernels`.
            task: its number.
            training: whether the normalisation takes the batch's statistics.
        """
        seen = ops.conv(x, kernel, strides=self.stride, padding="same", data_format=LAST)
        return self.norm(task)(seen, training=training)

    def plain(self, task: int, x):
        """The same as an ordinary convolution with the picked filters, equation 5.5: what is deployed of a task."""
        kernel = ops.convert_to_numpy(self.kernels(self.choice())[task])
        name = f"{self.name}_of_{task + 1}"
        layer = keras.layers.Conv2D(
            self.filters, self.size, self.stride, "same", use_bias=False, data_format=LAST, name=name
        )
        layer.build(x.shape)
        layer.set_weights([kernel])
        return self.norm(task)(layer(x))

    def picked(self) -> np.ndarray:
        """Number of the picked candidate: int `[tasks, filters]`."""
        return ops.convert_to_numpy(self.theta).argmax(-1)

    def compute_output_shape(self, shape, *others):
        del others
        return (shape[0], *(-(-side // self.stride) for side in shape[1:3]), self.filters)


def _own(shape, dtype=None):
    """Task k's own candidate, k."""
    return ops.broadcast_to(ops.expand_dims(ops.eye(shape[0], dtype=dtype), 1), shape)


def _start(kind: str):
    """How theta begins: even, at random so that each candidate is the largest as often, or at task k's candidate k."""
    return {"learned": "zeros", "random": keras.initializers.RandomUniform(0, 1), "own": _own}[kind]
