"""Hand-made TFLite files: flatbuffers written with the schema alone, in milliseconds and without TensorFlow."""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tflite.graph import flatbuffer

TYPES = {
    "float32": (schema.TensorType.FLOAT32, np.float32),
    "int8": (schema.TensorType.INT8, np.int8),
    "uint8": (schema.TensorType.UINT8, np.uint8),
    "int16": (schema.TensorType.INT16, np.int16),
    "int32": (schema.TensorType.INT32, np.int32),
    "int64": (schema.TensorType.INT64, np.int64),
    "bool": (schema.TensorType.BOOL, np.bool_),
}
OPERATORS = schema.BuiltinOperator
OPTIONS = schema.BuiltinOptions


@dataclass
class Graph:
    """One signature with a subgraph of its own; methods return tensor indices.

    The file keeps the order in which tensors and operators were added.
    """

    signature: str = "serving_default"
    tensors: list = field(default_factory=list)
    operators: list = field(default_factory=list)
    inputs: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)

    def tensor(self, shape, type="float32", scale=None, zero_point=0, data=None):
        """Adds a tensor; with `data` it is a constant, whose scale may be a list of one number a channel."""
        self.tensors.append((tuple(shape), type, scale, zero_point, data))
        return len(self.tensors) - 1

    def input(self, name, shape, type="float32", scale=None, zero_point=0):
        """Adds an input."""
        self.inputs[name] = self.tensor(shape, type, scale, zero_point)
        return self.inputs[name]

    def output(self, name, index):
        """Names a tensor as an output."""
        self.outputs[name] = index

    def operator(self, code, inputs, outputs, options_type=OPTIONS.NONE, options=None):
        """Adds an operator and returns its first output."""
        self.operators.append((code, list(inputs), list(outputs), options_type, options))
        return outputs[0]

    def constant(self, values, type="float32", scale=None, zero_point=0):
        """Adds a constant from nested lists or an array."""
        array = np.array(values, TYPES[type][1])
        return self.tensor(array.shape, type, scale, zero_point, array)

    def dense(self, x, weights, bias, type="float32", scale=None, zero_point=0, weight_scale=None):
        """y = weights x + bias: weights `[out, in]`; any input of rank 2 or more is flattened to `[1, in]`.

        For int8 and int16, weights are int8 codes of `weight_scale` and the bias is int32 (of int16 int64) in units of
        input scale times weight scale.
        """
        rows, columns = np.shape(weights)
        flat = self.reshape(x, (1, columns))
        w = self.constant(weights, "int8" if type == "int16" else type, weight_scale)
        bias_scale = None if scale is None else self.tensors[x][2] * weight_scale
        b = self.constant(bias, {"float32": "float32", "int16": "int64"}.get(type, "int32"), bias_scale)
        y = self.tensor((1, rows), type, scale, zero_point)
        options = schema.FullyConnectedOptionsT()
        return self.operator(OPERATORS.FULLY_CONNECTED, [flat, w, b], [y], OPTIONS.FullyConnectedOptions, options)

    def reshape(self, x, shape):
        """The same elements in another shape."""
        _, type, scale, zero_point, _ = self.tensors[x]
        y = self.tensor(shape, type, scale, zero_point)
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        size = self.constant(list(shape), "int32")
        return self.operator(OPERATORS.RESHAPE, [x, size], [y], OPTIONS.ReshapeOptions, options)

    def add(self, x, values):
        """x + a float constant of the same shape or a scalar."""
        y = self.tensor(self.tensors[x][0])
        return self.operator(OPERATORS.ADD, [x, self.constant(values)], [y], OPTIONS.AddOptions, schema.AddOptionsT())

    def multiply(self, x, values):
        """x times a float constant."""
        y = self.tensor(self.tensors[x][0])
        return self.operator(OPERATORS.MUL, [x, self.constant(values)], [y], OPTIONS.MulOptions, schema.MulOptionsT())

    def quantize(self, x, scale, zero_point, type="int8"):
        """float32 to int8, or one eight-bit encoding to another."""
        y = self.tensor(self.tensors[x][0], type, scale, zero_point)
        return self.operator(OPERATORS.QUANTIZE, [x], [y], OPTIONS.QuantizeOptions, schema.QuantizeOptionsT())


def build(*graphs):
    """Writes graphs, a signature each, as the bytes of one TFLite file."""
    model = schema.ModelT()
    model.version = 3
    model.description = b"hand-made"
    model.buffers = [schema.BufferT()]
    codes = sorted({code for graph in graphs for code, *_ in graph.operators})
    model.operatorCodes = [_operator_code(code) for code in codes]
    model.subgraphs = [_subgraph(graph, codes, model.buffers) for graph in graphs]
    model.signatureDefs = [_signature(graph, i) for i, graph in enumerate(graphs)]
    if any(spec[1] == "int64" for graph in graphs for spec in graph.tensors):
        return flatbuffer.dump(model)  # which aligns them
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _operator_code(code):
    operator = schema.OperatorCodeT()
    operator.builtinCode = code
    operator.deprecatedBuiltinCode = min(code, 127)
    operator.version = {OPERATORS.FULLY_CONNECTED: 4, OPERATORS.CONV_2D: 3, OPERATORS.BROADCAST_TO: 2}.get(code, 1)
    return operator


def _subgraph(graph, codes, buffers):
    subgraph = schema.SubGraphT()
    subgraph.name = graph.signature.encode()
    subgraph.tensors = [_tensor(i, spec, buffers) for i, spec in enumerate(graph.tensors)]
    subgraph.inputs = list(graph.inputs.values())
    subgraph.outputs = list(graph.outputs.values())
    subgraph.operators = []
    for code, inputs, outputs, options_type, options in graph.operators:
        operator = schema.OperatorT()
        operator.opcodeIndex = codes.index(code)
        operator.inputs, operator.outputs = inputs, outputs
        operator.builtinOptionsType, operator.builtinOptions = options_type, options
        subgraph.operators.append(operator)
    return subgraph


def _tensor(index, spec, buffers):
    shape, type, scale, zero_point, data = spec
    tensor = schema.TensorT()
    tensor.shape, tensor.type, tensor.name, tensor.buffer = list(shape), TYPES[type][0], f"t{index}".encode(), 0
    if scale is not None:
        tensor.quantization = schema.QuantizationParametersT()
        scales = np.atleast_1d(scale).tolist()
        tensor.quantization.scale, tensor.quantization.zeroPoint = scales, [zero_point] * len(scales)
    if data is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(data.tobytes(), np.uint8)
        tensor.buffer = len(buffers)
        buffers.append(buffer)
    return tensor


def _signature(graph, subgraph):
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = graph.signature.encode(), subgraph
    signature.inputs = [_map(name, index) for name, index in graph.inputs.items()]
    signature.outputs = [_map(name, index) for name, index in graph.outputs.items()]
    return signature


def _map(name, index):
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name.encode(), index
    return entry
