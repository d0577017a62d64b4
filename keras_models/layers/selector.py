"""The selector of Deep Elastic Networks: a small network that looks at the image, and scores the levels of all blocks.

Ahn, Kim and Oh, ICCV 2019, section 3.2, which says no more of its layers than that they are few.
"""

from __future__ import annotations

import keras
from keras import ops

from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST


@keras.saving.register_keras_serializable("frugal")
class Selector(keras.layers.Layer):
    """Convolutions, an average over all places, and two dense layers, which decide and are computed in float32.

    What was seen is normalised first: without that a few steps of Adam make logits so far apart, alike for all images,
    that nothing is drawn any more but one structure.

    Args:
        blocks, levels: how many there are to score.
        filters: of 3x3 convolutions, the first two of stride 2; the last width is that of the first dense layer.
        pool: side of the squares that the image is averaged over first.

    Call arguments: images `[batch, height, width, channels]`. Output: logits `[batch, blocks, levels]`.
    """

    def __init__(self, blocks, levels, filters=(8, 16, 32, 32), pool=2, **kwargs):
        super().__init__(**kwargs)
        self.blocks, self.levels, self.filters, self.pool = blocks, levels, tuple(filters), pool
        self.looks = [
            keras.layers.Conv2D(
                width,
                3,
                2 if i < 2 else 1,
                padding="same",
                data_format=LAST,
                activation="relu",
                kernel_initializer="he_normal",
                name=f"look_{i + 1}",
            )
            for i, width in enumerate(self.filters[:-1])
        ]
        self.norm = BatchNormalization(momentum=0.95, dtype="float32", name="norm")
        self.think = keras.layers.Dense(self.filters[-1], activation="relu", dtype="float32", name="think")
        # Zeros: at first every level is as likely as any other, and none is forgotten.
        self.choose = keras.layers.Dense(blocks * levels, kernel_initializer="zeros", dtype="float32", name="choose")

    def build(self, shape):
        shape = (None, *(-(-side // self.pool) for side in shape[1:3]), shape[3])
        for layer in self.looks:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.norm.build((None, shape[-1]))
        self.think.build((None, shape[-1]))
        self.choose.build((None, self.filters[-1]))
        self.built = True

    def call(self, images, training=False):
        return self.decide(self.look(images), training)

    def look(self, images):
        """What is seen, pooled: `[batch, seen]`."""
        x = images
        if self.pool > 1:
            x = ops.average_pool(x, self.pool, strides=self.pool, padding="same", data_format=LAST)
        for layer in self.looks:
            x = layer(x)
        return ops.mean(x, axis=(1, 2))

    @property
    def seen(self) -> int:
        """Width of what `look` gives."""
        return self.looks[-1].filters

    def decide(self, seen, training=False):
        """Logits of what was seen, float32 `[batch, blocks, levels]`."""
        scores = self.choose(self.think(self.norm(ops.cast(seen, "float32"), training=training)))
        return ops.reshape(scores, (-1, self.blocks, self.levels))

    def get_config(self):
        config = {"blocks": self.blocks, "levels": self.levels, "filters": self.filters, "pool": self.pool}
        return super().get_config() | config
