"""Builds one TFLite model out of pieces of others: subgraphs that share a pool of constants and a table of operators.

`Composer` builds a file, `Graph` one of its subgraphs; linking, joining and nesting are built on them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from . import flatbuffer
from .flatbuffer import FlatbufferError, Form

_QUANTIZED = (schema.TensorType.INT8, schema.TensorType.UINT8, schema.TensorType.INT16)

_DEQUANTIZE = dict(zip(_QUANTIZED, (2, 1, 3), strict=True))  # version of the operator by what it reads


class LinkError(FlatbufferError):
    """Units cannot be composed to one model; the message says which and why."""


class Composer:
    """Builds one TFLite file: equal constants are stored once, operator codes at the highest version needed."""

    def __init__(self) -> None:
        self.model = schema.ModelT(version=3, description="Frugal", operatorCodes=[], subgraphs=[], signatureDefs=[])
        self.model.buffers = [schema.BufferT()]  # by TFLite's convention buffer 0 is the empty one
        self._buffers: dict[bytes, int] = {}
        self._codes: dict[tuple[int, str], int] = {}

    def buffer(self, data: np.ndarray | None) -> int:
        """Returns the index of the constant with these bytes, which is added if it is new; 0 for None."""
        if data is None:
            return 0
        key = data.tobytes()
        if key not in self._buffers:
            self._buffers[key] = len(self.model.buffers)
            self.model.buffers.append(schema.BufferT(data=np.frombuffer(key, np.uint8)))
        return self._buffers[key]

    def code(self, code: schema.OperatorCodeT) -> int:
        """Returns the index of the operator code, merged with that of the same operator."""
        number, custom = flatbuffer.builtin(code), flatbuffer.text(code.customCode)
        if (number, custom) not in self._codes:
            self._codes[number, custom] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(operator_code(number, 1, custom or None))
        index = self._codes[number, custom]
        merged = self.model.operatorCodes[index]
        merged.version = max(merged.version, code.version)
        return index

    def add_signature(self, key: str, subgraph: int, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        """Names the ports of a subgraph: port -> tensor index."""
        sides = [[schema.TensorMapT(name, index) for name, index in side.items()] for side in (inputs, outputs)]
        self.model.signatureDefs.append(schema.SignatureDefT(sides[0], sides[1], key, subgraph))

    def dump(self) -> bytes:
        """Serializes the file."""
        return flatbuffer.dump(self.model)


class Graph:
    """Builds a subgraph: tensors are numbered in order of addition; `finish` drops what no output needs."""

    def __init__(self, composer: Composer, name: str) -> None:
        self.composer, self.name = composer, name
        self.tensors: list[schema.TensorT] = []
        self._data: list[np.ndarray | None] = []
        self._operators: list[tuple[schema.OperatorT, schema.OperatorCodeT]] = []
        self._names: set[str] = set()
        self._converted: dict[tuple[int, Form], int] = {}

    def add_tensor(self, tensor: schema.TensorT, name: str, data: np.ndarray | None = None) -> int:
        """Adds a tensor, a constant if `data` (uint8 `[n]`) is given, under a unique name; returns its index."""
        unique, count = name, 1
        while unique in self._names:
            unique, count = f"{name}_{count}", count + 1
        self._names.add(unique)
        tensor.name = unique
        self.tensors.append(tensor)
        self._data.append(data)
        return len(self.tensors) - 1

    def add_constant(self, name: str, values: np.ndarray) -> int:
        """Adds an int32 or float32 constant; returns its index."""
        kind = schema.TensorType.INT32 if values.dtype == np.int32 else schema.TensorType.FLOAT32
        data = np.frombuffer(values.astype("<i4" if values.dtype == np.int32 else "<f4").tobytes(), np.uint8)
        return self.add_tensor(schema.TensorT(list(values.shape), kind), name, data)

    def add_operator(self, operator: schema.OperatorT, code: schema.OperatorCodeT) -> None:
        """Appends an operator; its inputs and outputs are tensor indices of this graph."""
        self._operators.append((operator, code))

    def add_model(self, name: str, model: schema.ModelT, given: Mapping[int, int]) -> dict[int, int]:
        """Adds the subgraph of a model.

        Args:
            name: its tensors are named `name/...`.
            model: a model of one subgraph.
            given: inputs of the model -> tensors of this graph; inputs left out become new tensors.

        Returns:
            The map from the model's tensors to this graph's.
        """
        graph = flatbuffer.only_subgraph(model, name)
        moved = dict(given)
        for index, tensor in enumerate(graph.tensors):
            if index not in moved:
                data = flatbuffer.constant(model, tensor)
                moved[index] = self.add_tensor(tensor, f"{name}/{flatbuffer.text(tensor.name) or index}", data)
        for operator in graph.operators or []:
            code = model.operatorCodes[operator.opcodeIndex]
            if not flatbuffer.integers(operator.outputs):
                kind = flatbuffer.operator_name(code)
                raise LinkError(f"Expected operators without side effects in {name}, received {kind}.")
            _renumber(operator, moved)
            self.add_operator(operator, code)
        return moved

    def take_model(self, model: schema.ModelT) -> dict[int, int]:
        """Adds the subgraph of a model to an empty graph, its tensors with their own names; returns the tensor map."""
        names = [flatbuffer.text(tensor.name) for tensor in flatbuffer.only_subgraph(model, self.name).tensors]
        moved = self.add_model(self.name, model, {})
        for old, new in moved.items():
            self.tensors[new].name = names[old]
        self._names = set(names)
        return moved

    def convert(self, index: int, wanted: Form) -> int:
        """Converts a tensor to another form by QUANTIZE and DEQUANTIZE operators, one per form; returns its index.

        A change of scale goes through float32, as in a chain of parts: TFLite's direct QUANTIZE rounds in fixed point
        and is one step off for about 5 % of the int8 values.
        """
        source = self.tensors[index]
        have, float32 = flatbuffer.form(source), Form(schema.TensorType.FLOAT32)
        if have == wanted:
            return index
        if (index, wanted) not in self._converted:
            code = _conversion(have, wanted)
            start = index if float32 in (have, wanted) else self.convert(index, float32)
            target = schema.TensorT(shape=source.shape, type=wanted.type, shapeSignature=source.shapeSignature)
            target.quantization = quantization(wanted)
            name = f"{source.name}/{flatbuffer.type_name(wanted.type)}"
            self._converted[index, wanted] = self.add_tensor(target, name)
            self.add_operator(schema.OperatorT(inputs=[start], outputs=[self._converted[index, wanted]]), code)
        return self._converted[index, wanted]

    def rename(self, index: int, name: str) -> None:
        """Gives a tensor the name of a port; another tensor of that name is renamed."""
        for other, tensor in enumerate(self.tensors):
            if tensor.name == name and other != index:
                self.rename(other, f"{name}_inner")
        self.tensors[index].name = name
        self._names.add(name)

    def finish(self, inputs: list[int], outputs: list[int]) -> dict[int, int]:
        """Writes the subgraph into the file; returns the map from the tensors of this graph to the file's."""
        operators = self._needed_operators(outputs)
        used = {*inputs, *outputs}
        for operator, _ in operators:
            for vector in (operator.inputs, operator.outputs, operator.intermediates):
                used.update(i for i in flatbuffer.integers(vector) if i >= 0)
        kept = {old: new for new, old in enumerate(sorted(used))}
        for old in kept:
            self.tensors[old].buffer = self.composer.buffer(self._data[old])
        for operator, code in operators:
            operator.opcodeIndex = self.composer.code(code)
            _renumber(operator, kept)
        graph = schema.SubGraphT(name=self.name, tensors=[self.tensors[old] for old in kept])
        graph.operators = [operator for operator, _ in operators]
        graph.inputs, graph.outputs = [kept[i] for i in inputs], [kept[i] for i in outputs]
        self.composer.model.subgraphs.append(graph)
        return kept

    def _needed_operators(self, outputs: list[int]) -> list[tuple[schema.OperatorT, schema.OperatorCodeT]]:
        needed, kept = set(outputs), []
        for operator, code in reversed(self._operators):
            if needed.intersection(flatbuffer.integers(operator.outputs)):
                needed.update(flatbuffer.integers(operator.inputs))
                kept.append((operator, code))
        return kept[::-1]


def operator_code(number: int, version: int = 1, custom: str | None = None) -> schema.OperatorCodeT:
    """Makes an operator code; readers from before 2020 know only the one-byte field, which holds at most 127."""
    return schema.OperatorCodeT(min(number, 127), custom, version, number)


def copy_tensor(tensor: schema.TensorT) -> schema.TensorT:
    """Copies the shape, type and quantization of a tensor, without its name and contents."""
    copied = schema.TensorT(tensor.shape, tensor.type, quantization=tensor.quantization)
    copied.shapeSignature = tensor.shapeSignature
    return copied


def quantization(form: Form) -> schema.QuantizationParametersT | None:
    """Makes the quantization parameters of a form; None for a type that has none."""
    if form.scale is None:
        return None
    return schema.QuantizationParametersT(scale=[form.scale], zeroPoint=[form.zero_point])


def _conversion(have: Form, wanted: Form) -> schema.OperatorCodeT:
    """The operator that converts between forms; versions as in TensorFlow's lite/tools/versioning/op_version.cc."""
    operators, from_float = schema.BuiltinOperator, have.type == schema.TensorType.FLOAT32
    quantized = [f.type in _QUANTIZED and f.scale is not None for f in (have, wanted)]
    if quantized[1] and (from_float or quantized[0]):
        return operator_code(operators.QUANTIZE, 2 if wanted.type == schema.TensorType.INT16 else 1)
    if quantized[0] and wanted.type == schema.TensorType.FLOAT32:
        return operator_code(operators.DEQUANTIZE, _DEQUANTIZE[have.type])
    raise LinkError(
        f"Expected float32, or int8, uint8 or int16 of one scale, on both sides; received {have} for {wanted}."
    )


def _renumber(operator: schema.OperatorT, moved: Mapping[int, int]) -> None:
    """Rewrites an operator's tensor indices; -1 is an optional input that is left out."""
    for field in ("inputs", "outputs", "intermediates"):
        vector = getattr(operator, field)
        if vector is not None:
            setattr(operator, field, np.array([moved[int(i)] if i >= 0 else -1 for i in vector], np.int32))
