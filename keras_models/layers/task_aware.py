"""The layers of TAFE-Net: embeddings of task descriptions, and features that they scale (`functional.task_aware`)."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models.functional.task_aware import task_scaled
from keras_models.layers.normalization import BatchNormalization


@keras.saving.register_keras_serializable("frugal")
class TaskEmbedding(keras.layers.Layer):
    """T: a task's description to its embedding e_t.

    Args:
        hidden: widths of the layers before the last, each normalised.
        width: of the embedding.

    Call arguments: descriptions `[tasks, size]`. Output: `[tasks, width]`, none of it below 0.
    """

    def __init__(self, hidden, width, **kwargs):
        super().__init__(**kwargs)
        self.hidden, self.width = tuple(hidden), int(width)
        self.dense = [keras.layers.Dense(n, use_bias=False, name=f"dense_{i}") for i, n in enumerate(self.hidden)]
        # A step has most tasks, so that averages need not reach far back, and do not lag.
        self.norms = [BatchNormalization(momentum=0.9, name=f"norm_{i}") for i, _ in enumerate(self.hidden)]
        self.last = keras.layers.Dense(self.width, activation="relu", name="last")

    def build(self, input_shape):
        """Make all weights. input_shape: (tasks, size), as Keras asks."""
        size = input_shape[-1]
        for dense, norm in zip(self.dense, self.norms, strict=True):
            dense.build((None, size))
            size = dense.units
            norm.build((None, size))
        self.last.build((None, size))
        self.built = True

    def call(self, descriptions, training=False):
        x = descriptions
        for dense, norm in zip(self.dense, self.norms, strict=True):
            x = ops.relu(norm(dense(x), training=training))
        return self.last(x)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.width)

    def get_config(self):
        return super().get_config() | {"hidden": self.hidden, "width": self.width}


@keras.saving.register_keras_serializable("frugal")
class TaskAwareFeatures(keras.layers.Layer):
    """K dense layers whose outputs a task scales, and the generators g^i of these scales.

    The scales of all layers behind each other are a task's row, `[layers * width]`: with it an image needs neither the
    description nor what embeds it.

    Args:
        layers: K.
        width: of each layer, of TAFE, and of the task embeddings that it is compared with.
    """

    def __init__(self, layers, width, **kwargs):
        super().__init__(**kwargs)
        self.count, self.width = int(layers), int(width)
        self.shared = [keras.layers.Dense(self.width, name=f"shared_{i}") for i in range(self.count)]
        # Scales begin around 1, so that shared layers learn at once.
        names = [f"generator_{i}" for i in range(self.count)]
        self.generators = [keras.layers.Dense(self.width, bias_initializer="ones", name=name) for name in names]

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, features), as Keras asks."""
        for number, (dense, generator) in enumerate(zip(self.shared, self.generators, strict=True)):
            dense.build((None, self.width if number else input_shape[-1]))
            generator.build((None, self.width))
        self.built = True

    def rows(self, embeddings):
        """The scales of every layer of tasks: `[tasks, width]` to `[tasks, layers * width]`."""
        return ops.concatenate([generator(embeddings) for generator in self.generators], axis=-1)

    def shared_product(self, features):
        """What all tasks share, the first layer's product: `[batch, features]` to `[batch, width]`."""
        return self.shared[0](features)

    def scaled(self, product, rows):
        """TAFE of each sample under each task.

        Args:
            product: of `shared_product`, `[batch, width]`.
            rows: `[tasks, layers * width]`, or each sample's own, `[batch, tasks, layers * width]`.

        Returns:
            `[batch, tasks, width]`.
        """
        x, ends = product, np.arange(self.count + 1) * self.width
        for number, (start, stop) in enumerate(zip(ends, ends[1:], strict=False)):
            x = self.shared[number](ops.relu(x)) if number else x
            x = task_scaled(x, rows[..., start:stop])
        return x

    def call(self, features, rows):
        return self.scaled(self.shared_product(features), rows)

    def get_config(self):
        return super().get_config() | {"layers": self.count, "width": self.width}


@keras.saving.register_keras_serializable("frugal")
class Standardised(keras.layers.Layer):
    """Features less their mean, divided by their deviation, both from some samples (`adapt`); before it as they are.

    Call arguments: `[batch, features]`. Output: the same shape.
    """

    def build(self, input_shape):
        """Make both. input_shape: (batch, features), as Keras asks."""
        shape = (input_shape[-1],)
        self.mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
        self.factor = self.add_weight(shape=shape, initializer="ones", trainable=False, name="factor")
        self.built = True

    def adapt(self, samples) -> None:
        """Take both from samples `[n, features]`; a feature that hardly differs is not blown up."""
        samples = np.asarray(samples, float)
        deviation = samples.std(0)
        self.mean.assign(samples.mean(0).astype("float32"))
        self.factor.assign((1 / np.maximum(deviation, 0.05 * deviation.max() + 1e-6)).astype("float32"))

    def call(self, features):
        return (features - self.mean) * self.factor


@keras.saving.register_keras_serializable("frugal")
class MatchClassifier(keras.layers.Layer):
    """Whether sample and task match, from TAFE, for all tasks alike: dropout, hidden layers, one logit.

    Args:
        hidden: widths of the hidden layers.
        dropout: share of the inputs that is left out in training.

    Call arguments: `[batch, tasks, width]`. Output: `[batch, tasks]`.
    """

    def __init__(self, hidden, dropout=0.5, **kwargs):
        super().__init__(**kwargs)
        self.hidden, self.dropout = tuple(hidden), keras.layers.Dropout(dropout)
        self.dense = [keras.layers.Dense(n, activation="relu", name=f"hidden_{i}") for i, n in enumerate(self.hidden)]
        self.last = keras.layers.Dense(1, name="logit")

    def build(self, input_shape):
        """Make all weights. input_shape: (..., width), as Keras asks."""
        size = input_shape[-1]
        for dense in (*self.dense, self.last):
            dense.build((None, size))
            size = dense.units
        self.built = True

    def call(self, features, training=False):
        x = self.dropout(features, training=training)
        for dense in self.dense:
            x = dense(x)
        return ops.squeeze(self.last(x), -1)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1])

    def get_config(self):
        return super().get_config() | {"hidden": self.hidden, "dropout": self.dropout.rate}
