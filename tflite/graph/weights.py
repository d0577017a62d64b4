"""Changes of a flatbuffer for calibration, bias correction and fine-tuning: activation ranges, weights, outputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from . import flatbuffer
from .compose import Composer, Graph, operator_code
from .flatbuffer import FlatbufferError, Form

_WEIGHTED = (
    schema.BuiltinOperator.CONV_2D,
    schema.BuiltinOperator.DEPTHWISE_CONV_2D,
    schema.BuiltinOperator.FULLY_CONNECTED,
)
_KERNEL, _BIAS = 1, 2  # positions among the inputs of these operators; the bias is optional


class WeightedOperator:
    """A convolution or dense layer of a model.

    Attributes:
        index: of the operator in its subgraph.
        kind: `CONV_2D`, `DEPTHWISE_CONV_2D` or `FULLY_CONNECTED`.
        output: index of its output tensor.
        name: name of that tensor.
    """

    def __init__(self, model: schema.ModelT, index: int) -> None:
        self._model, self.index = model, index
        self._graph = model.subgraphs[0]
        self._operator = self._graph.operators[index]
        self.kind = flatbuffer.operator_name(model.operatorCodes[self._operator.opcodeIndex])
        self.output = int(self._operator.outputs[0])
        self.name = flatbuffer.text(self._graph.tensors[self.output].name)

    @property
    def kernel(self) -> np.ndarray | None:
        """The float32 weights in TFLite's layout; None if they are computed or of another type.

        `[out, h, w, in]` of a convolution, `[1, h, w, out]` of a depthwise one, `[out, in]` of a dense layer. Setting
        it takes an array of the same shape and does not change other operators that share the constant.
        """
        tensor = self._graph.tensors[flatbuffer.integers(self._operator.inputs)[_KERNEL]]
        data = flatbuffer.constant(self._model, tensor)
        if data is None or tensor.type != schema.TensorType.FLOAT32:
            return None
        return np.frombuffer(data.tobytes(), "<f4").reshape(flatbuffer.shape(tensor)).copy()

    @kernel.setter
    def kernel(self, values: np.ndarray) -> None:
        old = self.kernel
        if old is None:
            raise FlatbufferError(f"Expected a {self.kind} with constant float32 weights, received {self.name}.")
        if values.shape != old.shape:
            raise FlatbufferError(
                f"Expected weights of {list(old.shape)} for {self.name}, received {list(values.shape)}."
            )
        self._write(self._own_tensor(_KERNEL), values.astype("<f4"))

    @property
    def bias(self) -> np.ndarray | None:
        """The bias `[channels]`, int32 in an int8 model, int64 beside int16, float32 in a float one; None without one.

        Setting it takes an array of the same type and shape and does not change other operators that share it.
        """
        tensor = self._bias_tensor()
        if tensor is None:
            return None
        data = flatbuffer.constant(self._model, tensor)
        return None if data is None else np.frombuffer(data.tobytes(), _bias_type(tensor)).copy()

    @bias.setter
    def bias(self, values: np.ndarray) -> None:
        old = self.bias
        if old is None:
            raise FlatbufferError(f"Expected a {self.kind} with a constant bias, received {self.name}, which has none.")
        if values.dtype != old.dtype or values.shape != old.shape:
            expected, received = f"{old.dtype} {list(old.shape)}", f"{values.dtype} {list(values.shape)}"
            raise FlatbufferError(f"Expected a bias of {expected} for {self.name}, received {received}.")
        tensor = self._own_tensor(_BIAS)
        self._write(tensor, values.astype(_bias_type(tensor)))

    @property
    def bias_scale(self) -> np.ndarray | None:
        """The bias' scale (input scale times weight scale), float32 `[channels]`; None in a float model."""
        tensor, bias = self._bias_tensor(), self.bias
        if bias is None or tensor.quantization is None or tensor.quantization.scale is None:
            return None
        return np.broadcast_to(np.asarray(tensor.quantization.scale, np.float32), bias.shape)

    def widen_bias(self, values: np.ndarray) -> None:
        """Makes the bias of an operator of 16-bit activations int64.

        Args:
            values: the real bias, `[channels]`; it is rounded to units of input scale times weight scale.
        """
        tensors, inputs = self._graph.tensors, flatbuffer.integers(self._operator.inputs)
        # As many as the weights have: kernels of dense layers take the one of several for 0.
        given, weights = (np.float32(tensors[i].quantization.scale) for i in (inputs[0], inputs[_KERNEL]))
        scale = given * weights
        tensor = self._own_tensor(_BIAS)
        tensor.type = schema.TensorType.INT64
        tensor.quantization = schema.QuantizationParametersT(scale=scale, zeroPoint=np.zeros(len(scale), np.int64))
        self._write(tensor, np.round(values.astype(np.float64) / scale).astype("<i8"))
        if hasattr(self._operator.builtinOptions, "quantizedBiasType"):
            self._operator.builtinOptions.quantizedBiasType = schema.TensorType.FLOAT32  # the default: as it is

    def _bias_tensor(self) -> schema.TensorT | None:
        inputs = flatbuffer.integers(self._operator.inputs)
        return self._graph.tensors[inputs[_BIAS]] if len(inputs) > _BIAS and inputs[_BIAS] >= 0 else None

    def _own_tensor(self, place: int) -> schema.TensorT:
        """The constant input at a position, copied first if another operator reads it: converters share equal ones."""
        inputs = flatbuffer.integers(self._operator.inputs)
        index = inputs[place]
        readers = [i for operator in self._graph.operators for i in flatbuffer.integers(operator.inputs) if i == index]
        if len(readers) > 1:
            shared, name = self._graph.tensors[index], f"{self.name}/{'bias' if place == _BIAS else 'kernel'}"
            own = schema.TensorT(shared.shape, shared.type, name=name, quantization=shared.quantization)
            self._graph.tensors.append(own)
            inputs[place] = len(self._graph.tensors) - 1
            self._operator.inputs = np.array(inputs, np.int32)
        return self._graph.tensors[inputs[place]]

    def _write(self, tensor: schema.TensorT, values: np.ndarray) -> None:
        """Gives a tensor a buffer of its own with these values."""
        tensor.buffer = len(self._model.buffers)
        self._model.buffers.append(schema.BufferT(data=np.frombuffer(values.tobytes(), np.uint8)))


def weighted_operators(model: schema.ModelT) -> list[WeightedOperator]:
    """Lists the convolutions and dense layers of a model of one subgraph, in the order in which they run."""
    graph = flatbuffer.only_subgraph(model, "the model")
    codes = [flatbuffer.builtin(code) for code in model.operatorCodes or []]
    return [
        WeightedOperator(model, i) for i, op in enumerate(graph.operators or []) if codes[op.opcodeIndex] in _WEIGHTED
    ]


def set_ranges(content: bytes, ranges: Mapping[str | int, tuple[float, float]]) -> bytes:
    """Writes observed ranges of activations to a model, as TFLite's own calibrator does.

    TensorFlow's `mlir_quantize` quantizes such a model to int8: it widens the range to include zero, and the scale is
    (maximum - minimum) / 255.

    Args:
        content: a float32 model.
        ranges: tensor name or index -> (minimum, maximum).

    Returns:
        The model with ranges.

    Raises:
        FlatbufferError: a tensor is unknown or a constant, or a range is not finite or empty.
    """
    model = flatbuffer.load(content)
    tensors = flatbuffer.only_subgraph(model, "the model").tensors
    by_name = {flatbuffer.text(tensor.name): tensor for tensor in tensors}
    for key, (minimum, maximum) in ranges.items():
        known = key in by_name if isinstance(key, str) else 0 <= key < len(tensors)
        if not known:
            raise FlatbufferError(f"Expected the name or index of a tensor of the model, received {key!r}.")
        tensor = by_name[key] if isinstance(key, str) else tensors[key]
        if tensor.type != schema.TensorType.FLOAT32 or flatbuffer.constant(model, tensor) is not None:
            raise FlatbufferError(f"Expected a float32 activation to give a range to, received {key!r}.")
        if not np.isfinite([minimum, maximum]).all() or minimum > maximum:
            raise FlatbufferError(
                f"Expected minimum <= maximum, both finite, for {key!r}; received {minimum}, {maximum}."
            )
        limits = {"min": [float(minimum)], "max": [float(maximum)]}
        tensor.quantization = schema.QuantizationParametersT(**limits)
    return flatbuffer.dump(model)


def add_to_output(content: bytes, port: str, offset: np.ndarray) -> bytes:
    """Adds an offset to an output of a model, which becomes float32.

    Args:
        content: the model.
        port: name of the output.
        offset: `[channels]`, added to the dequantized output.

    Returns:
        The changed model.

    Raises:
        FlatbufferError: the offset has another shape.
    """
    model = flatbuffer.load(content)
    ports = flatbuffer.ports(model)
    composer = Composer()
    graph = Graph(composer, "serving_default")
    moved = graph.take_model(model)
    inputs, outputs = ({name: moved[index] for name, index in side.items()} for side in ports)
    real = graph.convert(outputs[port], Form(schema.TensorType.FLOAT32))
    shape = flatbuffer.shape(graph.tensors[real])
    if offset.shape != shape[-1:]:
        raise FlatbufferError(f"Expected an offset of {list(shape[-1:])} for {port}, received {list(offset.shape)}.")
    constant = graph.add_constant(f"{port}/offset", offset.astype(np.float32))
    outputs[port] = graph.add_tensor(schema.TensorT(list(shape), schema.TensorType.FLOAT32), f"{port}/moved")
    operator = schema.OperatorT(inputs=[real, constant], outputs=[outputs[port]])
    operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.AddOptions, schema.AddOptionsT()
    graph.add_operator(operator, operator_code(schema.BuiltinOperator.ADD))
    kept = graph.finish(list(inputs.values()), list(outputs.values()))
    sides = [{name: kept[index] for name, index in side.items()} for side in (inputs, outputs)]
    composer.add_signature("serving_default", 0, *sides)
    return composer.dump()


def _bias_type(tensor: schema.TensorT) -> str:
    return {schema.TensorType.INT32: "<i4", schema.TensorType.INT64: "<i8"}.get(tensor.type, "<f4")
