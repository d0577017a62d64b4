"""The learned exit rules of EPNet: stop here, or go on?"""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("frugal")
class Controllers(keras.layers.Layer):
    """f_in and f_cat of EPNet (Dai, Kong and Guo, CIKM 2020, section 4.1.3) for all exits of a network.

    `v = f_in(m)`, `u = f_cat([v; y])`, stacks of Dense, normalisation, ReLU: pooled features m and logits y give the
    logit u of the probability to stop. With `conditioned`, the price of computation kappa enters f_cat too, so that one
    controller serves every budget; it enters as log(100 kappa), -2.3 to 2.3 over its range (0.001 to 0.1). In the
    logarithm it is nearly a shift of u: stop where the odds of a better answer later are below kappa times the work
    ahead.

    Every exit has weights of its own, but they lie in one tensor a layer, `[exits, in, out]`: eleven networks of five
    tiny layers train ten times faster as five batched products. Exits with fewer channels are padded with zeros.

    With `ranked`, beyond the paper, they see the logits as log-probabilities sorted from the largest down. The first
    ones are then what any gate by confidence compares, whatever the class: from the raw logits of confident classifiers
    controllers of ten units learn to decide worse than an entropy gate does.

    Args:
        channels: width of the pooled features at every exit that has a controller.
        classes: number of logits.
        in_units: widths of f_in; empty for controllers that see the logits alone.
        cat_units: hidden widths of f_cat; a last Dense to one logit comes on top.
        conditioned: whether kappa is an input.
        ranked: whether logits are normalised and sorted first.

    Call arguments: features, a list of `[batch, channels]`; logits `[batch, exits, classes]`; kappa `[batch, 1]`, None
    unless `conditioned`.
    Output: stop logits `[batch, exits]`. At the start the exits of the network are equally likely.
    """

    def __init__(
        self, channels, classes, in_units=(10, 10, 10), cat_units=(10, 10), conditioned=True, ranked=False, **kwargs
    ):
        super().__init__(**kwargs | {"dtype": "float32"})  # a decision is a comparison
        self.ranked = bool(ranked)
        self.input_dropout = None  # function of a tensor, applied to features and logits in training
        self.channels, self.classes = tuple(channels), int(classes)
        self.in_units, self.cat_units, self.conditioned = tuple(in_units), tuple(cat_units), bool(conditioned)
        exits = len(self.channels)
        sources = [(self.channels, units) for units in self.in_units[:1]]
        sources += [(width, units) for width, units in zip(self.in_units[:-1], self.in_units[1:], strict=True)]
        self.f_in = [_Stacked(exits, width, units, name=f"in_{k}") for k, (width, units) in enumerate(sources)]
        seen = (self.in_units[-1] if self.in_units else 0) + self.classes + int(self.conditioned)
        widths = (seen, *self.cat_units)
        self.f_cat = [
            _Stacked(exits, width, units, name=f"cat_{k}")
            for k, (width, units) in enumerate(zip(widths[:-1], widths[1:], strict=True))
        ]
        # Of N exits the last is forced. Stopping with probability 1 / (N - i) at exit i, from 0, makes all of them
        # equally likely at the start; with one half, one image in five hundred would reach the tenth, whose controller
        # would learn nothing. The logit of 1 / (N - i) is -log(N - i - 1), and `exits` here is N - 1.
        uniform = [-math.log(exits - i) for i in range(exits)]
        self.last = _Stacked(exits, widths[-1], 1, bias=uniform, name="last")

    def build(self, *shapes):
        for layer in (*self.f_in, *self.f_cat, self.last):
            layer.build()
        self.built = True

    def call(self, features, logits, kappa=None, training=False):
        seen = [_ranked(logits) if self.ranked else logits]
        if training and self.input_dropout:
            features, seen = [self.input_dropout(m) for m in features], [self.input_dropout(seen[0])]
        if self.in_units:
            width = max(self.channels)
            padded = [ops.pad(m, ((0, 0), (0, width - m.shape[-1]))) for m in features]
            seen.insert(0, _chain(self.f_in, ops.stack(padded, axis=1), training))
        if self.conditioned:
            seen.append(ops.tile(ops.expand_dims(_encode(kappa), 1), (1, len(self.channels), 1)))
        x = _chain(self.f_cat, ops.concatenate(seen, axis=-1), training)
        return self.last(x, training=training)[..., 0]

    def single(self, index, features, logits, kappa=None):
        """Stop logit `[batch, 1]` of one exit in inference: what its static part computes.

        features: `[batch, channels[index]]`; logits: `[batch, classes]`; kappa: `[batch, 1]` or None.
        """
        seen = [_ranked(logits) if self.ranked else logits]
        if self.in_units:
            for layer in self.f_in:
                features = layer.single(index, features)
            seen.insert(0, features)
        x = ops.concatenate(seen + ([_encode(kappa)] if self.conditioned else []), axis=-1)
        for layer in self.f_cat:
            x = layer.single(index, x)
        return self.last.single(index, x)

    def get_config(self):
        return super().get_config() | {
            "channels": self.channels,
            "classes": self.classes,
            "in_units": self.in_units,
            "cat_units": self.cat_units,
            "conditioned": self.conditioned,
            "ranked": self.ranked,
        }


class _Stacked(keras.layers.Layer):
    """One Dense an exit, `[batch, exits, in]` to `[batch, exits, units]`; normalised and rectified if without bias."""

    def __init__(self, exits, inputs, units, bias=None, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.exits, self.units, self.bias_start = exits, units, bias
        self.inputs = (inputs,) * exits if isinstance(inputs, int) else tuple(inputs)
        self.norm = None if bias else keras.layers.BatchNormalization(momentum=0.95, dtype="float32", name="norm")

    def build(self, *shapes):
        shape = (self.exits, max(self.inputs), self.units)
        self.kernel = self.add_weight(shape=shape, initializer=self._start, name="kernel")
        if self.norm is None:
            self.bias = self.add_weight(shape=(self.exits,), initializer=self._start_bias, name="bias")
        else:
            self.norm.build((None, self.exits * self.units))
        self.built = True

    def _start(self, shape, dtype=None):
        """He-normal by the inputs that an exit has; nearly nothing in the last layer, so that its bias decides."""
        scale = np.array([0.01 if self.norm is None else math.sqrt(2.0 / width) for width in self.inputs])
        used = np.arange(shape[1])[None] < np.array(self.inputs)[:, None]
        mask = ops.convert_to_tensor((scale[:, None] * used)[..., None], dtype)
        return keras.random.normal(shape, dtype=dtype) * mask

    def _start_bias(self, shape, dtype=None):
        return ops.convert_to_tensor(self.bias_start, dtype)

    def call(self, x, training=False):
        x = ops.einsum("bei,eio->beo", x, self.kernel)
        if self.norm is None:
            return x + ops.reshape(self.bias, (1, -1, 1))
        flat = self.norm(ops.reshape(x, (-1, self.exits * self.units)), training=training)
        return ops.relu(ops.reshape(flat, (-1, self.exits, self.units)))

    def single(self, index, x):
        kernel = self.kernel[index, : self.inputs[index]]
        if self.norm is None:
            return ops.matmul(x, kernel) + self.bias[index]
        own = slice(index * self.units, (index + 1) * self.units)
        norm = self.norm
        factor = norm.gamma[own] / ops.sqrt(norm.moving_variance[own] + norm.epsilon)
        return ops.relu(ops.matmul(x, kernel * factor) + (norm.beta[own] - norm.moving_mean[own] * factor))


def _encode(kappa):
    return ops.log(100.0 * kappa)


def _ranked(logits):
    """Log-probabilities `[..., classes]` from the largest to the smallest."""
    return ops.top_k(ops.log_softmax(logits, axis=-1), logits.shape[-1], sorted=True)[0]


def _chain(layers, x, training):
    for layer in layers:
        x = layer(x, training=training)
    return x
