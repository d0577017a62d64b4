"""Parts that were made wrong on purpose: a name, and a function that makes the bytes of a TFLite file.

Each is a good model of one or two operators with one thing changed. `WORDS` says what its refusal has to name.
"""

import struct

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import linear, linear_int8
from tests.tflite.models import OPERATORS, OPTIONS, Graph, build

CODES, TYPES = schema.BuiltinOperator, schema.TensorType
HOSTILE, WORDS = {}, {}


def hostile(words, base=lambda: linear([[1, 0], [0, 1]], [0, 0])):
    """Registers a function that changes the object form of a good model of `base`."""

    def register(change):
        def make():
            model = schema.ModelT.InitFromPackedBuf(build(base()), 0)
            change(model)
            builder = flatbuffers.Builder(1024)
            builder.Finish(model.Pack(builder), b"TFL3")
            return bytes(builder.Output())

        HOSTILE[change.__name__], WORDS[change.__name__] = make, words
        return change

    return register


def hostile_bytes(words):
    """Registers a function that gives the bytes."""

    def register(make):
        HOSTILE[make.__name__], WORDS[make.__name__] = make, words
        return make

    return register


def good():
    """The bytes of the model that most of them change: RESHAPE, FULLY_CONNECTED."""
    return build(linear([[1, 0], [0, 1]], [0, 0]))


def _int8():
    return linear_int8([[1, 0], [0, 1]], [0, 0], (0.5, 0.25, 0.125))


def _graph(model):
    return model.subgraphs[0]


def _dense(model):
    return next(o for o in _graph(model).operators if o.builtinOptionsType == OPTIONS.FullyConnectedOptions)


def _swap(model, number, version=1):
    """Makes FULLY_CONNECTED another operator."""
    code = model.operatorCodes[_dense(model).opcodeIndex]
    code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), version


# What a model has to have.


@hostile("model.subgraphs, received none")
def no_subgraphs(model):
    model.subgraphs = None


@hostile("model.buffers, received none")
def no_buffers(model):
    model.buffers = None


@hostile("model.subgraphs[0].tensors, received none")
def no_tensors(model):
    _graph(model).tensors = None


@hostile("model.version, received 2")
def another_version(model):
    model.version = 2


@hostile("model.signature_defs, received 0")
def no_signatures(model):
    model.signatureDefs = None


# Signatures.


@hostile("a number below 1 as model.signature_defs[0].subgraph_index, received 7")
def signature_of_no_subgraph(model):
    model.signatureDefs[0].subgraphIndex = 7


@hostile("as many signatures as subgraphs, 1")
def two_signatures_of_one_subgraph(model):
    model.signatureDefs = model.signatureDefs * 2


@hostile("signature_defs[0].outputs, received [99]")
def signature_of_no_tensor(model):
    model.signatureDefs[0].outputs[0].tensorIndex = 99


@hostile("names for the tensors [0]")
def signature_without_an_input(model):
    model.signatureDefs[0].inputs = []


# Indices, and the order of operators.


@hostile("opcode_index, received 5")
def no_such_code(model):
    _dense(model).opcodeIndex = 5


@hostile("a number below 6 as model.subgraphs[0].operators[1].inputs[0], received 77")
def no_such_tensor(model):
    _dense(model).inputs = [77, *_dense(model).inputs[1:]]


@hostile("operators[0].inputs[1], received -1")
def no_size_of_a_reshape(model):
    _graph(model).operators[0].inputs = [0, -1]


@hostile("a number below 4 as model.subgraphs[0].tensors[5].buffer, received 9")
def no_such_buffer(model):
    _graph(model).tensors[5].buffer = 9


@hostile("model.metadata[0].buffer, received 9")
def metadata_of_no_buffer(model):
    model.metadata = [schema.MetadataT("notes", 9)]


@hostile("a constant, an input or an earlier result")
def reads_its_own_result(model):
    _dense(model).inputs = [_dense(model).outputs[0], *_dense(model).inputs[1:]]


@hostile("a constant, an input or an earlier result")
def the_last_operator_first(model):
    _graph(model).operators = _graph(model).operators[::-1]


@hostile("a tensor that nothing has written")
def writes_a_constant(model):
    _dense(model).outputs = [_dense(model).inputs[1]]


@hostile("a tensor that is computed as model.subgraphs[0].outputs[0]")
def a_result_that_nobody_computes(model):
    _graph(model).operators = _graph(model).operators[:1]


# Tensors.


@hostile("sizes of at least 1")
def a_size_of_minus_one(model):
    _graph(model).tensors[5].shape = [-1, 2]


@hostile("shape_signature, received [-1, 2]")
def a_dynamic_batch(model):
    _graph(model).tensors[5].shapeSignature = [-1, 2]


@hostile("at most 67108864 elements")
def a_tensor_of_a_trillion(model):
    _graph(model).tensors[0].shape = [1 << 20, 1 << 20, 1, 1]


@hostile("16 bytes of data")
def a_short_constant(model):
    index = _graph(model).tensors[_dense(model).inputs[1]].buffer
    model.buffers[index].data = model.buffers[index].data[:8]


@hostile("is_variable")
def a_variable(model):
    _graph(model).tensors[5].isVariable = True


@hostile("sparsity")
def a_sparse_tensor(model):
    _graph(model).tensors[5].sparsity = schema.SparsityParametersT()


@hostile("a type of float32")
def a_string_tensor(model):
    _graph(model).tensors[5].type = TYPES.STRING


@hostile("offset, received a value")
def weights_behind_the_file(model):
    model.buffers[1].offset, model.buffers[1].size = 4096, 64


# Quantization.


@hostile("zero_point, received 0", _int8)
def scales_without_zero_points(model):
    _graph(model).tensors[0].quantization.zeroPoint = None


@hostile("one scale of what is computed", _int8)
def a_scale_a_channel_of_what_is_computed(model):
    quantization = _graph(model).tensors[0].quantization
    quantization.scale, quantization.zeroPoint, quantization.quantizedDimension = [0.5, 0.5], [0, 0], 2


@hostile("quantized_dimension, received 9", _int8)
def no_such_dimension(model):
    quantization = _graph(model).tensors[_dense(model).inputs[1]].quantization
    quantization.scale, quantization.zeroPoint, quantization.quantizedDimension = [0.5, 0.5], [0, 0], 9


@hostile("2^-40 to 2^10", _int8)
def a_scale_that_is_no_number(model):
    _graph(model).tensors[0].quantization.scale = [float("nan")]


@hostile("-128 to 127", _int8)
def a_zero_point_outside_of_its_type(model):
    _graph(model).tensors[0].quantization.zeroPoint = [27776]


@hostile("at least one number for int8", _int8)
def int8_without_a_scale(model):
    _graph(model).tensors[0].quantization = None


# Operators.


def _refused(name, number):
    @hostile(f"an operator that parts may have as model.operator_codes[0], received number {number}")
    def change(model):
        _swap(model, number)

    HOSTILE[f"operator_{name.lower()}"] = HOSTILE.pop("change")
    WORDS[f"operator_{name.lower()}"] = WORDS.pop("change")


for _name in (
    *("RANDOM_UNIFORM", "MULTINOMIAL", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "HASHTABLE", "CALL_ONCE"),
    *("IF", "WHILE", "CUSTOM", "DELEGATE", "UNIDIRECTIONAL_SEQUENCE_LSTM", "WHERE", "STABLEHLO_ADD"),
):
    _refused(_name, getattr(CODES, _name))


@hostile("FULLY_CONNECTED of version 1 to 11")
def a_version_of_tomorrow(model):
    model.operatorCodes[_dense(model).opcodeIndex].version = 99


@hostile("the options of FULLY_CONNECTED, type 8 as model.subgraphs[0].operators[1].builtin_options, received 1")
def options_of_another_operator(model):
    operator = _dense(model)
    operator.builtinOptionsType, operator.builtinOptions = OPTIONS.Conv2DOptions, schema.Conv2DOptionsT()


@hostile("builtin_options.1, received 0", lambda: _convolution())
def a_stride_of_zero(model):
    _graph(model).operators[0].builtinOptions.strideW = 0


@hostile("the options of CONV_2D", lambda: _convolution())
def a_convolution_without_options(model):
    operator = _graph(model).operators[0]
    operator.builtinOptionsType, operator.builtinOptions = OPTIONS.NONE, None


@hostile("custom_options, received 4 elements")
def custom_options(model):
    _dense(model).customOptions = np.zeros(4, np.uint8)


# Shapes other than those that TensorFlow Lite computes.


@hostile("the shapes [[2, 2]] as model.subgraphs[0].operators[0].outputs, received [[1, 2]]", lambda: _sum([[1], [2]]))
def declared_one_row_giving_two(model):
    del model


@hostile("the shapes [[1, 2]] as model.subgraphs[0].operators[1].outputs, received [[2, 2]]")
def declared_two_rows_giving_one(model):
    _graph(model).tensors[5].shape = [2, 2]


@hostile("inputs that fit TILE and each other", lambda: _tile((1 << 15, 1 << 15)))
def a_tile_of_a_billion(model):
    del model


@hostile("inputs that fit RESHAPE and each other")
def a_reshape_to_more_elements(model):
    buffer = model.buffers[_graph(model).tensors[_graph(model).operators[0].inputs[1]].buffer]
    buffer.data = np.frombuffer(np.array([1, 3], np.int32).tobytes(), np.uint8)


def _sum(values):
    graph = Graph()
    x = graph.input("image", (1, 2))
    graph.output("logits", graph.add(x, values))
    return graph


def _tile(times):
    graph = Graph()
    x, y = graph.input("image", (1, 2)), graph.tensor((1, 2))
    graph.operator(OPERATORS.TILE, [x, graph.constant(times, "int32")], [y], OPTIONS.TileOptions, schema.TileOptionsT())
    graph.output("logits", y)
    return graph


def _convolution():
    graph = Graph()
    x, y = graph.input("image", (1, 4, 4, 1)), graph.tensor((1, 4, 4, 2))
    options = schema.Conv2DOptionsT()
    options.strideH = options.strideW = 1
    weights = graph.constant(np.ones((2, 3, 3, 1)))
    graph.output("y", graph.operator(OPERATORS.CONV_2D, [x, weights, -1], [y], OPTIONS.Conv2DOptions, options))
    return graph


# Bytes.


@hostile_bytes("8 to 2147483647 bytes as model, received 0")
def nothing():
    return b""


@hostile_bytes("a TFLite file (TFL3 at byte 4) as model, received the bytes 54464c34")
def another_identifier():
    return good().replace(b"TFL3", b"TFL4", 1)


@hostile_bytes("a table inside of")
def a_root_far_outside():
    return struct.pack("<I", 1 << 31) + good()[4:]


@hostile_bytes("inside of")
def the_first_half():
    return good()[: len(good()) // 2]


@hostile_bytes("tables and elements, as many as bytes")
def one_subgraph_ten_thousand_times():
    """A file of 42 kB whose vector of subgraphs names one subgraph, 560 bytes long, again and again."""
    original, count = good(), 10_000
    original += bytes(-len(original) % 4)
    model = schema.Model.GetRootAs(original, 0)
    field = model._tab.Pos + model._tab.Offset(8)  # Model.subgraphs
    subgraph, begin = model.Subgraphs(0)._tab.Pos, len(original)
    copy = begin + 4 + 4 * count  # offsets lead forward only, so what the vector names stands behind it once more
    places = [copy + subgraph - (begin + 4 + 4 * i) for i in range(count)]
    content = bytearray(original + struct.pack(f"<{count + 1}I", count, *places) + original)
    struct.pack_into("<I", content, field, begin - field)
    return bytes(content)
