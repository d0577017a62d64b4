"""All parts that were made wrong on purpose: beside those with wrong tables operators, shapes and bytes."""

import struct

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.goldens import hostile_tables  # noqa: F401  (which registers its own first)
from tests.goldens.hostile import CODES, HOSTILE, WORDS, dense, good, graph, hostile, hostile_bytes, swap
from tests.tflite.models import OPERATORS, OPTIONS, Graph

# Operators.


def _refused(name, number):
    @hostile(f"an operator that parts may have as model.operator_codes[0], received number {number}")
    def change(model):
        swap(model, number)

    HOSTILE[f"operator_{name.lower()}"] = HOSTILE.pop("change")
    WORDS[f"operator_{name.lower()}"] = WORDS.pop("change")


for _name in (
    *("RANDOM_UNIFORM", "MULTINOMIAL", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "HASHTABLE", "CALL_ONCE"),
    *("IF", "WHILE", "CUSTOM", "DELEGATE", "UNIDIRECTIONAL_SEQUENCE_LSTM", "WHERE", "STABLEHLO_ADD"),
):
    _refused(_name, getattr(CODES, _name))


@hostile("FULLY_CONNECTED of version 1 to 11")
def a_version_of_tomorrow(model):
    model.operatorCodes[dense(model).opcodeIndex].version = 99


@hostile("the options of FULLY_CONNECTED, type 8 as model.subgraphs[0].operators[1].builtin_options, received 1")
def options_of_another_operator(model):
    operator = dense(model)
    operator.builtinOptionsType, operator.builtinOptions = OPTIONS.Conv2DOptions, schema.Conv2DOptionsT()


@hostile("builtin_options.1, received 0", lambda: _convolution())
def a_stride_of_zero(model):
    graph(model).operators[0].builtinOptions.strideW = 0


@hostile("the options of CONV_2D", lambda: _convolution())
def a_convolution_without_options(model):
    operator = graph(model).operators[0]
    operator.builtinOptionsType, operator.builtinOptions = OPTIONS.NONE, None


@hostile("custom_options, received 4 elements")
def custom_options(model):
    dense(model).customOptions = np.zeros(4, np.uint8)


# Shapes other than those that TensorFlow Lite computes.


@hostile("the shapes [[2, 2]] as model.subgraphs[0].operators[0].outputs, received [[1, 2]]", lambda: _sum([[1], [2]]))
def declared_one_row_giving_two(model):
    del model


@hostile("the shapes [[1, 2]] as model.subgraphs[0].operators[1].outputs, received [[2, 2]]")
def declared_two_rows_giving_one(model):
    graph(model).tensors[5].shape = [2, 2]


@hostile("inputs that fit TILE and each other", lambda: _tile((1 << 15, 1 << 15)))
def a_tile_of_a_billion(model):
    del model


@hostile("inputs that fit RESHAPE and each other")
def a_reshape_to_more_elements(model):
    buffer = model.buffers[graph(model).tensors[graph(model).operators[0].inputs[1]].buffer]
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


# Scales and types that TensorFlow Lite aborts on, or reads beyond the end for.


@hostile("inputs / 2^13", lambda: _two("ADD", "int16", 0.5, 0.5 / (1 << 14)))
def a_sum_of_16_bits_that_is_too_fine(model):
    del model


@hostile("inputs / 2^18", lambda: _two("SUB", "int8", 0.5, 0.5 / (1 << 19)))
def a_difference_of_8_bits_that_is_too_fine(model):
    del model


@hostile("inputs of another scale than 1", lambda: _two("EQUAL", "int8", 1.0))
def a_comparison_of_whole_numbers_of_8_bits(model):
    del model


@hostile("a bias of int64 beside int16 as model.subgraphs[0].operators[0].inputs[2], received int32", lambda: _wide())
def a_bias_of_half_the_bytes_that_are_read(model):
    del model


@hostile("weights of another type than int16", lambda: _wide("int64", "int16"))
def weights_of_16_bits(model):
    del model


def _two(name, type, scale, result=None):
    """An operator of two tensors of one type and scale; without the scale of a result it gives truths."""
    graph = Graph()
    x, z = graph.input("x", (1, 2), type, scale), graph.input("z", (1, 2), type, scale)
    y = graph.tensor((1, 2), "bool" if result is None else type, result)
    options = name.capitalize() + "Options"
    options = getattr(OPTIONS, options), getattr(schema, f"{options}T")()
    graph.output("y", graph.operator(getattr(OPERATORS, name), [x, z], [y], *options))
    return graph


def _wide(bias="int32", weights="int8"):
    """A convolution of 16-bit activations."""
    graph = Graph()
    b = graph.constant(np.zeros(2), bias, 0.25)
    w = graph.constant(np.ones((2, 1, 1, 1)), weights, 0.5)
    x, y = graph.input("image", (1, 4, 4, 1), "int16", 0.5), graph.tensor((1, 4, 4, 2), "int16", 0.5)
    options = schema.Conv2DOptionsT()
    options.strideH = options.strideW = 1
    graph.output("y", graph.operator(OPERATORS.CONV_2D, [x, w, b], [y], OPTIONS.Conv2DOptions, options))
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
