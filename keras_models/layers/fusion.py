"""Soft sharing: networks of several tasks that run side by side and mix their features, the baselines of FishNet.

The mixtures start as the papers start them: mostly a network's own features. X. Dai, WPI 2022, section 5.4 puts one
behind every halving of the resolution.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST


class _Fusion(keras.layers.Layer):
    """A layer that mixes features of every task's network.

    Args:
        tasks: how many.
        own: share of a network's own features at the start; the others share the rest.
    """

    def __init__(self, tasks, own=0.9, **kwargs):
        super().__init__(**kwargs)
        self.tasks, self.own = tasks, own

    def compute_output_shape(self, shapes):
        return shapes

    def get_config(self):
        return super().get_config() | {"tasks": self.tasks, "own": self.own}


@keras.saving.register_keras_serializable("frugal")
class CrossStitch(_Fusion):
    """Features of every task's network, mixed channel by channel (Misra et al., CVPR 2016)."""

    def build(self, shape):
        """Make the shares. shape: of one network's features, batch first."""
        start = keras.initializers.Constant(mixing(self.tasks, self.own)[..., None] * np.ones(shape[-1], "float32"))
        self.shares = self.add_weight(name="shares", shape=(self.tasks, self.tasks, shape[-1]), initializer=start)
        self.built = True

    def call(self, features, training=False):
        """features: of every network, `[batch, h, w, c]`; as many of the same shape."""
        del training
        tasks = range(self.tasks)
        return [sum(self.shares[k, j] * features[j] for j in tasks) for k in tasks]


@keras.saving.register_keras_serializable("frugal")
class NDDR(_Fusion):
    """Every task's 1x1 convolution over the features of all networks, normalised (Gao et al., CVPR 2019)."""

    def __init__(self, tasks, own=0.9, **kwargs):
        super().__init__(tasks, own, **kwargs)
        self.norms = [BatchNormalization(name=f"{self.name}_norm_{k + 1}") for k in range(tasks)]

    def build(self, shape):
        """Make the convolutions. shape: of one network's features, batch first."""
        channels = shape[-1]
        start = np.einsum("kj,io->kjio", mixing(self.tasks, self.own), np.eye(channels, dtype="float32"))
        self.kernels = [
            self.add_weight(
                name=f"kernel_{k + 1}",
                shape=(1, 1, self.tasks * channels, channels),
                initializer=keras.initializers.Constant(start[k].reshape(1, 1, -1, channels)),
            )
            for k in range(self.tasks)
        ]
        for norm in self.norms:
            norm.build(shape)
        self.built = True

    def call(self, features, training=False):
        """features: of every network, `[batch, h, w, c]`; as many of the same shape."""
        joined = ops.concatenate(features, axis=-1)
        return [
            norm(ops.conv(joined, ops.convert_to_tensor(kernel), padding="same", data_format=LAST), training=training)
            for kernel, norm in zip(self.kernels, self.norms, strict=True)
        ]


def mixing(tasks: int, own: float) -> np.ndarray:
    """Shares `[tasks, tasks]` of the networks' features in each other's at the start: `own`, and the rest evenly."""
    others = (1 - own) / (tasks - 1) if tasks > 1 else 0.0
    return np.where(np.eye(tasks, dtype=bool), own, others).astype("float32")
