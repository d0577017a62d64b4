"""What opens and closes channels (DeepMoE): the network that looks first, sparse gates, and clusters of them.

Wang, UCB/EECS-2020-236, section 3.2.
"""

from __future__ import annotations

import keras
from keras import ops

from keras_models.functional import experts
from keras_models.layers.residual import ConvUnit


@keras.saving.register_keras_serializable("frugal")
class ShallowEmbedding(keras.layers.Layer):
    """A few 3x3 convolutions of stride 2 that look at the image first: its latent mixture e (section 3.2).

    Args:
        filters: output channels of each convolution; 4 of them for small images in the thesis, 5 for ImageNet.
        dim: elements of e.

    Call arguments: images `[batch, h, w, c]`. Output: `[batch, dim]` of a softmax, in float32.
    """

    def __init__(self, filters, dim, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.dim = tuple(filters), dim
        self.units = [ConvUnit(width, 2, name=f"look_{i + 1}") for i, width in enumerate(self.filters)]
        self.mix = keras.layers.Dense(dim, dtype="float32", name="mix")

    def build(self, shape):
        for unit in self.units:
            unit.build(shape)
            shape = unit.compute_output_shape(shape)
        self.mix.build((None, shape[-1]))
        self.built = True

    def call(self, images, training=False):
        return self.mixture(self.features(images, training))

    def features(self, images, training=False):
        """What the convolutions see, pooled: `[batch, filters[-1]]`."""
        x = images
        for unit in self.units:
            x = unit(x, training=training)
        return ops.mean(x, axis=(1, 2))

    def mixture(self, features):
        """The latent mixture weights of pooled features."""
        return ops.softmax(self.mix(features), axis=-1)

    def get_config(self):
        return super().get_config() | {"filters": self.filters, "dim": self.dim}


@keras.saving.register_keras_serializable("frugal")
class SparseGates(keras.layers.Layer):
    """Heads that make the gates of all layers of the latent mixture: ReLU(W_g e), no bias (equation 3.6).

    Args:
        widths: gates of each layer.
        spread: standard deviation of the weights at the start around 1, where nearly all channels are open for all
            images. Nothing in the thesis.

    Call arguments: e, `[batch, dim]`. Output: `[batch, gates]`, in float32.
    """

    def __init__(self, widths, spread=1.0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.widths, self.spread = tuple(widths), spread

    def build(self, shape):
        start = keras.initializers.RandomNormal(1.0, self.spread)
        self.kernel = self.add_weight(shape=(shape[-1], sum(self.widths)), initializer=start, name="kernel")
        self.built = True

    def call(self, mixture):
        return experts.sparse(mixture, self.kernel)

    def get_config(self):
        config = super().get_config()
        config.pop("dtype", None)
        return config | {"widths": self.widths, "spread": self.spread}


@keras.saving.register_keras_serializable("frugal")
class GateClusters(keras.layers.Layer):
    """Clusters of gate vectors, and the gates of the static network of each; nothing here is trained by gradients.

    Args:
        count: number of clusters.

    Call arguments: gates, `[batch, gates]`. Output: scores `[batch, count]`; the largest is the nearest centre's.
    """

    def __init__(self, count, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.count = count

    def build(self, shape):
        options = {"shape": (self.count, shape[-1]), "initializer": "ones", "trainable": False}
        self.centres = self.add_weight(name="centres", **options)
        self.values = self.add_weight(name="values", **options)
        self.built = True

    def call(self, gates):
        centres = ops.convert_to_tensor(self.centres)
        return ops.matmul(gates, ops.transpose(centres)) - 0.5 * ops.sum(centres * centres, axis=1)

    def fit_of(self, gates):
        """Cosine of gates with the centre that is most like them, `[batch, 1]`: 1 is the same direction, 0 none."""
        unit = self.centres / (ops.norm(self.centres, axis=1, keepdims=True) + 1e-6)
        length = ops.sqrt(ops.sum(gates * gates, axis=1, keepdims=True)) + 1e-6
        return ops.max(ops.matmul(gates, ops.transpose(unit)), axis=1, keepdims=True) / length

    def replaced(self, gates):
        """The gates of the static network that runs for gates, `[batch, gates]`."""
        return ops.take(ops.convert_to_tensor(self.values), ops.argmax(self(gates), axis=-1), axis=0)

    def get_config(self):
        config = super().get_config()
        config.pop("dtype", None)
        return config | {"count": self.count}
