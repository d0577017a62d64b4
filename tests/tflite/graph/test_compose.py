"""Composing files: names and constants that collide, conversions between forms, and what an output needs."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite import handmade
from tflite.graph import flatbuffer
from tflite.graph.compose import Composer, Graph, LinkError, copy_tensor, operator_code, quantization
from tflite.graph.flatbuffer import Form

FLOAT = Form(schema.TensorType.FLOAT32)
INT8 = Form(schema.TensorType.INT8, 0.5, -3)
UINT8 = Form(schema.TensorType.UINT8, 0.25, 7)
INT16 = Form(schema.TensorType.INT16, 0.125, 0)


def tensor(form=FLOAT, shape=(1, 2)):
    return schema.TensorT(list(shape), form.type, quantization=quantization(form))


@pytest.fixture
def graph():
    return Graph(Composer(), "main")


def kinds(graph):
    """The operators that a graph has so far, by name and version."""
    return [(flatbuffer.operator_name(code), code.version) for _, code in graph._operators]


def names(graph):
    return [made.name for made in graph.tensors]


def test_equal_constants_are_stored_once_whatever_they_mean():
    composer = Composer()
    one = composer.buffer(np.frombuffer(np.float32([1, 2]).tobytes(), np.uint8))
    again = composer.buffer(np.frombuffer(np.float32([1, 2]).tobytes(), np.uint8))
    other = composer.buffer(np.array([1, 2], np.uint8))
    assert (composer.buffer(None), one, again, other) == (0, 1, 1, 2)
    assert len(composer.model.buffers) == 3


def test_operators_are_told_apart_by_number_and_by_name():
    composer = Composer()
    codes = [operator_code(0, 2), operator_code(0, 5), operator_code(0), operator_code(150), operator_code(32, 1, "a"),
             operator_code(32, 1, "b")]  # fmt: skip
    assert [composer.code(code) for code in codes] == [0, 0, 0, 1, 2, 3]
    assert [code.version for code in composer.model.operatorCodes] == [5, 1, 1, 1]
    assert composer.model.operatorCodes[1].deprecatedBuiltinCode == 127, "which old readers do not know"


def test_names_are_made_unique(graph):
    for name in ("x", "x", "x_1", "x"):
        graph.add_tensor(tensor(), name)
    assert names(graph) == ["x", "x_1", "x_1_1", "x_2"]


def test_a_port_takes_its_name_from_whoever_has_it(graph):
    for name in ("y", "y_inner", "z"):
        graph.add_tensor(tensor(), name)
    graph.rename(2, "y")
    assert names(graph) == ["y_inner", "y_inner_inner", "y"]
    graph.rename(2, "y")
    assert names(graph) == ["y_inner", "y_inner_inner", "y"]


def test_constants_are_whole_numbers_or_reals(graph):
    whole = graph.add_constant("w", np.array([[1, 2]], np.int32))
    real = graph.add_constant("r", np.array(0.5))
    assert [graph.tensors[i].type for i in (whole, real)] == [schema.TensorType.INT32, schema.TensorType.FLOAT32]
    assert graph.tensors[whole].shape == [1, 2] and graph.tensors[real].shape == []
    assert np.frombuffer(graph._data[real].tobytes(), "<f4").tolist() == [0.5]


@pytest.mark.parametrize(
    "have, wanted, operators",
    [
        (FLOAT, FLOAT, []),
        (INT8, INT8, []),
        (FLOAT, INT8, [("QUANTIZE", 1)]),
        (INT8, FLOAT, [("DEQUANTIZE", 2)]),
        (UINT8, FLOAT, [("DEQUANTIZE", 1)]),
        (INT8, UINT8, [("DEQUANTIZE", 2), ("QUANTIZE", 1)]),
        (INT8, INT16, [("DEQUANTIZE", 2), ("QUANTIZE", 2)]),
        (INT16, INT8, [("DEQUANTIZE", 3), ("QUANTIZE", 1)]),
        (INT8, INT8._replace(scale=0.25), [("DEQUANTIZE", 2), ("QUANTIZE", 1)]),
    ],
)
def test_a_change_of_form_goes_by_way_of_float32(graph, have, wanted, operators):
    index = graph.add_tensor(tensor(have), "x")
    made = graph.convert(index, wanted)
    assert kinds(graph) == operators
    assert flatbuffer.form(graph.tensors[made]) == wanted
    assert graph.tensors[made].shape == [1, 2]
    assert graph.convert(index, wanted) == made
    assert kinds(graph) == operators, "a second reader takes the same tensor"


@pytest.mark.parametrize(
    "have, wanted", [(Form(schema.TensorType.INT32), FLOAT), (FLOAT, Form(schema.TensorType.INT8))]
)
def test_other_forms_have_no_conversion(graph, have, wanted):
    index = graph.add_tensor(tensor(have), "x")
    with pytest.raises(LinkError) as caught:
        graph.convert(index, wanted)
    assert str(caught.value) == (
        f"Expected float32, or int8, uint8 or int16 of one scale, on both sides; received {have} for {wanted}."
    )


def test_only_what_an_output_needs_is_written(graph):
    model = flatbuffer.load(handmade.dense([[1, 0], [0, 1]], [0, 0]))
    x = graph.add_tensor(tensor(), "x")
    ports = flatbuffer.ports(model)
    used = graph.add_model("used", model, {ports.inputs["x"]: x})
    graph.add_model("unused", flatbuffer.load(handmade.logistic([1, 2])), {0: x})
    output = used[ports.outputs["y"]]
    kept = graph.finish([x], [output])
    written = graph.composer.model.subgraphs[0]
    assert [flatbuffer.text(made.name) for made in written.tensors] == ["x", "used/weights", "used/bias", "used/y"]
    assert [code.builtinCode for code in graph.composer.model.operatorCodes] == [schema.BuiltinOperator.FULLY_CONNECTED]
    assert (written.inputs, written.outputs) == ([kept[x]], [kept[output]])


def test_a_composed_file_computes(graph):
    model = flatbuffer.load(handmade.dense([[0, 1], [1, 0]], [1, 0]))
    x = graph.add_tensor(tensor(), "x")
    first = graph.add_model("first", model, {0: x})
    again = graph.add_model("again", flatbuffer.load(handmade.dense([[0, 1], [1, 0]], [1, 0])), {0: first[3]})
    kept = graph.finish([x], [again[3]])
    graph.composer.add_signature("serving_default", 0, {"x": kept[x]}, {"y": kept[again[3]]})
    # (1, 2) -> (3, 1) -> (2, 3)
    assert handmade.invoke(graph.composer.dump(), x=np.array([[1, 2]], np.float32))["y"].tolist() == [[2, 3]]
    assert len(graph.composer.model.buffers) == 1 + 2, "both share weights and bias"


def test_a_copied_tensor_has_neither_name_nor_contents():
    original = tensor(INT8)
    original.name, original.buffer = "x", 7
    copied = copy_tensor(original)
    assert (copied.name, copied.buffer, copied.shape) == (None, 0, [1, 2])
    assert flatbuffer.form(copied) == INT8
    assert quantization(FLOAT) is None
