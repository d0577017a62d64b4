"""Costs, counted in one place: multiply-adds and parameters of static Keras models.

A multiply-add is one multiplication of a weight with an activation, batch of one; biases, normalisation (folded into
the weights before it), activations and pooling are not counted. `conv_macs` is the convolution-only count that most
papers print; `macs` is what really runs. Parameters are those stored in a deployed part: the weights, and one bias for
every output channel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Cost of one run of a static part: multiply-adds, those of convolutions alone, and stored parameters."""

    macs: int
    conv_macs: int
    parameters: int

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.macs + other.macs, self.conv_macs + other.conv_macs, self.parameters + other.parameters)


def count(model) -> Cost:
    """Cost of a functional `keras.Model` (inputs a dictionary, as in a `Part`) at a batch of one.

    It is counted by the operations that TensorFlow records when it traces the model.
    Counting the traced operations, and not the layers, needs no table of layer types: a layer written tomorrow is
    counted as well, as long as it multiplies by convolutions and matrix products.
    """
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "expected Keras with its backend tensorflow to count multiply-adds: set KERAS_BACKEND, or give "
            f"prices such as exit_prices; received {keras.backend.backend()!r}"
        )
    inputs = {tensor.name: tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs}
    traced = tf.function(lambda x: model(x, training=False), autograph=False).get_concrete_function(inputs)
    operations = traced.graph.get_operations()
    conv = sum(_convolution(op) for op in operations)
    dense = sum(_matrix_product(op) for op in operations)
    return Cost(conv + dense, conv, sum(_weights(op) for op in operations))


def _convolution(op) -> int:
    if op.type not in ("Conv2D", "DepthwiseConv2dNative"):
        return 0
    height, width, in_channels, multiplier = op.inputs[1].shape
    rows, columns, out_channels = op.outputs[0].shape[1:]
    taps = height * width * (in_channels if op.type == "Conv2D" else 1)
    return rows * columns * out_channels * taps


def _matrix_product(op) -> int:
    if op.type not in ("MatMul", "BatchMatMulV2"):
        return 0
    transposed = op.get_attr("transpose_a" if op.type == "MatMul" else "adj_x")
    inner = op.inputs[0].shape[-2 if transposed else -1]
    return math.prod(op.outputs[0].shape) * inner


def _weights(op) -> int:
    if op.type not in ("Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2"):
        return 0
    return math.prod(op.inputs[1].shape) + op.outputs[0].shape[-1]
