"""Trunks of detectors: from a picture to features at an eighth, a sixteenth and a thirty-second of its sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from keras_models import pretrained
from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST, ConvUnit
from keras_models.pretrained.efficientnet_lite0 import efficientnet_lite0, read_weights

LITE0, SMALL = "lite0", "small"
LEVELS = ("fine", "middle", "coarse")
_ENDS = {"fine": "block_4_end", "middle": "block_10_end", "coarse": "block_15_end"}


def lite0(input_shape, scale: Sequence[float], offset: Sequence[float], weights: bool = False) -> keras.Model:
    """EfficientNet-Lite0 up to its last block, from `[batch, h, w, 3]` to the levels by name.

    Args:
        input_shape: (height, width, 3), multiples of 32.
        scale, offset: by which a pixel has become what the network sees; the trunk wants (pixel - 127) / 128.
        weights: whether those of ImageNet are read; else they are random.

    Raises:
        ValueError: another shape, or weights that are not to be had.
    """
    if any(side % 32 for side in input_shape[:2]):
        raise ValueError(f"expected pictures with sides that 32 divides, received {tuple(input_shape[:2])}")
    if len({*scale}) > 1 or len({*offset}) > 1:
        raise ValueError(f"expected one scale and offset for all channels, received {tuple(scale)}, {tuple(offset)}")
    wanted, shift = (row[0] for row in pretrained.NORMALISATION[pretrained.LITE0])
    network = efficientnet_lite0(input_shape, weights=read_weights() if weights else None)
    ends = keras.Model(network.inputs[0], {level: network.get_layer(name).output for level, name in _ENDS.items()})
    image = keras.Input(input_shape, name="image")
    gain = [wanted / one for one in scale]
    seen = keras.layers.Rescaling(gain[0], shift - gain[0] * offset[0], name="rescaled")(image)
    return keras.Model(image, ends(seen), name="trunk")


def small(input_shape, filters: Sequence[int]) -> keras.Model:
    """Convolutions of stride 2, five or more, of which the last three are the levels; to be trained from scratch."""
    if len(filters) < len(LEVELS):
        raise ValueError(f"expected at least {len(LEVELS)} widths of a trunk, received {len(filters)}")
    image = x = keras.Input(input_shape, name="image")
    ends = []
    for number, width in enumerate(filters):
        x = ConvUnit(width, 2, name=f"unit_{number}")(x)
        ends.append(x)
    return keras.Model(image, dict(zip(LEVELS, ends[-3:], strict=True)), name="trunk")


@keras.saving.register_keras_serializable("frugal")
class SpaceToDepth(keras.layers.Layer):
    """Every two by two places side by side in the channels: `[b, 2 h, 2 w, c]` to `[b, h, w, 4 c]` (YOLOv2's reorg)."""

    def call(self, x):
        import tensorflow as tf

        return tf.nn.space_to_depth(x, 2)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return batch, height // 2, width // 2, 4 * channels


def doubled(x):
    """Features of twice the sides, every one four times: as one operator, for Keras's layer repeats by tiles."""
    return keras.ops.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]), interpolation="nearest", data_format=LAST)


def unit(filters: int, kernel: int, name: str, rectified: bool = True) -> keras.Sequential:
    """A convolution, its normalisation, ReLU; as large as what comes in. Without ReLU numbers are about 1 at first."""
    convolution = keras.layers.Conv2D(
        filters, kernel, padding="same", use_bias=False, data_format=LAST, kernel_initializer="he_normal"
    )
    if not rectified:
        return keras.Sequential([convolution, BatchNormalization(beta_initializer="ones")], name=name)
    return keras.Sequential([convolution, BatchNormalization(), keras.layers.ReLU()], name=name)


def make(kind: str, input_shape, filters: Sequence[int], form: Mapping, weights: bool = False) -> keras.Model:
    """One of the two. form: `scale` and `offset` of the pixels.

    Raises:
        ValueError: another kind.
    """
    if kind == LITE0:
        return lite0(input_shape, form["scale"], form["offset"], weights)
    if kind == SMALL:
        return small(input_shape, filters)
    raise ValueError(f"expected a trunk, {LITE0} or {SMALL}, received {kind!r}")
