"""Links from the answer of an exit to the next one's: inline subnetwork collaboration.

Li et al., "Improved techniques for training adaptive deep networks", ICCV 2019, section 3.2.
"""

from __future__ import annotations

import keras
from keras import layers, ops

KINDS = ("none", "dense", "identity")


@keras.saving.register_keras_serializable("frugal")
class ExitLinks(layers.Layer):
    """What the answer of every exit but the last adds to the next one's logits.

    A classifier that sees its own features h and what comes from the exit before, g, side by side is the sum of two:
    W [h; g] = W' h + W'' g. W' is the exit's own classifier, whatever that is; here are g and W'', which begins at
    zero: links change nothing before they are trained.

    Args:
        exits: number of exits.
        classes: number of labels.
        kind: "dense", g = ReLU(BN(U logits)); "identity", g = logits.
        width: of U.

    Call arguments: logits of the exits by themselves, a list of `[batch, classes]`. Output: a list of the same shapes.
    """

    def __init__(self, exits, classes, kind="dense", width=128, **kwargs):
        super().__init__(**kwargs)
        if kind not in KINDS[1:]:
            raise ValueError(f"expected links 'dense' or 'identity', received {kind!r}")
        self.exits, self.classes, self.kind, self.width = exits, classes, kind, width
        numbers = range(1, exits) if kind == "dense" else ()
        self.widen = [layers.Dense(width, use_bias=False, name=f"widen_{i}") for i in numbers]
        self.norms = [layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"norm_{i}") for i in numbers]
        zeros = {"use_bias": False, "kernel_initializer": "zeros"}
        self.added = [layers.Dense(classes, **zeros, name=f"added_{i}") for i in range(1, exits)]

    def build(self, input_shape=None):
        """Make the weights. input_shape: not looked at."""
        del input_shape
        for layer in self.widen:
            layer.build((None, self.classes))
        for layer in self.norms:
            layer.build((None, self.width))
        for layer in self.added:
            layer.build((None, self.width if self.widen else self.classes))
        self.built = True

    def single(self, i: int, logits, training=False):
        """What exit i, from 1, with these logits `[batch, classes]` adds to those of exit i + 1."""
        if self.widen:
            logits = ops.relu(self.norms[i - 1](self.widen[i - 1](logits), training=training))
        return self.added[i - 1](logits)

    def call(self, logits, training=False):
        found = [logits[0]]
        for i, own in enumerate(logits[1:], 1):
            found.append(own + self.single(i, found[-1], training))
        return found

    def get_config(self):
        names = ("exits", "classes", "kind", "width")
        return super().get_config() | {name: getattr(self, name) for name in names}
