"""Biases and ranges of a finished flatbuffer."""

import numpy as np
import pytest

from tests.tflite.handmade import Handmade, dense, dense_int8, invoke
from tflite.graph import flatbuffer
from tflite.graph.flatbuffer import FlatbufferError
from tflite.graph.link import Unit, link
from tflite.graph.weights import add_to_output, set_ranges, weighted_operators


@pytest.fixture
def two_layers():
    """Two int8 layers with equal zero biases, which linking keeps once."""
    layer = dense_int8(np.eye(2) * 64, [0, 0], (1 / 8, 1 / 8))
    units = [Unit(f"u{i}", layer, {"x": f"v{i}"}, {"y": f"v{i + 1}"}) for i in range(2)]
    return flatbuffer.load(link(units, {"x": "v0"}, {"y": "v2"}))


def test_weighted_operators_in_order(two_layers):
    layers = weighted_operators(two_layers)
    assert [(layer.index, layer.kind, layer.name) for layer in layers] == [
        (0, "FULLY_CONNECTED", "u0/y"),
        (1, "FULLY_CONNECTED", "y"),
    ]
    assert layers[0].output == two_layers.subgraphs[0].operators[0].outputs[0]
    np.testing.assert_array_equal(layers[0].bias_scale, np.full(2, 1 / 512, np.float32))


def test_setting_a_bias_leaves_other_operators_alone(two_layers):
    first, second = weighted_operators(two_layers)
    assert first.bias.dtype == np.int32
    first.bias = np.array([512, -1024], np.int32)  # 1 and -2 in units of the output
    np.testing.assert_array_equal(second.bias, [0, 0])
    y = invoke(flatbuffer.dump(two_layers), x=np.array([[8, 8]], np.int8))["y"]
    np.testing.assert_array_equal(y, [[16, -8]])


def test_setting_a_bias_that_two_operators_read_as_one_tensor():
    model = Handmade()
    x, z, y = (model.tensor(name, [1, 2]) for name in "xzy")
    w = model.tensor("w", [2, 2], data=np.eye(2, dtype=np.float32))
    b = model.tensor("b", [2], data=np.zeros(2, np.float32))
    for source, target in ((x, z), (z, y)):
        model.operator("FULLY_CONNECTED", [source, w, b], target, flatbuffer.schema.FullyConnectedOptionsT())
    parsed = flatbuffer.load(model.pack({"x": x}, {"y": y}))
    second = weighted_operators(parsed)[1]
    assert second.bias_scale is None
    second.bias = np.array([10, 20], np.float32)
    second.bias = second.bias + 1
    np.testing.assert_array_equal(invoke(flatbuffer.dump(parsed), x=np.ones((1, 2), np.float32))["y"], [[12, 22]])


def test_setting_a_bias_refuses_other_types_and_shapes(two_layers):
    layer = weighted_operators(two_layers)[0]
    with pytest.raises(FlatbufferError, match=r"Expected a bias of int32 \[2\] for u0/y, received float64 \[2\]"):
        layer.bias = np.zeros(2)
    with pytest.raises(FlatbufferError, match=r"received int32 \[3\]"):
        layer.bias = np.zeros(3, np.int32)


def test_a_layer_without_a_bias():
    model = Handmade()
    x, y = model.tensor("x", [1, 1]), model.tensor("y", [1, 1])
    w = model.tensor("w", [1, 1], data=np.ones((1, 1), np.float32))
    model.operator("FULLY_CONNECTED", [x, w, -1], y, flatbuffer.schema.FullyConnectedOptionsT())
    layer = weighted_operators(flatbuffer.load(model.pack({"x": x}, {"y": y})))[0]
    assert layer.bias is None and layer.bias_scale is None
    with pytest.raises(FlatbufferError, match="with a constant bias, received y, which has none"):
        layer.bias = np.zeros(1, np.float32)


def test_set_ranges_by_name_and_by_index():
    model = flatbuffer.load(set_ranges(dense([[1]], [0]), {"x": (-1, 2.5), 3: (0, 4)}))
    tensors = model.subgraphs[0].tensors
    limits = [(tensors[i].quantization.min.tolist(), tensors[i].quantization.max.tolist()) for i in (0, 3)]
    assert limits == [([-1.0], [2.5]), ([0.0], [4.0])]
    assert flatbuffer.form(tensors[0]).scale is None


@pytest.mark.parametrize(
    "ranges, message",
    [
        ({"z": (0, 1)}, "name or index of a tensor of the model, received 'z'"),
        ({9: (0, 1)}, "received 9"),
        ({"weights": (0, 1)}, "a float32 activation to give a range to, received 'weights'"),
        ({"x": (2, 1)}, r"minimum <= maximum, both finite, for 'x'; received 2, 1"),
        ({"x": (0, np.nan)}, "both finite"),
    ],
)
def test_set_ranges_refuses(ranges, message):
    with pytest.raises(FlatbufferError, match=message):
        set_ranges(dense([[1]], [0]), ranges)


def test_an_output_is_moved_behind_its_dequantization():
    """(8, 16) eighths and (0.01, -5), which int8 could not have written; the other output stays as it was."""
    layer = dense_int8(np.eye(2) * 64, [0, 0], (1 / 8, 1 / 8))
    units = [Unit(f"u{i}", layer, {"x": f"v{i}"}, {"y": f"v{i + 1}"}) for i in range(2)]
    moved = add_to_output(link(units, {"x": "v0"}, {"y": "v1", "z": "v2"}), "y", np.array([0.01, -5]))
    ports = flatbuffer.ports(flatbuffer.load(moved))
    assert (set(ports.inputs), set(ports.outputs)) == ({"x"}, {"y", "z"})
    got = invoke(moved, x=np.array([[8, 16]], np.int8))
    np.testing.assert_allclose(got["y"], [[1.01, -3]], rtol=1e-6)
    np.testing.assert_array_equal(got["z"], np.array([[8, 16]], np.int8))
    again = invoke(add_to_output(moved, "y", np.array([1.0, 1.0])), x=np.array([[8, 16]], np.int8))
    np.testing.assert_allclose(again["y"], [[2.01, -2]], rtol=1e-6)


def test_an_offset_is_one_number_a_channel():
    layer = dense_int8(np.eye(2) * 64, [0, 0], (1 / 8, 1 / 8))
    with pytest.raises(FlatbufferError, match=r"Expected an offset of \[2\] for y, received \[3\]"):
        add_to_output(layer, "y", np.zeros(3))
