"""What a user brings: folders of pictures, one of them broken, and classifiers of one's own in Keras files.

The pictures are scikit-learn's handwritten digits as they are, 8 x 8 grey PNG files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers
from PIL import Image

from keras_models import pretrained
from tests.own_layers import forget, loaded

NAMES = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
PICTURES, NEW_PICTURES = "Bilder für Jörg", "neue Bilder"
COUNT, NEW = 30, 4  # pictures of a class
BROKEN = "fünf/broken.png"  # in both folders
LAYERS = '''
import keras


@keras.saving.register_keras_serializable("mine")
class Gated(keras.layers.Layer):
    """Channels times what the whole picture says of them (squeeze and excitation)."""

    def __init__(self, ratio=4, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        self.squeeze = keras.layers.Dense(channels // self.ratio, activation="relu")
        self.excite = keras.layers.Dense(channels, activation="sigmoid")
        self.squeeze.build((None, channels))
        self.excite.build((None, channels // self.ratio))

    def call(self, x):
        weights = self.excite(self.squeeze(keras.ops.mean(x, axis=(1, 2))))
        return x * weights[:, None, None, :]

    def get_config(self):
        return super().get_config() | {"ratio": self.ratio}
'''


def write_pictures() -> None:
    """`PICTURES` and `NEW_PICTURES` in the working folder, no picture in both."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    for label, name in enumerate(NAMES):
        for number, row in enumerate(np.flatnonzero(digits.target == label)[: COUNT + NEW]):
            file = Path(PICTURES if number < COUNT else NEW_PICTURES, name, f"bild {number}.png")
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((digits.images[row] * 255 / 16).astype(np.uint8)).save(file)
    for folder in (PICTURES, NEW_PICTURES):
        Path(folder, BROKEN).write_bytes(b"\x89PNG\r\n\x1a\n and no more")


def sequential() -> list[str]:
    """A Sequential CNN that ends in a softmax, of small grey pictures."""
    network = [keras.Input((16, 16, 1)), layers.Rescaling(1 / 255)]
    for filters in (8, 16, 16):
        network += [layers.Conv2D(filters, 3, padding="same"), layers.BatchNormalization(), layers.ReLU()]
        network += [layers.MaxPooling2D()]
    network += [layers.Flatten(), layers.Dropout(0.2), layers.Dense(len(NAMES), activation="softmax")]
    keras.Sequential(network).save("sequential.keras")
    return ["sequential.keras", "--data", PICTURES, "--exits", "auto"]


def own_layers() -> list[str]:
    """A functional network with a subclassed layer of one's own, which its file registers."""
    Path("my_layers.py").write_text(LAYERS, encoding="utf-8")
    with loaded("my_layers.py") as mine:
        image = keras.Input((16, 16, 3))
        x = layers.Rescaling(1 / 127.5, -1)(image)
        for block, filters in enumerate((8, 16, 16)):
            x = layers.Conv2D(filters, 3, 2 if block else 1, padding="same", activation="relu")(x)
            x = mine.Gated(name=f"gated_{block}")(x)
        x = layers.GlobalAveragePooling2D()(x)
        keras.Model(image, layers.Dense(len(NAMES))(x)).save("own_layers.keras")
    forget()
    return ["own_layers.keras", "--data", PICTURES, "--exits", "auto", "--layers", "my_layers.py"]


def mobilenet() -> list[str]:
    """One of Keras' applications."""
    network = keras.applications.MobileNetV3Small(weights=None, input_shape=(32, 32, 3), classes=len(NAMES))
    network.save("mobilenet.keras")
    return ["mobilenet.keras", "--data", PICTURES, "--exits", "auto"]


def lite0() -> list[str]:
    """EfficientNet-Lite0 by its preset, with ImageNet's weights where their package is installed."""
    network = {"application": pretrained.LITE0, "size": [32, 32], "weights": None}
    try:
        network["weights"] = pretrained.lite0_file() and "imagenet"
    except ValueError:
        pass
    given = ["--set", f"network.network={json.dumps(network)}", "--out", "runs/lite0"]
    return ["lite0_cifar10", "--data", PICTURES, "--cutout", "0", *given]


NETWORKS: dict[str, Callable[[], list[str]]] = {f.__name__: f for f in (sequential, own_layers, mobilenet, lite0)}
