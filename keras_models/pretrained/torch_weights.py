"""Weights of a PyTorch network into a Keras network that has been built like it, layer by layer.

PyTorch keeps images as `[channels, height, width]` and kernels as `[filters, channels, height, width]`; Keras keeps the
channels last. What the two networks must have in common beyond weights (padding, epsilon, the order in which a Flatten
takes places and channels) is in docs/from_pytorch_and_onnx.md: compare their answers.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers

PARTS = ("weight", "bias", "running_mean", "running_var")  # as a module has them, in the order of a layer's weights
UNTAKEN = "num_batches_tracked"  # counted by normalisations, and of no use to inference


def fill(model: keras.Model, tensors: Mapping[str, np.ndarray], names: Mapping[str, str]) -> None:
    """Give every layer of a model its weights, in place.

    Args:
        model: functional or Sequential.
        tensors: of a state_dict (`torch_files.read`).
        names: layer -> module, such as {"stem": "features.0.0"}, of all layers with weights.

    Raises:
        ValueError: a layer or a tensor that is left over, or weights of other shapes; the sentence names it.
    """
    weighted = [layer for layer in model.layers if layer.weights]
    wanted, given = {layer.name for layer in weighted}, set(names)
    if wanted != given:
        shown = ", ".join(sorted(wanted ^ given))
        raise ValueError(
            f"expected a module for every layer with weights and no other, received none or one for {shown}"
        )
    taken = {f"{module}.{part}" for module in names.values() for part in (*PARTS, UNTAKEN)}
    if left := sorted(set(tensors) - taken):
        raise ValueError(f"expected a layer for every tensor, received none for {', '.join(left)}")
    for layer in weighted:
        set_weights(layer, tensors, names[layer.name])


def set_weights(layer: layers.Layer, tensors: Mapping[str, np.ndarray], name: str) -> None:
    """Give a convolution, a Dense or a normalisation its weights.

    Args:
        layer: built.
        tensors: by name.
        name: of the module.

    Raises:
        ValueError: they are not there, or have other shapes; or the layer is of another kind.
    """
    if not isinstance(layer, tuple(_TURNS) + _UNTURNED):
        raise ValueError(
            f"expected a convolution, a Dense or a normalisation, received {type(layer).__name__} {layer.name!r}"
        )
    found = [np.asarray(tensors[f"{name}.{part}"]) for part in PARTS if f"{name}.{part}" in tensors]
    expected = [tuple(weight.shape) for weight in layer.weights]
    turn = _TURNS.get(type(layer))
    if turn is not None and found and found[0].ndim == len(expected[0]):
        found[0] = turn(found[0], layer)
    received = [tuple(tensor.shape) for tensor in found]
    if received != expected:
        raise ValueError(f"expected weights of {name} of shapes {expected}, received {received}")
    layer.set_weights(found)


def _depthwise(kernel: np.ndarray, layer) -> np.ndarray:
    """Of `[channels x multiplier, 1, height, width]`."""
    apart = kernel.reshape(-1, layer.depth_multiplier, *kernel.shape[2:]) if kernel.shape[1] == 1 else kernel
    return apart.transpose(2, 3, 0, 1)


# Kind of a layer -> function of its kernel as PyTorch has it, and the layer, that gives it as Keras has it.
_TURNS = {
    layers.DepthwiseConv2D: _depthwise,
    layers.Conv2D: lambda kernel, layer: kernel.transpose(2, 3, 1, 0),
    layers.Dense: lambda kernel, layer: kernel.T,
}
_UNTURNED = (layers.BatchNormalization, layers.LayerNormalization)
