"""Classifiers with pre-trained layers, as a preset names them, for a family that adds to them what is its own."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Mapping

import keras

from keras_models import pretrained
from keras_models.cascade_members import Member
from keras_models.layers.residual import LAST
from keras_models.pretrained.efficientnet_lite0 import efficientnet_lite0, read_weights


def make_member(entry: Mapping, input_shape, classes: int) -> Member:
    """A classifier whose last Dense is new, and the images that it wants.

    Args:
        entry: as `pretrained.is_application` takes it.
        input_shape: (height, width, channels) of the images that there are, of whose size it is if it says none.
        classes: number of labels.

    Raises:
        ValueError: it is not known, its weights are not to be had, or not for this size.
    """
    pretrained.check(entry)
    name, weights = entry["application"], entry.get("weights", pretrained.WEIGHTS[0])
    size = tuple(entry.get("size") or input_shape[:2])
    if name == pretrained.LITE0:
        network = efficientnet_lite0((*size, 3), classes, read_weights() if weights else None)
    else:
        network = _application(name, (*size, 3), classes, weights)
    return Member(network, size, *pretrained.NORMALISATION[name])


def _application(name: str, shape, classes: int, weights: str | None) -> keras.Model:
    options = {"include_top": False, "pooling": "avg", "input_shape": shape, "weights": weights}
    try:
        with _channels_last(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*Weights for input shape")  # the layers kept fit any size
            body = getattr(keras.applications, name)(**options)
    except Exception as error:  # Keras has no class for a download that failed
        if isinstance(error, MemoryError):
            raise
        words = " ".join(str(error).split())
        raise ValueError(f"expected {name} for images of {shape} with weights {weights}, received: {words}") from error
    return keras.Model(body.inputs[0], keras.layers.Dense(classes, name="logits")(body.outputs[0]), name=name.lower())


@contextlib.contextmanager
def _channels_last():
    """While it is open new layers take images as they lie in memory here, whatever Keras is set to."""
    before = keras.config.image_data_format()
    keras.config.set_image_data_format(LAST)
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)
