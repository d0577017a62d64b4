"""Loading, dumping and asking TFLite flatbuffers."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.handmade import Handmade, add, dense, dense_int8, invoke
from tflite.graph import flatbuffer
from tflite.graph.flatbuffer import FlatbufferError, Form


def misaligned(content):
    """How many constants do not start at a multiple of 16 bytes."""
    model = schema.Model.GetRootAs(content, 0)
    start = np.frombuffer(content, np.uint8).ctypes.data
    count = 0
    for i in range(model.BuffersLength()):
        data = model.Buffers(i).DataAsNumpy()
        if isinstance(data, np.ndarray) and data.size:
            count += (data.ctypes.data - start) % 16 != 0
    return count


def odd_constants():
    model = Handmade()
    for size in (1, 3, 17, 40, 5):
        model.tensor(f"constant_{size}", [size], "int8", data=np.arange(size, dtype=np.int8))
    return model.pack({}, {})


def test_dump_aligns_every_constant_to_16_bytes():
    content = odd_constants()
    assert misaligned(content) > 0  # what the generated packer does by itself
    packed = flatbuffer.dump(flatbuffer.load(content))
    assert misaligned(packed) == 0
    model = flatbuffer.load(packed)
    assert [buffer.data.tolist() for buffer in model.buffers[1:]] == [list(range(n)) for n in (1, 3, 17, 40, 5)]


def test_dump_of_load_computes_the_same():
    content = dense([[1, 2], [3, 4], [5, 6]], [0.5, 0, -1])
    x = np.array([[10, 100]], np.float32)
    for model in (content, flatbuffer.dump(flatbuffer.load(content))):
        np.testing.assert_array_equal(invoke(model, x=x)["y"], [[210.5, 430, 649]])


def test_dump_accepts_constants_as_bytes():
    model = flatbuffer.load(dense([[2]], [0]))
    model.buffers[1].data = np.float32(3).tobytes()
    assert invoke(flatbuffer.dump(model), x=np.ones((1, 1), np.float32))["y"] == 3


def test_load_refuses_other_bytes():
    with pytest.raises(FlatbufferError, match=r"Expected a TFLite model .* received 11 bytes: b'PK"):
        flatbuffer.load(b"PK\x03\x04 no model"[:11])


def test_load_never_fails_otherwise_on_damaged_bytes():
    content, refused = dense(np.ones((40, 30)), np.ones(40)), 0
    for cut in range(8, len(content), 61):
        try:
            flatbuffer.load(content[:cut])
        except FlatbufferError:
            refused += 1
    assert refused > len(content) // 61 * 0.9


def test_load_refuses_weights_behind_the_flatbuffer():
    model = flatbuffer.load(dense([[1]], [0]))
    model.buffers[1].offset, model.buffers[1].size = 4096, 4
    with pytest.raises(FlatbufferError, match="weights inside of the flatbuffer"):
        flatbuffer.load(flatbuffer.dump(model))


def behind(content):
    """The model with its constants behind the flatbuffer, as ai-edge-quantizer packs large ones."""
    model, data, offsets = flatbuffer.load(content), [], []
    for buffer in [buffer for buffer in model.buffers if buffer.data is not None]:
        data.append(bytes(buffer.data))
        buffer.data, buffer.offset, buffer.size = None, 1, len(data[-1])
    end = -(-len(flatbuffer.dump(model)) // 16) * 16
    for buffer in [buffer for buffer in model.buffers if buffer.offset]:
        buffer.offset = end + sum(map(len, data[: len(offsets)]))
        offsets.append(buffer.offset)
    return flatbuffer.dump(model).ljust(end, b"\0") + b"".join(data)


def test_weights_behind_the_flatbuffer_are_taken_inside():
    content, x = dense([[1, 2], [3, 4]], [5, 6]), np.ones((1, 2), np.float32)
    moved = behind(content)
    with pytest.raises(FlatbufferError, match="received a model that keeps them behind it"):
        flatbuffer.load(moved)
    inside = flatbuffer.with_weights_inside(moved)
    np.testing.assert_array_equal(invoke(inside, x=x)["y"], [[8, 13]])
    assert flatbuffer.with_weights_inside(content) == flatbuffer.dump(flatbuffer.load(content))
    with pytest.raises(FlatbufferError, match=f"Expected weights up to byte {len(moved)}, received a model of "):
        flatbuffer.with_weights_inside(moved[:-4])


def test_ports_come_from_the_signature_or_from_the_names_of_tensors():
    model = Handmade()
    x, y = model.tensor("serving_default_x:0", [1]), model.tensor("StatefulPartitionedCall:0", [1])
    model.operator("LOGISTIC", [x], y)
    assert flatbuffer.ports(flatbuffer.load(model.pack({"x": x}, {"y": y}))) == ({"x": 0}, {"y": 1})
    bare = flatbuffer.load(model.pack({"x": x}, {"y": y}, signature=None))
    assert flatbuffer.ports(bare) == ({"serving_default_x:0": 0}, {"StatefulPartitionedCall:0": 1})


def test_ports_refuses_models_without_names():
    model = Handmade()
    x, y = model.tensor("same", [1]), model.tensor("", [1])
    model.operator("LOGISTIC", [x], y)
    bare = flatbuffer.load(model.pack({"x": x}, {"y": y}, signature=None))
    with pytest.raises(FlatbufferError, match="Expected a signature, or named inputs and outputs, in stem"):
        flatbuffer.ports(bare, "stem")


def test_only_subgraph_refuses_control_flow():
    model = flatbuffer.load(add([1]))
    model.subgraphs = model.subgraphs * 2
    with pytest.raises(FlatbufferError, match="Expected one subgraph in gate, received 2"):
        flatbuffer.only_subgraph(model, "gate")


def test_form_is_type_scale_and_zero_point():
    tensors = flatbuffer.load(dense_int8([[1]], [0], (0.5, 0.25), (3, -7))).subgraphs[0].tensors
    assert flatbuffer.form(tensors[0]) == Form(schema.TensorType.INT8, 0.5, 3)
    assert flatbuffer.form(tensors[3]) == Form(schema.TensorType.INT8, 0.25, -7)
    assert str(flatbuffer.form(tensors[3])) == "int8 of scale 0.25 and zero point -7"
    tensors[0].type = schema.TensorType.FLOAT32  # a calibrated float tensor keeps its range there: no scale
    assert flatbuffer.form(tensors[0]) == Form(schema.TensorType.FLOAT32)


def test_operators_names_and_versions_in_order():
    model = Handmade()
    x, y, z = (model.tensor(name, [1]) for name in "xyz")
    model.operator("LOGISTIC", [x], y, version=3)
    model.operator("CUSTOM", [y], z, custom="FlexErf")
    assert flatbuffer.operators(model.pack({"x": x}, {"z": z})) == [("LOGISTIC", 3), ("custom FlexErf", 1)]


def test_builtin_of_files_from_before_the_wide_field():
    assert flatbuffer.builtin(schema.OperatorCodeT(deprecatedBuiltinCode=3, builtinCode=0)) == 3
    assert flatbuffer.operator_name(schema.OperatorCodeT(deprecatedBuiltinCode=127, builtinCode=150)) == "GELU"
