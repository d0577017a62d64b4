"""TFLite flatbuffers as objects: load and dump, ports, operators, and the small queries that linking builds on.

Uses the object API of the TFLite schema (`ModelT` etc.) that ai-edge-litert ships; TensorFlow is not needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ..errors import FrugalError

FILE_IDENTIFIER = b"TFL3"
BUFFER_ALIGNMENT = 16  # schema.fbs: `data:[ubyte] (force_align: 16)`
_CODE_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
_TYPE_NAMES = {code: name for name, code in vars(schema.TensorType).items() if isinstance(code, int)}


class FlatbufferError(FrugalError):
    """The bytes are no TFLite model, or one of an unsupported form."""


class Ports(NamedTuple):
    """The named inputs and outputs of a subgraph: port name -> tensor index."""

    inputs: dict[str, int]
    outputs: dict[str, int]


class Form(NamedTuple):
    """What a tensor's numbers mean: TensorType and, for quantized types, `real = (q - zero_point) * scale`."""

    type: int
    scale: float | None = None
    zero_point: int | None = None

    def __str__(self) -> str:
        name = type_name(self.type)
        return name if self.scale is None else f"{name} of scale {self.scale:g} and zero point {self.zero_point}"


class _AlignedBuilder(flatbuffers.Builder):
    """A builder that aligns byte vectors to 16: the schema's `force_align`, which generated Python code ignores."""

    def CreateNumpyVector(self, x: np.ndarray) -> int:
        if x.dtype != np.uint8 or not x.size:
            return super().CreateNumpyVector(x)
        self.StartVector(1, x.size, BUFFER_ALIGNMENT)
        self.head -= x.size
        self.Bytes[self.head : self.head + x.size] = x.tobytes()
        return self.EndVector()


def load(content: bytes) -> schema.ModelT:
    """Loads a model. Its arrays are read-only views of `content`: replace them instead of writing to them.

    Raises:
        FlatbufferError: the bytes are no TFLite model, or the weights are outside of the flatbuffer (as the converter
            writes them from 2 GB on); see `with_weights_inside`.
    """
    model = _unpack(bytes(content))
    if any(buffer.offset for buffer in model.buffers or []):
        raise FlatbufferError("Expected weights inside of the flatbuffer, received a model that keeps them behind it.")
    return model


def with_weights_inside(content: bytes) -> bytes:
    """Moves all weights into the flatbuffer; ai-edge-quantizer writes large ones behind it.

    Raises:
        FlatbufferError: the bytes are no TFLite model, or end before the weights do.
    """
    content = bytes(content)
    model = _unpack(content)
    for buffer in model.buffers or []:
        if buffer.offset:
            if buffer.offset + buffer.size > len(content):
                end = buffer.offset + buffer.size
                raise FlatbufferError(f"Expected weights up to byte {end}, received a model of {len(content)} bytes.")
            buffer.data = np.frombuffer(content, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return dump(model)


def _unpack(content: bytes) -> schema.ModelT:
    size = len(content)
    if content[4:8] != FILE_IDENTIFIER:
        raise FlatbufferError(f"Expected a TFLite model (TFL3 at byte 4), received {size} bytes: {content[:8]!r}.")
    try:
        return schema.ModelT.InitFromPackedBuf(content, 0)
    except (struct.error, IndexError, ValueError, TypeError, UnicodeDecodeError) as error:
        raise FlatbufferError(f"Expected a whole TFLite model, received {size} damaged bytes: {error}.") from error


def dump(model: schema.ModelT) -> bytes:
    """Serializes a model with the identifier TFL3; every constant starts at a multiple of 16 bytes.

    Some kernels copy a misaligned constant and others refuse it, both without a message.
    """
    for buffer in model.buffers or []:
        if buffer.data is not None:
            buffer.data = np.frombuffer(bytes(buffer.data), np.uint8)
    size = sum(buffer.data.size for buffer in model.buffers or [] if buffer.data is not None)
    builder = _AlignedBuilder(size + 65536)
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def type_name(code: int) -> str:
    """Returns the schema's name of a TensorType in lower case: `float32`, `int8`."""
    return _TYPE_NAMES.get(code, f"type {code}").lower()


def builtin(code: schema.OperatorCodeT) -> int:
    """Returns the BuiltinOperator of an operator code; old files have it only in the one-byte field."""
    return max(code.builtinCode, code.deprecatedBuiltinCode)


def operator_name(code: schema.OperatorCodeT) -> str:
    """Returns the schema's name of an operator, `CONV_2D`; for a custom operator `custom FlexErf`."""
    number = builtin(code)
    if number == schema.BuiltinOperator.CUSTOM:
        custom = code.customCode or "without a name"
        return f"custom {custom.decode() if isinstance(custom, bytes) else custom}"
    return _CODE_NAMES.get(number, f"operator {number}")


def text(name: str | bytes | None) -> str:
    """Decodes a flatbuffer string, which the object API gives as bytes."""
    return name.decode() if isinstance(name, bytes) else name or ""


def integers(vector: Iterable[int] | None) -> list[int]:
    """Converts a flatbuffer vector of integers to a list; a missing vector is empty."""
    return [] if vector is None else [int(i) for i in vector]


def only_subgraph(model: schema.ModelT, name: str) -> schema.SubGraphT:
    """Returns the one subgraph of a part, which has no control flow; `name` is for the error."""
    graphs = model.subgraphs or []
    if len(graphs) != 1:
        raise FlatbufferError(f"Expected one subgraph in {name}, received {len(graphs)}.")
    return graphs[0]


def ports(model: schema.ModelT, name: str = "the model") -> Ports:
    """Returns the ports of a model of one subgraph: by its signature, or by its tensors' names if it has none."""
    graph = only_subgraph(model, name)
    signatures = model.signatureDefs or []
    if len(signatures) > 1:
        keys = ", ".join(text(s.signatureKey) for s in signatures)
        raise FlatbufferError(f"Expected at most one signature in {name}, received {keys}.")
    if signatures:
        maps = signatures[0].inputs or [], signatures[0].outputs or []
        return Ports(*({text(m.name): int(m.tensorIndex) for m in side} for side in maps))
    sides = integers(graph.inputs), integers(graph.outputs)
    named = Ports(*({text(graph.tensors[i].name): i for i in side} for side in sides))
    if "" in named.inputs or "" in named.outputs or [len(side) for side in named] != [len(side) for side in sides]:
        raise FlatbufferError(f"Expected a signature, or named inputs and outputs, in {name}; received neither.")
    return named


def borders(content: bytes, name: str = "the model") -> tuple[list[tuple[list[str], tuple[int, ...], str]], ...]:
    """Returns the inputs and the outputs of a model of one subgraph, in its own order: (names, shape, type) of each.

    The names are those of its ports, or the tensor's own where it is no port.
    """
    model = load(content)
    graph, named = only_subgraph(model, name), ports(model, name)
    found = []
    for side, indices in zip(named, (integers(graph.inputs), integers(graph.outputs)), strict=True):
        rows = []
        for index in indices:
            tensor = graph.tensors[index]
            names = [port for port, own in side.items() if own == index] or [text(tensor.name)]
            rows.append((names, shape(tensor), type_name(tensor.type)))
        found.append(rows)
    return tuple(found)


def form(tensor: schema.TensorT) -> Form:
    """Returns the type of a tensor, with scale and zero point if it is quantized per tensor."""
    quantization = tensor.quantization
    if tensor.type == schema.TensorType.FLOAT32 or quantization is None or quantization.scale is None:
        return Form(tensor.type)
    if len(quantization.scale) != 1:
        return Form(tensor.type)
    return Form(tensor.type, float(quantization.scale[0]), int(quantization.zeroPoint[0]))


def shape(tensor: schema.TensorT) -> tuple[int, ...]:
    """Returns the static shape of a tensor."""
    return tuple(integers(tensor.shape))


def constant(model: schema.ModelT, tensor: schema.TensorT) -> np.ndarray | None:
    """Returns the bytes of a constant tensor, uint8 `[n]`; None if the tensor is computed."""
    data = model.buffers[tensor.buffer].data
    return None if data is None or len(data) == 0 else np.frombuffer(bytes(data), np.uint8)


def operators(content: bytes) -> list[tuple[str, int]]:
    """Lists name and version of every operator of a model, in the order of its subgraphs."""
    model = load(content)
    codes = [(operator_name(code), int(code.version)) for code in model.operatorCodes or []]
    return [codes[op.opcodeIndex] for graph in model.subgraphs or [] for op in graph.operators or []]
