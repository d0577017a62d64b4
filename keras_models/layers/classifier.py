"""Branch classifiers: what pools the features of an exit, and turns them into its answer."""

from __future__ import annotations

import keras

from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST

LARGE, SMALL = 8, 4  # places a side: maps above are averaged down to the first, then convolved down to the second
WIDTHS = (16, 64)  # of that convolution, which has as many filters as channels within these
EXPANDED = 256  # filters of the convolution that "expand" has


def branch_classifier(classes, hidden=(), name=None) -> keras.layers.Layer:
    """Layer from pooled features `[batch, channels]` to logits `[batch, classes]`.

    hidden: widths of the Dense, normalisation, ReLU before the last Dense. Empty is the classifier of EPNet (CIKM 2020,
    section 4.1.2). Pooling adds up what every place sees, so a linear classifier behind it cannot relate two objects
    until one receptive field covers both; a hidden layer relates the sums.
    """
    last = keras.layers.Dense(classes, name="logits" if hidden else name)
    if not hidden:
        return last
    layers = []
    for k, width in enumerate(hidden):
        layers += [
            keras.layers.Dense(width, use_bias=False, kernel_initializer="he_normal", name=f"dense_{k}"),
            keras.layers.BatchNormalization(name=f"norm_{k}"),
            keras.layers.ReLU(name=f"relu_{k}"),
        ]
    return keras.Sequential([*layers, last], name=name)


def branch_pooling(shape, kind="auto", name=None) -> keras.Sequential | None:
    """Layers from the features of an exit to pooled ones, `[batch, channels]`; None where they are pooled already.

    Args:
        shape: of the features, without the batch: (height, width, channels), (tokens, channels) or (channels,).
        kind: "pool" is global average pooling alone (EPNet); "auto" puts a convolution of stride 2, normalised and
            rectified, before it where a map is large. Early features are of edges and colours, and their mean over all
            places tells classes apart badly (MSDNet: Huang et al., ICLR 2018, has two such convolutions). It is
            depthwise separable, and a map above 8 x 8 is averaged first, so that the exit costs little beside the
            trunk. "expand" puts a 1x1 convolution to 256 channels there, normalised and rectified, as MobileNets have
            at their end: their blocks end in few channels that are not rectified, whose mean is a poor feature.
        name: of the layers.
    """
    if len(shape) == 1:
        return None
    layers = [keras.Input(shape)]
    if len(shape) == 3 and kind == "auto":
        window = tuple(max(1, side // LARGE) for side in shape[:2])
        if max(window) > 1:
            layers.append(keras.layers.AveragePooling2D(window, data_format=LAST, name="average"))
        if min(shape[:2]) > SMALL:
            filters = min(max(shape[-1], WIDTHS[0]), WIDTHS[1])
            options = {"strides": 2, "padding": "same", "use_bias": False, "data_format": LAST}
            layers.append(keras.layers.SeparableConv2D(filters, 3, name="conv", **options))
            layers += [BatchNormalization(name="norm"), keras.layers.ReLU(name="relu")]
    if len(shape) == 3 and kind == "expand":
        expand = keras.layers.Conv2D(EXPANDED, 1, use_bias=False, data_format=LAST, name="conv")
        layers += [expand, BatchNormalization(name="norm"), keras.layers.ReLU(name="relu")]
    if len(shape) == 3:
        layers.append(keras.layers.GlobalAveragePooling2D(LAST, name="pool"))
    else:
        layers.append(keras.layers.GlobalAveragePooling1D(LAST, name="pool"))
    return keras.Sequential(layers, name=name)
