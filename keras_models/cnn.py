"""Plain convolutional networks, static: what a phone could run alone, and what a cloud runs on whole images.

Dai, WPI 2022, table 2.1: convolutions of 5x5, each with ReLU and a pool of 2x2, then two Dense layers. Every layer is a
part of its own: behind each of them the network may be cut, and what passes there be sent on (model partition).
"""

from __future__ import annotations

import keras
from keras import ops

from keras_models import part_models, programs
from keras_models.base import Part
from keras_models.early_exit import StaticClassifier
from keras_models.layers.extractors import convolutions


@keras.saving.register_keras_serializable("frugal")
class CNN(StaticClassifier):
    """Convolutions and Dense layers in a line, without any exit.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        filters: output channels of the convolutions.
        hidden: widths of the Dense layers before the last.
        dropout: rate behind each of these.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, 1, classes]`.
    """

    def __init__(self, input_shape, classes, filters=(4, 8, 16), hidden=(100, 50), dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.filters, self.hidden, self.dropout = tuple(filters), tuple(hidden), float(dropout)
        self.trunk = convolutions(self.filters, self.hidden, self.dropout, name="trunk")
        self.head = keras.layers.Dense(self.classes, name="head")
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        self.trunk.build(input_shape)
        self.head.build(self.trunk.compute_output_shape(input_shape))
        self.built = True

    def call(self, images, training=False):
        return ops.cast(ops.expand_dims(self.head(self.trunk(images, training=training)), 1), "float32")

    @property
    def layer_names(self) -> list[str]:
        """Names of the layers behind which it may be cut, in order: conv_1, .., dense_1, .."""
        return [f"conv_{k + 1}" for k in range(len(self.filters))] + [f"dense_{k + 1}" for k in range(len(self.hidden))]

    def parts(self) -> dict[str, Part]:
        """A part a layer (a convolution with its pool), and the `head`."""
        parts, shape = {}, self.image_shape
        for name, layers in self._grouped().items():
            x = inputs = keras.Input(shape, name="x")
            for layer in layers:
                x = layer(x)
            parts[name] = Part(keras.Model({"x": inputs}, {"y": x}, name=name))
            shape = x.shape[1:]
        return parts | {"head": Part(part_models.classifier_model(self.head, *shape), keep_float=True)}

    def _grouped(self) -> dict[str, list]:
        """The layers of every part of the trunk."""
        known = {layer.name: layer for layer in self.trunk.layers}
        found = {name: [known[name]] for name in self.layer_names}
        for k in range(len(self.filters)):
            found[f"conv_{k + 1}"].append(known[f"pool_{k + 1}"])
        found["dense_1"].insert(0, known["flat"])
        return found

    def program(self) -> list[dict]:
        """Run every layer, and answer."""
        values = ["image", *self.layer_names]
        steps = [
            programs.run(name, {"x": before}, {"y": name}) for before, name in zip(values, values[1:], strict=False)
        ]
        steps.append(programs.run("head", {"features": values[-1]}, {"logits": "logits"}))
        return [*steps, programs.answer("answer", label="logits")]
