"""Hand-made TFLite models of a few operators, packed by the plain schema code: what linking is tested on."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

TYPES = {"float32": schema.TensorType.FLOAT32, "int8": schema.TensorType.INT8, "int32": schema.TensorType.INT32}


class Handmade:
    """Collects tensors and operators; `pack` gives the flatbuffer."""

    def __init__(self):
        self.buffers, self.tensors, self.operators, self.codes = [schema.BufferT()], [], [], []

    def tensor(self, name, shape, kind="float32", scale=None, zero_point=0, data=None):
        """Index of a new tensor, constant if `data` (an array) is given."""
        tensor = schema.TensorT(list(shape), TYPES[kind], name=name)
        if scale is not None:
            scales = np.atleast_1d(scale).tolist()
            tensor.quantization = schema.QuantizationParametersT(scale=scales, zeroPoint=[zero_point] * len(scales))
        if data is not None:
            tensor.buffer = len(self.buffers)
            self.buffers.append(schema.BufferT(data=np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)))
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(self, name, inputs, output, options=None, version=1, custom=None):
        """Adds an operator; `options` is its options object of the schema."""
        number = getattr(schema.BuiltinOperator, name)
        self.codes.append(schema.OperatorCodeT(min(number, 127), custom, version, number))
        operator = schema.OperatorT(len(self.codes) - 1, inputs, [output])
        if options is not None:
            kind = type(options).__name__[:-1]
            operator.builtinOptionsType, operator.builtinOptions = getattr(schema.BuiltinOptions, kind), options
        self.operators.append(operator)

    def pack(self, inputs, outputs, signature="serving_default"):
        """The flatbuffer; ports {name: tensor}, in a signature unless that is None."""
        graph = schema.SubGraphT(self.tensors, list(inputs.values()), list(outputs.values()), self.operators, "main")
        model = schema.ModelT(3, self.codes, [graph], "handmade", self.buffers)
        if signature is not None:
            sides = [[schema.TensorMapT(port, index) for port, index in side.items()] for side in (inputs, outputs)]
            model.signatureDefs = [schema.SignatureDefT(*sides, signature, 0)]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def dense(weights, bias, reads="x", writes="y"):
    """A float dense layer: weights `[out, in]`, bias `[out]`; ports `x` and `y`."""
    model = Handmade()
    weights, bias = np.asarray(weights, np.float32), np.asarray(bias, np.float32)
    x = model.tensor(reads, [1, weights.shape[1]])
    w, b = model.tensor("weights", weights.shape, data=weights), model.tensor("bias", bias.shape, data=bias)
    y = model.tensor(writes, [1, weights.shape[0]])
    model.operator("FULLY_CONNECTED", [x, w, b], y, schema.FullyConnectedOptionsT())
    return model.pack({reads: x}, {writes: y})


def dense_int8(weights, bias, scales, zero_points=(0, 0)):
    """An int8 dense layer with weights of scale 1/64; `scales` and `zero_points` are those of input and output."""
    model = Handmade()
    weights, bias = np.asarray(weights, np.int8), np.asarray(bias, np.int32)
    x = model.tensor("x", [1, weights.shape[1]], "int8", scales[0], zero_points[0])
    w = model.tensor("weights", weights.shape, "int8", 1 / 64, data=weights)
    b = model.tensor("bias", bias.shape, "int32", scales[0] / 64, data=bias)
    y = model.tensor("y", [1, weights.shape[0]], "int8", scales[1], zero_points[1])
    model.operator("FULLY_CONNECTED", [x, w, b], y, schema.FullyConnectedOptionsT(), version=4)
    return model.pack({"x": x}, {"y": y})


def add(shape, a="a", b="b"):
    """A float addition of two inputs."""
    model = Handmade()
    x, z, y = model.tensor(a, shape), model.tensor(b, shape), model.tensor("y", shape)
    model.operator("ADD", [x, z], y, schema.AddOptionsT())
    return model.pack({a: x, b: z}, {"y": y})


def logistic(shape):
    """A float logistic function."""
    model = Handmade()
    x, y = model.tensor("x", shape), model.tensor("y", shape)
    model.operator("LOGISTIC", [x], y)
    return model.pack({"x": x}, {"y": y})


def invoke(model, signature="serving_default", **inputs):
    """The outputs of one run, by port."""
    outputs = Interpreter(model_content=model).get_signature_runner(signature)(**inputs)
    return {port: value.copy() for port, value in outputs.items()}


def run_chain(units, values):
    """Runs units one by one and converts at the seams as a chain of parts does; all values, by name."""
    values, forms = dict(values), {}
    for unit in units:
        runner = Interpreter(model_content=unit.model).get_signature_runner("serving_default")
        wanted, given = runner.get_input_details(), runner.get_output_details()
        feed = {port: convert(values[v], forms.get(v), wanted[port]) for port, v in unit.inputs.items()}
        outputs = runner(**feed)
        values.update({value: outputs[port].copy() for port, value in unit.outputs.items()})
        forms.update({value: given[port] for port, value in unit.outputs.items()})
    return values


def convert(value, form, wanted):
    """The bundle format's conversion between types and scales; without a form the value is taken as it is."""
    kinds = [None if d is None else (d["dtype"], *d["quantization"]) for d in (form, wanted)]
    if kinds[0] == kinds[1] or (form is None and value.dtype == wanted["dtype"]):
        return value
    if value.dtype == np.int8:
        scale, zero_point = form["quantization"]
        value = (value.astype(np.int32) - zero_point).astype(np.float32) * np.float32(scale)
    if wanted["dtype"] == np.float32:
        return value
    scale, zero_point = wanted["quantization"]
    return np.clip(np.round(value / np.float32(scale)) + zero_point, -128, 127).astype(np.int8)
