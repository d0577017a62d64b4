"""Layers of networks that look at an image glimpse by glimpse (Dai, WPI 2022, section 3.4.1; Mnih et al. 2014)."""

from __future__ import annotations

import keras
from keras import ops

FORGET = 1.0  # bias of the forget gates at the start


@keras.saving.register_keras_serializable("frugal")
class GlimpseCell(keras.layers.Layer):
    """A glimpse network and the LSTM core behind it, in two halves.

    `gates` multiplies: x_h = ReLU(W x), g = ReLU(W [x_h, l_h]), then the core's four pre-activations of [g, h].
    `update` has no weights: c and h of these. So the first becomes 8 bits, and the state stays in float.

    Args:
        patch: width of x_h.
        glimpse: width of g.
        units: of the core.
    """

    def __init__(self, patch=128, glimpse=256, units=256, **kwargs):
        super().__init__(**kwargs)
        self.patch, self.glimpse, self.units = patch, glimpse, units
        self.what = keras.layers.Dense(patch, activation="relu", name=f"{self.name}_what")
        self.joined = keras.layers.Dense(glimpse, activation="relu", name=f"{self.name}_joined")
        self.core = keras.layers.Dense(4 * units, name=f"{self.name}_core")

    def build(self, shapes):
        """Make the weights. shapes: of a flat patch and of l_h, batch first."""
        patch, where = shapes
        self.what.build((None, patch[-1]))
        self.joined.build((None, self.patch + where[-1]))
        self.core.build((None, self.glimpse + self.units))
        self.core.bias.assign(ops.concatenate([ops.full((self.units,), FORGET * (k == 1)) for k in range(4)]))
        self.built = True

    def gates(self, patch, where, h):
        """Pre-activations `[batch, 4 * units]`: input, forget, candidate, output.

        Args:
            patch: flat, `[batch, pixels]`.
            where: l_h, what the shared layer makes of the location, `[batch, width]`.
            h: the core's last output, `[batch, units]`.
        """
        seen = self.joined(ops.concatenate([self.what(patch), where], axis=-1))
        return self.core(ops.concatenate([seen, h], axis=-1))

    def update(self, gates, c):
        """The core's output and state, (h, c), `[batch, units]` each."""
        come, stay, new, out = ops.split(gates, 4, axis=-1)
        c = ops.sigmoid(stay) * c + ops.sigmoid(come) * ops.tanh(new)
        return ops.sigmoid(out) * ops.tanh(c), c

    def get_config(self):
        return super().get_config() | {"patch": self.patch, "glimpse": self.glimpse, "units": self.units}
