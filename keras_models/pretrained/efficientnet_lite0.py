"""EfficientNet-Lite0 for Keras: MobileNetV2's blocks, widths and depths of EfficientNet-B0 (Tan and Le, ICML 2019).

The lite networks have ReLU6, no squeeze-and-excite, and a stem and a head of fixed widths: made for integer kernels
(https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite: 4.7 M parameters; its 407 M
multiply-adds at 224 x 224 count more than the 385 M of convolutions and Dense). Behind block i is the layer
`block_i_end`. At 64 x 64 the stages end at 1.7 (block_0), 6.2 (2), 9.3 (4), 12.8 (7), 19.9 (10), 27.3 (14) and 29.7 M
(15) of 31.4 M multiply-adds.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers

from keras_models import pretrained
from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST
from keras_models.pretrained import torch_files, torch_weights

SIDES = (32, 224)  # of an image
CLASSES = 1_000  # of ImageNet
# Stage: blocks, kernel, stride of the first block, expansion, filters.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280
# Layer of a block -> names of its convolution and normalisation in the package's file.
_UNITS = {
    "expand": ("_expand_conv", "_bn0"),
    "depthwise": ("_depthwise_conv", "_bn1"),
    "project": ("_project_conv", "_bn2"),
}


def efficientnet_lite0(input_shape, classes: int = CLASSES, weights: Mapping | None = None) -> keras.Model:
    """The network, from images `[batch, height, width, 3]`, (pixel - 127) / 128, to logits `[batch, classes]`.

    Args:
        input_shape: (height, width, 3), each side from 32 to 224.
        classes: number of labels.
        weights: of `read_weights`, for all layers but a last one of other classes than ImageNet's; None: random ones.

    Raises:
        ValueError: another size, or weights of another network.
    """
    low, high = SIDES
    if len(input_shape) != 3 or input_shape[2] != 3 or not all(low <= side <= high for side in input_shape[:2]):
        raise ValueError(f"expected images of 3 channels and sides from {low} to {high}, received {tuple(input_shape)}")
    image = keras.Input(input_shape, name="image")
    x = _unit(_convolution(STEM, 3, 2, "stem"), image)
    number = 0
    for blocks, kernel, stride, expansion, filters in STAGES:
        for i in range(blocks):
            x = _block(x, f"block_{number}", kernel, stride if i == 0 else 1, expansion, filters)
            number += 1
    x = _unit(_convolution(HEAD, 1, 1, "head"), x)
    x = layers.GlobalAveragePooling2D(LAST, name="pooled")(x)
    model = keras.Model(image, layers.Dense(classes, name="logits")(x), name="efficientnet_lite0")
    if weights is not None:
        set_weights(model, weights)
    return model


def read_weights() -> dict[str, np.ndarray]:
    """ImageNet's weights, as the installed package names them.

    Raises:
        ValueError: it is not installed, or its file is another one.
    """
    return torch_files.read(pretrained.lite0_bytes())


def _convolution(filters: int, kernel: int, stride: int, name: str) -> layers.Layer:
    return layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, data_format=LAST, name=name)


def _unit(convolution, x, active: bool = True):
    """A convolution, its normalisation, perhaps ReLU6."""
    name = convolution.name
    x = BatchNormalization(epsilon=1e-3, momentum=0.9, name=f"{name}_norm")(convolution(x))
    return layers.ReLU(6.0, name=f"{name}_relu")(x) if active else x


def _block(x, name: str, kernel: int, stride: int, expansion: int, filters: int):
    """Expand, convolve each channel, project; added to what came in where the shape stays."""
    given, width = x, x.shape[-1]
    if expansion != 1:
        x = _unit(_convolution(width * expansion, 1, 1, f"{name}_expand"), x)
    options = {"padding": "same", "use_bias": False, "data_format": LAST}
    x = _unit(layers.DepthwiseConv2D(kernel, stride, name=f"{name}_depthwise", **options), x)
    project = _convolution(filters, 1, 1, f"{name}_project")
    if stride == 1 and width == filters:
        return layers.Add(name=f"{name}_end")([given, _unit(project, x, active=False)])
    return BatchNormalization(epsilon=1e-3, momentum=0.9, name=f"{name}_end")(project(x))


def _stored_names(layer: str) -> str:
    """The name that the package's file has for a layer with weights."""
    fixed = {"stem": "_conv_stem", "stem_norm": "_bn0", "head": "_conv_head", "head_norm": "_bn1", "logits": "_fc"}
    if layer in fixed:
        return fixed[layer]
    _, number, *unit = layer.split("_")
    is_norm = unit[-1] in ("norm", "end")
    convolution, norm = _UNITS["project" if unit[0] == "end" else unit[0]]
    return f"_blocks.{number}.{norm if is_norm else convolution}"


def set_weights(model: keras.Model, weights: Mapping) -> None:
    """Gives the layers of a model that are this network's, by their names, ImageNet's weights, of `read_weights`.

    A last layer of other classes than ImageNet's keeps its own, and so do layers of other names.
    """
    for layer in model.layers:
        own = layer.name.partition("_")[0] in ("stem", "block", "head", "logits")
        if own and layer.weights and not (layer.name == "logits" and layer.units != CLASSES):
            torch_weights.set_weights(layer, weights, _stored_names(layer.name))
