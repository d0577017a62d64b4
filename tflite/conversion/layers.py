"""tf_keras layers that compute what TFLite's float operators compute, weights included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tf_keras
from ai_edge_litert import schema_py_generated as schema
from tf_keras import layers

Norm = layers.BatchNormalization
WEIGHTED = (layers.Conv2D, layers.Dense)  # depthwise convolutions are of the first kind
EPSILON, MOMENTUM = 1e-3, 0.95
_IDENTITY = tf_keras.initializers.Constant(1.0 - EPSILON)
_PADDING = {schema.Padding.SAME: "same", schema.Padding.VALID: "valid"}
_FUSED = {
    schema.ActivationFunctionType.NONE: None,
    schema.ActivationFunctionType.RELU: "relu",
    schema.ActivationFunctionType.RELU6: "relu6",
    schema.ActivationFunctionType.TANH: "tanh",
}
_ACTIVATIONS = {"RELU": "relu", "RELU6": "relu6", "LOGISTIC": "sigmoid", "TANH": "tanh", "SOFTMAX": "softmax"}
_LAYOUT = {"data_format": "channels_last"}  # TFLite's, whatever keras.json says
_MERGES = {"ADD": layers.Add, "MUL": layers.Multiply}
_POOLS = {"MAX_POOL_2D": layers.MaxPooling2D, "AVERAGE_POOL_2D": layers.AveragePooling2D}


@dataclass(frozen=True)
class Operator:
    """A float operator of a unit: the schema's name, its options, its constant inputs in order, a name for its layers.

    inputs: how many of its inputs are computed.
    """

    kind: str
    options: object
    constants: tuple[np.ndarray, ...]
    inputs: int
    name: str

    @property
    def weighted(self) -> bool:
        """Whether it has weights."""
        return self.kind in _WEIGHTED

    @property
    def fused(self) -> str | None:
        """The activation that TFLite computes with it."""
        number = getattr(self.options, "fusedActivationFunction", schema.ActivationFunctionType.NONE)
        if number not in _FUSED:
            raise ValueError(f"expects relu, relu6, tanh or nothing after {self.kind}, received number {number}")
        return _FUSED[number]


def build(operator: Operator, unfold: bool = False) -> list[layers.Layer]:
    """The layers of an operator; the last one writes its output.

    The activation behind a convolution is the convolution's own, else a layer more. unfold: put a normalisation, which
    is an identity, between weights with a bias and their activation. A strided convolution of 1x1 comes as one of
    stride 1 behind a cut, which is the same: TensorFlow 2.21 with oneDNN corrupts the heap in the filter gradient of
    one from a single channel.

    Raises ValueError, "expects ..., received ...", for what has no layer here.
    """
    if operator.kind not in _BUILDERS:
        raise ValueError(f"expects operators among {', '.join(sorted(_BUILDERS))}, received {operator.kind}")
    layer = _BUILDERS[operator.kind](operator)
    built, fused = [layer], operator.fused
    if operator.kind == "CONV_2D" and layer.kernel_size == (1, 1) and layer.strides != (1, 1):
        built.insert(0, layers.MaxPooling2D((1, 1), layer.strides, name=f"{operator.name}_cut", **_LAYOUT))
        layer.strides = (1, 1)
    if unfold and operator.weighted and layer.use_bias:
        built.append(
            Norm(
                momentum=MOMENTUM, epsilon=EPSILON, moving_variance_initializer=_IDENTITY, name=f"{operator.name}_norm"
            )
        )
    elif operator.weighted and fused:
        layer.activation, fused = tf_keras.activations.get(fused), None
    if fused:
        built.append(layers.Activation(fused, name=f"{operator.name}_{fused}"))
    return built


def stored_kernel(kind: str, kernel: np.ndarray) -> np.ndarray:
    """The kernel of a layer that `build` made for such an operator, as TFLite lays it out."""
    if kind == "CONV_2D":
        return np.transpose(kernel, (3, 0, 1, 2))
    return kernel.reshape(1, *kernel.shape[:2], -1) if kind == "DEPTHWISE_CONV_2D" else kernel.T


def _convolution(operator: Operator):
    kernel, options = _kernel(operator), operator.options
    return layers.Conv2D(
        kernel.shape[0],
        kernel.shape[1:3],
        (options.strideH, options.strideW),
        _PADDING[options.padding],
        dilation_rate=(options.dilationHFactor, options.dilationWFactor),
        kernel_initializer=tf_keras.initializers.Constant(np.transpose(kernel, (1, 2, 3, 0))),
        **_LAYOUT,
        **_shared(operator),
    )


def _depthwise(operator: Operator):
    kernel, options = _kernel(operator), operator.options
    multiplier = options.depthMultiplier or 1
    return layers.DepthwiseConv2D(
        kernel.shape[1:3],
        (options.strideH, options.strideW),
        _PADDING[options.padding],
        depth_multiplier=multiplier,
        dilation_rate=(options.dilationHFactor, options.dilationWFactor),
        depthwise_initializer=tf_keras.initializers.Constant(kernel.reshape(*kernel.shape[1:3], -1, multiplier)),
        **_LAYOUT,
        **_shared(operator),
    )


def _dense(operator: Operator):
    kernel = _kernel(operator)
    start = tf_keras.initializers.Constant(kernel.T)
    return layers.Dense(kernel.shape[0], kernel_initializer=start, **_shared(operator))


def _kernel(operator: Operator) -> np.ndarray:
    if operator.inputs != 1:
        raise ValueError(f"expects constant weights of a {operator.kind}, received computed ones")
    return operator.constants[0]


def _shared(operator: Operator) -> dict:
    """What convolutions and dense layers have in common: bias and name."""
    bias = operator.constants[1:]
    start = {"bias_initializer": tf_keras.initializers.Constant(bias[0])} if bias else {}
    return {"use_bias": bool(bias), "name": operator.name} | start


def _mean(operator: Operator):
    axes = sorted(int(axis) % 4 for axis in np.ravel(operator.constants[0]))
    if axes != [1, 2]:
        raise ValueError(f"expects a MEAN over height and width, received one over the axes {axes}")
    return layers.GlobalAveragePooling2D(keepdims=bool(operator.options.keepDims), name=operator.name, **_LAYOUT)


def _merge(operator: Operator):
    _refuse_constants(operator)
    return _MERGES[operator.kind](name=operator.name)


def _concatenation(operator: Operator):
    _refuse_constants(operator)
    return layers.Concatenate(operator.options.axis, name=operator.name)


def _refuse_constants(operator: Operator) -> None:
    if operator.constants:
        raise ValueError(f"expects a {operator.kind} of activations, received one with a constant")


def _pool(operator: Operator):
    options = operator.options
    window, stride = (options.filterHeight, options.filterWidth), (options.strideH, options.strideW)
    return _POOLS[operator.kind](window, stride, _PADDING[options.padding], name=operator.name, **_LAYOUT)


def _activation(operator: Operator):
    return layers.Activation(_ACTIVATIONS[operator.kind], name=operator.name)


def _reshape(operator: Operator):
    return layers.Reshape(tuple(int(size) for size in operator.constants[0][1:]), name=operator.name)


def _pad(operator: Operator):
    borders = operator.constants[0]
    if len(borders) != 4 or borders[0].any() or borders[3].any():
        raise ValueError(f"expects a PAD of height and width, received borders of {borders.tolist()}")
    return layers.ZeroPadding2D((tuple(borders[1]), tuple(borders[2])), name=operator.name, **_LAYOUT)


def _resize(operator: Operator):
    if operator.options.alignCorners or not operator.options.halfPixelCenters:
        raise ValueError("expects a RESIZE_BILINEAR of pixel centres, received one of corners")
    return layers.Resizing(*map(int, operator.constants[0]), interpolation="bilinear", name=operator.name)


_WEIGHTED = {"CONV_2D": _convolution, "DEPTHWISE_CONV_2D": _depthwise, "FULLY_CONNECTED": _dense}
_BUILDERS = {
    **_WEIGHTED,
    **dict.fromkeys(_MERGES, _merge),
    **dict.fromkeys(_POOLS, _pool),
    **dict.fromkeys(_ACTIVATIONS, _activation),
    "MEAN": _mean,
    "CONCATENATION": _concatenation,
    "RESHAPE": _reshape,
    "PAD": _pad,
    "RESIZE_BILINEAR": _resize,
}
