"""Inputs of a float32 model as bytes: what is sent to it takes a quarter, and it computes as before."""

from __future__ import annotations

from collections.abc import Mapping

from ai_edge_litert import schema_py_generated as schema

from . import flatbuffer
from .compose import copy_tensor, quantization
from .flatbuffer import FlatbufferError, Form

LEVELS = 255


def encoding(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of uint8 that spans two numbers.

    Raises:
        ValueError: the first is not below the other one, or 0 is not between them, which no zero point can tell.
    """
    if not low <= 0 <= high or not low < high:
        raise ValueError(f"expected a range with 0 in it, from the lowest to the highest, received {low} to {high}")
    scale = (high - low) / LEVELS
    return scale, round(-low / scale)


def with_byte_inputs(content: bytes, ranges: Mapping[str, tuple[float, float]], name: str = "the model") -> bytes:
    """A model of one subgraph that reads uint8 at some inputs, which it turns into float32 itself.

    Args:
        content: the flatbuffer.
        ranges: input port -> lowest and highest number that the byte is to stand for.
        name: of the model, for errors.

    Raises:
        FlatbufferError: a port that it does not have, or that is no float32.
        ValueError: a range without 0, see `encoding`.
    """
    model = flatbuffer.load(content)
    graph, ports = flatbuffer.only_subgraph(model, name), flatbuffer.ports(model, name)
    for port, (low, high) in ranges.items():
        index = ports.inputs.get(port)
        kind = None if index is None else flatbuffer.type_name(graph.tensors[index].type)
        if kind != "float32":
            raise FlatbufferError(f"Expected a float32 input {port!r} of {name}, received {kind or 'none'}.")
        _turn(model, graph, index, *encoding(low, high))
    return flatbuffer.dump(model)


def _turn(model, graph, index: int, scale: float, zero_point: int) -> None:
    """Put a tensor of bytes before the tensor of that index, in the graph and its signature."""
    sent = copy_tensor(graph.tensors[index])
    sent.name = flatbuffer.text(graph.tensors[index].name) + "/sent"
    sent.type = schema.TensorType.UINT8
    sent.quantization = quantization(Form(sent.type, scale, zero_point))
    graph.tensors.append(sent)
    new = len(graph.tensors) - 1
    graph.operators = [schema.OperatorT(_code(model), [new], [index]), *graph.operators]
    graph.inputs = [new if i == index else i for i in flatbuffer.integers(graph.inputs)]
    for signature in model.signatureDefs or []:
        for named in signature.inputs:
            named.tensorIndex = new if named.tensorIndex == index else named.tensorIndex


def _code(model) -> int:
    """Index of the operator code of DEQUANTIZE, which is added where there is none."""
    wanted = schema.BuiltinOperator.DEQUANTIZE
    for index, code in enumerate(model.operatorCodes):
        if flatbuffer.builtin(code) == wanted:
            return index
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = wanted
    code.version = 1
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1
