"""Training pictures changed at random by Keras' own layers, the same way for the same seed.

The layers run in the input pipeline, on pixels from 0 to 255: they are no part of the network, and of no conversion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import tensorflow as tf


class _Seeds(keras.random.SeedGenerator):
    """The draws of one seed, a tensor: first, second, and so on. Keras' own keeps a state, which is nobody's here."""

    def __init__(self, seed):
        self.given, self.drawn = tf.cast(tf.math.floormod(seed, 1 << 31), "int32"), 0

    def next(self, ordered=True):
        """Two numbers for a stateless draw."""
        del ordered
        self.drawn += 1
        return tf.stack([self.given, self.drawn])


def of(task, layers: Mapping | None):
    """What changes the training pictures of a task, as `Task.dataset` takes it.

    layers: as for `make`; none are none, and None is the task's own way.

    Raises:
        ValueError: as `make`.
    """
    if layers is None:
        return task.augments
    return make(layers, task.input_shape) if layers else False


def make(layers: Mapping, shape) -> Callable:
    """What changes a batch of pictures.

    Args:
        layers: name of a Keras layer, one of `presets.settings.AUGMENTING` -> its first argument, a list of its
            arguments in order, or its arguments by name; they change pictures in this order.
        shape: (height, width, channels) of a picture.

    Returns:
        Function (images of pixels `[b, h, w, c]`, seed int64) -> float32 of the same shape.

    Raises:
        ValueError: a layer does not take these arguments, or makes other pictures than such.
    """
    made = {name: _layer(name, value) for name, value in layers.items()}

    def change(images, seed):
        seeds, images = _Seeds(seed), tf.cast(images, "float32")
        for layer in made.values():
            images = tf.ensure_shape(_changed(layer, images, seeds), [None, *shape])
        return images

    for name, layer in made.items():
        try:
            works = _changes_some(layer, shape[2])
        except Exception as error:  # Keras checks as it likes
            raise ValueError(f"expected layers for pictures of {shape}, received {name}: {_words(error)}") from None
        if not works:
            raise ValueError(
                f"expected layers that change pictures, received {name} of {layers[name]!r}, which does not"
            )
    return change


def _changed(layer, images, seeds: _Seeds):
    drawn = layer.get_random_transformation(images, training=True, seed=seeds)
    return layer.transform_images(images, drawn, training=True)


def _changes_some(layer, channels: int) -> bool:
    """Whether it changes any of some pictures: to a mode that is none Keras says nothing."""
    images = tf.random.stateless_uniform([64, 16, 16, channels], [0, 0], 0, 256)
    return any(bool(tf.reduce_any(_changed(layer, images, _Seeds(seed)) != images)) for seed in range(16))


def _layer(name: str, value) -> keras.layers.Layer:
    kind = getattr(keras.layers, name)
    try:
        if isinstance(value, Mapping):
            return kind(**value, dtype="float32")
        return kind(*(value if isinstance(value, list | tuple) else [value]), dtype="float32")
    except Exception as error:  # Keras checks as it likes
        raise ValueError(f"expected arguments that {name} takes, received {value!r}: {_words(error)}") from None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())
