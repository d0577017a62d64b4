"""Networks that look at a whole image at once, the baselines of recurrent attention (Dai, WPI 2022, section 3.4.1)."""

from __future__ import annotations

import keras

from keras_models import costs

HIDDEN = (100, 50)


def fully_connected(input_shape, classes: int) -> keras.Model:
    """All pixels into two hidden layers; logits `[batch, classes]`. input_shape: (height, width, channels)."""
    image = keras.Input(input_shape, name="image")
    return keras.Model(image, _answer(image, classes), name="fc")


def convolutional(input_shape, classes: int, filters=(128, 256)) -> keras.Model:
    """Convolutions of 5x5 with mean pooling of 2x2, then two hidden layers; logits `[batch, classes]`.

    input_shape: (height, width, channels). filters: of each convolution; as many as in the thesis by default.
    """
    x = image = keras.Input(input_shape, name="image")
    for width in filters:
        x = keras.layers.Conv2D(width, 5, padding="same", activation="relu")(x)
        x = keras.layers.AveragePooling2D(2)(x)
    return keras.Model(image, _answer(x, classes), name="cnn")


def multiply_adds(network: keras.Model) -> int:
    """Multiply-adds of such a network for an image."""
    return costs.count(keras.Model({"image": network.input}, {"logits": network.output})).macs


def _answer(x, classes):
    x = keras.layers.Flatten()(x)
    for width in HIDDEN:
        x = keras.layers.Dense(width, activation="relu")(x)
    return keras.layers.Dense(classes)(x)
