"""Branch classifiers: what turns the pooled features of an exit into its answer."""

from __future__ import annotations

import keras


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
