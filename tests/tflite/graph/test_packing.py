"""A model's inputs as bytes in its own order, and its outputs read in it."""

from pathlib import Path

import numpy as np
import pytest

from tests.tflite.models import OPERATORS, OPTIONS, Graph, build, schema
from tflite.errors import FrugalError
from tflite.graph.packing import Packing

GOLDENS = Path(__file__).resolve().parents[2] / "goldens/bundles"


def two_inputs():
    """A model that adds b (float32 [1, 3]) and a (float32 [1, 3]); the file's order is b, a."""
    graph = Graph()
    b, a = graph.input("b", (1, 3)), graph.input("a", (1, 3))
    inputs, outputs = [b, a], [graph.tensor((1, 3))]
    graph.output("sum", graph.operator(OPERATORS.ADD, inputs, outputs, OPTIONS.AddOptions, schema.AddOptionsT()))
    return build(graph)


def test_inputs_are_packed_in_the_models_order_and_outputs_read_in_it():
    model = Packing(two_inputs(), "sum")
    a, b = (np.array([row], np.float32) for row in ([1, 2, 3], [4, 5, 6]))
    assert model.pack({"a": a, "b": b}) == b.tobytes() + a.tobytes()
    content = a.tobytes()
    np.testing.assert_array_equal(model.unpack(lambda size: content[:size])["sum"], a)


@pytest.mark.parametrize(
    ("value", "received"), [(np.zeros((1, 2), np.float32), r"float32 \[1, 2\]"), (np.zeros((1, 3), int), "int64")]
)
def test_inputs_of_another_form_are_refused(value, received):
    model = Packing(two_inputs(), "sum")
    with pytest.raises(FrugalError, match=rf"sum: expected float32 \[1, 3\] for the input a, received {received}"):
        model.pack({"a": value, "b": np.zeros((1, 3), np.float32)})


def test_a_missing_input_is_refused():
    with pytest.raises(FrugalError, match="for the input b, received object"):
        Packing(two_inputs(), "sum").pack({"a": np.zeros((1, 3), np.float32)})


def test_drawn_inputs_are_the_same_for_the_same_seed_and_cover_the_codes():
    content = (GOLDENS / "convolutions/parts/first.tflite").read_bytes()
    model = Packing(content, "first")
    (first,), (again,), (other,) = (model.drawn_inputs(seed).values() for seed in (0, 0, 1))
    assert first.dtype == np.int8 and (first == again).all() and (first != other).any()
    assert first.min() < -100 and first.max() > 100
