"""Inputs that are sent as bytes: a float model computes as before, of the number that the byte stands for."""

import numpy as np
import pytest

from tests.tflite.handmade import dense, invoke
from tflite.graph import flatbuffer
from tflite.graph.byte_inputs import encoding, with_byte_inputs
from tflite.graph.flatbuffer import FlatbufferError


@pytest.fixture
def doubling():
    """A float layer that doubles two numbers."""
    return dense(np.eye(2, dtype=np.float32) * 2, np.zeros(2, np.float32))


def test_a_byte_spans_the_range():
    assert encoding(0.0, 1.0) == (1 / 255, 0)
    assert encoding(-1.0, 1.0) == (2 / 255, 128)  # 127.5, to the even one
    assert encoding(-2.0, 0.55) == (pytest.approx(0.01), 200)


@pytest.mark.parametrize("ends", [(0.5, 1.0), (-2.0, -1.0), (0.0, 0.0)])
def test_a_range_without_zero_is_refused(ends):
    with pytest.raises(ValueError, match="expected a range with 0 in it"):
        encoding(*ends)


def test_the_model_takes_bytes_and_answers_in_float(doubling):
    sent = with_byte_inputs(doubling, {"x": (-1.0, 1.55)})
    (index,) = flatbuffer.ports(flatbuffer.load(sent)).inputs.values()
    form = flatbuffer.form(flatbuffer.load(sent).subgraphs[0].tensors[index])
    assert str(form) == "uint8 of scale 0.01 and zero point 100"
    found = invoke(sent, x=np.array([[100, 150]], np.uint8))["y"]
    np.testing.assert_allclose(found, [[0, 1.0]], atol=1e-6)  # 0 and 0.5, doubled
    assert [name for name, _ in flatbuffer.operators(sent)] == ["DEQUANTIZE", "FULLY_CONNECTED"]


def test_without_ranges_nothing_changes(doubling):
    x = np.array([[0.25, -3]], np.float32)
    np.testing.assert_array_equal(invoke(with_byte_inputs(doubling, {}), x=x)["y"], invoke(doubling, x=x)["y"])


def test_another_port_and_one_of_bytes_are_refused(doubling):
    with pytest.raises(FlatbufferError, match="Expected a float32 input 'z' of part far, received none"):
        with_byte_inputs(doubling, {"z": (0.0, 1.0)}, "part far")
    with pytest.raises(FlatbufferError, match="received uint8"):
        with_byte_inputs(with_byte_inputs(doubling, {"x": (0.0, 1.0)}), {"x": (0.0, 1.0)})
