"""Feature pyramids: a trunk's features at strides 4, 8 and 16, of which the coarse ones are added to the finer ones.

Lin et al., "Feature pyramid networks for object detection", CVPR 2017; separable convolutions behind the sums, as
EfficientDet has them (Tan et al., CVPR 2020).
"""

from __future__ import annotations

import keras
from keras import layers, ops

from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST
from keras_models.pretrained import LITE0, NORMALISATION
from keras_models.pretrained.efficientnet_lite0 import SIDES, efficientnet_lite0, read_weights, set_weights

TRUNKS = ("lite0", "convolutions")
COARSEST = 16  # pixels of a cell
_LITE0 = ("block_2_end", "block_4_end", "block_7_end")  # strides 4, 8, 16


def pyramid(input_shape, trunk: str, filters, width: int) -> keras.Model:
    """From images to what regions are cut from, and to what proposals are made of.

    Args:
        input_shape: (height, width, 3), multiples of 16.
        trunk: "lite0", EfficientNet-Lite0 as far as stride 16, or "convolutions".
        filters: of four strided convolutions; of "convolutions" alone.
        width: channels of what it gives.

    Returns:
        A model of images to {"features": stride 4, "looked": stride 8}, `[batch, rows, columns, width]`.

    Raises:
        ValueError: another trunk, or pictures of other sides.
    """
    if trunk not in TRUNKS:
        raise ValueError(f"expected a trunk, one of {', '.join(TRUNKS)}, received {trunk!r}")
    if any(side % COARSEST or side < COARSEST for side in input_shape[:2]):
        raise ValueError(f"expected pictures whose sides are multiples of {COARSEST}, received {tuple(input_shape)}")
    if trunk == "lite0" and not all(SIDES[0] <= side <= SIDES[1] for side in input_shape[:2]):
        raise ValueError(f"expected pictures with sides from {SIDES[0]} to {SIDES[1]}, received {tuple(input_shape)}")
    image, levels = _lite0(input_shape) if trunk == "lite0" else _convolutions(input_shape, filters)
    sums = None
    found = {}
    for stride, level in zip((16, 8, 4), reversed(levels), strict=True):
        lateral = _unit(_convolution(width, 1, f"lateral_{stride}"), level, active=False)
        if sums is not None:
            raised = layers.UpSampling2D(2, LAST, "bilinear", name=f"raised_{stride}")(sums)
            lateral = layers.Add(name=f"sum_{stride}")([raised, lateral])
        sums = lateral
        if stride < COARSEST:
            found[stride] = _separable(sums, width, f"level_{stride}")
    looked = _separable(found[8], width, "look")
    return keras.Model(image, {"features": found[4], "looked": looked}, name="pyramid")


def _lite0(input_shape):
    known = efficientnet_lite0(input_shape)
    return known.inputs[0], [known.get_layer(name).output for name in _LITE0]


def _convolutions(input_shape, filters):
    if len(filters) != 4:
        raise ValueError(f"expected filters of four convolutions, received {list(filters)}")
    x = image = keras.Input(input_shape, name="image")
    levels = []
    for place, count in enumerate(filters):
        x = _unit(_convolution(count, 3, f"conv_{place}", stride=2), x)
        levels.append(x)
    return image, levels[1:]


def _convolution(filters: int, kernel: int, name: str, stride: int = 1):
    return layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, data_format=LAST, name=name)


def _unit(convolution, x, active: bool = True):
    """A convolution, its normalisation, perhaps ReLU6."""
    x = BatchNormalization(momentum=0.9, name=f"{convolution.name}_norm")(convolution(x))
    return layers.ReLU(6.0, name=f"{convolution.name}_relu")(x) if active else x


def _separable(x, width: int, name: str):
    options = {"padding": "same", "use_bias": False, "data_format": LAST}
    x = layers.DepthwiseConv2D(3, name=f"{name}_depthwise", **options)(x)
    return _unit(_convolution(width, 1, name), x)


def set_pretrained(model: keras.Model, pixels: tuple[float, float]) -> None:
    """ImageNet's weights for a pyramid on EfficientNet-Lite0.

    Args:
        model: of `pyramid`.
        pixels: (scale, offset) by which its images were made of pixels; the first layer's weights are those that see
            the same in them as ImageNet's saw (but at the picture's edge, which is padded with 0).

    Raises:
        ValueError: the weights are not to be had.
    """
    set_weights(model, read_weights())
    scale, offset = (own[0] if isinstance(own, tuple | list) else own for own in NORMALISATION[LITE0])
    gain = scale / pixels[0]
    convolution, norm = model.get_layer("stem"), model.get_layer("stem_norm")
    kernel = ops.convert_to_numpy(convolution.kernel)
    norm.moving_mean.assign(norm.moving_mean - kernel.sum(axis=(0, 1, 2)) * (offset - gain * pixels[1]))
    convolution.kernel.assign(gain * kernel)


def freeze(model: keras.Model, below: str) -> None:
    """Makes the layers of a pyramid on EfficientNet-Lite0 up to `below` no longer trainable, all others trainable.

    Region-based detectors leave the first stages as ImageNet's classes have made them (Girshick, ICCV 2015, section
    4.5).
    """
    names = [layer.name for layer in model.layers]
    for place, layer in enumerate(model.layers):
        layer.trainable = place > names.index(below) if below in names else True
