"""Costs, counted in one place: multiply-adds and parameters of static Keras models.

A multiply-add is one multiplication of a weight with an activation, batch of one; biases, normalisation (folded into
the weights before it), activations and pooling are not counted. `conv_macs` is the convolution-only count that most
papers print; `macs` is what really runs. Parameters are those stored in a deployed part: the weights, and one bias for
every output channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
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
    inputs = {tensor.name: (tensor.shape, tensor.dtype) for tensor in model.inputs}
    (cost,) = count_steps(lambda x: iter([model(x, training=False)]), inputs)
    return cost


def count_steps(steps: Callable[[dict], Iterator], inputs: Mapping[str, tuple]) -> list[Cost]:
    """Cost of each step of a computation at a batch of one, in one trace.

    Args:
        steps: function of the inputs by name that gives an iterator; what is computed for an item of it is a step.
        inputs: name -> (shape, the batch first, dtype).
    """
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "expected Keras with its backend tensorflow to count multiply-adds: set KERAS_BACKEND, or give "
            f"prices such as exit_prices; received {keras.backend.backend()!r}"
        )
    specs = {name: tf.TensorSpec((1, *shape[1:]), dtype) for name, (shape, dtype) in inputs.items()}
    ends = []

    def run(x):
        ends.clear()  # traced twice where layers make their weights
        with tf.name_scope("steps"):  # outermost, TensorFlow refuses names of layers that begin with an underscore
            for _ in steps(x):
                ends.append(len(tf.compat.v1.get_default_graph().get_operations()))

    operations = tf.function(run, autograph=False).get_concrete_function(specs).graph.get_operations()
    return [_cost(operations[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _cost(operations) -> Cost:
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
