"""Small networks that look at a whole image to say where to crop it, and classifiers of what was cut out (CiNet).

Dai, WPI 2022, section 2.4.1: convolutions of 5x5 and pools of 2x2, then Dense layers, with dropout. Its rate and place
are not told: here it is before every Dense layer but the first.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras

from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST

KERNEL = 5


@keras.saving.register_keras_serializable("frugal")
class Dropout(keras.layers.Layer):
    """Dropout whose generator is among the weights: a training that is resumed draws on where it was.

    rate: share of the numbers that become 0 in training. The shape is kept.
    """

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        if rate:
            self.seeds = keras.random.SeedGenerator()
            self.next_draw = self.seeds.state  # Keras keeps no generator in a backup, but this as a weight.

    def call(self, x, training=False):
        return keras.random.dropout(x, self.rate, seed=self.seeds) if training and self.rate else x

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return super().get_config() | {"rate": self.rate}


def convolutions(
    filters: Sequence[int],
    hidden: Sequence[int],
    dropout: float = 0.0,
    initializer="glorot_uniform",
    gain: float = 1.0,
    activation: str = "relu",
    name=None,
) -> keras.Sequential:
    """Convolutions of 5x5, each with ReLU and a pool of 2x2 that leaves nothing out, then Dense layers.

    Args:
        filters: output channels of the convolutions.
        hidden: widths of the Dense layers.
        dropout: rate before each of them but the first, and behind the last.
        initializer: of all kernels.
        gain: by which what goes in is multiplied first: pixels of dark images are small numbers.
        activation: of the Dense layers.
        name: of the layers.
    """
    layers = [] if gain == 1 else [keras.layers.Rescaling(gain, name="gain")]
    options = {"activation": "relu", "kernel_initializer": initializer}
    for k, width in enumerate(filters, 1):
        shape = {"padding": "same", "data_format": LAST}
        layers.append(keras.layers.Conv2D(width, KERNEL, name=f"conv_{k}", **shape, **options))
        layers.append(keras.layers.MaxPooling2D(2, name=f"pool_{k}", **shape))
    layers.append(keras.layers.Flatten(data_format=LAST, name="flat"))
    for k, width in enumerate(hidden, 1):
        layers.append(keras.layers.Dense(width, name=f"dense_{k}", **options | {"activation": activation}))
        layers.append(Dropout(dropout, name=f"dropout_{k}"))
    return keras.Sequential(layers, name=name)


def inverted_residuals(filters: Sequence[int], name=None) -> keras.Sequential:
    """A MobileNetV2 of one block a stage with an expansion of 1, as the thesis simplifies it for photographs.

    A block is a depthwise 3x3 convolution with ReLU6 and a linear 1x1 one, both normalised (Sandler et al., CVPR 2018).
    Every block but the second halves the resolution, as the stem does. Widths are not told there.

    Args:
        filters: of the stem, and of every block.
        name: of the layers.
    """
    plain = {"padding": "same", "use_bias": False, "data_format": LAST}
    layers = [keras.layers.Conv2D(filters[0], 3, 2, name="stem", **plain)]
    layers += [BatchNormalization(name="stem_norm"), keras.layers.ReLU(6.0, name="stem_relu")]
    for k, width in enumerate(filters[1:], 1):
        layers.append(keras.layers.DepthwiseConv2D(3, 1 if k == 1 else 2, name=f"depthwise_{k}", **plain))
        layers += [BatchNormalization(name=f"norm_{k}"), keras.layers.ReLU(6.0, name=f"relu_{k}")]
        layers.append(keras.layers.Conv2D(width, 1, name=f"project_{k}", **plain))
        layers.append(BatchNormalization(name=f"project_norm_{k}"))
    # A mean over all places would not tell where something is.
    return keras.Sequential([*layers, keras.layers.Flatten(data_format=LAST, name="flat")], name=name)
