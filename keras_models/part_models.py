"""The parts of an early-exit network as Keras models with named tensors: what a converter exports, one job each."""

from __future__ import annotations

import keras
from keras import ops

from keras_models.layers.residual import LAST


def trunk_model(unit, name, shape, block_input_shape) -> keras.Model:
    """A convolution of the trunk by itself.

    shape: (height, width, channels) of what goes in. block_input_shape: likewise, for a unit with a shortcut.
    """
    inputs = {"x": keras.Input(shape, name="x")}
    if unit.shortcut:
        inputs["block_input"] = keras.Input(block_input_shape, name="block_input")
    return keras.Model(inputs, {"y": unit(*inputs.values())}, name=name)


def pool_model(i, shape) -> keras.Model:
    """Global average pooling behind exit i: `[1, height, width, channels]` to `[1, channels]`."""
    x = keras.Input(shape, name="x")
    return keras.Model({"x": x}, {"y": keras.layers.GlobalAveragePooling2D(LAST)(x)}, name=f"pool_{i}")


def classifier_model(head, channels, name="head") -> keras.Model:
    """A classifier of pooled features alone: `features` `[1, channels]` to `logits` `[1, classes]`."""
    features = keras.Input((channels,), name="features")
    return keras.Model({"features": features}, {"logits": head(features)}, name=name)


def head_model(head, i, channels, links=None) -> keras.Model:
    """The classifier of exit i: pooled features `[1, channels]` to logits `[1, classes]`.

    links: `layers.ExitLinks`, over which the logits of the exit before, `before`, add to its own; or None.
    """
    features = keras.Input((channels,), name="features")
    inputs, logits = {"features": features}, head(features)
    if links is not None:
        inputs["before"] = keras.Input((links.classes,), name="before")
        logits = keras.layers.Add()([logits, links.single(i - 1, inputs["before"])])
    return keras.Model(inputs, {"logits": logits}, name=f"head_{i}")


def controller_model(controllers, i, channels, classes) -> keras.Model:
    """The controller of exit i: pooled features, logits and, where it sees it, kappa to a stop probability `[1, 1]`."""
    inputs = {"features": keras.Input((channels,), name="features"), "logits": keras.Input((classes,), name="logits")}
    if controllers.conditioned:
        inputs["kappa"] = keras.Input((1,), name="kappa")
    decide = keras.layers.Lambda(lambda seen: ops.sigmoid(controllers.single(i - 1, **seen)), output_shape=(1,))
    stop = decide(inputs)
    return keras.Model(inputs, {"stop": stop}, name=f"controller_{i}")
