"""Shapes of results, worked out by hand, and what TensorFlow Lite makes of the same operators."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from tests.goldens.damaged_parts import verdict
from tests.tflite.models import OPERATORS, OPTIONS, Graph, build
from tflite.bundle.operators import OPERATORS as FORMS

TYPE_OF_OPTIONS = {number: name for name, number in vars(schema.BuiltinOptions).items() if isinstance(number, int)}
BIAS = np.zeros(5, np.float32)
CONV = {"strideW": 1, "strideH": 2, "dilationWFactor": 1, "dilationHFactor": 1}
# Operator, inputs (a shape, or a constant as an array), shapes of its results, options.
CASES = [
    ("ABS", [(2, 3)], [(2, 3)], {}),
    ("ADD", [(2, 1, 3), (4, 1)], [(2, 4, 3)], {}),
    ("ADD_N", [(2, 3), (2, 3)], [(2, 3)], {}),
    ("ARG_MAX", [(2, 5, 3), np.int32(1)], [(2, 3)], {"outputType": 2}),
    ("AVERAGE_POOL_2D", [(1, 7, 6, 2)], [(1, 3, 5, 2)],
     {"strideW": 1, "strideH": 2, "filterWidth": 2, "filterHeight": 3, "padding": 1}),
    ("MAX_POOL_2D", [(1, 7, 6, 2)], [(1, 4, 6, 2)],
     {"strideW": 1, "strideH": 2, "filterWidth": 2, "filterHeight": 3}),
    ("BATCH_MATMUL", [(2, 3, 4), (4, 5)], [(2, 3, 5)], {}),
    ("BATCH_MATMUL", [(2, 4, 3), (5, 4)], [(2, 3, 5)], {"adjX": True, "adjY": True}),
    ("SPACE_TO_BATCH_ND", [(1, 4, 5, 2), [2, 3], [[0, 0], [0, 1]]], [(6, 2, 2, 2)], {}),
    ("BATCH_TO_SPACE_ND", [(6, 2, 2, 2), [2, 3], [[0, 0], [0, 1]]], [(1, 4, 5, 2)], {}),
    ("BROADCAST_TO", [(1, 3), [2, 2, 3]], [(2, 2, 3)], {}),
    ("CONCATENATION", [(2, 3), (2, 4)], [(2, 7)], {"axis": -1}),
    ("CONV_2D", [(1, 7, 6, 2), np.zeros((5, 3, 3, 2), np.float32), BIAS], [(1, 4, 6, 5)], CONV),
    ("CONV_2D", [(1, 7, 6, 2), np.zeros((5, 3, 3, 2), np.float32), BIAS], [(1, 3, 4, 5)], {**CONV, "padding": 1}),
    ("CONV_2D", [(1, 7, 6, 2), np.zeros((5, 3, 3, 2), np.float32), BIAS], [(1, 5, 2, 5)],
     {"strideW": 1, "strideH": 1, "dilationWFactor": 2, "dilationHFactor": 1, "padding": 1}),
    ("DEPTHWISE_CONV_2D", [(1, 7, 6, 2), np.zeros((1, 3, 3, 4), np.float32), np.zeros(4, np.float32)],
     [(1, 3, 4, 4)], {**CONV, "strideW": 1, "depthMultiplier": 2, "padding": 1}),
    ("TRANSPOSE_CONV", [[1, 8, 8, 3], np.zeros((3, 3, 3, 2), np.float32), (1, 4, 4, 2)], [(1, 8, 8, 3)],
     {"strideW": 2, "strideH": 2}),
    ("FULLY_CONNECTED", [(2, 3, 4), np.zeros((5, 4), np.float32), -1], [(6, 5)], {}),
    ("FULLY_CONNECTED", [(2, 3, 4), np.zeros((5, 4), np.float32), -1], [(2, 3, 5)], {"keepNumDims": True}),
    ("DEPTH_TO_SPACE", [(1, 2, 3, 8)], [(1, 4, 6, 2)], {"blockSize": 2}),
    ("SPACE_TO_DEPTH", [(1, 4, 6, 2)], [(1, 2, 3, 8)], {"blockSize": 2}),
    ("EXPAND_DIMS", [(2, 3), np.int32(-1)], [(2, 3, 1)], {}),
    ("FILL", [[2, 3], np.float32(7)], [(2, 3)], {}),
    ("GATHER", [(2, 5, 3), [[0, 1], [2, 4]]], [(2, 2, 2, 3)], {"axis": 1}),
    ("GATHER_ND", [(2, 5, 3), [[0, 1], [1, 4], [0, 0]]], [(3, 3)], {}),
    ("MEAN", [(2, 5, 3), [1, -1]], [(2,)], {}),
    ("SUM", [(2, 5, 3), [0]], [(1, 5, 3)], {"keepDims": True}),
    ("MIRROR_PAD", [(2, 3), [[0, 1], [2, 1]]], [(3, 6)], {}),
    ("MUL", [(2, 3), (3,)], [(2, 3)], {}),
    ("ONE_HOT", [[0, 1, 2], np.int32(4), np.float32(1), np.float32(0)], [(3, 4)], {"axis": -1}),
    ("PAD", [(2, 3), [[0, 1], [2, 2]]], [(3, 7)], {}),
    ("PACK", [(2, 3), (2, 3)], [(2, 2, 3)], {"valuesCount": 2, "axis": 1}),
    ("UNPACK", [(2, 3)], [(2,), (2,), (2,)], {"num": 3, "axis": 1}),
    ("PRELU", [(1, 2, 2, 3), np.zeros((1, 1, 3), np.float32)], [(1, 2, 2, 3)], {}),
    ("RESHAPE", [(2, 6), [3, -1]], [(3, 4)], {}),
    ("RESIZE_BILINEAR", [(1, 2, 3, 4), [5, 6]], [(1, 5, 6, 4)], {}),
    ("SELECT", [np.ones((2, 3), bool), (2, 3), (2, 3)], [(2, 3)], {}),
    ("SELECT_V2", [np.ones((2, 1), bool), (2, 3), (3,)], [(2, 3)], {}),
    ("SHAPE", [(2, 3, 4)], [(3,)], {"outType": 2}),
    ("SLICE", [(4, 5), [1, 2], [2, -1]], [(2, 3)], {}),
    ("STRIDED_SLICE", [(4, 9), [0, 8], [3, 0], [1, -2]], [(3, 4)], {}),
    ("STRIDED_SLICE", [(4, 9), [1, 0], [2, 0], [1, 2]], [(5,)], {"shrinkAxisMask": 1, "endMask": 2}),
    ("STRIDED_SLICE", [(4, 9), [-1], [-9], [-1]], [(4, 9)], {}),
    ("SPLIT", [np.int32(1), (2, 6)], [(2, 2)] * 3, {"numSplits": 3}),
    ("SPLIT_V", [(2, 6), [1, -1], np.int32(1)], [(2, 1), (2, 5)], {"numSplits": 2}),
    ("SQUEEZE", [(1, 3, 1)], [(3,)], {}),
    ("SQUEEZE", [(1, 3, 1)], [(1, 3)], {"squeezeDims": [-1]}),
    ("TILE", [(2, 3), [2, 1]], [(4, 3)], {}),
    ("TOPK_V2", [(2, 5), np.int32(3)], [(2, 3), (2, 3)], {}),
    ("TRANSPOSE", [(2, 3, 4), [2, 0, 1]], [(4, 2, 3)], {}),
]  # fmt: skip
INTEGERS = {"SHAPE": [0], "ARG_MAX": [0], "TOPK_V2": [1]}


def model(name, inputs, results, options):
    """One operator as a model."""
    graph, operands = Graph(), []
    for number, given in enumerate(inputs):
        if isinstance(given, tuple):
            operands.append(graph.input(f"x{number}", given))
        elif isinstance(given, int):
            operands.append(given)
        else:
            array = np.asarray(given)
            array = array if array.dtype in (np.float32, bool) else array.astype(np.int32)
            operands.append(_constant(graph, array))
    outputs = [graph.tensor(shape, "int32" if i in INTEGERS.get(name, []) else "float32")
               for i, shape in enumerate(results)]  # fmt: skip
    for number, index in enumerate(outputs):
        graph.output(f"y{number}", index)
    code = getattr(OPERATORS, name)
    kind = TYPE_OF_OPTIONS[FORMS[code].options_type]
    made = None if kind == "NONE" else getattr(schema, kind + "T")()
    for field, value in options.items():
        setattr(made, field, value)
    graph.operator(code, operands, outputs, getattr(OPTIONS, kind), made)
    return build(graph)


def _constant(graph, array):
    return graph.tensor(array.shape, array.dtype.name, data=array)


@pytest.mark.parametrize("name, inputs, results, options", CASES, ids=[f"{case[0]}-{case[2]}" for case in CASES])
def test_shapes_are_those_worked_out_by_hand_and_those_of_tensorflow_lite(name, inputs, results, options):
    content = model(name, inputs, results, options)
    assert verdict(content) is None
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    assert [tuple(d["shape"]) for d in interpreter.get_output_details()] == results


@pytest.mark.parametrize("name, inputs, results, options", CASES, ids=[f"{case[0]}-{case[2]}" for case in CASES])
def test_another_shape_is_refused(name, inputs, results, options):
    wrong = [(*results[0][:-1], results[0][-1] + 1), *results[1:]]
    problem = verdict(model(name, inputs, wrong, options))
    shown = str([list(shape) for shape in results])
    assert f"expected the shapes {shown} as model.subgraphs[0].operators[0].outputs" in problem


@pytest.mark.parametrize(
    "name, inputs, results, options",
    [
        ("ADD", [(2, 3), (2, 4)], [(2, 4)], {}),
        ("ARG_MAX", [(2, 3), np.int32(2)], [(2,)], {"outputType": 2}),
        ("BATCH_MATMUL", [(2, 3), (4, 5)], [(2, 5)], {}),
        ("CONCATENATION", [(2, 3), (3, 4)], [(2, 7)], {"axis": 1}),
        ("CONV_2D", [(1, 2, 2, 2), np.zeros((5, 3, 3, 2), np.float32), -1], [(1, 1, 1, 5)], {**CONV, "padding": 1}),
        ("CONV_2D", [(1, 4, 4, 3), np.zeros((5, 3, 3, 2), np.float32), -1], [(1, 2, 4, 5)], CONV),
        ("DEPTHWISE_CONV_2D", [(1, 4, 4, 2), np.zeros((1, 3, 3, 5), np.float32), -1], [(1, 2, 4, 5)],
         {**CONV, "depthMultiplier": 2}),
        ("FULLY_CONNECTED", [(2, 3), np.zeros((5, 4), np.float32), -1], [(2, 5)], {}),
        ("FULLY_CONNECTED", [(2, 4), np.zeros((5, 4), np.float32), np.zeros(3, np.float32)], [(2, 5)], {}),
        ("MIRROR_PAD", [(2, 3), [[0, 2], [0, 0]]], [(4, 3)], {}),
        ("PACK", [(2, 3), (2, 3)], [(2, 2, 3)], {"valuesCount": 3}),
        ("SLICE", [(4, 5), [1, 2], [2, 4]], [(2, 4)], {}),
        ("STRIDED_SLICE", [(4,), [3], [1], [1]], [(1,)], {}),
        ("STRIDED_SLICE", [(4,), [1], [3], [0]], [(2,)], {}),
        ("STRIDED_SLICE", [(4,), [1], [3], [1]], [(1, 2)], {"newAxisMask": 1}),
        ("SPLIT", [np.int32(1), (2, 6)], [(2, 2)] * 3, {"numSplits": 1}),
        ("SPLIT_V", [(2, 6), [1, 6], np.int32(1)], [(2, 1), (2, 6)], {"numSplits": 2}),
        ("SQUEEZE", [(1, 3)], [(1,)], {"squeezeDims": [1]}),
        ("TRANSPOSE", [(2, 3), [0, 0]], [(2, 2)], {}),
        ("TOPK_V2", [(2, 5), np.int32(6)], [(2, 6), (2, 6)], {}),
    ],
)  # fmt: skip
def test_inputs_that_do_not_fit_each_other_are_refused(name, inputs, results, options):
    assert f"expected inputs that fit {name} and each other" in verdict(model(name, inputs, results, options))


def test_the_cases_have_every_rule():
    tested = {FORMS[getattr(OPERATORS, case[0])].rule for case in CASES}
    assert {form.rule for form in FORMS.values()} == tested
