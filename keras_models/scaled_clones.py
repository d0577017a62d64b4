"""The same classifier with fewer channels, or for smaller images: a copy of its layers, one by one, by their configs.

Widths are scaled as in MobileNets (Howard et al., 2017, section 3.3): every layer that makes channels makes that share
of them, except those that make the answer. Layers that take as many channels as they get follow.
"""

from __future__ import annotations

from collections.abc import Collection

import keras
import numpy as np
from keras import layers

from keras_models.cascade_members import classifier_shape
from keras_models.flat_graphs import check_layers, nodes, replay, run
from keras_models.layers import ConvUnit, ResidualBlock

MULTIPLE = 4  # channels are multiples of it: kernels compute several at once
# Layers that make channels, and what their configs call the number.
MAKERS = {
    layers.Conv2D: "filters",
    layers.Conv2DTranspose: "filters",
    layers.SeparableConv2D: "filters",
    layers.Dense: "units",
    ConvUnit: "filters",
    ResidualBlock: "filters",
}
# Layers that give as many channels as they get, or all that they get, whatever their number is.
FOLLOWERS = frozenset(
    "Activation ReLU LeakyReLU PReLU ELU Softmax BatchNormalization LayerNormalization GroupNormalization "
    "UnitNormalization Normalization Rescaling DepthwiseConv2D MaxPooling2D AveragePooling2D GlobalAveragePooling2D "
    "GlobalMaxPooling2D Dropout SpatialDropout2D GaussianNoise GaussianDropout AlphaDropout Add Subtract Multiply "
    "Average Maximum Minimum Concatenate Flatten ZeroPadding2D Cropping2D UpSampling2D Resizing CenterCrop RandomCrop "
    "RandomFlip RandomRotation RandomTranslation RandomZoom RandomContrast RandomBrightness Identity".split()
)
OPERATIONS = frozenset(  # of keras.ops, with neither weights nor numbers of channels
    "Add Subtract Multiply Divide TrueDivide Maximum Minimum Mean Max Clip Relu Relu6 Sigmoid HardSigmoid Silu "
    "HardSilu Gelu Tanh Softmax Concatenate".split()
)


def scaled(count: int, width: float) -> int:
    """That share of a number of channels: the nearest multiple of `MULTIPLE`, at least one and at most all."""
    return count if width == 1 else min(count, max(MULTIPLE, MULTIPLE * int(count * width / MULTIPLE + 0.5)))


def scaled_clone(network: keras.Model, width: float = 1.0, size=None, keep: bool = False) -> keras.Model:
    """A copy of a functional or Sequential classifier, as one functional model without models inside.

    Args:
        network: of one image; it stays as it is.
        width: share of the channels of every layer but those that make the answer, above 0 to 1.
        size: (height, width) of the copy's images; None is the network's.
        keep: whether weights are copied where their shapes stay. Without it they are new, but for those of layers that
            are not trained, such as an adapted Normalization and frozen ones, which keep theirs.

    Raises:
        ValueError: a layer of a kind whose channels cannot be scaled, a frozen one that would change, or an image that
            is too small; the sentence says which.
    """
    check_layers(network)
    shape = classifier_shape(network)
    flat_image = keras.Input(shape, name="image")
    flat = keras.Model(flat_image, replay(network, [flat_image])[0])
    answering = _answering(flat)
    image = keras.Input((*(size or shape[:2]), shape[2]), name="image")
    values, copies = {id(flat_image): image}, {}
    for node in nodes(flat):
        old = node.operation
        if old not in copies:
            copies[old] = _copied(old, node, values, 1.0 if old in answering else width)
        try:
            run(node, values, copies[old])
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"expected a network that takes width {width:g} on images of {tuple(image.shape[1:])}, received, at "
                f"{old.name!r}: {_first_sentence(error)}"
            ) from None
        _take_weights(old, copies[old], keep)
    made = keras.Model(image, values[id(flat.outputs[0])], name=network.name)
    _check_answer(made, network)
    return made


def _answering(flat: keras.Model) -> set:
    """The operations whose channels are those of the answer."""
    makers = {id(tensor): node for node in nodes(flat) for tensor in node.outputs}
    found, asked = set(), [flat.outputs[0]]
    while asked:
        node = makers.get(id(asked.pop()))
        if node is not None and type(node.operation) in MAKERS:
            found.add(node.operation)
        elif node is not None:
            asked += node.input_tensors
    return found


def _copied(operation, node, values: dict, width: float):
    """A new layer of an operation's config with that share of its channels; an operation of `keras.ops` itself."""
    kind = type(operation)
    if not isinstance(operation, layers.Layer):
        if kind.__name__ not in OPERATIONS:
            raise _unknown(operation)
        return operation
    config = operation.get_config()
    if width != 1 or _is_narrower(node, values):
        if kind in MAKERS:
            config[MAKERS[kind]] = scaled(config[MAKERS[kind]], width)
        elif kind is layers.Reshape:
            config["target_shape"] = _reshaped(operation, node, values)
        elif kind.__name__ not in FOLLOWERS:
            raise _unknown(operation)
    return kind.from_config(config)


def _is_narrower(node, values: dict) -> bool:
    """Whether a tensor that a node reads has another number of channels in the copy."""
    return any(values[id(tensor)].shape[-1] != tensor.shape[-1] for tensor in node.input_tensors)


def _reshaped(operation, node, values: dict) -> tuple:
    """The target of a Reshape that leaves the channels last, as they are in the copy."""
    (given,), target = node.input_tensors, tuple(operation.target_shape)
    if target[-1] not in (given.shape[-1], -1):
        raise _unknown(operation)
    return (*target[:-1], values[id(given)].shape[-1])


def _unknown(operation) -> ValueError:
    return ValueError(
        f"expected layers whose channels can be scaled ({', '.join(kind.__name__ for kind in MAKERS)}, and those that "
        f"follow them), received {operation.name!r} of {type(operation).__name__}"
    )


def _take_weights(old, new, keep: bool) -> None:
    """Give a copied layer the weights that it keeps."""
    if new is old or not getattr(old, "weights", ()):
        return
    shapes = [[tuple(weight.shape) for weight in layer.weights] for layer in (old, new)]
    if old.trainable_weights and not (keep and shapes[0] == shapes[1]):
        return
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"expected a network all of whose layers are trained, received the frozen {old.name!r}, whose weights "
            "have no smaller copy"
        )
    new.set_weights(old.get_weights())
    if hasattr(new, "finalize_state"):  # of an adapted Normalization, which computes with what it makes of its weights
        new.finalize_state()


def _check_answer(made: keras.Model, network: keras.Model) -> None:
    """Raises ValueError unless the copy answers every image with as many classes: a reshape may mix images."""
    received = made(np.zeros((3, *made.input_shape[1:]), "float32")).shape
    if tuple(received) != (3, network.output_shape[-1]):
        raise ValueError(
            f"expected a network that answers 3 images of {made.input_shape[1:]} with {network.output_shape[-1]} "
            f"classes each, received answers of {tuple(received)}"
        )


def _first_sentence(error: Exception) -> str:
    return " ".join(str(error).split()).partition(". ")[0][:200]


def sizes_of(shape: Collection[int], share: float) -> tuple[int, int]:
    """(height, width) of images whose sides are that share of those of a shape (height, width, ...), in even pixels."""
    height, width, *_ = shape
    return tuple(max(2, 2 * int(side * share / 2 + 0.5)) for side in (height, width))
