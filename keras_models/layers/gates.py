"""Gates that decide before a residual block whether it runs (SkipNet: Wang, UCB/EECS-2020-236, section 2.2).

All kinds answer alike. `start` gives the state before the first gate, `decide` a logit of running from what the block
before left: above 0 the block runs. Where the thesis leaves a gap, the structure is that of the authors' program.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models.layers.residual import LAST, ConvUnit

HIDDEN = 10  # of the recurrent gate: width of its projections and of its cell
_SPREAD = 64.0  # the fraction of so many times a sum of features is as good as drawn


class _Gates(keras.layers.Layer):
    """What kinds without a state have in common; they are built by the network, from the shapes that gates read."""

    def start(self, batch) -> dict:
        """The state before the first gate; none."""
        del batch
        return {}

    def last_layers(self) -> list:
        """The dense layers that give the logits; none where they are drawn."""
        return []

    def sharpen(self, temperature: float) -> None:
        """Divide all logits by a temperature: no decision at 0.5 changes, and draws are closer to the decisions."""
        for layer in self.last_layers():
            for weight in layer.weights:
                weight.assign(weight / temperature)


class PooledGates(_Gates):
    """Gates that read pooled features, `step` by step."""

    def decide(self, index, x, state, training=False):
        """Logit `[batch, 1]` of the gate of that index, from features `[batch, height, width, channels]`, and state."""
        del training
        return self.step(index, ops.mean(x, axis=(1, 2)), state)


@keras.saving.register_keras_serializable("frugal")
class RecurrentGates(PooledGates):
    """One LSTM cell and one output for all gates, and a projection of the pooled features for each (RNNGate).

    Args:
        count: number of gates.
        bias: of the output at the start; above 0 most blocks run at first.

    All of it is computed in float32: a decision is a comparison.
    """

    def __init__(self, count, bias=0.0, **kwargs):
        super().__init__(**kwargs)
        self.count, self.bias = count, bias
        self.projections = [_dense(HIDDEN, name=f"projection_{i + 1}") for i in range(count)]
        self.cell = keras.layers.LSTMCell(
            HIDDEN,
            kernel_initializer="glorot_normal",
            recurrent_initializer="glorot_normal",
            unit_forget_bias=False,
            dtype="float32",
            name="cell",
        )
        self.output_layer = _dense(1, bias_initializer=keras.initializers.Constant(bias), name="output")

    def build(self, shapes):
        """Make the weights. shapes: of what each gate reads, batch first and channels last."""
        for projection, shape in zip(self.projections, shapes, strict=True):
            projection.build((None, shape[-1]))
        self.cell.build((None, HIDDEN))
        self.output_layer.build((None, HIDDEN))
        self.built = True

    def start(self, batch) -> dict:
        """Zeros: `h` and `c`, `[batch, HIDDEN]`."""
        return {name: ops.zeros((batch, HIDDEN), "float32") for name in ("h", "c")}

    def last_layers(self):
        return [self.output_layer]

    def step(self, index, features, state):
        """Logit `[batch, 1]` and the next state, from pooled features `[batch, channels]` and the state."""
        answer, (h, c) = self.cell(self.projections[index](features), [state["h"], state["c"]])
        return self.output_layer(answer), {"h": h, "c": c}

    def get_config(self):
        return super().get_config() | {"count": self.count, "bias": self.bias}


@keras.saving.register_keras_serializable("frugal")
class FeedForwardGates(_Gates):
    """Gates with convolutions of their own, as wide as what they read (FFGate-I and FFGate-II).

    Args:
        channels: of what each gate reads.
        convolutions: 2: a 2x2 maximum, a convolution and one of stride 2 (FFGate-I); 1: one of stride 2 (FFGate-II).
            Then pooling and two logits, of skipping and of running.
        bias: of the logit of running at the start.
    """

    def __init__(self, channels, convolutions=1, bias=0.0, **kwargs):
        super().__init__(**kwargs)
        self.channels, self.convolutions, self.bias = tuple(channels), convolutions, bias
        bias = keras.initializers.Constant([0.0, bias])
        numbers = range(1, 1 + len(self.channels))
        first = zip(numbers, self.channels, strict=True) if convolutions == 2 else ()
        self.first = [ConvUnit(width, name=f"first_{i}") for i, width in first]
        self.last = [ConvUnit(width, 2, name=f"last_{i}") for i, width in zip(numbers, self.channels, strict=True)]
        self.outputs = [_dense(2, bias_initializer=bias, name=f"output_{i}") for i in numbers]

    def build(self, shapes):
        """Make the weights. shapes: of what each gate reads, batch first and channels last."""
        for layer, shape in (*zip(self.first, shapes, strict=False), *zip(self.last, shapes, strict=True)):
            layer.build(shape)
        for layer, shape in zip(self.outputs, shapes, strict=True):
            layer.build((None, shape[-1]))
        self.built = True

    def last_layers(self):
        return self.outputs

    def decide(self, index, x, state, training=False):
        """Logit `[batch, 1]` of the gate of that index, from features `[batch, height, width, channels]`, and state."""
        return self.compare(index, self.look(index, x, training)), state

    def look(self, index, x, training=False):
        """What the gate's convolutions see, pooled: `[batch, channels]`."""
        if self.convolutions == 2:
            x = self.first[index](ops.max_pool(x, 2, strides=2, padding="same", data_format=LAST), training=training)
        return ops.mean(self.last[index](x, training=training), axis=(1, 2))

    def compare(self, index, features):
        """Logit of running less that of skipping, `[batch, 1]`: its sigmoid is the softmax's share."""
        logits = self.outputs[index](features)
        return logits[:, 1:] - logits[:, :1]

    def get_config(self):
        return super().get_config() | {
            "channels": self.channels,
            "convolutions": self.convolutions,
            "bias": self.bias,
        }


@keras.saving.register_keras_serializable("frugal")
class RandomGates(PooledGates):
    """Gates that run a share of the inputs whatever they are, drawn from the digits of the pooled features.

    What the baseline needs: no weights, another draw at every gate, and on a device the same as here.

    Args:
        count: number of gates.
        rate: share of the inputs that run a block.
    """

    def __init__(self, count, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.count, self.rate = count, rate

    def build(self, shapes):
        """Nothing to make. shapes: of what each gate reads."""
        self.built = True

    def step(self, index, features, state):
        """Logit `[batch, 1]`, from pooled features `[batch, channels]`, of at least 0 with the probability `rate`."""
        channels = features.shape[-1]
        # Others at every gate: a block that was skipped leaves the same features to the next gate.
        weights = np.sqrt(np.arange(2, 2 + channels) + channels * index).astype("float32")[:, None]
        place = _SPREAD * ops.matmul(ops.cast(ops.stop_gradient(features), "float32"), weights)
        return place - ops.floor(place) + (self.rate - 1.0), state

    def get_config(self):
        return super().get_config() | {"count": self.count, "rate": self.rate}


def _dense(width, **kwargs):
    return keras.layers.Dense(width, dtype="float32", **kwargs)
